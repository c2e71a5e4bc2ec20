"""Staging gate: keys that get lost, appear twice or overlap are told, by model."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import pytest
import yaml

from data_quality.contracts import DBT_SOURCES_PATH, Contract, load_contracts
from data_quality.gates import run_gate
from data_quality.landed_rows import MOST_SPANS, spans
from data_quality.results import GateResult
from data_quality.suites.first_read import first_read
from data_quality.suites.staging import model_name
from data_quality.workspace import GateInputs, Published, WorkspaceError, open_workspace
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
    return _staged(tmp_path, LOADS)


def _staged(root: Path, loads: Sequence[Load]) -> Path:
    """A landing, and a warehouse whose staging views show the newest row of each key."""
    landing = write(root, loads)
    with duckdb.connect(str(root / "tenure.duckdb")) as warehouse:
        warehouse.execute("create schema staging")
        for contract in load_contracts().values():
            view = model_name(contract)
            warehouse.execute(f"create view staging.{view} as {_newest(contract, landing)}")
    return root


def _newest(contract: Contract, landing: Path) -> str:
    keys = ", ".join(["_source_id", *contract.key])
    return (
        "select *, _source_id as source_id from read_parquet("
        f"'{landing}/{contract.name}/**/*.parquet', union_by_name = true, hive_partitioning = false)"
        f" qualify row_number() over (partition by {keys} order by _loaded_at desc) = 1"
    )


def gate(world: Path, *statements: str, **changes: object) -> GateResult:
    with duckdb.connect(str(world / "tenure.duckdb")) as warehouse:
        for statement in statements:
            warehouse.execute(statement)
    values = {
        "as_of": datetime(2026, 1, 11, tzinfo=UTC),
        "known_at": datetime(2026, 2, 1, tzinfo=UTC),
        "landing_dir": world / "landing",
        "warehouse": world / "tenure.duckdb",
    }
    return run_gate("staging", GateInputs(**{**values, **changes}))


def broken(result: GateResult) -> dict[str, str]:
    assert not [check.message for check in result.checks if check.crashed]
    return {check.rule: check.message for check in result.checks if not check.success}


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
            query = f"select * from ({_newest(contract, landing)}) where _operation = 'upsert'"
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
            f" from ({_newest(load_contracts()['usage_events'], world / 'landing')})",
            f"insert into staging.kept select * replace (occurred_at + {shift} as occurred_at)"
            " from staging.kept where event_id like '%-149'",
            "create or replace view staging.stg_usage__events as from staging.kept",
        )

    assert broken(again("interval 1 day")) == {}
    rule = "keys are unique (per version, where there are versions)"
    assert "-149 / 2026-01-01 12:00:00, row_count=2" in broken(again("interval 0 day"))[rule]


SEEN = Published(as_of=datetime(2026, 1, 2), known_at=datetime(2026, 1, 2))  # noqa: DTZ001 - naive UTC
# 150 events of the first day, known to the release before; then 20 of the second day and a late one.
NIGHTS = [
    Load(name="usage_events", day=1, rows=events(150, "2026-01-01")),
    Load(
        name="usage_events",
        day=3,
        rows=(*events(20, "2026-01-02"), *events(1, "2026-01-01", event_id="late-900")),
    ),
]


@pytest.fixture
def nights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("data_quality.suites.staging.SAMPLED_ROWS", 50)
    return _staged(tmp_path, NIGHTS)


def losing(world: Path, condition: str) -> str:
    newest = _newest(load_contracts()["usage_events"], world / "landing")
    return (
        "create or replace view staging.stg_usage__events as"
        f" select * from ({newest}) where not ({condition})"
    )


@pytest.mark.parametrize(
    ("condition", "lost"),
    [
        ("occurred_at >= '2026-01-02'", 20),
        ("event_id like '%-900'", 1),
        ("event_id like '%-149'", 0),  # judged by the run that published it
    ],
)
def test_a_night_judges_the_events_that_it_is_the_first_to_read(nights, condition, lost):
    assert broken(gate(nights, published=SEEN)) == {}
    found = broken(gate(nights, losing(nights, condition), published=SEEN))
    rule = "every landed key is in staging"
    if lost:
        assert f"landed_keys=21, lost_keys={lost}, " in found[rule]
        assert "at least 99% of the landed keys are in staging" in found
    else:
        assert found == {}


def test_events_that_were_landed_too_early_are_judged_when_they_happen(nights):
    before = Published(as_of=datetime(2026, 1, 1), known_at=datetime(2026, 2, 1))  # noqa: DTZ001
    found = broken(gate(nights, losing(nights, "event_id like '%-149'"), published=before))
    assert "landed_keys=171, lost_keys=1, " in found["every landed key is in staging"]


def test_a_night_sees_an_event_that_staging_has_twice(nights):
    newest = _newest(load_contracts()["usage_events"], nights / "landing")
    twice = (
        "create or replace view staging.stg_usage__events as"
        f" select * from ({newest}) cross join range(2) where event_id like '%-900'"
        f" union all select *, 0 from ({newest}) where event_id not like '%-900'"
    )
    # Two places in which the view reads the landing: nothing can be left out, so a sample is judged.
    with duckdb.connect(str(nights / "tenure.duckdb")) as warehouse:
        warehouse.execute(twice)
    assert "keys are unique" in " ".join(broken(gate(nights, published=SEEN)))
    once = (
        "create or replace view staging.stg_usage__events as"
        f" select * from ({newest}) cross join range(2) where range = 0 or event_id like '%-900'"
    )
    rule = "keys are unique (per version, where there are versions)"
    assert (
        "late-900 / 2026-01-01 12:00:00, row_count=2"
        in broken(gate(nights, once, published=SEEN))[rule]
    )


def test_views_read_the_landing_where_the_gate_looks_for_it(nights):
    """As dbt writes its sources into views: else a night would judge all events, and nobody would know."""
    path = Path(DBT_SOURCES_PATH)
    sources = yaml.safe_load(path.read_text(encoding="utf-8"))["sources"]
    location = sources[0]["config"]["meta"]["external_location"]
    folder = str(nights / "landing")
    relation = re.sub(r"\{\{.*?\}\}", lambda _: folder, location).replace("{name}", "usage_events")
    with duckdb.connect(str(nights / "tenure.duckdb")) as warehouse:
        warehouse.execute(f"create or replace view staging.stg_usage__events as from {relation}")
    inputs = GateInputs(
        as_of=datetime(2026, 1, 3, tzinfo=UTC),
        known_at=datetime(2026, 2, 1, tzinfo=UTC),
        landing_dir=nights / "landing",
        warehouse=nights / "tenure.duckdb",
        published=SEEN,
    )
    with open_workspace(inputs) as workspace:
        contract = workspace.contracts["usage_events"]
        found = first_read(workspace, contract, "stg_usage__events")
        assert found is not None
        row = workspace.connection.execute(f"select count(*) from {found.staged}").fetchone()
        assert row == (21,)


def test_days_are_read_in_few_spans():
    days = [date(2026, 1, 1) + timedelta(days=2 * n) for n in range(MOST_SPANS)]
    assert spans(days) == [(day, day + timedelta(days=1)) for day in days]
    assert spans([date(2025, 1, 1), date(2025, 1, 2)]) == [(date(2025, 1, 1), date(2025, 1, 3))]
    far = date(2020, 1, 1)
    joined = spans([far, *days])
    assert len(joined) == MOST_SPANS
    assert joined[0] == (far, date(2020, 1, 2))
    assert joined[1] == (days[0], days[1] + timedelta(days=1))


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
