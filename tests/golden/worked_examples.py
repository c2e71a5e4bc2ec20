"""Worked examples with their sources: the smallest company that has an example's numbers.

examples.yml holds each example in the project's own words. A company is written down either as
`periods` (who paid what from when to when), `answers` (how often a survey had each score) or rows of raw
objects; the rest of this module turns that into raw rows. What is expected is looked up in published marts, never computed here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
    objects = {
        name: list(rows) for name, rows in facts.items() if name not in {"periods", "answers"}
    }
    periods = [
        row
        for number, group in enumerate(facts.get("periods", []))
        for row in _periods(number, group)
    ]
    if periods:
        objects["billing_subscription_periods"] = periods
    return {**objects, **_surveys(facts.get("answers", []))}


def _surveys(surveys: Sequence[Mapping[str, Any]]) -> dict[str, list[Row]]:
    """Rows of surveys whose `scores` say how often each was given, by users of one customer."""
    if not surveys:
        return {}
    scores = [
        (survey, score)
        for survey in surveys
        for score, times in survey["scores"].items()
        for _ in range(times)
    ]
    return {
        "billing_customers": [{"customer_id": "c", "created_at": "2000-01-01"}],
        "survey_definitions": [
            {
                "survey_id": survey["type"],
                "survey_name": survey["type"],
                "survey_type": survey["type"],
                "scale_code": survey["scale"],
            }
            for survey in surveys
        ],
        "survey_responses": [
            {
                "survey_response_id": f"r{number}",
                "survey_id": survey["type"],
                "user_id": f"u{number}",
                "customer_id": "c",
                "score": score,
                "responded_at": survey["at"],
            }
            for number, (survey, score) in enumerate(scores)
        ],
    }


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
