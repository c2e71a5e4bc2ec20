"""Other shapes of the same subscriptions: halves, single pieces, yearly prices; of exact companies.

In an exact company (`retold.py`) no amount has to be rounded.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.integration.retold import MONEY, UNIT, coin
from tests.oracle.policy import Policy
from tests.oracle.raw_rows import Company, Row, row_is_deleted


def in_two_subscriptions(company: Company, policy: Policy) -> Company:
    """Half of the items, and a part of every simple period, on a subscription of their own."""
    rows = {name: list(own) for name, own in company.rows.items()}
    rows["billing_subscriptions"] += [_twin(row) for row in rows["billing_subscriptions"]]
    rows["billing_subscription_items"] = [
        _twin(row) if coin(row["subscription_item_id"]) else row
        for row in rows["billing_subscription_items"]
    ]
    rows["billing_discounts"] += [
        {**_twin(row), "discount_id": f"{row['discount_id']}~"}
        for row in rows["billing_discounts"]
        if row["subscription_id"] is not None
    ]
    periods = rows["billing_subscription_periods"]
    part = [row["amount_minor"] // 3 // UNIT * UNIT for row in periods]
    rows["billing_subscription_periods"] = [
        changed
        for row, less in zip(periods, part, strict=True)
        for changed in (
            {**row, "amount_minor": row["amount_minor"] - less},
            {**_twin(row), "amount_minor": less},
        )
    ]
    return Company(company.name, rows)


def in_single_pieces(company: Company, policy: Policy) -> Company:
    """A quantity of q as q items of one; tiers depend on the quantity, so their items stay."""
    rows = dict(company.rows)
    tiered = {p["price_id"] for p in rows["billing_prices"] if p["billing_scheme"] == "tiered"}
    pieces: dict[str, int] = {}
    for row in rows["billing_subscription_items"]:
        item, quantity = row["subscription_item_id"], _quantity(row)
        whole = quantity == int(quantity) and row["price_id"] not in tiered
        pieces[item] = max(pieces.get(item, 1), int(quantity)) if whole else 10**6
    pieces = {item: count for item, count in pieces.items() if 1 < count < 10**6}
    rows["billing_subscription_items"] = [
        piece for row in rows["billing_subscription_items"] for piece in _pieces(row, pieces)
    ]
    rows["billing_discounts"] = [
        {**row, "discount_id": f"{row['discount_id']}{end}", "subscription_item_id": f"{item}{end}"}
        if (item := row["subscription_item_id"])
        else row
        for row in rows["billing_discounts"]
        for end in _ends(pieces.get(row["subscription_item_id"], 1))
    ]
    return Company(company.name, rows)


def switching_to_yearly(company: Company, policy: Policy) -> Company:
    """Monthly items that switch to twelve times the price a year, and back, at any time."""
    rows = {name: list(own) for name, own in company.rows.items()}
    monthly = {p["price_id"] for p in rows["billing_prices"] if p["billing_interval"] == "month"}
    for name in ("billing_prices", "billing_price_tiers"):
        rows[name] += [
            _yearly(name, row, {"price_id": f"{row['price_id']}~"})
            for row in company.rows[name]
            if row["price_id"] in monthly
        ]
    items = [
        *rows["billing_subscription_items"],
        *_extra_versions(rows["billing_subscription_items"], policy),
    ]
    rows["billing_subscription_items"] = [
        {**row, "price_id": f"{row['price_id']}~"}
        if row["price_id"] in monthly and coin(f"{row['subscription_item_id']}{row['updated_at']}")
        else row
        for row in items
    ]
    rows["billing_subscription_periods"] = [
        _yearly("billing_subscription_periods", row, {})
        if row["billing_interval"] == "month" and coin(f"{row['subscription_id']}{row['start_at']}")
        else row
        for row in rows["billing_subscription_periods"]
    ]
    return Company(company.name, rows)


def _yearly(name: str, row: Row, changes: Row) -> Row:
    times_twelve = {c: row[c] * 12 for c in MONEY[name] if row[c] is not None}
    interval = {} if name == "billing_price_tiers" else {"billing_interval": "year"}
    return {**row, **times_twelve, **interval, **changes}


def _extra_versions(items: list[Row], policy: Policy) -> Iterator[Row]:
    """A version in the middle between two, and after the last, of items that were delivered simply."""
    by_item: dict[str, list[Row]] = {}
    for row in items:
        by_item.setdefault(row["subscription_item_id"], []).append(row)
    for own in by_item.values():
        since = sorted({row["updated_at"] for row in own})
        if len(since) < len(own) or any(row_is_deleted(row) for row in own):
            continue
        for row in own:
            later = [at for at in since if at > row["updated_at"]]
            until = later[0] if later else policy.as_of
            yield {**row, "updated_at": row["updated_at"] + (until - row["updated_at"]) / 2}


def _pieces(row: Row, pieces: dict[str, int]) -> Iterator[Row]:
    item = row["subscription_item_id"]
    if item not in pieces:
        yield row
        return
    for n, end in enumerate(_ends(pieces[item])):
        quantity = 1 if n < _quantity(row) else 0
        yield {**row, "subscription_item_id": f"{item}{end}", "quantity": quantity}


def _ends(count: int) -> list[str]:
    return ["", *(f"~{n}" for n in range(1, count))]


def _quantity(row: Row) -> Any:
    return 1 if row["quantity"] is None else row["quantity"]


def _twin(row: Row) -> Row:
    return {**row, "subscription_id": f"{row['subscription_id']}~"}
