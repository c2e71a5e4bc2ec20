"""Sums over customers in one period: what each brings, and the published rows made of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from tests.oracle.amounts import Digits, quotient
from tests.oracle.movements import Net

TYPES = (
    "new", "reactivation", "expansion", "contraction", "churn", "pause", "resume", "fx",
)  # fmt: skip

Cells = dict[str, int | None]
# Cells of which the rest follows; what is not there is 0.
Sums = Counter[str]


def contributions(
    net: Net, revenue: Mapping[str, Digits], first_paid: date | None
) -> Iterator[tuple[date, dict[str, int]]]:
    """What a customer brings to a period's sums, and the opening at which its segments are taken.

    That is the period's start, or for who is new in it the first opening that sees the balance; each
    balance (MRR, trial, committed) may begin at another time.
    """
    start = net.period[0]
    yield net.opening("mrr"), _mrr_cells(net)
    if net.end.trial:
        yield net.opening("trial"), {"ending_trial_mrr_amount": net.end.trial}
    if net.end.committed:
        yield net.opening("committed"), {"ending_committed_mrr_amount": net.end.committed}
    if revenue:
        yield max(start, first_paid + timedelta(days=1)) if first_paid else start, dict(revenue)


def _mrr_cells(net: Net) -> dict[str, int]:
    cells: dict[str, int] = {}
    if net.end.mrr:
        cells["ending_mrr_amount"] = net.end.mrr
        cells["ending_customers_count"] = 1
    for movement in net.movements:
        cells[f"{movement.type}_mrr_amount"] = movement.amount
        cells[f"{movement.type}_customers_count"] = 1
    if net.came_and_left:
        cells["intra_period_churned_customers_count"] = 1
    if net.has_paid and net.start.status == "never_paid":
        cells["first_paying_customers_count"] = 1
    if net.start.mrr:
        cells["starting_mrr_amount"] = net.start.mrr
        cells["starting_customers_count"] = 1
        cells["retained_mrr_amount"] = net.end.mrr
        cells["gross_retained_mrr_amount"] = min(net.end.mrr, net.start.mrr)
        if net.end.status == "churned":
            cells["lost_customers_count"] = 1
            cells[f"{net.end.churn_type}_lost"] = 1
    return cells


def roll_forward(sums: Sums) -> Cells:
    """Opening, what moved, closing."""
    names = ["starting_mrr_amount", "ending_mrr_amount", "ending_trial_mrr_amount"]
    names += ["ending_committed_mrr_amount", "starting_customers_count", "ending_customers_count"]
    names += [f"{kind}_mrr_amount" for kind in TYPES]
    names += [f"{kind}_customers_count" for kind in TYPES if kind != "fx"]
    return {name: sums[name] for name in names}


def revenue(sums: Sums) -> Cells:
    """What was collected and refunded, and metered usage apart."""
    names = ("usage_revenue_amount", "collected_amount", "refunded_amount", "net_revenue_amount")
    return {name: sums[name] for name in names}


def retention(sums: Sums) -> Cells:
    """NRR, GRR, churn and its variants with their parts: section 4."""
    starting, retained = sums["starting_mrr_amount"], sums["retained_mrr_amount"]
    gross = sums["gross_retained_mrr_amount"]
    lost = -sums["churn_mrr_amount"] - sums["contraction_mrr_amount"]
    net_lost = lost - sums["expansion_mrr_amount"]
    gained = sum(sums[f"{kind}_mrr_amount"] for kind in ("new", "expansion", "reactivation"))
    size, gone = sums["starting_customers_count"], sums["lost_customers_count"]
    came_and_left = sums["intra_period_churned_customers_count"]
    first_paying = sums["first_paying_customers_count"]
    voluntary, involuntary = sums["voluntary_lost"], sums["involuntary_lost"]
    return {
        "starting_mrr_amount": starting,
        "retained_mrr_amount": retained,
        "gross_retained_mrr_amount": gross,
        "net_revenue_retention_ratio": quotient(retained, starting),
        "gross_revenue_retention_rate": quotient(gross, starting),
        "lost_mrr_amount": lost,
        "net_lost_mrr_amount": net_lost,
        "gross_revenue_churn_rate": quotient(lost, starting),
        "net_revenue_churn_ratio": quotient(net_lost, starting),
        "gained_mrr_amount": gained,
        "quick_ratio": quotient(gained, lost),
        "starting_customers_count": size,
        "lost_customers_count": gone,
        "retained_customers_count": size - gone,
        "voluntarily_lost_customers_count": voluntary,
        "involuntarily_lost_customers_count": involuntary,
        "intra_period_churned_customers_count": came_and_left,
        "first_paying_customers_count": first_paying,
        "lost_customers_including_new_count": gone + came_and_left,
        "starting_and_new_customers_count": size + first_paying,
        "logo_churn_rate": quotient(gone, size),
        "logo_churn_including_new_ratio": quotient(gone + came_and_left, size),
        "logo_churn_stripe_rate": quotient(gone + came_and_left, size + first_paying),
        "customer_retention_rate": quotient(size - gone, size),
        "voluntary_logo_churn_rate": quotient(voluntary, size),
        "involuntary_logo_churn_rate": quotient(involuntary, size),
    }
