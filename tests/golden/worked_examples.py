"""Worked examples with their sources: the smallest company that has an example's numbers.

examples.yml holds each example in the project's own words. A company is written down either as
`periods` (who paid what from when to when) or as rows of raw objects; the rest of this module turns
that into raw rows. What is expected is looked up in published marts, never computed here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.building.landing_writer import Delivery, Row
from tests.building.stories import completed

EXAMPLES = Path(__file__).with_name("examples.yml")


@dataclass(frozen=True)
class Company:
    """Raw rows of one company of an example; its customers are in the industry of its name."""

    name: str
    objects: Mapping[str, list[Row]]

    def deliveries(self) -> list[Delivery]:
        """The company's raw rows, completed as a story's are."""
        return completed(self.name, self.objects)


@dataclass(frozen=True)
class Example:
    """One worked example: companies, the policy they run under, and lookups with their answers."""

    id: str
    policy: dict[str, Any]
    companies: tuple[Company, ...]
    expect: tuple[Mapping[str, Any], ...]


def read_examples() -> list[Example]:
    """The examples that the models of this project answer."""
    raw = yaml.safe_load(EXAMPLES.read_text(encoding="utf-8"))
    return [_example(entry) for entry in raw["examples"]]


def read_elsewhere() -> dict[str, str]:
    """Examples that another test proves, or that belong to a later section, with where."""
    raw = yaml.safe_load(EXAMPLES.read_text(encoding="utf-8"))
    return dict(raw["elsewhere"])


def _example(entry: Mapping[str, Any]) -> Example:
    companies = tuple(
        Company(f"{entry['id']}{name}", _objects(facts))
        for name, facts in entry["companies"].items()
    )
    expect = tuple(
        {**lookup, "company": f"{entry['id']}{lookup.get('company', '')}"}
        for lookup in entry["expect"]
    )
    return Example(entry["id"], dict(entry.get("policy", {})), companies, expect)


def _objects(facts: Mapping[str, Any]) -> dict[str, list[Row]]:
    objects = {name: list(rows) for name, rows in facts.items() if name != "periods"}
    periods = [
        row
        for number, group in enumerate(facts.get("periods", []))
        for row in _periods(number, group)
    ]
    if periods:
        objects["billing_subscription_periods"] = periods
    return objects


def _periods(number: int, group: Mapping[str, Any]) -> list[Row]:
    """Rows of `customers` alike (1 unless told), or of the one named `customer`."""
    names = (
        [group["customer"]]
        if "customer" in group
        else [f"g{number}n{serial}" for serial in range(group.get("customers", 1))]
    )
    return [
        {
            "subscription_id": f"{name}-{number}",
            "customer_id": name,
            "start_at": group["from"],
            "end_at": group.get("to"),
            "currency_code": group.get("currency", "USD"),
            "amount_minor": group["minor"],
            "billing_interval": group.get("every", "month"),
            "quantity": group.get("quantity"),
        }
        for name in names
    ]
