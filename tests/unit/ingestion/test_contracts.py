"""Contracts are whole and clear, and what is generated from them is up to date."""

import csv
from pathlib import Path

import pytest

from data_quality import contracts

CONTRACT = """object: things
domain: usage
description: One row per thing.
load_mode: snapshot
key: [thing_id]
columns:
  thing_id: {type: string, required: true, description: Identifier.}
  amount_minor: {type: "decimal(20,6)", description: Amount.}
"""


def read(tmp_path: Path, text: str, name: str = "things") -> contracts.Contract:
    path = tmp_path / f"{name}.yml"
    path.write_text(text)
    return contracts.read_contract(path)


def test_every_contract_is_valid() -> None:
    assert len(contracts.load_contracts()) == 30
    for contract in contracts.load_contracts().values():
        assert contract.description.startswith("One row per "), contract.name
        assert (contract.load_mode == "changes") == (contract.effective_at is not None), (
            contract.name
        )


def test_the_dbt_sources_follow_from_the_contracts() -> None:
    committed = contracts.DBT_SOURCES_PATH.read_text(encoding="utf-8")
    assert committed == contracts.dbt_sources(), (
        "dbt_project/models/staging/_landing__sources.yml is out of date; "
        "run `python -m data_quality.contracts` and commit the result"
    )


def test_types_in_the_words_of_duckdb(tmp_path: Path) -> None:
    contract = read(tmp_path, CONTRACT)
    assert [c.duckdb_type for c in contract.columns] == ["VARCHAR", "DECIMAL(20,6)"]
    assert contract.column("amount_minor").is_minor_units


def test_the_hash_ignores_descriptions_only(tmp_path: Path) -> None:
    same = read(tmp_path, CONTRACT.replace("Identifier.", "Name."))
    other = read(tmp_path, CONTRACT.replace("decimal(20,6)", "decimal(20,4)"))
    assert read(tmp_path, CONTRACT).contract_hash == same.contract_hash != other.contract_hash


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("type: string", "type: text", "unknown type 'text'"),
        ("decimal(20,6)", "decimal(6,20)", "unknown type"),
        ("required: true", "required: false", "key column 'thing_id' must be required"),
        ("[thing_id]", "[thing]", "key names the column 'thing'"),
        ("[thing_id]", "[]", "key"),
        ("load_mode: snapshot", "load_mode: full", "load_mode"),
        ("load_mode: snapshot", "load_mode: snapshot\nevent_time: at", "event_time names the column 'at'"),
        ("object: things", "object: others", "'object' is 'others'"),
        ("amount_minor:", "Amount:", "not lower snake case"),
        ("required: true", "requird: true", "requird"),
        ("description: Identifier.", "values: usd, description: Identifier.", "'values' is a list or iso_4217"),
        ("columns:", "columns: x\nrest:", "needs 'object'"),
        ("domain: usage", "domain: [", "is not valid YAML"),
    ],
)  # fmt: skip
def test_a_broken_contract_is_refused(tmp_path: Path, old: str, new: str, message: str) -> None:
    with pytest.raises(contracts.ContractError) as error:
        read(tmp_path, CONTRACT.replace(old, new, 1))
    assert "things.yml" in str(error.value)
    assert message in str(error.value)


def test_an_unknown_object_is_named_with_those_that_exist() -> None:
    with pytest.raises(contracts.ContractError, match="billing_prices"):
        contracts.load_contract("billing_pricez")


def test_currencies_have_the_exponents_of_iso_4217() -> None:
    exponents = contracts.currency_exponents()
    assert {c for c, e in exponents.items() if e == 3} == {
        "BHD",
        "IQD",
        "JOD",
        "KWD",
        "LYD",
        "OMR",
        "TND",
    }
    assert {"JPY", "KRW", "CLP", "VND", "XOF", "ISK"} <= {c for c, e in exponents.items() if e == 0}
    assert exponents["USD"] == exponents["EUR"] == 2
    assert "XXX" not in exponents
    with contracts.CURRENCIES_PATH.open(encoding="ascii", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["currency_code", "minor_unit_exponent", "currency_name"]
    assert len({row[0] for row in rows[1:]}) == len(rows) - 1 > 160
    assert rows[1:] == sorted(rows[1:])
