"""Staging, marts and metrics gates on a warehouse that dbt built, and on the same with one number wrong."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from data_quality.gates import Layer, run_gate
from data_quality.results import GateResult
from data_quality.workspace import GateInputs
from tests.building.dbt_slot import MARTS, DbtSlot
from tests.unit.data_quality.small_landing import Load, events, periods, write

pytestmark = pytest.mark.slow

ENDED = {"end_at": "2025-09-15 00:00:00", "cancellation_reason": "too_expensive"}
LOADS = [
    Load(
        name="billing_subscription_periods",
        day=1,
        rows=(
            *periods(20),
            *({**row, "subscription_id": f"e{n}"} for n, row in enumerate(periods(5, **ENDED))),
        ),
    ),
    Load(
        name="billing_customers",
        day=1,
        rows=tuple({"customer_id": f"c{n}", "created_at": "2025-01-01"} for n in range(20)),
    ),
    Load(name="usage_events", day=1, rows=events(50, "2026-01-01")),
    Load(
        name="survey_definitions",
        day=1,
        rows=({"survey_id": "s", "survey_type": "nps", "scale_code": "nps_0_10"},),
    ),
    Load(
        name="survey_responses",
        day=1,
        rows=(
            {
                "survey_response_id": "r",
                "survey_id": "s",
                "score": "9",
                "responded_at": "2025-11-11",
            },
        ),
    ),
]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, dbt_slot: DbtSlot) -> Path:
    root = tmp_path_factory.mktemp("built")
    policy = {"as_of": "2026-01-11 00:00:00", "known_at": "2026-02-01 00:00:00"}
    dbt_slot.build(write(root, LOADS), select=[*MARTS, "path:models/staging"], policy=policy)
    return root


def gate(layer: Layer, root: Path, warehouse: Path) -> GateResult:
    return run_gate(
        layer,
        GateInputs(
            as_of=datetime(2026, 1, 11, tzinfo=UTC),
            known_at=datetime(2026, 2, 1, tzinfo=UTC),
            landing_dir=root / "landing",
            warehouse=warehouse,
        ),
    )


@pytest.mark.parametrize("layer", ["staging", "marts", "metrics"])
def test_what_dbt_built_passes(built, layer):
    result = gate(layer, built, built / "tenure.duckdb")
    assert [check.message for check in result.checks if not check.success] == []
    assert len(result.checks) >= {"metrics": 3}.get(layer, 6)


WRONG_METRICS = {
    "a value outside the range of its definition": (
        (
            "update marts.fct_metrics set value = -0.2 where metric_name = 'mrr' and grain = 'month'"
            " and period_start = '2025-10-01' and segment_name = 'all'"
        ),
        "every metric is inside the valid range of its definition",
        "metric_name=mrr, grain=month, period_start=2025-10-01, segment_name=all",
    ),
    "a metric without a definition": (
        "delete from marts.dim_metrics where metric_name = 'arpa'",
        "every published metric has a definition",
        "metric_name=arpa",
    ),
}

WRONG = {
    "a movement that got lost": (
        (
            "update marts.fct_mrr_roll_forward set churn_mrr_amount = churn_mrr_amount + 0.0000000002"
            " where grain = 'month' and period_start = '2025-09-01' and segment_name = 'all'"
        ),
        "starting MRR plus all movements is ending MRR",
        "grain=month, period_start=2025-09-01",
    ),
    "an opening that is not the close before": (
        (
            "update marts.fct_mrr_roll_forward set starting_mrr_amount = starting_mrr_amount + 1,"
            " ending_mrr_amount = ending_mrr_amount + 1"
            " where grain = 'month' and period_start = '2025-09-01' and segment_name = 'all'"
        ),
        "a period ends with the MRR that the next one starts with",
        "grain=month, period_start=2025-08-01",
    ),
    "a change that is in one ledger only": (
        "delete from marts.fct_mrr_changes where change_date = '2025-09-15'",
        "all single movements up to a month's end add up to its MRR",
        "period_start=2025-09-01",
    ),
    "GRR above NRR": (
        (
            "update marts.fct_retention set gross_revenue_retention_rate ="
            " net_revenue_retention_ratio + 0.01 where grain = 'month' and segment_name = 'all'"
            " and period_start = '2025-09-01'"
        ),
        "GRR is not above NRR, and neither is empty where MRR was there to be retained",
        "grain=month, period_start=2025-09-01, segment_name=all",
    ),
    "an empty mart": (
        "delete from marts.dim_customers",
        "the core marts have rows",
        "mart=dim_customers",
    ),
}


CASES = [("metrics", WRONG_METRICS[name]) for name in WRONG_METRICS]
CASES += [("marts", WRONG[name]) for name in WRONG]


@pytest.mark.parametrize(("layer", "case"), CASES, ids=[*WRONG_METRICS, *WRONG])
def test_one_wrong_number_stops_the_run(built, tmp_path, layer, case):
    statement, rule, row = case
    warehouse = tmp_path / "tenure.duckdb"
    shutil.copy(built / "tenure.duckdb", warehouse)
    with duckdb.connect(str(warehouse)) as connection:
        assert connection.execute(statement).fetchall()[0][0] > 0, "the story changes nothing"
    result = gate(layer, built, warehouse)
    failed = {check.rule: check for check in result.checks if not check.success}
    assert not [check for check in failed.values() if check.crashed]
    assert row in failed[rule].message
    assert failed[rule].severity == "error"
    assert not result.passed


def test_mrr_that_halves_in_a_month_is_a_warning(built, tmp_path):
    warehouse = tmp_path / "tenure.duckdb"
    shutil.copy(built / "tenure.duckdb", warehouse)
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute(
            "update marts.fct_mrr_roll_forward set starting_mrr_amount = ending_mrr_amount * 3"
            " where grain = 'month' and period_start = '2025-12-01' and segment_name = 'all'"
        )
    result = gate("marts", built, warehouse)
    (warning,) = result.warnings
    assert warning.rule == "MRR of the latest month changed by less than 50%"
    assert "period_start=2025-12-01" in warning.message


def test_an_answer_that_is_rejected_is_a_warning(built, tmp_path):
    warehouse = tmp_path / "tenure.duckdb"
    shutil.copy(built / "tenure.duckdb", warehouse)
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute(
            "update marts.fct_survey_answers set answer_state = 'rejected', reason = 'off the scale'"
        )
    (warning,) = gate("marts", built, warehouse).warnings
    assert warning.rule == "no survey answer is off its scale or else rejected"
    assert "survey_id=s, reason=off the scale, answers_count=1, example=r" in warning.message


def test_mart_that_is_gone_is_a_crash(built, tmp_path):
    warehouse = tmp_path / "tenure.duckdb"
    shutil.copy(built / "tenure.duckdb", warehouse)
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("drop table marts.fct_retention")
    result = gate("marts", built, warehouse)
    assert [check.table for check in result.errors if check.crashed] == ["marts.fct_retention"]
