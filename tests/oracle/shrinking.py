"""Make a company that disagrees small: drop rows and values while it still disagrees.

Many smaller variants of many companies go into one dbt build, so a build costs little per variant.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from data_quality.contracts import load_contract
from tests.oracle.policy import Policy
from tests.oracle.raw_rows import Company, Row

KEPT = {"billing_products"}
# Columns without which a row is another one, or its company no longer an industry of its own.
NAMING = {"updated_at", "industry", "customer_id"}
# Column, and the object and column in which its value must exist.
REFERENCES = {
    "billing_subscription_items": [
        ("subscription_id", "billing_subscriptions"), ("price_id", "billing_prices"),
    ],
    "billing_price_tiers": [("price_id", "billing_prices")],
    "billing_discounts": [
        ("coupon_id", "billing_coupons"), ("subscription_id", "billing_subscriptions"),
        ("subscription_item_id", "billing_subscription_items"),
    ],
    "survey_sends": [("survey_id", "survey_definitions")],
    "survey_responses": [("survey_id", "survey_definitions")],
}  # fmt: skip

# Companies by name in, differences by name out: one dbt build.
Judge = Callable[[Sequence[Company]], Mapping[str, Sequence[str]]]


def shrink(
    companies: Sequence[Company], judge: Judge, rounds: int, policy: Policy
) -> list[Company]:
    """Smaller companies that disagree in the same table as the ones given."""
    judged = judge(companies)
    kinds = {company.name: kind(judged[company.name]) for company in companies}
    smallest = {company.name: company for company in companies}
    fresh = dict(smallest)
    for _ in range(rounds):
        tried: dict[str, tuple[str, Company]] = {}
        for name, company in fresh.items():
            for n, variant in enumerate(smaller(company, policy)):
                tried[f"{name}x{n}"] = (name, renamed(variant, f"{name}x{n}"))
        judged = judge([variant for _, variant in tried.values()])
        fresh = {}
        for variant_name, (name, variant) in tried.items():
            disagrees = kind(judged[variant_name]) == kinds[name]
            if disagrees and weight(variant) < weight(smallest[name]):
                fresh[name] = smallest[name] = renamed(variant, name)
        if not fresh:
            break
    return list(smallest.values())


def kind(found: Sequence[str]) -> str:
    """The table that the first difference is in, and which side has no such row."""
    if not found:
        return "agree"
    head, *sides = found[0].split("\n")
    return head.split(" ")[0] + "".join("-" if "no such row" in side else "+" for side in sides)


def weight(company: Company) -> tuple[int, int]:
    """Rows, and values in them."""
    rows = [row for name, own in company.rows.items() if name not in KEPT for row in own]
    return len(rows), sum(value is not None for row in rows for value in row.values())


def smaller(company: Company, policy: Policy) -> Iterator[Company]:
    """Sound variants without some of the rows, or without one optional value."""
    places = [(name, n) for name, own in company.rows.items() for n in range(len(own))]
    places = [place for place in places if place[0] not in KEPT]
    size = max(1, len(places) // 2)
    while True:
        for first in range(0, len(places), size):
            yield from _sound(_without(company, set(places[first : first + size])), policy)
        if size == 1:
            break
        size = max(1, size // 2)
    for name, n in places if len(places) <= 12 else ():
        row = company.rows[name][n]
        contract = load_contract(name)
        for column in contract.columns:
            if row[column.name] is not None and not column.required and column.name not in NAMING:
                same = [column.name for column in contract.columns if column.name in contract.key]
                own = [
                    {**other, column.name: None} if all(other[k] == row[k] for k in same) else other
                    for other in company.rows[name]
                ]
                yield from _sound(Company(company.name, {**company.rows, name: own}), policy)


def renamed(company: Company, name: str) -> Company:
    """The same company as another source and industry."""
    accounts = [{**row, "industry": name} for row in company.rows["crm_accounts"]]
    return Company(name, {**company.rows, "crm_accounts": accounts})


def _without(company: Company, places: set[tuple[str, int]]) -> Company:
    rows = {
        name: [row for n, row in enumerate(own) if (name, n) not in places]
        for name, own in company.rows.items()
    }
    return Company(company.name, rows)


def _sound(company: Company, policy: Policy) -> Iterator[Company]:
    for name, references in REFERENCES.items():
        for column, target in references:
            landed = [
                row for row in company.rows.get(target, []) if row["_loaded_at"] <= policy.known_at
            ]
            known = {None, *(row[column] for row in landed)}
            if any(row[column] not in known for row in company.rows.get(name, [])):
                return
    billed = [own for name, own in company.rows.items() if name.startswith("billing_")]
    holders = {row.get("customer_id") for own in billed for row in own} - {None}
    if holders - {row["customer_id"] for row in company.rows["crm_accounts"]}:
        return
    lasting = [
        row["duration_in_months"] is not None or row["duration"] != "repeating"
        for row in company.rows.get("billing_coupons", [])
    ]
    priced = [_is_priced(company, row) for row in company.rows.get("billing_prices", [])]
    if all(lasting) and all(priced):
        yield company


def _is_priced(company: Company, price: Row) -> bool:
    own = [
        tier
        for tier in company.rows.get("billing_price_tiers", [])
        if tier["price_id"] == price["price_id"]
    ]
    if price["price_type"] == "recurring" and price["billing_interval"] is None:
        return False
    if price["billing_scheme"] == "tiered":
        return price["tiers_mode"] is not None and any(t["up_to_quantity"] is None for t in own)
    return price["unit_amount_minor"] is not None
