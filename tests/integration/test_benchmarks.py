"""The benchmarks' comparisons on tiny companies: results are equal, and what is written can be read.

Nothing here is about time; `make bench` measures.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import duckdb
import pytest

from tests.benchmarks import engagement_parts, lifetime_value, results
from tests.benchmarks.against_hand import measure_against_hand
from tests.benchmarks.against_spine import Span, measure_against_spine
from tests.benchmarks.by_hand import differences
from tests.benchmarks.dbt_builds import DbtPlace
from tests.benchmarks.engagement import MARTS_BUILT, by_hand_path, compared
from tests.benchmarks.health import HealthSize, measure_health
from tests.benchmarks.sizes import SIZES
from tests.benchmarks.table import table_of

pytestmark = pytest.mark.slow

DAY = datetime(2026, 1, 1, tzinfo=UTC).date()


def written(folder: Path, benchmark: str, measured: dict[str, object]) -> str:
    """Save a measurement, and the page that is made of it."""
    path = results.save(results.result_of(benchmark, "tiny", "current", DAY, measured), folder)
    assert json.loads(path.read_text())["machine"]["cores"] >= 1
    return table_of(results.newest(results.load(folder)))


def test_marts_equal_the_sql_written_by_hand(tmp_path: Path) -> None:
    measured = measure_against_hand(SIZES["tiny"], tmp_path, repeats=1)
    page = written(tmp_path / "results", "against_hand", measured)
    assert "dbt process to by hand" in page
    # The comparison can fail: one amount a hair off, and one row gone.
    by_hand = tmp_path / "by_hand_tiny.duckdb"
    warehouse = tmp_path / "dbt_tiny" / "data" / "warehouse" / "tenure.duckdb"
    assert differences(by_hand, warehouse) == {}
    with duckdb.connect(str(by_hand)) as connection:
        connection.execute(
            "update roll_forward set new = new + 0.0000000001 "
            "where (month, value) in (select (month, value) from roll_forward where new > 0 limit 1)"
        )
        connection.execute("delete from movements where type = 'new'")
    assert set(differences(by_hand, warehouse)) == {"roll_forward", "movements"}


def test_ledger_equals_the_spine(tmp_path: Path) -> None:
    measured = measure_against_spine(Span(100, 12), tmp_path, repeats=1)
    assert measured["spine_rows"] > measured["month_movements"] > 100
    page = written(tmp_path / "results", "against_spine", measured)
    assert "cpu ledger to spine" in page


def test_active_users_equal_the_sql_written_by_hand(tmp_path: Path) -> None:
    place, size = DbtPlace(tmp_path / "usage").prepare(), SIZES["tiny"]
    night = datetime.combine(size.last_day + timedelta(days=1), time())
    engagement_parts.land(place, str(size.raw_files(tmp_path)), night.isoformat())
    place.go_on(night, [f"+{MARTS_BUILT}"])
    engagement_parts.by_hand(place, night.isoformat())
    counted = compared(place)
    assert counted["days_compared"] > 100
    assert counted["months_compared"] == size.months
    # The comparison can fail: one user more on one day.
    with duckdb.connect(str(by_hand_path(place))) as connection:
        connection.execute(
            "update days set weekly_users = weekly_users + 1 where day = (select max(day) from days)"
        )
    with pytest.raises(AssertionError, match="2 rows of days differ"):
        compared(place)


def test_scores_are_measured_against_the_truth(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of so small a company the probability may be withheld; the card always speaks."""
    monkeypatch.setattr(lifetime_value, "BRANCHES", 2)
    size = HealthSize(customers=200, events=15_000, months=18)
    measured = measure_health(size, 15, tmp_path)
    found = measured["ratios"]
    assert 50 < measured["active_customers"] < 200
    for days in (30, 90):
        assert 0.5 < found[f"card_auc_{days}d"] < found[f"ceiling_{days}d"] < 1
        assert found[f"card_and_gate_auc_{days}d"] > found[f"card_auc_{days}d"]
        is_shown = found[f"published_{days}d"] > 0
        assert is_shown == (f"auc_to_ceiling_{days}d" in found)
        assert is_shown or "withheld" in measured["note"]
    assert 0 < found["accounts_moving"] < 1
    assert found["clv_customers_compared"] > 0.9
    assert found["clv_spearman"] > 0.5
    page = written(tmp_path / "results", "health", measured)
    assert "card and gate signal 90d (goal: ≥ 0.80)" in page


def test_kept_results_are_whole_and_make_the_page() -> None:
    from tests.benchmarks.__main__ import PAGE

    kept = results.load()
    assert kept
    assert PAGE.read_text(encoding="utf-8") == table_of(results.newest(kept))


@pytest.mark.parametrize(
    ("field", "value"), [("ratios", {"a_to_b": "fast"}), ("costs", {"a": {"wall_seconds": 1}})]
)
def test_a_result_that_is_not_whole_is_refused(
    field: str, value: dict[str, object], tmp_path: Path
) -> None:
    measured = {"costs": {"a": {"cpu_seconds": 1.0}}, "ratios": {"a_to_b": 1.0}}
    result = results.result_of("landing", "tiny", "current", DAY, measured)
    results.check(result, "a whole one")
    with pytest.raises(results.ResultError):
        results.check(result | {field: value}, "a broken one")
