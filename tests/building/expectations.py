"""Compare published rows with what a story expects, to the digits that the story shows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from typing import Any

import yaml

from data_quality.quoting import identifier, literals
from orchestration.settings import DBT_PROJECT_DIR
from tests.building.dbt_slot import Warehouse

NUMBER = re.compile(r"-?\d+(\.\d+)?")
MARTS = DBT_PROJECT_DIR / "models" / "marts"


def published(
    warehouse: Warehouse, story: str, mart: str, expected: Sequence[dict[str, str]]
) -> list[dict[str, Any]]:
    """Rows of a mart that belong to a story, in the columns that the story names.

    Of marts by customer these are all the story's rows (of the grains that it names), so that what a
    story does not expect must not happen either.
    """
    columns = list(expected[0])
    shape = mart_shapes()[mart]
    keys = [name for name in shape.grain if name in columns]
    names = ", ".join(f'"{name}"' for name in columns)
    sql = f"select {names} from marts.{mart}"
    if "segment_name" in shape.grain:
        if "segment_value" not in columns:
            sql += f" where {_one_of(expected, keys)} and segment_name = 'industry' and segment_value = ?"
            return _with_keys_of(expected, warehouse.rows(sql, [story]), keys)
    elif shape.owner:
        rows = warehouse.rows(f"{sql} where starts_with({shape.owner} || ':', ? || ':')", [story])
        if "grain" in columns:
            grains = {row["grain"] for row in expected}
            rows = [row for row in rows if row["grain"] in grains]
        return [{name: _own(name, value, story) for name, value in row.items()} for row in rows]
    # The story tells of segments or cohorts that are its own alone.
    sql += f" where {_one_of(expected, keys)}"
    return _with_keys_of(expected, warehouse.rows(sql), keys)


def _one_of(expected: Sequence[dict[str, str]], keys: Sequence[str]) -> str:
    """A condition that leaves most rows of other stories in the database; dates and names are written alike."""
    conditions = ["true"]
    for key in (key for key in keys if not key.endswith("_at")):
        wanted = sorted({row[key] for row in expected})
        conditions.append(
            f"coalesce(cast({identifier(key)} as varchar), '') in ({literals(wanted)})"
        )
    return " and ".join(conditions)


@dataclass(frozen=True)
class MartShape:
    """What tells the rows of a mart apart, and which column says whose they are."""

    grain: tuple[str, ...]
    owner: str | None


@cache
def mart_shapes() -> dict[str, MartShape]:
    """Each mart's shape, as its YAML says."""
    shapes = {}
    for path in sorted(MARTS.rglob("*.yml")):
        for model in yaml.safe_load(path.read_text(encoding="utf-8")).get("models") or []:
            columns = {column["name"] for column in model.get("columns", ())}
            owners = [name for name in ("source_id", "customer_id") if name in columns]
            grain = tuple(model.get("config", {}).get("meta", {}).get("grain", ()))
            shapes[model["name"]] = MartShape(grain, owners[0] if owners else None)
    return shapes


def _with_keys_of(
    expected: Sequence[dict[str, str]], rows: Sequence[dict[str, Any]], keys: Sequence[str]
) -> list[dict[str, Any]]:
    wanted = {tuple(row[key] for key in keys) for row in expected}
    return [row for row in rows if tuple(_text(row[key]) for key in keys) in wanted]


def shown(rows: Sequence[dict[str, Any]], like: Sequence[dict[str, str]]) -> list[tuple[str, ...]]:
    """Rows as sorted text; each number has the most digits that its expected column shows."""
    columns = list(like[0])
    digits = {name: max(_digits(row[name]) for row in like) for name in columns}
    return sorted(tuple(_text(row[name], digits[name]) for name in columns) for row in rows)


def _digits(value: str) -> int:
    return len(value.partition(".")[2]) if NUMBER.fullmatch(value) else -1


def _text(value: Any, digits: int = -1) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat(sep=" ").removesuffix(" 00:00:00")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bool):
        return str(value).lower()
    if digits >= 0 and value != "":
        return str(Decimal(value).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP) + 0)
    return str(value)


def _own(name: str, value: Any, story: str) -> Any:
    """A key as its own source has it: the customer `story:acme` is `acme`."""
    return value.removeprefix(f"{story}:") if name.endswith("customer_id") and value else value
