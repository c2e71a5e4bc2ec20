"""Section 5, the variants that need no prediction: historic, purchase-based, simple and margin."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Any

from tests.oracle.amounts import SCALE, Digits, quotient, rounded
from tests.oracle.answers import Answers
from tests.oracle.calendar_periods import months_later
from tests.oracle.engagement import MONTHS_OF
from tests.oracle.policy import Policy
from tests.oracle.revenue import Entry
from tests.oracle.standing import Calendar, Key, Parts, Period, Standing

MONTHS = 3
YEAR_DAYS = 365
NAMES = (
    "starting_customers_count", "lost_customers_count", "ending_mrr_amount", "ending_customers_count",
)  # fmt: skip
Cells = dict[str, Any]


def customers(standing: Standing, money: Sequence[Entry]) -> dict[tuple[Any, ...], Cells]:
    """What each customer bought and brought."""
    own: dict[str, list[Entry]] = defaultdict(list)
    for entry in money:
        customer = standing.who(entry.customer)
        if customer and entry.kind != "usage" and standing.counts(entry.customer):
            own[customer].append(entry)
    last_day = standing.policy.last_day
    return {(customer,): _customer(entries, last_day) for customer, entries in own.items()}


def _customer(entries: Sequence[Entry], last_day: date) -> Cells:
    paid = [entry for entry in entries if entry.kind == "collected"]
    amount = sum(entry.amount for entry in paid)
    refunded = sum(entry.amount for entry in entries if entry.kind == "refunded")
    days = sorted({entry.day for entry in paid})
    first, last = (days[0], days[-1]) if days else (None, None)
    repeats = max(len(days) - 1, 0)
    repeated = sum(entry.amount for entry in paid if entry.day != first)
    age = (last_day - first).days if first else None
    average, rate = quotient(amount, len(days) * SCALE), None
    if first and age:
        rate = quotient(repeats * YEAR_DAYS, age)
    return {
        "purchases_amount": amount, "refunded_amount": refunded, "historic_value_amount": amount - refunded,
        "first_purchase_date": first, "last_purchase_date": last, "purchases_count": len(days),
        "repeat_purchases_count": repeats if days else None,
        "recency_days": (last - first).days if first and last else None, "age_days": age,
        "repeat_purchases_amount": repeated if days else None,
        "average_repeat_purchase_amount": quotient(repeated, repeats * SCALE),
        "average_purchase_amount": average, "purchases_per_year_ratio": rate,
    }  # fmt: skip


def purchases(standing: Standing, money: Sequence[Entry]) -> Parts:
    """Days on which customers paid, by period and segment: what one pays on a day is one purchase."""
    bought: dict[str, Counter[date]] = defaultdict(Counter)
    for entry in money:
        customer = standing.who(entry.customer)
        if customer and entry.kind == "collected" and standing.counts(entry.customer):
            bought[customer][entry.day] += entry.amount
    found: Parts = {}
    for customer, days in bought.items():
        inside: dict[Period, Counter[str]] = defaultdict(Counter)
        for day, amount in days.items():
            cells = {"purchases": 1, "repeats": int(day > min(days)), "amount": amount}
            for period in standing.calendar.holding(day):
                if period[0] in MONTHS_OF:
                    inside[period].update(cells)
        for period, own in inside.items():
            standing.add(found, period, customer, {**own, "customers": 1})
    return found


def purchases_row(
    sums: Mapping[str, int], days: int, churn: Mapping[str, Any], policy: Policy
) -> Cells:
    """What was bought in a period of so many days, and what a customer is worth who goes on like that."""
    count, customers, amount = sums["purchases"], sums["customers"], sums["amount"]
    stays = lifespan(churn, policy)
    periods = None if stays is None else quotient(stays, days * SCALE)
    found: Cells = {
        "purchases_count": count, "repeat_purchases_count": sums["repeats"],
        "purchasing_customers_count": customers, "purchases_amount": amount,
        "average_purchase_amount": quotient(amount, count * SCALE),
        "purchases_per_customer_ratio": quotient(count, customers),
        "repeat_purchase_rate": quotient(sums["repeats"], count),
        "lifespan_days": stays, "lifespan_periods_ratio": periods,
        "purchases_over_lifespan_amount": None, "purchase_based_value_amount": None,
    }  # fmt: skip
    if periods is not None:
        whole = rounded(Fraction(amount * periods, SCALE**2))
        found["purchases_over_lifespan_amount"] = whole
        found["purchase_based_value_amount"] = quotient(whole, customers * SCALE)
    return found


def lifespan(churn: Mapping[str, Any], policy: Policy) -> Digits | None:
    """Days that a customer stays: as the policy says, else as the logo churn of three months."""
    if policy.customer_lifespan_months is not None:
        return rounded(Fraction(str(policy.customer_lifespan_months)) * YEAR_DAYS / 12)
    lost = churn.get("lost_customers_count") or 0
    return quotient(YEAR_DAYS * (churn.get("starting_customers_count") or 0), 12 * lost)


def with_lifespan(row: Cells, stays: Digits | None) -> Cells:
    """A customer's row with what it is worth if it buys like this for as long as customers stay."""
    value = None
    average, repeats, age = (
        row[name] for name in ("average_purchase_amount", "repeat_purchases_count", "age_days")
    )
    if average is not None and stays is not None and age:
        value = rounded(Fraction(average * (quotient(repeats * stays, age * SCALE) or 0), SCALE**2))
    return {**row, "lifespan_days": stays, "purchase_based_value_amount": value}


def months(said: Answers) -> Parts:
    """What a company's customers are at the start and close of each period, by segment."""
    found: Parts = {}
    for key, cells in said.sums.items():
        if key[0] in MONTHS_OF:
            found[*key, "all", "all"] = Counter({name: cells[name] for name in NAMES})
    for key, cells in said.parts.items():
        if key[0] in MONTHS_OF:
            found[key] = Counter({name: cells[name] for name in NAMES})
    return found


def rows(sums: Parts, costs: Parts, calendar: Calendar) -> dict[Key, Cells]:
    """ARPA of each period, margin and churn of the three months up to its end."""
    last_month = max((start for grain, start, *_ in sums if grain == "month"), default=None)
    ends = {period[:2]: period[2] for own in calendar.periods.values() for period in own}
    found = {}
    for key in sums:
        grain, start, *segment = key
        if last_month is None:
            break
        last = min(months_later(ends[grain, start], -1), last_month)
        told: Counter[str] = Counter()
        for n in range(MONTHS):
            month = ("month", months_later(last, -n), *segment)
            own = sums.get(month, Counter())
            told["starting"] += own["starting_customers_count"]
            told["lost"] += own["lost_customers_count"]
            spent = costs.get(month, Counter())
            rate = calendar.policy.gross_margin_rate
            if rate is None:
                told["revenue"] += spent["costed_revenue_amount"]
                told["profit"] += spent["costed_revenue_amount"] - spent["cost_of_revenue_amount"]
            else:
                mrr = own["ending_mrr_amount"]
                told["revenue"] += mrr
                told["profit"] += rounded(Fraction(mrr, SCALE) * Fraction(str(rate)))
        # Segments are those of the months, of ARPA those of the period.
        found[key] = _row(sums[key], told)
    return found


def _row(cells: Mapping[str, int], told: Mapping[str, int]) -> Cells:
    arpa = quotient(cells["ending_mrr_amount"], cells["ending_customers_count"] * SCALE)
    starting, lost, revenue = told["starting"], told["lost"], told["revenue"]
    profit = told["profit"]
    margin = quotient(profit, revenue)
    base: Digits | None = None if arpa is None else arpa * starting
    of_margin = None
    if base is not None and margin is not None:
        of_margin = rounded(Fraction(base * margin, SCALE**2))
    return {
        "arpa_amount": arpa, "starting_customers_count": starting, "lost_customers_count": lost,
        "logo_churn_rate": quotient(lost, starting),
        "margin_revenue_amount": revenue,
        "gross_profit_amount": profit, "gross_margin_ratio": margin,
        "arpa_of_base_amount": base, "margin_of_base_amount": of_margin,
        "simple_value_amount": None if base is None else quotient(base, lost * SCALE),
        "margin_value_amount": None if of_margin is None else quotient(of_margin, lost * SCALE),
    }  # fmt: skip
