"""Section 7: who uses which feature, whether seats are used, and who of a month's sign-ups stays active."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Any

from tests.oracle.amounts import SCALE, quotient, rounded
from tests.oracle.calendar_periods import first_day, months_later
from tests.oracle.engagement import MONTHS_OF
from tests.oracle.ledger import Ledger
from tests.oracle.standing import Parts, Period, Standing
from tests.oracle.usage import ACTIVE, Pair, Usage, Use

Rows = dict[tuple[Any, ...], dict[str, Any]]


class Adoption:
    """Features that one company's users use, by events that make them active."""

    def __init__(self, usage: Usage) -> None:
        self.usage = usage
        self.standing: Standing = usage.standing
        self.uses = [use for use in usage.uses if use.feature and ACTIVE in use.notions]

    def by_customer(self) -> Rows:
        """Each customer, feature and month of use."""
        found: Rows = {}
        months: dict[tuple[str, str, date], list[Use]] = defaultdict(list)
        for use in self.uses:
            if use.customer and use.feature:
                months[use.customer, use.feature, first_day("month", use.day)].append(use)
        firsts: dict[tuple[str, str], date] = {}
        breadth: Counter[tuple[str, date]] = Counter()
        for (customer, feature, month), uses in months.items():
            first = min(use.day for use in uses)
            firsts[customer, feature] = min(first, firsts.get((customer, feature), first))
            breadth[customer, month] += 1
        for (customer, feature, month), uses in months.items():
            active = self.usage.active(month, months_later(month, 1))
            users = sum(whose == customer for whose, _ in active)
            adopting, events = len({use.user for use in uses}), sum(use.count for use in uses)
            found[customer, feature, month] = {
                "adopting_users_count": adopting, "active_users_count": users,
                "feature_adoption_rate": quotient(adopting, users), "feature_events_count": events,
                "feature_events_per_active_user_ratio": quotient(events, users),
                "used_days_count": len({use.day for use in uses}),
                "first_used_date": firsts[customer, feature],
                "used_features_count": breadth[customer, month],
            }  # fmt: skip
        return found

    def active(self) -> Parts:
        """Active users and customers by period and segment."""
        found: Parts = {}
        for period in _periods(self.standing):
            pairs = self.usage.active(period[1], period[2])
            _count(self.standing, found, period, pairs, "active")
        return found

    def features(self) -> dict[str, Parts]:
        """Those who used each feature, and how often, by period and segment."""
        found: dict[str, Parts] = defaultdict(dict)
        for period, uses in self._by_period().items():
            own: dict[str, list[Use]] = defaultdict(list)
            for use in uses:
                own[use.feature or ""].append(use)
            for feature, told in own.items():
                parts = found[feature]
                _count(self.standing, parts, period, {use.pair for use in told}, "adopting")
                self._events(parts, period, told)
        return found

    def breadth(self) -> Parts:
        """Features by user and by customer, and users of any, by period and segment."""
        found = self.active()
        for period, uses in self._by_period().items():
            _count(self.standing, found, period, {use.pair for use in uses}, "adopting")
            for customer, _, _ in {(*use.pair, use.feature) for use in uses}:
                self.standing.add(found, period, customer, {"features_of_users": 1})
            for customer, _ in {(use.customer, use.feature) for use in uses if use.customer}:
                self.standing.add(found, period, customer, {"features_of_customers": 1})
            self._events(found, period, uses)
        return found

    def _events(self, parts: Parts, period: Period, uses: Iterable[Use]) -> None:
        for use in uses:
            self.standing.add(parts, period, use.customer, {"events": use.count})

    def _by_period(self) -> dict[Period, list[Use]]:
        found: dict[Period, list[Use]] = defaultdict(list)
        for use in self.uses:
            for period in self.standing.calendar.holding(use.day):
                if period[0] in MONTHS_OF:
                    found[period].append(use)
        return found


def _periods(standing: Standing) -> list[Period]:
    return [period for grain in MONTHS_OF for period in standing.calendar.periods[grain]]


def _count(
    standing: Standing, parts: Parts, period: Period, pairs: Iterable[Pair], what: str
) -> None:
    """Users of customers, and customers of whom billing knows."""
    own = list(pairs)
    for customer, _ in own:
        standing.add(parts, period, customer, {f"{what}_users": 1})
    for customer in {customer for customer, _ in own} - {None}:
        standing.add(parts, period, customer, {f"{what}_customers": 1})


def feature_row(sums: Mapping[str, int]) -> dict[str, Any]:
    """Who of the active used a feature, and how deeply."""
    users, customers = sums["active_users"], sums["active_customers"]
    return {
        "adopting_users_count": sums["adopting_users"], "active_users_count": users,
        "feature_adoption_rate": quotient(sums["adopting_users"], users),
        "adopting_customers_count": sums["adopting_customers"], "active_customers_count": customers,
        "customer_adoption_rate": quotient(sums["adopting_customers"], customers),
        "feature_events_count": sums["events"],
        "feature_events_per_active_user_ratio": quotient(sums["events"], users),
    }  # fmt: skip


def breadth_row(sums: Mapping[str, int]) -> dict[str, Any]:
    """How many features the average active user and customer uses."""
    users, customers = sums["active_users"], sums["active_customers"]
    return {
        "active_users_count": users, "active_customers_count": customers,
        "adopting_users_count": sums["adopting_users"],
        "used_features_of_users_count": sums["features_of_users"],
        "used_features_of_customers_count": sums["features_of_customers"],
        "feature_events_count": sums["events"],
        "adopting_users_rate": quotient(sums["adopting_users"], users),
        "features_per_active_user_ratio": quotient(sums["features_of_users"], users),
        "features_per_active_customer_ratio": quotient(sums["features_of_customers"], customers),
        "feature_events_per_active_user_ratio": quotient(sums["events"], users),
    }  # fmt: skip


class Seats:
    """Seats that customers of one company pay for, and who uses them."""

    def __init__(self, usage: Usage) -> None:
        self.usage = usage
        self.standing: Standing = usage.standing
        # Plans of which anybody ever had more than one: the others have no seats.
        self.plans = {
            item.plan_name
            for ledger in self.standing.ledgers.values()
            for balance in ledger.balances
            for item in balance.items.values()
            if item.quantity > 1
        }

    def rows(self) -> Rows:
        """Each customer and period at whose close it pays for seats."""
        return {
            (customer, *period[:2]): {
                "active_users_count": users, "paid_seats_count": rounded(seats),
                "seat_utilisation_ratio": quotient(users * SCALE, rounded(seats)),
            }
            for period, customer, users, seats in self._told()
        }  # fmt: skip

    def parts(self) -> Parts:
        """The same by period and segment."""
        found: Parts = {}
        for period, customer, users, seats in self._told():
            cells = {"users": users, "seats": rounded(seats), "customers": 1}
            self.standing.add(found, period, customer, cells)
        return found

    def _told(self) -> list[tuple[Period, str, int, Fraction]]:
        policy = self.standing.policy
        found = []
        began = self.usage.began
        for period in _periods(self.standing):
            if began is None or period[2] <= began:
                # Nobody can say whether seats were used.
                continue
            active = self.usage.active(period[1], period[2])
            end = min(policy.start_of(period[2]), policy.as_of)
            for customer, ledger in self.standing.ledgers.items():
                seats = self._seats(ledger, end)
                if seats:
                    users = sum(whose == customer for whose, _ in active)
                    found.append((period, customer, users, seats))
        return found

    def _seats(self, ledger: Ledger, end: Any) -> Fraction:
        """The highest quantity of each subscription that is paid for, added up."""
        highest: dict[str, Fraction] = {}
        for item in ledger.before(end).items.values():
            if item.state == "paying" and item.mrr and item.plan_name in self.plans:
                own = highest.get(item.subscription_id, Fraction(0))
                highest[item.subscription_id] = max(own, item.quantity)
        return sum(highest.values(), Fraction(0))


def seats_row(sums: Mapping[str, int]) -> dict[str, Any]:
    """Active users over paid seats, of customers who pay for seats."""
    return {
        "active_users_count": sums["users"], "paid_seats_count": sums["seats"],
        "seat_utilisation_ratio": quotient(sums["users"] * SCALE, sums["seats"]),
        "seat_customers_count": sums["customers"],
    }  # fmt: skip


def cohorts(usages: Sequence[Usage]) -> Rows:
    """Persons by the month of sign-up, and how many of them are active at each age that is over."""
    policy = usages[0].standing.policy
    people = [
        (first_day("month", person.created), usage, user)
        for usage in usages
        for user, person in usage.users.people().items()
        if person.created <= policy.last_day
    ]
    active = {
        (usage.standing.company.name, user, first_day("month", day))
        for usage in usages
        for (_, user), days in usage.days[ACTIVE].items()
        for day in days
    }
    began = min((month for _, _, month in active), default=None)
    found: Rows = {}
    for cohort in {month for month, _, _ in people} if began else ():
        own = [
            (usage.standing.company.name, user) for month, usage, user in people if month == cohort
        ]
        age, month = 0, cohort
        while month <= policy.last_day:
            is_over = policy.start_of(months_later(month, 1)) <= policy.as_of
            is_reached = is_over and began is not None and month >= began
            seen = sum((*person, month) in active for person in own)
            found[cohort, age] = {
                "is_reached": is_reached, "cohort_users_count": len(own),
                "active_users_count": seen if is_reached else None,
                "user_retention_rate": quotient(seen, len(own)) if is_reached else None,
            }  # fmt: skip
            age, month = age + 1, months_later(month, 1)
    return found
