"""Staging gate: keys that get lost, appear twice or overlap are told, by model."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from data_quality.contracts import load_contracts
from data_quality.gates import run_gate
from data_quality.results import GateResult
from data_quality.suites.staging import model_name
from data_quality.workspace import GateInputs, WorkspaceError
from tests.integration.staging_gate import broken, gate, newest, staged
from tests.unit.data_quality.small_landing import Load, events, periods, write

pytestmark = pytest.mark.slow

RATES = tuple(
    {
        "from_currency_code": "EUR",
        "to_currency_code": "USD",
        "valid_from_date": f"2025-{month:02d}-01",
        "exchange_rate": rate,
    }
    for month, rate in ((1, "1.05"), (2, "1.10"), (3, "1.08"))
)
PRICES = ({"price_id": "p1", "product_id": "pro", "currency_code": "USD"},)
LOADS = [
    Load(name="billing_subscription_periods", day=1, rows=periods(40)),
    Load(name="billing_exchange_rates", day=1, rows=RATES),
    Load(name="billing_prices", day=1, rows=PRICES),
    Load(name="billing_prices", day=3, rows=PRICES),
    Load(name="usage_events", day=1, rows=events(150, "2026-01-01")),
    Load(name="usage_events", day=2, rows=events(150, "2026-01-01")),  # delivered twice
]


@pytest.fixture
def world(tmp_path: Path) -> Path:
    return staged(tmp_path, LOADS)


def filtered(model: str, condition: str) -> str:
    return (
        f"create or replace table staging.kept as from staging.{model} where {condition};"
        f"create or replace view staging.{model} as from staging.kept"
    )


def test_faithful_staging_passes(world):
    result = gate(world)
    assert broken(result) == {}
    assert len(result.checks) == 5  # no view has versions


def test_lost_keys_stop_the_run(world):
    result = gate(world, filtered("stg_usage__events", "event_id not like '%-149'"))
    assert list(broken(result)) == ["every landed key is in staging"]
    assert result.passed  # one of 150

    result = gate(world, filtered("stg_usage__events", "event_id not like '%9'"))
    assert not result.passed
    message = broken(result)["at least 99% of the landed keys are in staging"]
    assert "model=stg_usage__events, landed_keys=150, lost_keys=15, example=acme / " in message


def test_keys_that_are_not_yet_known_or_not_yet_due_are_not_lost(world):
    gone = filtered("stg_usage__events", "false")
    early = gate(world, gone, as_of=datetime(2026, 1, 1, tzinfo=UTC))
    assert "every landed key is in staging" not in broken(early)
    unknown = gate(world, known_at=datetime(2025, 1, 1, tzinfo=UTC))
    assert broken(unknown) == {}


def test_deleted_keys_may_be_gone(tmp_path):
    deleted = Load(name="billing_prices", day=5, rows=({"price_id": "p1", "_operation": "delete"},))
    landing = write(tmp_path, [*LOADS, deleted])
    with duckdb.connect(str(tmp_path / "tenure.duckdb")) as warehouse:
        warehouse.execute("create schema staging")
        for contract in load_contracts().values():
            query = f"select * from ({newest(contract, landing)}) where _operation = 'upsert'"
            warehouse.execute(f"create view staging.{model_name(contract)} as {query}")
    assert broken(gate(tmp_path)) == {}
    before = gate(tmp_path, as_of=datetime(2026, 1, 4, tzinfo=UTC))
    assert "model=stg_billing__prices" in broken(before)["every landed key is in staging"]


def test_repeated_keys_stop_the_run(world):
    result = gate(
        world,
        "create table staging.twice as from staging.stg_billing__prices"
        " union all from staging.stg_billing__prices",
        "create or replace view staging.stg_billing__prices as from staging.twice",
    )
    message = broken(result)["keys are unique (per version, where there are versions)"]
    assert "model=stg_billing__prices, key=acme / p1, row_count=2" in message
    assert not result.passed


def test_overlapping_versions_stop_the_run(world):
    def versions(first_end: str) -> str:
        return (
            "create or replace view staging.stg_billing__prices as"
            f" select 'acme' as source_id, 'p1' as price_id, unnest([{{"
            f"'valid_from_at': timestamp '2025-01-01', 'valid_to_at': {first_end}}},"
            "{'valid_from_at': timestamp '2025-03-01', 'valid_to_at': null}], recursive := true)"
        )

    assert broken(gate(world, versions("timestamp '2025-03-01'"))) == {}
    rule = "versions of a key follow one another without overlap"
    for wrong in ("timestamp '2025-03-02'", "null", "timestamp '2025-01-01'"):
        result = gate(world, versions(wrong))
        assert "key=acme / p1" in broken(result)[rule]
        assert not result.passed


@pytest.mark.parametrize(
    ("rate", "rule", "passes"),
    [
        ("0", "exchange rates are above zero", False),
        ("null", "exchange rates are above zero", False),
        ("11.0", "exchange rates do not change by a factor of 2 from one to the next", True),
    ],
)
def test_impossible_and_odd_exchange_rates(world, rate, rule, passes):
    result = gate(
        world,
        "create table staging.rates as from staging.stg_billing__exchange_rates",
        f"update staging.rates set exchange_rate = {rate} where valid_from_date = '2025-02-01'",
        "create or replace view staging.stg_billing__exchange_rates as from staging.rates",
    )
    assert "valid_from_date=2025-02-01" in broken(result)[rule]
    assert result.passed == passes


def test_missing_model_is_a_crash_of_that_model_only(world):
    result = gate(world, "drop view staging.stg_survey__sends")
    crashed = {check.table for check in result.checks if check.crashed}
    assert crashed == {"stg_survey__sends"}
    assert not result.passed


def test_large_objects_are_sampled_by_whole_keys(world, monkeypatch):
    monkeypatch.setattr("data_quality.suites.staging.SAMPLED_ROWS", 50)
    assert broken(gate(world)) == {}
    result = gate(world, filtered("stg_usage__events", "false"))
    message = broken(result)["at least 99% of the landed keys are in staging"]
    (lost,) = [
        int(part.split("=")[1]) for part in message.split(", ") if part.startswith("lost_keys")
    ]
    assert 0 < lost < 100


def test_an_event_identifier_may_come_back_on_another_day_but_not_at_one_instant(world):
    def again(shift: str) -> GateResult:
        return gate(
            world,
            "create or replace table staging.kept as"
            f" from ({newest(load_contracts()['usage_events'], world / 'landing')})",
            f"insert into staging.kept select * replace (occurred_at + {shift} as occurred_at)"
            " from staging.kept where event_id like '%-149'",
            "create or replace view staging.stg_usage__events as from staging.kept",
        )

    assert broken(again("interval 1 day")) == {}
    rule = "keys are unique (per version, where there are versions)"
    assert "-149 / 2026-01-01 12:00:00, row_count=2" in broken(again("interval 0 day"))[rule]


def test_missing_warehouse_is_explained(tmp_path):
    landing = write(tmp_path, LOADS[:1])
    with pytest.raises(WorkspaceError, match=r"tenure.duckdb does not exist. Build the models"):
        run_gate(
            "staging",
            GateInputs(
                as_of=datetime(2026, 1, 1, tzinfo=UTC),
                known_at=datetime(2026, 1, 1, tzinfo=UTC),
                landing_dir=landing,
                warehouse=tmp_path / "tenure.duckdb",
            ),
        )
