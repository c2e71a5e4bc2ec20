"""Read a story: a folder with story.md, one CSV per raw object, and the rows that finance expects.

Each story is a source of its own, so customers of two stories never mix, and each of its customers
is in the industry named like the story, so that its totals are rows of the published marts. A story
of a company with other policies than the default names them in policy.yml.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from data_quality.contracts import load_contracts
from orchestration.settings import DBT_PROJECT_DIR
from tests.building.landing_writer import Delivery, Row

HOLDERS = ("billing_customers", "billing_subscriptions", "billing_subscription_periods")
EXPECTED = "expected_"
POLICY = "policy.yml"
FURNITURE = ("story.md", POLICY)


@dataclass(frozen=True)
class Story:
    """Raw rows by object, and expected rows by mart, of one small company under its policies."""

    name: str
    inputs: dict[str, list[Row]]
    expected: dict[str, list[dict[str, str]]]
    policy: dict[str, Any] = field(default_factory=dict)

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


def story_folders(stories: Path) -> list[Path]:
    """Every story's folder, by name."""
    return sorted(path for path in stories.iterdir() if path.is_dir())


def read_story(folder: Path) -> Story:
    """Read the files of a story's folder.

    Raises:
        ValueError: A file is neither a raw object nor an expectation, nothing is expected, or the
            policy is none that the project knows.
    """
    inputs: dict[str, list[Row]] = {}
    expected: dict[str, list[dict[str, str]]] = {}
    for path in sorted(folder.iterdir()):
        if path.name in FURNITURE:
            continue
        if path.stem.startswith(EXPECTED) and path.suffix == ".csv":
            expected[path.stem.removeprefix(EXPECTED)] = _rows(path)
        elif path.stem in load_contracts() and path.suffix == ".csv":
            inputs[path.stem] = list(_rows(path))
        else:
            raise ValueError(f"{path}: is neither expected_<mart>.csv nor a raw object")
    if not expected or not (folder / "story.md").is_file():
        raise ValueError(f"{folder}: a story needs story.md and at least one expected_<mart>.csv")
    return Story(folder.name, inputs, expected, read_policy(folder / POLICY))


def read_policy(path: Path) -> dict[str, Any]:
    """Policies that differ from the default, by name; none without the file.

    Raises:
        ValueError: It is no flat mapping, or a policy is none of the project's or the default itself,
            under which a story needs no build of its own.
    """
    if not path.is_file():
        return {}
    policy = yaml.safe_load(path.read_text(encoding="utf-8"))
    if not isinstance(policy, dict) or not policy:
        raise ValueError(f"{path}: is no mapping of policies")
    project = yaml.safe_load((DBT_PROJECT_DIR / "dbt_project.yml").read_text(encoding="utf-8"))
    defaults = project["vars"]
    unknown = sorted(set(policy) - set(defaults))
    if unknown:
        raise ValueError(f"{path}: the project has no policy {unknown}")
    same = sorted(name for name, value in policy.items() if value == defaults[name])
    if same:
        raise ValueError(f"{path}: {same} have the default value; leave them out")
    return {
        name: str(value) if isinstance(value, date) else value for name, value in policy.items()
    }


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
