"""Cohorts by first-paid month: logos and revenue retained at each age."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from tests.oracle.amounts import quotient
from tests.oracle.calendar_periods import months_later, periods
from tests.oracle.ledger import Ledger
from tests.oracle.policy import Policy
from tests.oracle.totals import Cells

Table = dict[tuple[date, int], Cells]


def cohorts(ledgers: Sequence[Ledger], policy: Policy) -> Table:
    """A row of each cohort and age up to the run's end, not yet reached ages included."""
    members: dict[date, list[Ledger]] = {}
    for ledger in ledgers:
        paid = ledger.first_paid()
        if paid:
            members.setdefault(policy.day_of(paid).replace(day=1), []).append(ledger)
    found: Table = {}
    months = list(periods("month", min(members), policy.last_day)) if members else []
    for month, own in members.items():
        ends = {age: policy.start_of(months_later(month, age + 1)) for age in range(len(months))}
        closes = {age: end if end <= policy.as_of else None for age, end in ends.items()}
        first_close = min(ends[0], policy.as_of)
        for age, cells in _cohort(own, closes, first_close).items():
            found[month, age] = cells
    return found


def _cohort(
    members: Sequence[Ledger], closes: Mapping[int, datetime | None], first_close: datetime
) -> dict[int, Cells]:
    """The cells of one cohort by age; `closes` has none where not yet reached."""
    first_mrr = sum(member.before(first_close).mrr for member in members)
    cells: dict[int, Cells] = {}
    for age, close in closes.items():
        row: Cells = dict.fromkeys(("retained_customers_count", "retained_mrr_amount"))
        row |= dict.fromkeys(("logo_retention_ratio", "revenue_retention_ratio"))
        row |= {"cohort_customers_count": len(members), "cohort_mrr_amount": first_mrr}
        row["is_reached"] = close is not None
        if close:
            mrr = [member.before(close).mrr for member in members]
            row["retained_customers_count"] = paying = sum(amount > 0 for amount in mrr)
            row["retained_mrr_amount"] = sum(mrr)
            row["logo_retention_ratio"] = quotient(paying, len(members))
            row["revenue_retention_ratio"] = quotient(sum(mrr), first_mrr)
        cells[age] = row
    return cells
