"""Random companies: raw rows of up to eight customers, sound but crowded with coincidences.

Everything that happens to a company happens at a few instants of its own, many of them midnights on
which periods and rates change, so that ends, starts, switches and discounts meet.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import pairwise, permutations

from hypothesis import strategies as st

from tests.oracle.catalogues import CURRENCIES, catalogue
from tests.oracle.crm import crm, rare
from tests.oracle.deliveries import delivered
from tests.oracle.invoices import invoices
from tests.oracle.policy import Policy
from tests.oracle.raw_rows import Company, Row

RATES = "rates"
# Dollars for one unit.
USUAL = {
    "USD": Decimal(1), "EUR": Decimal("1.1"), "JPY": Decimal("0.0067"), "KWD": Decimal("3.26"),
}  # fmt: skip
REASONS = (
    None, "customer_request", "too_expensive", "payment_failure", "payment_disputed", "trial_ended",
    "unpaid", "other",
)  # fmt: skip

days = st.one_of(
    st.sampled_from([
        date(2023, 12, 31), date(2024, 1, 1), date(2024, 1, 31), date(2024, 2, 1), date(2024, 2, 28),
        date(2024, 2, 29), date(2024, 3, 1), date(2024, 3, 31), date(2024, 4, 1), date(2024, 7, 1),
        date(2024, 10, 1), date(2024, 12, 30), date(2025, 1, 1), date(2025, 2, 28), date(2025, 3, 1),
        date(2025, 3, 30), date(2025, 4, 1), date(2025, 4, 17),
    ]),
    st.integers(0, 500).map(lambda n: date(2023, 12, 20) + timedelta(days=n)),
)  # fmt: skip
times = st.sampled_from([time()] * 5 + [time(12), time(23, 59, 59), time(0, 0, 1), time(22, 30)])
instants = st.builds(datetime.combine, days, times)


@st.composite
def companies(draw: st.DrawFn, name: str, policy: Policy) -> Company:
    """One company, delivered as a run of a policy finds it."""
    moments = draw(st.lists(instants, min_size=5, max_size=14, unique=True).map(sorted))
    rows = catalogue(draw)
    customers = [f"c{n}" for n in range(draw(st.sampled_from([1, 1, 2, 2, 3, 4, 6, 8])))]
    for customer in customers:
        for n in range(draw(st.sampled_from([1, 1, 1, 2, 3]))):
            kind = draw(st.sampled_from([_versioned, _versioned, _versioned, _simple]))
            kind(draw, rows, moments, customer, f"{customer}s{n}")
    _discounts(draw, rows, moments, customers)
    for merged, survivor in pairwise(customers):
        if draw(rare(st.booleans())):
            rows["crm_account_merges"].append({
                "merged_customer_id": merged, "surviving_customer_id": survivor,
                "merged_at": draw(st.sampled_from(moments)),
            })  # fmt: skip
    crm(draw, rows, moments, customers, name)
    invoices(draw, rows, moments, customers)
    return Company(name, delivered(draw, rows, moments, policy))


@st.composite
def rates(draw: st.DrawFn, policy: Policy) -> Company:
    """Dated rates of every currency, some of them overlapping; never a gap."""
    rows = []
    for into, currency in permutations(CURRENCIES, 2):
        found: dict[date, date | None] = {date(2020, 1, 1): None}
        for day in draw(st.lists(days, min_size=3, max_size=8)):
            until = draw(rare(st.integers(1, 60)))
            found[day] = day + timedelta(days=until) if until else None
        for day, until in found.items() if into in {policy.reporting_currency, "USD"} else ():
            step = draw(st.integers(-20_000, 20_000))
            rate = USUAL[currency] / USUAL[into] * (1 + Decimal(step) / 100_000)
            rows.append({
                "from_currency_code": currency, "to_currency_code": into, "valid_from_date": day,
                "valid_to_date": until, "exchange_rate": rate.quantize(Decimal("1e-10")),
                "_loaded_at": policy.known_at, "_operation": "upsert",
            })  # fmt: skip
    return Company(RATES, {"billing_exchange_rates": rows})


def _versioned(
    draw: st.DrawFn, rows: dict[str, list[Row]], moments: list[datetime], customer: str, name: str
) -> None:
    """A subscription with versions, and its items with theirs."""
    at = draw(st.lists(st.sampled_from(moments), min_size=1, max_size=5, unique=True).map(sorted))
    start = at[0] - timedelta(days=draw(st.sampled_from([0, 0, 0, 10, 45])))
    before = None
    for n, since in enumerate(at):
        following = at[n + 1] if n + 1 < len(at) else None
        rows["billing_subscriptions"].append(
            {
                "subscription_id": name,
                "customer_id": customer,
                "start_at": start,
                "updated_at": since,
            }
            | _status(draw, moments, before, start, since, following)
            | _click(draw, moments, since)
        )
        before = rows["billing_subscriptions"][-1]["status"]
        if before == "incomplete_expired":
            break
    for n in range(draw(st.sampled_from([1, 1, 2, 3]))):
        later = [moment for moment in moments if moment >= at[0]]
        changes = draw(st.lists(st.sampled_from(later), max_size=3, unique=True).map(sorted))
        begins = start if draw(st.integers(0, 3)) or not changes else changes.pop(0)
        for since in [begins, *(moment for moment in changes if moment > begins)]:
            rows["billing_subscription_items"].append({
                "subscription_item_id": f"{name}i{n}", "subscription_id": name,
                "price_id": draw(st.sampled_from(rows["billing_prices"]))["price_id"],
                "quantity": draw(st.sampled_from([None, 1, 1, 2, 3, 4, 10, 15, 0, Decimal("2.5")])),
                "is_removed": draw(rare(st.booleans())) if since > begins else None,
                "current_period_end_at": draw(rare(st.sampled_from(moments))),
                "created_at": begins if begins > start or draw(st.booleans()) else None,
                "updated_at": since,
            })  # fmt: skip


def _status(
    draw: st.DrawFn,
    moments: list[datetime],
    before: str | None,
    start: datetime,
    since: datetime,
    following: datetime | None,
) -> Row:
    first = ["active"] * 5 + ["trialing"] * 3 + ["incomplete", "past_due"]
    if start < since:
        first = [*first, *["canceled"] * 4]
    later = [
        "active", "active", "active", "past_due", "past_due", "paused", "unpaid", "canceled",
        "canceled",
    ]  # fmt: skip
    if before == "trialing":
        later = [*later, "trialing", "trialing"]
    if before == "incomplete":
        later = [*later, "incomplete_expired", "incomplete_expired"]
    status = draw(st.sampled_from(later if before else first))
    row: Row = dict.fromkeys((
        "trial_end_at", "ended_at", "cancellation_reason", "collection_paused_at", "collection_resumes_at",
    ))  # fmt: skip
    row["status"] = status
    if status == "trialing":
        ends = [following, following, None, since + timedelta(days=14)]
        ends += [following - timedelta(hours=3)] if following else []
        end = draw(st.sampled_from(ends))
        row["trial_end_at"] = max(end, since) if end else None
    elif not draw(st.integers(0, 4)):
        # Billing goes on to tell of the trial that was, or tells of it for the first time.
        row["trial_end_at"] = draw(st.sampled_from([start, start + (since - start) / 2, since]))
    if status == "canceled":
        ends = [since, since, None, since - timedelta(hours=5), *(m for m in moments if m > since)]
        ends += [] if before else [start + (since - start) / 2, start + (since - start) / 4]
        row["ended_at"] = draw(st.sampled_from(ends))
        row["cancellation_reason"] = draw(st.sampled_from(REASONS))
    elif draw(st.integers(0, 7)) == 7:
        row["collection_paused_at"] = draw(
            st.sampled_from([since, since, since + timedelta(days=2)])
        )
        row["collection_resumes_at"] = draw(rare(st.sampled_from(
            [since + timedelta(days=n) for n in (3, 31)]
        )))  # fmt: skip
    return row


def _click(draw: st.DrawFn, moments: list[datetime], since: datetime) -> Row:
    """Sometimes a click on cancel that still holds in this version, in either shape of billing."""
    row: Row = dict.fromkeys(
        ("cancel_at", "is_cancel_at_period_end", "current_period_end_at", "canceled_at")
    )
    how = draw(st.sampled_from(["none"] * 6 + ["at", "period end", "item's period end"]))
    later = [since + timedelta(days=n) for n in (0, 30, 366, 500)]
    if how == "at":
        row["cancel_at"] = draw(st.sampled_from([*later, *moments]))
    elif how != "none":
        row["is_cancel_at_period_end"] = True
    if how == "period end" or not draw(st.integers(0, 5)):
        row["current_period_end_at"] = draw(st.sampled_from(later))
    if how != "none":
        row["canceled_at"] = draw(st.sampled_from([None, since, since - timedelta(hours=3)]))
    return row


def _simple(
    draw: st.DrawFn, rows: dict[str, list[Row]], moments: list[datetime], customer: str, name: str
) -> None:
    """A subscription of simple periods, one after another, with or without gaps."""
    at = draw(st.lists(st.sampled_from(moments), min_size=1, max_size=4, unique=True).map(sorted))
    currency = draw(st.sampled_from(CURRENCIES))
    for start, following in zip(at, [*at[1:], None], strict=True):
        ends = [
            following,
            following,
            following,
            following - (following - start) / 2 if following else None,
        ]
        end = draw(st.sampled_from(ends))
        is_last = end is None or end != following or not draw(st.integers(0, 9))
        rows["billing_subscription_periods"].append({
            "subscription_id": name, "start_at": start, "customer_id": customer,
            "end_at": end, "plan_name": "simple", "currency_code": currency,
            "amount_minor": draw(st.sampled_from([0, 999, 4500, 9000, Decimal("1234.567")])),
            "quantity": draw(st.sampled_from([None, 1, 2, 5])),
            "billing_interval": draw(st.sampled_from(["month", "month", "year", "week", "day"])),
            "billing_interval_count": draw(st.sampled_from([None, 1, 3])),
            "status": draw(st.sampled_from([None, "active", "active", "trialing", "past_due", "paused", "unpaid"])),
            "cancellation_reason": draw(st.sampled_from(REASONS)) if is_last else None,
        })  # fmt: skip


def _discounts(
    draw: st.DrawFn, rows: dict[str, list[Row]], moments: list[datetime], customers: list[str]
) -> None:
    items = rows["billing_subscription_items"]
    if not rows["billing_coupons"] or not items:
        return
    for n in range(draw(st.sampled_from([0, 1, 2, 3, 5]))):
        item = draw(st.sampled_from(items))
        level = draw(st.sampled_from(["item", "subscription", "customer"]))
        start = draw(st.sampled_from(moments))
        ends = [None, None, None, *(moment for moment in moments if moment > start)]
        rows["billing_discounts"].append({
            "discount_id": f"d{n}",
            "coupon_id": draw(st.sampled_from(rows["billing_coupons"]))["coupon_id"],
            "customer_id": draw(st.sampled_from(customers)) if level == "customer" else None,
            "subscription_id": item["subscription_id"] if level == "subscription" else None,
            "subscription_item_id": item["subscription_item_id"] if level == "item" else None,
            "start_at": start, "end_at": draw(st.sampled_from(ends)),
        })  # fmt: skip
