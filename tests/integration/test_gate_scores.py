"""Scores gate: scores in range, explained to the last point, and not adrift."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from data_quality.gates import run_gate
from data_quality.results import GateResult
from data_quality.workspace import GateInputs
from orchestration.scoring.warehouse.churn_tables import create_churn_tables

pytestmark = pytest.mark.slow


@pytest.fixture
def warehouse(tmp_path: Path) -> Path:
    path = tmp_path / "tenure.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema scores")
        connection.execute(
            "create table scores.fct_health_scores as"
            " select 'acme:c' || customer as customer_id, day as as_of_date,"
            " cast(60 + customer as decimal(9, 4)) as health_score,"
            " cast(60.5 + customer as decimal(9, 4)) as health_score_raw, 0.8::double as coverage_rate,"
            " false as is_reconstructed"
            " from range(20) as c(customer),"
            " (select unnest([date '2026-01-01', date '2026-01-08']) as day)"
        )
        connection.execute(
            "create table scores.fct_health_points_lost as"
            " select customer_id, as_of_date, unnest(['usage', 'nps']) as metric,"
            " cast((100 - health_score_raw) / 2 as decimal(9, 4)) as points_lost"
            " from scores.fct_health_scores"
        )
        create_churn_tables(connection)
    return path


def gate(warehouse: Path, *statements: str, previous: Path | None = None) -> GateResult:
    with duckdb.connect(str(warehouse)) as connection:
        for statement in statements:
            connection.execute(statement)
    instant = datetime(2026, 1, 10, tzinfo=UTC)
    (warehouse.parent / "landing").mkdir(exist_ok=True)
    return run_gate(
        "scores",
        GateInputs(
            as_of=instant,
            known_at=instant,
            landing_dir=warehouse.parent / "landing",
            warehouse=warehouse,
            previous_release=previous,
        ),
    )


def failed(result: GateResult) -> dict[str, str]:
    assert not [check.message for check in result.checks if check.crashed]
    return {check.rule: check.message for check in result.checks if not check.success}


def test_good_scores_pass(warehouse):
    result = gate(warehouse)
    assert failed(result) == {}
    assert len(result.checks) == 20


def test_company_without_health_data_passes(warehouse):
    result = gate(
        warehouse,
        "delete from scores.fct_health_scores",
        "delete from scores.fct_health_points_lost",
    )
    assert failed(result) == {}


ONE = "where customer_id = 'acme:c3' and as_of_date = '2026-01-08'"
WRONG = {
    "health scores are 100 or less": f"update scores.fct_health_scores set health_score = 101 {ONE}",
    "health scores are 0 or more": f"update scores.fct_health_scores set health_score = -1 {ONE}",
    "raw health scores are 100 or less": (
        f"update scores.fct_health_scores set health_score_raw = 100.0001 {ONE}"
    ),
    "coverage is 1 or less": f"update scores.fct_health_scores set coverage_rate = 1.01 {ONE}",
    "coverage is 0 or more": f"update scores.fct_health_scores set coverage_rate = -0.01 {ONE}",
    "no snapshot lies after what is measured": (
        f"update scores.fct_health_scores set as_of_date = '2026-01-11' {ONE}"
    ),
    "points lost of a customer add up to 100 less its raw score": (
        "update scores.fct_health_points_lost set points_lost = points_lost + 0.0001"
        f" {ONE} and metric = 'nps'"
    ),
}


@pytest.mark.parametrize("rule", WRONG)
def test_wrong_scores_stop_the_run(warehouse, rule):
    result = gate(warehouse, WRONG[rule])
    assert "2026-01-" in failed(result)[rule]
    assert not result.passed


def test_reasons_of_nobody_stop_the_run(warehouse):
    result = gate(warehouse, f"delete from scores.fct_health_scores {ONE}")
    rule = "points lost of a customer add up to 100 less its raw score"
    assert "customer_id=acme:c3" in failed(result)[rule]


def test_lost_explanation_stops_the_run(warehouse):
    assert not gate(warehouse, f"delete from scores.fct_health_points_lost {ONE}").passed


def test_scores_that_are_no_number_stop_the_run(warehouse):
    result = gate(
        warehouse,
        "alter table scores.fct_health_scores alter health_score type double",
        f"update scores.fct_health_scores set health_score = 'nan' {ONE}",
    )
    assert "every health score is a number or empty" in failed(result)
    assert not result.passed


def test_many_customers_without_a_score_are_a_warning(warehouse):
    hide = "update scores.fct_health_scores set health_score = null where as_of_date = '2026-01-08'"
    few = gate(warehouse, f"{hide} and hash(customer_id) % 20 = 0")
    assert failed(few) == {}
    result = gate(warehouse, hide)
    assert "at most 50% of the customers have no health score" in failed(result)
    assert result.passed


@pytest.mark.parametrize(("points", "fires"), [(10, False), (10.5, True), (-10.5, True)])
def test_average_that_jumps_is_a_warning(warehouse, points, fires):
    result = gate(
        warehouse,
        f"update scores.fct_health_scores set health_score = health_score + {points}"
        " where as_of_date = '2026-01-08'",
    )
    rule = "the average health score moved by at most 10 points"
    assert (rule in failed(result)) == fires
    assert result.passed


def test_missing_scores_are_a_crash(warehouse):
    result = gate(warehouse, "drop table scores.fct_health_points_lost")
    assert [check.table for check in result.errors] == ["scores.fct_health_points_lost"]
    assert result.errors[0].crashed


def test_rewritten_history_is_a_warning(warehouse, tmp_path):
    previous = tmp_path / "tenure_bi.duckdb"
    with duckdb.connect(str(previous)) as connection:
        connection.execute(f"attach '{warehouse}' as tenure")
        connection.execute("create schema marts")
        connection.execute("create table marts.other as select 1 as id")
    assert failed(gate(warehouse, previous=previous)) == {}  # scores were not published yet
    with duckdb.connect(str(previous)) as connection:
        connection.execute(f"attach '{warehouse}' as tenure")
        connection.execute(
            "create table marts.fct_health_scores as from tenure.scores.fct_health_scores"
        )
    new = "insert into scores.fct_health_scores select * replace (date '2026-01-09' as as_of_date)"
    new += " from scores.fct_health_scores where as_of_date = '2026-01-08'"
    explained = new.replace("fct_health_scores", "fct_health_points_lost")
    assert failed(gate(warehouse, new, explained, previous=previous)) == {}
    rewrite = f"update scores.fct_health_scores set health_score = 99 {ONE}"
    result = gate(warehouse, rewrite, previous=previous)
    message = failed(result)["published health scores stay as they were"]
    assert (
        "customer_id=acme:c3, as_of_date=2026-01-08, published_score=63, health_score=99" in message
    )
    assert result.passed


def test_a_reconstructed_snapshot_needs_no_explanation(warehouse: Path) -> None:
    forget = "delete from scores.fct_health_points_lost where as_of_date = '2026-01-01'"
    assert failed(gate(warehouse, forget))
    mark = "update scores.fct_health_scores set is_reconstructed = true where as_of_date = '2026-01-01'"
    assert not failed(gate(warehouse, mark))
