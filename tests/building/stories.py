"""Read a story: a folder with story.md, one CSV per raw object, and the rows that finance expects.

Each story is a source of its own, so customers of two stories never mix, and each of its customers
is in the industry named like the story, so that its totals are rows of the published marts.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from data_quality.contracts import load_contracts
from tests.building.landing_writer import Delivery, Row

HOLDERS = ("billing_customers", "billing_subscriptions", "billing_subscription_periods")
EXPECTED = "expected_"


@dataclass(frozen=True)
class Story:
    """Raw rows by object, and expected rows by mart, of one small company."""

    name: str
    inputs: dict[str, list[Row]]
    expected: dict[str, list[dict[str, str]]]

    def deliveries(self) -> list[Delivery]:
        """The story's raw rows, with what it leaves out because it does not matter to it."""
        return completed(self.name, self.inputs)


def completed(name: str, rows: Mapping[str, list[Row]]) -> list[Delivery]:
    """A company's rows, with an account in the industry of its name for each of its customers.

    Products that are only referred to are added as well, named like their identifier.
    """
    inputs = {
        "crm_accounts": accounts(rows, name),
        "billing_products": products(rows),
        **rows,
    }
    return [Delivery(name, object_name, tuple(found)) for object_name, found in inputs.items()]


def products(inputs: Mapping[str, list[Row]]) -> list[Row]:
    """One product for each that a price names."""
    named = sorted({str(row["product_id"]) for row in inputs.get("billing_prices", [])})
    return [{"product_id": product, "product_name": product} for product in named]


def accounts(inputs: Mapping[str, list[Row]], industry: str) -> list[Row]:
    """One CRM account in an industry for each customer that any billing row names."""
    named = {str(row["customer_id"]) for name in HOLDERS for row in inputs.get(name, [])}
    return [
        {
            "account_id": customer,
            "customer_id": customer,
            "industry": industry,
            "created_at": "2000-01-01",
        }
        for customer in sorted(named)
    ]


def read_story(folder: Path) -> Story:
    """Read the CSV files of a story's folder.

    Raises:
        ValueError: A file is neither a raw object nor an expectation, or nothing is expected.
    """
    inputs: dict[str, list[Row]] = {}
    expected: dict[str, list[dict[str, str]]] = {}
    for path in sorted(folder.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        if path.stem.startswith(EXPECTED):
            expected[path.stem.removeprefix(EXPECTED)] = rows
        elif path.stem in load_contracts():
            inputs[path.stem] = list(rows)
        else:
            raise ValueError(f"{path}: is neither expected_<mart>.csv nor a raw object")
    if not expected or not (folder / "story.md").is_file():
        raise ValueError(f"{folder}: a story needs story.md and at least one expected_<mart>.csv")
    return Story(folder.name, inputs, expected)
