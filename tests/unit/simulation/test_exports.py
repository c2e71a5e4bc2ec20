"""The mapping and the files say the same as the contracts, for every object."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from data_quality.contracts import load_contracts
from orchestration.ingestion.simulation.exports import EXPORTS
from tests.unit.simulation.raw_company import read_mapping, source_of

FED = sorted(set(load_contracts()) - {"billing_subscription_periods"})


def test_every_object_but_the_simple_shape_is_fed(folder: Path) -> None:
    assert sorted(read_mapping(folder)) == FED == sorted(EXPORTS)


@pytest.mark.parametrize("name", FED)
def test_every_contract_column_is_mapped_to_a_column_of_the_files(
    folder: Path, company: duckdb.DuckDBPyConnection, name: str
) -> None:
    entry = read_mapping(folder)[name]["columns"]
    assert list(entry) == list(load_contracts()[name].column_names)
    sources = [s for s in (source_of(e) for e in entry.values()) if s is not None]
    assert len(sources) == len(set(sources))
    # The tables are built by selecting every source column: a missing one fails there.
    rows = company.execute(f"select count(*) from {name}").fetchone()
    assert rows is not None
    assert rows[0] > 0


@pytest.mark.parametrize("name", FED)
def test_words_are_those_of_the_contract(
    folder: Path, company: duckdb.DuckDBPyConnection, name: str
) -> None:
    """An unknown word stops a run by design, so a simulated export must have none."""
    for column in load_contracts()[name].columns:
        mapped = read_mapping(folder)[name]["columns"][column.name]
        if column.values is None or source_of(mapped) is None:
            continue
        words = {} if isinstance(mapped, str) else mapped.get("values", {})
        found = {
            row[0]
            for row in company.execute(f"select distinct {column.name} from {name}").fetchall()
            if row[0] is not None
        }
        assert {words.get(word, word) for word in found} <= set(column.values), column.name


@pytest.mark.parametrize("name", FED)
def test_values_have_the_contract_type(
    folder: Path, company: duckdb.DuckDBPyConnection, name: str
) -> None:
    for column in load_contracts()[name].columns:
        mapped = read_mapping(folder)[name]["columns"][column.name]
        if source_of(mapped) is None or (not isinstance(mapped, str) and len(mapped) > 1):
            continue
        wrong = company.execute(
            f"select count(*) from {name} where {column.name} is not null "
            f"and try_cast({column.name} as {column.duckdb_type}) is null"
        ).fetchone()
        assert wrong is not None
        assert wrong[0] <= 1, column.name


def test_every_shape_of_mapping_is_exercised(folder: Path) -> None:
    kinds = set()
    for entry in read_mapping(folder).values():
        for mapped in entry["columns"].values():
            kinds |= {"rename"} if isinstance(mapped, str) else set(mapped)
    assert {"rename", "unit", "values", "format", "timezone", "inclusive_end", "constant"} <= kinds


def test_all_file_formats_are_used(folder: Path) -> None:
    endings = {"".join(p.suffixes[-2:]) for p in (folder / "raw").rglob("*") if p.is_file()}
    assert {".csv.gz", ".jsonl.gz"} <= endings
    assert any(p.suffix == ".parquet" for p in (folder / "raw").rglob("*"))


def test_prices_have_every_scheme_and_money_three_exponents(
    company: duckdb.DuckDBPyConnection,
) -> None:
    schemes = company.execute(
        "select distinct price_type, billing_scheme, tiers_mode, usage_type, billing_interval from billing_prices"
    ).fetchall()
    assert ("one_time", "per_unit", None, None, None) in schemes
    assert ("recurring", "tiered", "graduated", "licensed", "year") in schemes
    assert ("recurring", "tiered", "volume", "licensed", "month") in schemes
    assert ("recurring", "per_unit", None, "metered", "month") in schemes
    money = dict(
        company.execute(
            "select currency_code, max(cast(unit_amount_minor as decimal(18,3))) from billing_prices "
            "where price_id like 'price_starter_month_%' group by all"
        ).fetchall()
    )
    assert float(money["USD"]) == 12.0
    assert float(money["JPY"]) == 1800.0
    assert float(money["KWD"]) == pytest.approx(3.72)
