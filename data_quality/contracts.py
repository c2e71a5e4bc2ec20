"""Contracts of the raw objects: what each column means, which type it has, what may stand in it.

A contract drives typing and quarantine in the landing, the dbt sources, the expectations and the
docs, so that none of them repeats it. Reading and checking contracts belongs here; applying one to
rows does not (see `orchestration.ingestion`). `python -m data_quality.contracts` writes dbt's sources.
"""

from __future__ import annotations

import csv
import hashlib
import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

CONTRACTS_DIR: Final = Path(__file__).resolve().parent / "contracts"
DBT_PROJECT_DIR: Final = Path(__file__).resolve().parent.parent / "dbt_project"
CURRENCIES_PATH: Final = DBT_PROJECT_DIR / "seeds" / "currencies.csv"
DBT_SOURCES_PATH: Final = DBT_PROJECT_DIR / "models" / "staging" / "_landing__sources.yml"

LoadMode = Literal["append", "snapshot", "changes"]

_TYPES: Final = {
    "string": "VARCHAR",
    "integer": "BIGINT",
    "boolean": "BOOLEAN",
    "timestamp": "TIMESTAMP",
    "date": "DATE",
}
_DECIMAL: Final = re.compile(r"decimal\((\d+),(\d+)\)")
_NAME: Final = re.compile(r"[a-z][a-z0-9_]*")


class ContractError(ValueError):
    """A contract file that cannot be used; the message names the file and what is wrong in it."""


class Column(BaseModel):
    """One column of a raw object. `values` are the allowed words, None any; `is_exact` forbids rounding."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    name: str
    type: str
    required: bool = False
    personal: bool = False
    values: tuple[str, ...] | None = None
    is_currency: bool = False
    is_exact: bool = False
    description: str = Field(min_length=1)

    @field_validator("type")
    @classmethod
    def _known_type(cls, value: str) -> str:
        match = _DECIMAL.fullmatch(value)
        if value not in _TYPES and not (match and int(match[2]) <= int(match[1]) <= 38):
            raise ValueError(f"unknown type '{value}'; allowed: {', '.join(_TYPES)}, decimal(p,s)")
        return value

    @property
    def duckdb_type(self) -> str:
        """The type of the landed column, in DuckDB's words."""
        return _TYPES.get(self.type, self.type.upper())

    @property
    def is_time(self) -> bool:
        """True for instants and days."""
        return self.type in ("timestamp", "date")

    @property
    def is_minor_units(self) -> bool:
        """True for money in minor units of a currency."""
        return self.name.endswith("_minor")


class Contract(BaseModel):
    """One raw object: its columns in order, its key, and how exports of it are loaded.

    `event_time` is when a row came to be, `counts_from` since when it changes numbers, where that is
    earlier: a cost is booked in February for January. `is_by_day` where rows of one key are one thing only
    within a day, so that each day can be kept and mended alone.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    name: str
    domain: str
    description: str = Field(min_length=1)
    modelled_on: str | None = None
    load_mode: LoadMode
    key: tuple[str, ...] = Field(min_length=1)
    effective_at: str | None = None
    event_time: str | None = None
    counts_from: str | None = None
    is_by_day: bool = False
    columns: tuple[Column, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _columns_exist(self) -> Contract:
        by_name = {column.name: column for column in self.columns}
        for name in by_name:
            if not _NAME.fullmatch(name):
                raise ValueError(f"column name '{name}' is not lower snake case")
        roles = [("key", name) for name in self.key]
        roles += [("effective_at", self.effective_at or self.key[0])]
        roles += [("event_time", self.event_time or self.key[0])]
        roles += [("counts_from", self.counts_from or self.key[0])]
        for role, named in roles:
            if named not in by_name:
                raise ValueError(f"{role} names the column '{named}', which does not exist")
        for named in self.key:
            if not by_name[named].required:
                raise ValueError(f"key column '{named}' must be required")
        return self

    def column(self, name: str) -> Column:
        """The column of that name."""
        return next(column for column in self.columns if column.name == name)

    @property
    def column_names(self) -> tuple[str, ...]:
        """Names of the columns in contract order."""
        return tuple(column.name for column in self.columns)

    @property
    def contract_hash(self) -> str:
        """Changes when the landing of a row could change; descriptions do not count."""
        facts = {
            "name": self.name,
            "load_mode": self.load_mode,
            "key": self.key,
            "effective_at": self.effective_at,
            "columns": [
                (c.name, c.type, c.required, "iso_4217" if c.is_currency else c.values)
                for c in self.columns
            ],
            **({"exact": exact} if (exact := [c.name for c in self.columns if c.is_exact]) else {}),
        }
        return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


@cache
def currency_exponents() -> Mapping[str, int]:
    """Decimal places of the minor unit by ISO 4217 code, e.g. USD 2, JPY 0, KWD 3."""
    with CURRENCIES_PATH.open(encoding="ascii", newline="") as file:
        return {
            row["currency_code"]: int(row["minor_unit_exponent"]) for row in csv.DictReader(file)
        }


def read_contract(path: Path) -> Contract:
    """Read and check one contract file.

    Raises:
        ContractError: The file is missing, is no YAML, or breaks a rule of contracts.
    """
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ContractError(f"{path.name}: cannot be read: {error.strerror}") from error
    except yaml.YAMLError as error:
        raise ContractError(f"{path.name}: is not valid YAML: {error}") from error
    if not isinstance(raw, dict) or not isinstance(raw.get("columns"), dict):
        raise ContractError(f"{path.name}: needs 'object', 'load_mode', 'key' and 'columns'")
    name = raw.pop("object", None)
    if name != path.stem:
        raise ContractError(
            f"{path.name}: 'object' is '{name}' but the file is named '{path.stem}'"
        )
    columns = tuple(_column_facts(path, key, facts) for key, facts in raw.pop("columns").items())
    try:
        key = tuple(raw.pop("key", ()))
        return Contract.model_validate({**raw, "name": name, "key": key, "columns": columns})
    except ValidationError as error:
        problems = "; ".join(
            ".".join(str(part) for part in e["loc"]) + ": " + e["msg"] for e in error.errors()
        )
        raise ContractError(f"{path.name}: {problems}") from error


def _column_facts(path: Path, name: object, facts: object) -> dict[str, Any]:
    if not isinstance(name, str) or not isinstance(facts, dict):
        raise ContractError(f"{path.name}: column '{name}' needs a type and a description")
    values = facts.get("values")
    if values == "iso_4217":
        return {"name": name, **facts, "values": tuple(currency_exponents()), "is_currency": True}
    if values is not None and not isinstance(values, list):
        raise ContractError(f"{path.name}: column '{name}': 'values' is a list or iso_4217")
    return {"name": name, **facts, "values": None if values is None else tuple(values)}


@cache
def load_contracts() -> Mapping[str, Contract]:
    """All contracts by object name, in alphabetical order."""
    return {path.stem: read_contract(path) for path in sorted(CONTRACTS_DIR.glob("*.yml"))}


def load_contract(name: str) -> Contract:
    """The contract of one object.

    Raises:
        ContractError: No such object; the message lists the objects that there are.
    """
    contracts = load_contracts()
    if name not in contracts:
        raise ContractError(f"no object '{name}'; objects are: {', '.join(contracts)}")
    return contracts[name]


def dbt_sources() -> str:
    """The text of the dbt sources file: source `landing` with a table for each object."""
    location = (
        'read_parquet(\'{{ env_var("TENURE_LANDING_DIR") | replace("\'", "\'\'") }}/{name}/**/*.parquet\', '
        "union_by_name=true, hive_partitioning=false)"
    )
    source = {
        "name": "landing",
        "description": "Raw rows of every source system, typed by their contract and never changed.",
        "schema": "landing",
        "config": {"meta": {"external_location": location}},
        "tables": [_dbt_table(contract) for contract in load_contracts().values()],
    }
    body = yaml.safe_dump({"version": 2, "sources": [source]}, sort_keys=False, width=10_000)
    head = "# Generated by `python -m data_quality.contracts` from data_quality/contracts; do not edit.\n"
    return head + body


def _dbt_table(contract: Contract) -> dict[str, Any]:
    return {
        "name": contract.name,
        "description": contract.description,
        "columns": [
            {
                "name": column.name,
                "description": column.description,
                "data_type": column.duckdb_type.lower(),
                "config": {"meta": {"personal": column.personal}},
            }
            for column in contract.columns
        ],
    }


def write_dbt_sources(path: Path = DBT_SOURCES_PATH) -> Path:
    """Write the dbt sources file and return its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(dbt_sources(), encoding="utf-8")
    return path


if __name__ == "__main__":
    print(write_dbt_sources())  # noqa: T201 - the command's output
