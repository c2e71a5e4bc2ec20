"""Other ways to tell a random company's raw rows, after each of which its metrics are the same or scaled.

Two companies are told: the one that was drawn, and an exact one made of it, in which no amount has to be
rounded, so that halves and sums of halves are equal to the last digit.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from zlib import crc32

from tests.oracle.policy import Policy
from tests.oracle.raw_rows import Company, Row

# Divisible by twelve months, seven days and every count of intervals, in any currency.
UNIT = 50_400
KEPT = (
    "billing_customers", "billing_products", "billing_prices", "billing_price_tiers", "billing_coupons",
    "billing_subscriptions", "billing_subscription_items", "billing_subscription_periods",
    "billing_discounts", "crm_account_merges",
)  # fmt: skip
MONEY = {
    "billing_prices": ("unit_amount_minor",),
    "billing_price_tiers": ("unit_amount_minor", "flat_amount_minor"),
    "billing_subscription_periods": ("amount_minor",),
    "billing_coupons": ("amount_off_minor",),
}
LONG_AGO = datetime.fromisoformat("2000-01-01")

Telling = Callable[[Company, Policy], Company]


def told(company: Company, suffix: str, telling: Telling, policy: Policy) -> Company:
    """The company told another way, as a source and an industry of its own."""
    other = telling(company, policy)
    name = f"{company.name}_{suffix}"
    accounts = [
        {**row, "industry": name} if row.get("industry") == company.name else row
        for row in other.rows["crm_accounts"]
    ]
    return Company(name, {**other.rows, "crm_accounts": accounts})


def exact(company: Company, policy: Policy) -> Company:
    """The same life in round amounts: whole units, round percents, nothing taken off by amount."""
    rows = {name: [dict(row) for row in company.rows.get(name, [])] for name in KEPT}
    for row in rows["billing_coupons"]:
        if row["percent_off"] is None or row["percent_off"] not in {10, 50, 100}:
            row["percent_off"] = 25
        row["amount_off_minor"] = row["currency_code"] = None
        if row["duration"] == "once":  # its length hangs on the other items of the subscription
            row["duration"], row["duration_in_months"] = "repeating", 2
    rows["crm_accounts"] = [
        {
            "account_id": customer, "customer_id": customer, "industry": company.name,
            "created_at": LONG_AGO, "_loaded_at": LONG_AGO, "_operation": "upsert",
        }
        for customer in sorted({
            row["customer_id"]
            for name in ("billing_subscriptions", "billing_subscription_periods")
            for row in rows[name]
        })
    ]  # fmt: skip
    return _scaled(Company(company.name, rows), UNIT)


def shuffled_and_doubled(company: Company, policy: Policy) -> Company:
    """Every row twice, in an order of no meaning."""
    mixed = {name: [*own, *own] for name, own in company.rows.items()}
    for name, own in mixed.items():
        Random(name).shuffle(own)
    return Company(company.name, mixed)


def with_later_data(company: Company, policy: Policy) -> Company:
    """What is landed after the run knows, and what takes effect when the measuring has ended."""
    rows = {name: list(own) for name, own in company.rows.items()}
    too_late = {"_loaded_at": policy.known_at + timedelta(seconds=1)}
    wrong = {
        "billing_subscriptions": {"status": "unpaid"},
        "billing_subscription_items": {"quantity": 7},
        "billing_subscription_periods": {"amount_minor": 31},
        "billing_prices": {"unit_amount_minor": 77},
    }
    for name, mistake in wrong.items():
        rows[name] += [{**row, **mistake, **too_late} for row in company.rows[name]]
    now = {"_loaded_at": policy.known_at, "_operation": "upsert", "updated_at": policy.as_of}
    end = {"status": "canceled", "ended_at": policy.as_of, "canceled_at": policy.as_of}
    for name, change in (
        ("billing_subscriptions", end),
        ("billing_subscription_items", {"quantity": 9}),
    ):
        key = "subscription_id" if name == "billing_subscriptions" else "subscription_item_id"
        last = {row[key]: row for row in company.rows[name]}
        rows[name] += [{**row, **change, **now} for row in last.values()]
    for row in {
        r["subscription_id"]: r for r in company.rows["billing_subscription_periods"]
    }.values():
        begun = {"start_at": policy.as_of, "end_at": None, "_loaded_at": policy.known_at}
        rows["billing_subscription_periods"].append({**row, **begun, "_operation": "upsert"})
    return Company(company.name, rows)


def scaled(company: Company, policy: Policy) -> Company:
    """Every amount times seven."""
    return _scaled(company, 7)


def merged(company: Company, policy: Policy) -> Company:
    """Some subscriptions belong to a second customer, whom the first one took over."""
    rows = {name: list(own) for name, own in company.rows.items()}
    parted: set[str] = set()
    for name in ("billing_subscriptions", "billing_subscription_periods"):
        rows[name] = [_parted(row) if coin(row["subscription_id"]) else row for row in rows[name]]
        parted |= {row["customer_id"] for row in rows[name] if row["customer_id"].endswith("~")}
    known = {row["customer_id"] for row in rows["billing_customers"]}
    rows["billing_customers"] += [
        *(_parted(row) for row in rows["billing_customers"] if f"{row['customer_id']}~" in parted),
        *(
            {
                "customer_id": name.removesuffix("~"), "created_at": LONG_AGO,
                "_loaded_at": LONG_AGO, "_operation": "upsert",
            }
            for name in sorted(parted)
            if name.removesuffix("~") not in known
        ),
    ]  # fmt: skip
    rows["billing_discounts"] += [
        {**_parted(row), "discount_id": f"{row['discount_id']}~"}
        for row in rows["billing_discounts"]
        if row["customer_id"] is not None
    ]
    rows["crm_account_merges"] += [
        {
            "merged_customer_id": name, "surviving_customer_id": name.removesuffix("~"),
            "merged_at": datetime.fromisoformat("2024-05-05"), "_loaded_at": LONG_AGO,
            "_operation": "upsert",
        }
        for name in sorted(parted)
    ]  # fmt: skip
    return Company(company.name, rows)


def all_in(currency: str) -> Telling:
    """Everything is sold in one currency."""

    def telling(company: Company, policy: Policy) -> Company:
        rows = {
            name: [
                {**row, "currency_code": currency} if row.get("currency_code") else row
                for row in own
            ]
            for name, own in company.rows.items()
        }
        return Company(company.name, rows)

    return telling


def _scaled(company: Company, factor: int) -> Company:
    rows = dict(company.rows)
    for name, columns in MONEY.items():
        rows[name] = [
            {**row, **{c: int(row[c]) * factor for c in columns if row[c] is not None}}
            for row in rows[name]
        ]
    return Company(company.name, rows)


def _parted(row: Row) -> Row:
    return {**row, "customer_id": f"{row['customer_id']}~"}


def coin(text: str) -> bool:
    """Heads or tails, the same for the same text."""
    return bool(crc32(text.encode()) % 2)


def as_it_is(company: Company, policy: Policy) -> Company:
    """No change."""
    return company


def rates_with_francs(rates: Company, factor: int) -> Company:
    """Rates with four digits, and francs that are always worth so many times as much as euros."""
    rows = [
        {**row, "exchange_rate": row["exchange_rate"].quantize(Decimal("0.0001"))}
        for row in rates.rows["billing_exchange_rates"]
    ]
    francs = [
        {**row, "from_currency_code": "CHF", "exchange_rate": row["exchange_rate"] * factor}
        for row in rows
        if row["from_currency_code"] == "EUR"
    ]
    return Company(rates.name, {**rates.rows, "billing_exchange_rates": [*rows, *francs]})
