"""Staging gate of a night: it judges the events that no run before has read, wherever they lie."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import pytest
import yaml

from data_quality.contracts import DBT_SOURCES_PATH, load_contracts
from data_quality.landed_rows import MOST_SPANS, spans
from data_quality.suites.first_read import first_read
from data_quality.workspace import GateInputs, Published, open_workspace
from tests.integration.staging_gate import broken, gate, newest, staged
from tests.unit.data_quality.small_landing import Load, events

pytestmark = pytest.mark.slow

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
    return staged(tmp_path, NIGHTS)


def losing(world: Path, condition: str) -> str:
    view = newest(load_contracts()["usage_events"], world / "landing")
    return (
        "create or replace view staging.stg_usage__events as"
        f" select * from ({view}) where not ({condition})"
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
    view = newest(load_contracts()["usage_events"], nights / "landing")
    twice = (
        "create or replace view staging.stg_usage__events as"
        f" select * from ({view}) cross join range(2) where event_id like '%-900'"
        f" union all select *, 0 from ({view}) where event_id not like '%-900'"
    )
    # Two places in which the view reads the landing: nothing can be left out, so a sample is judged.
    with duckdb.connect(str(nights / "tenure.duckdb")) as warehouse:
        warehouse.execute(twice)
    assert "keys are unique" in " ".join(broken(gate(nights, published=SEEN)))
    once = (
        "create or replace view staging.stg_usage__events as"
        f" select * from ({view}) cross join range(2) where range = 0 or event_id like '%-900'"
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
