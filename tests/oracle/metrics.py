"""The metrics of sections 2 to 4 as they are published: numerator, denominator and value."""

from __future__ import annotations

from collections.abc import Callable

from tests.oracle import totals
from tests.oracle.amounts import SCALE, quotient
from tests.oracle.calendar_periods import TRAILING
from tests.oracle.totals import TYPES, Sums

# Numerator and denominator, in units of a customer or of 10⁻¹⁰ of the currency.
Part = Callable[[dict[str, int]], int]
# A balance is no more the balance of twelve months than of their last one.
BALANCES = {
    "mrr", "arr", "arpa", "paying_customers", "committed_mrr", "trial_mrr", "starting_mrr",
}  # fmt: skip
SHORT = frozenset({"day", "week"})


def _cell(name: str) -> Part:
    return lambda row: row[name]


AMOUNTS: dict[str, Part] = {
    "mrr": _cell("ending_mrr_amount"),
    "arr": lambda row: 12 * row["ending_mrr_amount"],
    "committed_mrr": _cell("ending_committed_mrr_amount"),
    "trial_mrr": _cell("ending_trial_mrr_amount"),
    "starting_mrr": _cell("starting_mrr_amount"),
    "net_new_mrr": lambda row: row["ending_mrr_amount"] - row["starting_mrr_amount"],
    "usage_revenue": _cell("usage_revenue_amount"),
    "net_revenue": _cell("net_revenue_amount"),
    **{f"{kind}_mrr": _cell(f"{kind}_mrr_amount") for kind in TYPES},
}
COUNTS: dict[str, Part] = {
    "paying_customers": _cell("ending_customers_count"),
    "new_customers": _cell("new_customers_count"),
    "reactivated_customers": _cell("reactivation_customers_count"),
    "churned_customers": _cell("lost_customers_count"),
    "intra_period_churned_customers": _cell("intra_period_churned_customers_count"),
}
MONEY_RATES: dict[str, tuple[Part, Part]] = {
    "net_revenue_retention": (_cell("retained_mrr_amount"), _cell("starting_mrr_amount")),
    "gross_revenue_retention": (_cell("gross_retained_mrr_amount"), _cell("starting_mrr_amount")),
    "gross_revenue_churn": (_cell("lost_mrr_amount"), _cell("starting_mrr_amount")),
    "net_revenue_churn": (_cell("net_lost_mrr_amount"), _cell("starting_mrr_amount")),
    "quick_ratio": (_cell("gained_mrr_amount"), _cell("lost_mrr_amount")),
}
_SIZE = _cell("starting_customers_count")
_LOST = _cell("lost_customers_including_new_count")
LOGO_RATES: dict[str, tuple[Part, Part]] = {
    "logo_churn": (_cell("lost_customers_count"), _SIZE),
    "logo_churn_including_new": (_LOST, _SIZE),
    "logo_churn_stripe": (_LOST, _cell("starting_and_new_customers_count")),
    "customer_retention": (_cell("retained_customers_count"), _SIZE),
    "voluntary_logo_churn": (_cell("voluntarily_lost_customers_count"), _SIZE),
    "involuntary_logo_churn": (_cell("involuntarily_lost_customers_count"), _SIZE),
}
# Section 4's windows are months and longer.
RETENTION = {
    *MONEY_RATES, *LOGO_RATES, "churned_customers", "intra_period_churned_customers",
}  # fmt: skip

Row = tuple[int, int | None, int | None]


def metrics(grain: str, sums: Sums) -> dict[str, Row]:
    """Each metric of a period and segment: numerator, denominator and value, in 10⁻¹⁰."""
    row = {
        name: value or 0
        for part in (totals.roll_forward, totals.retention, totals.revenue)
        for name, value in part(sums).items()
    }
    found: dict[str, Row] = {}
    for name, amount in AMOUNTS.items():
        found[name] = amount(row), None, amount(row)
    for name, count in COUNTS.items():
        found[name] = count(row) * SCALE, None, count(row) * SCALE
    for name, (above, below) in MONEY_RATES.items():
        found[name] = above(row), below(row), quotient(above(row), below(row))
    for name, (above, below) in LOGO_RATES.items():
        parts = above(row) * SCALE, below(row) * SCALE
        found[name] = *parts, quotient(*parts)
    mrr, customers = row["ending_mrr_amount"], row["ending_customers_count"] * SCALE
    found["arpa"] = mrr, customers, quotient(mrr, customers)
    left_out = BALANCES if grain == TRAILING else RETENTION if grain in SHORT else set()
    return {name: cells for name, cells in found.items() if name not in left_out}
