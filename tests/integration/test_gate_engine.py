"""Expectations on DuckDB: bad data fails, a broken check is told apart from it, nothing is left behind."""

from __future__ import annotations

import os
from pathlib import Path

import duckdb
import great_expectations as gx
import pytest

from data_quality.engine import evaluate
from data_quality.suites.vocabulary import Check, Observation, between, no_row, observe

pytestmark = pytest.mark.slow


@pytest.fixture
def connection():
    with duckdb.connect(":memory:") as opened:
        opened.execute(
            "create table numbers as select range as id, 'n' || range as name, range * 1.0 as value"
            " from range(100)"
        )
        yield opened


def run(connection, *checks: Check, query="from numbers", keys=("name",)):
    return evaluate(connection, "test", [observe("numbers", query, *checks, keys=keys)])


def test_good_data_passes(connection):
    results = run(
        connection,
        between("0 to 99", "value", least=0, most=99, advice="-"),
        no_row("no id above 99", where="id > 99", advice="-"),
    )
    assert [result.success for result in results] == [True, True]
    assert [result.failing_row_count for result in results] == [0, 0]
    assert results[0].message == "numbers: 0 to 99."


def test_bad_data_names_rows_count_and_advice(connection):
    ranged, rows = run(
        connection,
        between("at most 96", "value", most=96, advice="Look at n."),
        no_row("no id above 80", where="id > 80", severity="warning", advice="Look at id."),
    )
    assert (ranged.success, ranged.crashed, ranged.failing_row_count) == (False, False, 3)
    assert ranged.failing_rows[0] == {"name": "n97", "value": "97"}
    assert ranged.message.startswith("numbers: rule broken: at most 96 (3 rows: name=n97, value=97")
    assert ranged.message.endswith("Look at n.")
    assert (rows.severity, rows.failing_row_count, len(rows.failing_rows)) == ("warning", 19, 10)
    assert rows.failing_rows[0] == {"id": 81, "name": "n81", "value": "81"}


@pytest.mark.parametrize(
    ("expectation", "arguments", "fails"),
    [
        ("ExpectColumnValuesToNotBeNull", {"column": "name"}, False),
        ("ExpectColumnValuesToBeUnique", {"column": "name"}, False),
        ("ExpectCompoundColumnsToBeUnique", {"column_list": ["id", "name"]}, False),
        ("ExpectColumnValuesToBeInSet", {"column": "id", "value_set": [1, 2]}, True),
        ("ExpectColumnMeanToBeBetween", {"column": "value", "min_value": 50}, True),
        ("ExpectColumnMedianToBeBetween", {"column": "value", "max_value": 50}, False),
        ("ExpectColumnMaxToBeBetween", {"column": "value", "max_value": 98}, True),
        ("ExpectTableRowCountToEqual", {"value": 100}, False),
        ("ExpectColumnToExist", {"column": "nothing"}, True),
        (
            "ExpectColumnPairValuesAToBeGreaterThanB",
            {"column_A": "value", "column_B": "id", "or_equal": True},
            False,
        ),
    ],
)
def test_kinds_of_expectations_run_in_duckdb(connection, expectation, arguments, fails):
    (result,) = run(
        connection, Check(rule="r", expectation=expectation, arguments=arguments, advice="-")
    )
    assert not result.crashed, result.message
    assert result.success is not fails


def test_crashed_check_is_not_bad_data_and_stops_the_run(connection):
    (result,) = run(connection, between("r", "no_such_column", least=0, advice="-"))
    assert (result.success, result.crashed) == (False, True)
    assert result.stops_the_run
    assert "says nothing about the data" in result.message
    assert "no_such_column" in result.message


def test_broken_query_is_a_crash_of_its_table_only(connection):
    observation = Observation(
        table="both",
        queries={
            "missing": "select 1 as id from nowhere",
            "there": "select 5 as id",
            "other columns": "select 1 as id, 2 as more",
        },
        checks=(no_row("small ids", where="id > 3", advice="-"),),
    )
    missing, other, checked = evaluate(connection, "test", [observation])
    assert (missing.table, missing.crashed) == ("missing", True)
    assert "nowhere" in missing.message
    assert (other.table, other.crashed) == ("other columns", True)
    assert (checked.crashed, checked.failing_rows) == (False, ({"id": 5},))


def test_empty_observation_passes(connection):
    results = run(
        connection,
        between("r", "value", least=1000, advice="-"),
        no_row("s", where="true", advice="-"),
        query="from numbers where false",
    )
    assert [result.success for result in results] == [True, True]


def test_hostile_values_and_names_stay_data(connection):
    connection.execute('create table t ("a{b}\'; drop table numbers; --" varchar)')
    connection.execute("insert into t values ('{batch} :bind '' ; drop table numbers; --')")
    (result,) = run(connection, no_row("r", where="true", advice="-"), query="from t", keys=())
    assert result.failing_row_count == 1
    assert result.failing_rows[0] == {
        "a{b}'; drop table numbers; --": "{batch} :bind ' ; drop table numbers; --"
    }
    assert connection.execute("select count(*) from numbers").fetchall() == [(100,)]


def test_nothing_is_written_and_no_lock_is_left(tmp_path: Path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    warehouse = tmp_path / "tenure.duckdb"
    with duckdb.connect(str(warehouse)) as writer:
        writer.execute("create table numbers as select 1 as value")
    with duckdb.connect(":memory:") as opened:
        opened.execute(f"attach '{warehouse}' as tenure (read_only)")
        opened.execute("use tenure")
        (result,) = run(opened, between("r", "value", most=1, advice="-"), keys=())
        assert result.success
    with duckdb.connect(str(warehouse)) as writer:  # fails while any handle is open
        writer.execute("create table more as select 1 as id")
    assert [path.name for path in tmp_path.iterdir()] == ["tenure.duckdb"]
    assert os.environ["GX_ANALYTICS_ENABLED"] == "false"


@pytest.mark.third_party
def test_plain_dialect_still_needs_the_buffer(tmp_path: Path):
    """Red after an upgrade? Then great_expectations#10738 is solved and buffered_dialect.py can go."""
    database = tmp_path / "numbers.duckdb"
    with duckdb.connect(str(database)) as writer:
        writer.execute("create table numbers as select 1 as value")
    context = gx.get_context(mode="ephemeral")
    datasource = context.data_sources.add_sql("plain", connection_string=f"duckdb:///{database}")
    batch = (
        datasource.add_table_asset("numbers", table_name="numbers")
        .add_batch_definition_whole_table("whole")
        .get_batch()
    )
    try:
        result = batch.validate(gx.expectations.ExpectTableRowCountToEqual(value=1))
    finally:
        datasource.get_execution_engine().close()
        datasource.get_engine().dispose()
    assert not result.success, "true data"
    assert "raised_exception" in str(result.exception_info)
