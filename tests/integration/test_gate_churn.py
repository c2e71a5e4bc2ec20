"""Scores gate, probabilities: what was scored passes, and each way of spoiling it is caught."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from data_quality.gates import run_gate
from data_quality.results import GateResult
from data_quality.workspace import GateInputs
from orchestration.scoring.warehouse.churn import score_churn
from orchestration.scoring.warehouse.tables import create_tables
from tests.unit.scoring.churn.churn_warehouse import write_company
from tests.unit.scoring.churn.small_company import Company, as_of

pytestmark = pytest.mark.slow
COMPANY = Company(accounts=150, months=18, annual_share=0.2)
DAY = as_of(COMPANY)
PROBABILITY = "scores.fct_churn_probability"


@pytest.fixture(scope="module")
def scored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = write_company(tmp_path_factory.mktemp("scored") / "tenure.duckdb", COMPANY)
    score_churn(path, threads=1)
    with duckdb.connect(str(path)) as connection:
        create_tables(connection)
    return path


@pytest.fixture
def warehouse(scored: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(scored, tmp_path / "tenure.duckdb"))


def gate(warehouse: Path, *statements: str, previous: Path | None = None) -> GateResult:
    with duckdb.connect(str(warehouse)) as connection:
        for statement in statements:
            connection.execute(statement)
    instant = datetime(DAY.year, DAY.month, DAY.day, tzinfo=UTC)
    landing = warehouse.parent / "landing"
    landing.mkdir(exist_ok=True)
    return run_gate(
        "scores",
        GateInputs(
            as_of=instant,
            known_at=instant,
            landing_dir=landing,
            warehouse=warehouse,
            previous_release=previous,
        ),
    )


def failed(result: GateResult) -> set[str]:
    assert not [check.message for check in result.checks if check.crashed]
    return {check.rule for check in result.checks if not check.success}


def test_what_was_scored_passes_and_holds_both_verdicts(warehouse: Path) -> None:
    assert failed(gate(warehouse)) == set()
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        statuses = connection.execute(f"select distinct status from {PROBABILITY}").df()
    assert set(statuses["status"]) >= {"published", "withheld"}


SPOILT = {
    "a probability lies in its interval, between 0 and 1": (
        f"update {PROBABILITY} set probability_lower = 0.999 where status = 'published'"
    ),
    "a probability is there or the reason why not": (
        f"update {PROBABILITY} set churn_probability = null where status = 'published'"
    ),
    "reasons and the rest add up to the log odds of the probability": (
        f"update {PROBABILITY} set reason_1_contribution = reason_1_contribution + 0.000001"
    ),
    "no probability lies after what is measured": (
        f"update {PROBABILITY} set as_of_date = as_of_date + 2 where not is_backfilled"
    ),
    "a model that failed the publish gate shows no probability": (
        "update scores.fct_churn_model set is_published = false, withheld_reason = 'no'"
    ),
    "a published model beats contract and tenure alone and is calibrated": (
        "update scores.fct_churn_model set log_loss_gain_lower = 0 where is_published"
    ),
    "every model has its coefficients": "delete from scores.fct_churn_coefficients",
    "a model learns only from snapshots whose horizon had ended": (
        "update scores.fct_churn_model set training_to = as_of_date"
    ),
}


@pytest.mark.parametrize("rule", SPOILT)
def test_spoilt_probabilities_stop_the_run(warehouse: Path, rule: str) -> None:
    result = gate(warehouse, SPOILT[rule])
    assert rule in failed(result)
    assert not result.passed


def test_a_drifting_hazard_is_a_warning(warehouse: Path) -> None:
    drift = (
        "insert into scores.fct_churn_calibration by name select date '2030-01-01' as as_of_date,"
        " 30 as horizon_days, 9 as customer_count, 1.0 as expected_churner_count,"
        " 9 as observed_churner_count, 9.0 as trailing_ratio, true as is_drifting"
    )
    result = gate(warehouse, drift)
    assert failed(result) == {"as many customers leave as the probabilities expected"}
    assert result.passed


def test_rewritten_predictions_are_a_warning(warehouse: Path, tmp_path: Path) -> None:
    previous = tmp_path / "tenure_bi.duckdb"
    with duckdb.connect(str(previous)) as connection:
        connection.execute(f"attach '{warehouse}' as tenure (read_only)")
        connection.execute("create schema marts")
        connection.execute(f"create table marts.fct_churn_probability as from tenure.{PROBABILITY}")
    assert failed(gate(warehouse, previous=previous)) == set()
    result = gate(
        warehouse,
        f"delete from {PROBABILITY} where customer_id = (select min(customer_id) from"
        f" {PROBABILITY} where not is_backfilled)",
        previous=previous,
    )
    assert failed(result) == {"published probabilities stay as they were"}
    assert result.passed


def test_the_frame_of_the_test_is_what_it_says(scored: Path) -> None:
    with duckdb.connect(str(scored), read_only=True) as connection:
        rows = connection.execute(f"select max(as_of_date) from {PROBABILITY}").fetchone()
    assert rows is not None
    assert pd.Timestamp(rows[0]).date() == DAY
