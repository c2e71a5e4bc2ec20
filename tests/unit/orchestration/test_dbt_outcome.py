"""What dbt did, told as table, rule and rows."""

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.dbt.build import DataTestsFailedError, raise_if_bad
from orchestration.dbt.outcome import DbtOutcome, NodeResult, describe_failure, read_outcome
from orchestration.dbt.process import DbtError, error_lines, run_process

MANIFEST: dict[str, Any] = {
    "nodes": {
        "model.t.stg": {
            "resource_type": "model",
            "schema": "staging",
            "name": "stg",
            "alias": "stg",
        },
        "model.t.fct": {"resource_type": "model", "schema": "marts", "name": "fct", "alias": "fct"},
        "test.t.not_null": {
            "resource_type": "test",
            "name": "not_null_stg_id",
            "attached_node": "model.t.stg",
            "test_metadata": {"name": "not_null", "kwargs": {"column_name": "id", "model": "x"}},
        },
        "test.t.values": {
            "resource_type": "test",
            "name": "accepted",
            "attached_node": "model.t.stg",
            "test_metadata": {
                "name": "accepted_values",
                "kwargs": {"column_name": "state", "values": ["a"], "model": "x"},
            },
        },
        "test.t.singular": {
            "resource_type": "test",
            "name": "periods_balance",
            "description": "Start plus movements is the end.",
            "depends_on": {"nodes": ["model.t.fct", "model.t.stg"]},
        },
    }
}


@pytest.fixture
def warehouse(tmp_path: Path) -> Path:
    path = tmp_path / "w.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema staging")
        connection.execute(
            "create table staging.stg as select i as id, 'x' as state from range(8) t(i)"
        )
    return path


def failed(
    unique_id: str, sql: str = "select id, state from staging.stg where id < 3"
) -> NodeResult:
    return NodeResult(unique_id=unique_id, status="fail", seconds=0.1, failing_rows=3, sql=sql)


def test_a_failing_test_names_table_rule_and_rows(warehouse: Path) -> None:
    told = describe_failure(failed("test.t.not_null"), MANIFEST, warehouse)
    assert told["table"] == "staging.stg"
    assert told["rule"] == "id not null"
    assert told["failing_row_count"] == 3
    assert told["failing_rows"][0] == {"id": "0", "state": "x"}
    assert "3 rows: id=0, state=x" in told["message"]


def test_arguments_of_a_test_are_part_of_the_rule(warehouse: Path) -> None:
    told = describe_failure(failed("test.t.values"), MANIFEST, warehouse)
    assert told["rule"] == "state accepted values (values ['a'])"


def test_a_singular_test_is_told_by_its_description_and_first_model(warehouse: Path) -> None:
    told = describe_failure(failed("test.t.singular"), MANIFEST, warehouse)
    assert (told["table"], told["rule"]) == ("marts.fct", "Start plus movements is the end")


def test_at_most_five_rows_are_shown(warehouse: Path) -> None:
    told = describe_failure(
        failed("test.t.not_null", "select * from staging.stg"), MANIFEST, warehouse
    )
    assert len(told["failing_rows"]) == 5


@pytest.mark.parametrize("sql", ["", "select * from nowhere", "not sql"])
def test_rows_that_cannot_be_shown_do_not_hide_the_failure(warehouse: Path, sql: str) -> None:
    told = describe_failure(failed("test.t.not_null", sql), MANIFEST, warehouse)
    assert told["failing_rows"] == []
    assert "3 rows" in told["message"]


def test_failing_tests_stop_the_run(warehouse: Path) -> None:
    with pytest.raises(
        DataTestsFailedError, match=r"staging\.stg: rule broken: id not null"
    ) as caught:
        raise_if_bad(DbtOutcome((failed("test.t.not_null"),)), MANIFEST, warehouse)
    assert len(caught.value.failures) == 1


def test_a_model_that_does_not_build_is_no_verdict_on_the_data(warehouse: Path) -> None:
    error = NodeResult(unique_id="model.t.fct", status="error", seconds=0, message="Binder Error")
    with pytest.raises(DbtError, match=r"marts\.fct: could not be built: Binder Error"):
        raise_if_bad(DbtOutcome((error, failed("test.t.not_null"))), MANIFEST, warehouse)


@pytest.mark.parametrize("status", ["success", "pass", "warn", "skipped"])
def test_anything_else_does_not_stop_it(warehouse: Path, status: str) -> None:
    result = NodeResult(unique_id="model.t.fct", status=status, seconds=0)
    raise_if_bad(DbtOutcome((result,)), MANIFEST, warehouse)


def test_results_are_read_and_counted(tmp_path: Path) -> None:
    path = tmp_path / "run_results.json"
    results = [
        {"unique_id": "model.t.fct", "status": "success", "execution_time": 2.0, "message": "OK"},
        {"unique_id": "test.t.values", "status": "warn", "execution_time": 1, "failures": 2},
        {"unique_id": "test.t.not_null", "status": "pass", "execution_time": 1, "failures": 0},
        {"unique_id": "test.t.singular", "status": "fail", "execution_time": 1, "failures": 9},
    ]
    path.write_text(json.dumps({"results": results}), encoding="utf-8")
    outcome = read_outcome(path)
    kinds = {name: node["resource_type"] for name, node in MANIFEST["nodes"].items()}
    summary = outcome.summary(kinds)
    assert summary["nodes"] == {"model": 1, "test": 3}
    assert (summary["tests_passed"], summary["tests_warned"], summary["tests_failed"]) == (1, 1, 1)
    assert next(iter(summary["slowest"])) == "fct"
    assert [result.unique_id for result in outcome.bad] == ["test.t.singular"]


def test_a_process_keeps_its_output_and_code(tmp_path: Path) -> None:
    log = tmp_path / "deep" / "x.log"
    assert run_process(["sh", "-c", "echo out; echo err >&2; exit 7"], {}, log) == 7
    assert log.read_text(encoding="utf-8") == "out\nerr\n"


def test_error_lines_start_at_the_error(tmp_path: Path) -> None:
    log = tmp_path / "x.log"
    log.write_text(
        "02:14:00  Running\n02:14:01  Compilation Error\n02:14:01    no model x\n", encoding="utf-8"
    )
    assert error_lines(log) == "Compilation Error\n  no model x"
