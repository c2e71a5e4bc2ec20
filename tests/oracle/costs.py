"""Section 10: what customers cost, shared to the last minor unit, and what it keeps and carries."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from math import floor
from typing import Any, TypeVar

from tests.oracle.amounts import SCALE, Digits, quotient, rounded_to
from tests.oracle.calendar_periods import TRAILING, first_day, months_later
from tests.oracle.exchange import Rates
from tests.oracle.ledger import Ledger
from tests.oracle.policy import EXPONENTS, Policy, seed
from tests.oracle.standing import Parts, Period, Standing

CATEGORIES = {row["cost_category"]: row for row in seed("cost_categories")}
# Parts of the cost to carry that are published one by one.
CARRIED = ("customer_success", "support", "product_development")
GRAINS = frozenset({"month", "quarter", "half_year", "year", "trailing_12_months"})
# What is done by whom in which month: tickets opened, usage events.
Done = Mapping[tuple[str, date], int]

Thing = TypeVar("Thing")


def shared(total: int, weights: Mapping[Thing, Fraction]) -> dict[Thing, int]:
    """Whole units of a total, which may be negative, in proportion to weights: by largest remainder.

    Of equal remainders the first thing in order takes the rest.
    """
    whole = sum(weights.values())
    size, sign = abs(total), -1 if total < 0 else 1
    exact = {thing: size * weight / whole for thing, weight in weights.items()}
    given = {thing: floor(value) for thing, value in exact.items()}
    places = sorted(exact, key=lambda thing: (given[thing] - exact[thing], thing))
    for thing in places[: size - sum(given.values())]:
        given[thing] += 1
    return {thing: sign * value for thing, value in given.items()}


@dataclass(frozen=True)
class Pool:
    """Ledger entries that are shared together: of one month, category, key and currency."""

    month: date
    category: str
    # The customer whom they name, where they name one.
    key: str
    currency: str


class Costs:
    """What the ledger of one company says."""

    def __init__(self, standing: Standing, rates: Rates, tickets: Done, usage: Done) -> None:
        self.standing = standing
        self.rates = rates
        self.policy: Policy = standing.policy
        self.weights = {"tickets": tickets, "usage": usage}
        self.unit = SCALE // 10 ** EXPONENTS[self.policy.reporting_currency]
        self.rows: dict[tuple[Any, ...], dict[str, Any]] = {}
        # What each customer carries in a month, by category; nobody is None.
        self.carried: dict[tuple[str | None, date], Counter[str]] = defaultdict(Counter)
        self._share()

    def months(self) -> set[date]:
        """The months in which the ledger has something."""
        return {month for _, month in self.carried}

    def months_with_margin(self) -> set[date]:
        """The months in which it has cost of revenue."""
        return {
            month
            for (_, month), costs in self.carried.items()
            if any(_is(category, "is_cost_of_revenue") for category in costs)
        }

    def _share(self) -> None:
        pools: dict[Pool, int] = defaultdict(int)
        entries: Counter[tuple[Pool, str | None]] = Counter()
        named: dict[Pool, dict[str | None, int]] = defaultdict(lambda: defaultdict(int))
        for row in self.standing.once("cost_ledger", "cost_entry_id", at="booked_at"):
            category = row["cost_category"]
            key = row["allocation_key"] or CATEGORIES[category]["allocation_key"]
            key = "customer" if row["customer_id"] else key
            rate = self.rates.at(row["currency_code"], row["booked_at"])
            amount = Fraction(row["amount_minor"], 10 ** EXPONENTS[row["currency_code"]]) * rate
            minor = int(rounded_to(amount * (SCALE // self.unit), 0))
            days = _days_by_month(row["service_start_date"], row["service_end_date"])
            for month, share in shared(minor, days).items():
                if month > self.policy.last_day:
                    continue
                pool = Pool(month, category, key, row["currency_code"])
                pools[pool] += share
                whose = self.standing.who(row["customer_id"]) if key == "customer" else None
                entries[pool, whose] += 1
                if key == "customer":
                    named[pool][whose] += share
        for pool, total in pools.items():
            weights, applied = self._weights(pool)
            if pool.key == "customer":
                given: dict[str | None, int] = named[pool]
            elif weights:
                given = {**shared(total, weights)}
            else:
                given = {None: total}
            for customer, minor in given.items():
                amount = minor * self.unit
                self.carried[customer, pool.month][pool.category] += amount
                key = (
                    self.standing.company.name, pool.month, pool.category, pool.key, pool.currency, customer,
                )  # fmt: skip
                self.rows[key] = {
                    "applied_key": applied if customer else "unallocated",
                    "is_allocated": customer is not None, "cost_amount": amount,
                    "ledger_entries_count": entries[pool, customer if pool.key == "customer" else None],
                }  # fmt: skip

    def _weights(self, pool: Pool) -> tuple[dict[str | None, Fraction], str]:
        """The weights of customers under a pool's key; equal ones where nobody has any."""
        if pool.key == "customer":
            return {}, "customer"
        ledgers = self.standing.ledgers
        paying = {name for name, own in ledgers.items() if paid_in(own, pool.month, self.policy)}
        found: dict[str | None, Fraction] = {}
        if pool.key == "mrr":
            found = {
                name: Fraction(close_of(own, pool.month, self.policy))
                for name, own in ledgers.items()
            }
        elif pool.key in self.weights:
            done = self.weights[pool.key]
            found = {name: Fraction(done.get((name, pool.month), 0)) for name in ledgers}
        found = {name: weight for name, weight in found.items() if weight}
        if found:
            return found, pool.key
        equal: dict[str | None, Fraction] = {name: Fraction(1) for name in paying}
        return equal, "per_customer" if equal else "unallocated"


def close_of(ledger: Ledger, month: date, policy: Policy) -> Digits:
    """MRR at the close of a month, or at the end of what is measured."""
    return ledger.before(min(policy.start_of(months_later(month, 1)), policy.as_of)).mrr


def paid_in(ledger: Ledger, month: date, policy: Policy) -> bool:
    """True for who had MRR at any instant of a month."""
    start, end = policy.start_of(month), policy.start_of(months_later(month, 1))
    inside = ledger.within(start, min(end, policy.as_of))
    begins = inside[0].at == start if inside else False
    return any(balance.mrr for balance in inside) or bool(not begins and ledger.before(start).mrr)


def _days_by_month(start: date, end: date) -> dict[date, Fraction]:
    found: dict[date, Fraction] = defaultdict(Fraction)
    for n in range((end - start).days):
        found[first_day("month", start + timedelta(days=n))] += 1
    return found


def _is(category: str, column: str) -> bool:
    return CATEGORIES[category][column] == "true"


class Profitability:
    """What customers of one company bring and cost, from the month in which its ledger has anything."""

    def __init__(self, standing: Standing, costs: Costs, first: date | None) -> None:
        self.standing = standing
        self.costs = costs
        # The first month of anybody's ledger: a window of twelve that began before it lacks costs.
        self.first = first
        # Of other months costs are not known, so their revenue is of no ratio.
        self.booked = costs.months()
        self.priced = costs.months_with_margin()

    def of(self) -> Iterator[tuple[Period, str | None, dict[str, int]]]:
        """The additive measures of each period and customer that has any."""
        policy = self.standing.policy
        for grain in GRAINS:
            for period in self.standing.calendar.periods[grain]:
                if grain == TRAILING and (self.first is None or period[1] < self.first):
                    continue
                months = [
                    m
                    for _, m, _ in self.standing.calendar.periods["month"]
                    if period[1] <= m < period[2]
                ]
                for customer in (None, *self.standing.ledgers):
                    cells: Counter[str] = Counter()
                    for month in months:
                        cells.update(_costed(self.costs.carried.get((customer, month), {})))
                        revenue = (
                            close_of(self.standing.ledgers[customer], month, policy)
                            if customer and month in self.booked
                            else 0
                        )
                        cells["recurring_revenue_amount"] += revenue
                        cells["costed_revenue_amount"] += revenue if month in self.priced else 0
                    if customer is None:
                        cells["unallocated_cost_amount"] = cells["cost_amount"]
                    has_costs = any((customer, month) in self.costs.carried for month in months)
                    # In a period without it nobody's cost is known.
                    cells["booked"] = int(has_costs)
                    if any(cells.values()):
                        yield period, customer, cells


MEASURES = (
    "cost_amount", "retention_cost_amount", "cost_to_carry_amount",
    *(f"{name}_to_carry_amount" for name in (*CARRIED, "other")), "cost_of_revenue_amount",
)  # fmt: skip


def _costed(costs: Mapping[str, int]) -> Counter[str]:
    cells: Counter[str] = Counter()
    for category, amount in costs.items():
        cells["cost_amount"] += amount
        if _is(category, "is_retention_cost"):
            cells["retention_cost_amount"] += amount
        if _is(category, "is_cost_to_carry"):
            cells["cost_to_carry_amount"] += amount
            cells[f"{category if category in CARRIED else 'other'}_to_carry_amount"] += amount
        if _is(category, "is_cost_of_revenue"):
            cells["cost_of_revenue_amount"] += amount
    return cells


def customer_row(cells: Mapping[str, int]) -> dict[str, Any]:
    """What a customer brings and costs, and whether it is carried at a loss."""
    revenue, carry = cells["recurring_revenue_amount"], cells["cost_to_carry_amount"]
    return {
        **{name: cells[name] for name in (*MEASURES, "recurring_revenue_amount")},
        "cost_to_carry_ratio": quotient(carry, revenue),
        "is_carried_at_a_loss": carry > revenue if revenue else None,
    }


def parts(measured: Profitability) -> Parts:
    """Costs and revenue by period and segment, with who is carried at a loss."""
    found: Parts = {}
    standing = measured.standing
    for period, customer, cells in measured.of():
        revenue = cells["recurring_revenue_amount"]
        at_a_loss = bool(revenue) and cells["cost_to_carry_amount"] > revenue
        more = {
            "paying_customers_count": int(bool(revenue)), "customers_at_a_loss_count": int(at_a_loss),
            "revenue_at_a_loss_amount": revenue if at_a_loss else 0,
        }  # fmt: skip
        standing.add(found, period, customer, {**cells, **more})
    return found


def retained(standing: Standing) -> Parts:
    """Customers who paid at the start of a period and pay at its close, by segment."""
    found: Parts = {}
    policy = standing.policy
    for grain in GRAINS:
        for period in standing.calendar.periods[grain]:
            start, end = (policy.start_of(day) for day in period[1:])
            for customer, ledger in standing.ledgers.items():
                if ledger.before(start).mrr and ledger.before(min(end, policy.as_of)).mrr:
                    standing.add(found, period, customer, {"retained_customers_count": 1})
    return found


def total_row(sums: Mapping[str, int]) -> dict[str, Any]:
    """Costs of a period and segment with their ratios."""
    revenue, retention = sums["recurring_revenue_amount"], sums["retention_cost_amount"]
    names = (
        *MEASURES, "unallocated_cost_amount", "recurring_revenue_amount", "costed_revenue_amount",
        "retained_customers_count", "paying_customers_count", "customers_at_a_loss_count",
        "revenue_at_a_loss_amount",
    )  # fmt: skip
    return {
        **{name: sums[name] for name in names},
        "retention_cost_per_customer_amount": quotient(retention, sums["retained_customers_count"] * SCALE),
        "retention_cost_ratio": quotient(retention, revenue),
        "cost_to_carry_ratio": quotient(sums["cost_to_carry_amount"], revenue),
        "customers_at_a_loss_rate": quotient(sums["customers_at_a_loss_count"], sums["paying_customers_count"]),
    }  # fmt: skip
