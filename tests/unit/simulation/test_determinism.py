"""The same settings write the same bytes; other seeds do not; more months leave the past alone."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest

from orchestration.ingestion.simulation import SimulationConfig, simulate
from orchestration.ingestion.simulation.dynamics import live
from orchestration.ingestion.simulation.objects import tables
from orchestration.ingestion.simulation.population import populate
from orchestration.ingestion.simulation.streams import Streams
from orchestration.ingestion.simulation.table import Table
from orchestration.ingestion.simulation.timeline import Timeline, seconds
from orchestration.ingestion.simulation.users import recruit
from orchestration.settings import PROJECT_ROOT
from tests.unit.simulation.raw_company import digest, open_company

SMALL = SimulationConfig(seed=3, customers=80, months=8, events=4000)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return simulate(SMALL, tmp_path_factory.mktemp("small") / "company").directory


def test_the_same_seed_gives_the_same_bytes_in_another_process_with_other_threads(
    small: Path, tmp_path: Path
) -> None:
    code = (
        "import sys; from pathlib import Path; "
        "from orchestration.ingestion.simulation import SimulationConfig, simulate; "
        "simulate(SimulationConfig(seed=3, customers=80, months=8, events=4000), Path(sys.argv[1]))"
    )
    threads = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONHASHSEED": "5"}
    subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "again")],
        check=True, cwd=PROJECT_ROOT, env=threads,
    )  # fmt: skip
    assert digest(tmp_path / "again") == digest(small)


def test_another_seed_gives_another_company(small: Path, tmp_path: Path) -> None:
    other = digest(simulate(replace(SMALL, seed=4), tmp_path / "other").directory)
    same = {name for name, value in digest(small).items() if other.get(name) == value}
    fixed = ("billing_products", "billing_prices", "billing_price_tiers", "billing_coupons")
    assert {n for n in same if not n.startswith(tuple(f"raw/{f}" for f in fixed))} <= {
        "mapping.yml",
        *(n for n in same if n.startswith("raw/survey_definitions")),
    }


def test_a_second_call_writes_nothing_and_a_changed_setting_writes_anew(tmp_path: Path) -> None:
    tiny = SimulationConfig(seed=1, customers=10, months=2, events=100)
    said: list[str] = []
    first = simulate(tiny, tmp_path / "c")
    before = (first.directory / "mapping.yml").stat().st_ino
    assert simulate(tiny, tmp_path / "c", said.append) == first
    assert (first.directory / "mapping.yml").stat().st_ino == before
    assert said == [f"The simulated company in {tmp_path / 'c'} is up to date."]
    simulate(replace(tiny, seed=2), tmp_path / "c")
    assert (first.directory / "mapping.yml").stat().st_ino != before
    assert [p.name for p in tmp_path.iterdir()] == ["c"]


def test_a_damaged_company_is_written_again(tmp_path: Path) -> None:
    tiny = SimulationConfig(seed=1, customers=10, months=2, events=100)
    whole = digest(simulate(tiny, tmp_path / "c").directory)
    next((tmp_path / "c" / "raw" / "billing_prices").iterdir()).unlink()
    assert digest(simulate(tiny, tmp_path / "c").directory) == whole


def test_a_folder_of_other_files_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(FileExistsError, match="no simulated company"):
        simulate(SMALL, tmp_path)
    assert (tmp_path / "thesis.txt").read_text() == "years of work"


@pytest.mark.parametrize(
    ("name", "value"),
    [("customers", 0), ("months", 0), ("events", -1), ("seed", -1), ("horizon_months", 3)],
)
def test_impossible_settings_are_named(name: str, value: int) -> None:
    with pytest.raises(ValueError, match=name):
        replace(SMALL, **{name: value})  # type: ignore[arg-type]


def made(config: SimulationConfig) -> Iterator[Table]:
    timeline, streams = Timeline(config), Streams(config.seed)
    life = live(populate(config.customers, timeline, streams), timeline, streams)
    yield from tables(life, recruit(life, timeline, streams), timeline, streams)


def test_more_months_of_the_same_horizon_leave_the_past_as_it_was(
    small: Path, tmp_path: Path
) -> None:
    """Quirks of the last two weeks apart: those belong to a delivery, not to the company."""
    shorter = replace(SMALL, months=6, horizon_months=8)
    end = seconds(shorter.end)
    for long_run, short_run in zip(made(SMALL), made(shorter), strict=True):
        assert long_run.object_name == short_run.object_name
        past = [t.arrow().filter(pa.array(t.known_at < end)) for t in (long_run, short_run)]
        assert past[0].num_rows > 0, long_run.object_name
        assert past[0].equals(past[1]), long_run.object_name
    short = simulate(shorter, tmp_path / "short")
    events = (
        "select distinct * exclude (filename) from usage_events "
        f"where received_at < '{shorter.history_date}' order by event_id"
    )
    with open_company(small) as all_, open_company(short.directory) as part:
        found = part.execute(events).fetchall()
        assert found == all_.execute(events).fetchall()
        assert len(found) > 1000
