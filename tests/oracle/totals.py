"""Roll-forward and retention of a group of customers in one period, from their nets: section 4."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from tests.oracle.amounts import quotient
from tests.oracle.ledger import Ledger
from tests.oracle.movements import Net

TYPES = (
    "new", "reactivation", "expansion", "contraction", "churn", "pause", "resume", "fx",
)  # fmt: skip

Cells = dict[str, int | None]


def roll_forward(nets: Sequence[Net]) -> Cells:
    """Opening, what moved, closing."""
    cells: Cells = {
        "starting_mrr_amount": sum(net.start.mrr for net in nets),
        "ending_mrr_amount": sum(net.end.mrr for net in nets),
        "ending_trial_mrr_amount": sum(net.end.trial for net in nets),
        "starting_customers_count": sum(net.start.mrr > 0 for net in nets),
        "ending_customers_count": sum(net.end.mrr > 0 for net in nets),
    }
    for kind in TYPES:
        found = [m for net in nets for m in net.movements if m.type == kind]
        cells[f"{kind}_mrr_amount"] = sum(movement.amount for movement in found)
        if kind != "fx":
            cells[f"{kind}_customers_count"] = len(found)
    return cells


def retention(nets: Sequence[Net]) -> Cells:
    """NRR, GRR, churn and its variants with their parts."""
    started = [net for net in nets if net.start.mrr]
    lost = [net for net in started if net.end.status == "churned"]
    came_and_left = sum(net.came_and_left for net in nets)
    first_paying = sum(net.has_paid and net.start.status == "never_paid" for net in nets)
    starting = sum(net.start.mrr for net in started)
    retained = sum(net.end.mrr for net in started)
    gross = sum(min(net.end.mrr, net.start.mrr) for net in started)
    moved = {
        kind: sum(m.amount for net in nets for m in net.movements if m.type == kind)
        for kind in TYPES
    }
    lost_mrr = -moved["churn"] - moved["contraction"]
    gained = moved["new"] + moved["expansion"] + moved["reactivation"]
    voluntary, involuntary = (
        sum(net.end.churn_type == kind for net in lost) for kind in ("voluntary", "involuntary")
    )
    size, gone = len(started), len(lost)
    return {
        "starting_mrr_amount": starting,
        "retained_mrr_amount": retained,
        "gross_retained_mrr_amount": gross,
        "net_revenue_retention_ratio": quotient(retained, starting),
        "gross_revenue_retention_rate": quotient(gross, starting),
        "lost_mrr_amount": lost_mrr,
        "net_lost_mrr_amount": lost_mrr - moved["expansion"],
        "gross_revenue_churn_rate": quotient(lost_mrr, starting),
        "net_revenue_churn_ratio": quotient(lost_mrr - moved["expansion"], starting),
        "gained_mrr_amount": gained,
        "quick_ratio": quotient(gained, lost_mrr),
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


def cohort(members: Sequence[Ledger], closes: Mapping[int, datetime | None]) -> dict[int, Cells]:
    """Logos and revenue of one cohort by age in months; `closes` has none where not yet reached."""
    first_close = closes[0]
    cells: dict[int, Cells] = {}
    for age, close in closes.items():
        row: Cells = dict.fromkeys(("retained_customers_count", "retained_mrr_amount"))
        row |= dict.fromkeys(("logo_retention_ratio", "revenue_retention_ratio"))
        if close:
            mrr = [member.before(close).mrr for member in members]
            first_mrr = sum(member.before(first_close or close).mrr for member in members)
            row["retained_customers_count"] = paying = sum(amount > 0 for amount in mrr)
            row["retained_mrr_amount"] = sum(mrr)
            row["logo_retention_ratio"] = quotient(paying, len(members))
            row["revenue_retention_ratio"] = quotient(sum(mrr), first_mrr)
        cells[age] = row
    return cells
