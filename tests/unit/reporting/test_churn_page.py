from typing import Any

import pytest

from orchestration.scoring.churn.settings import ChurnSettings, Ladder
from tests.benchmarks import results
from tests.benchmarks.__main__ import CHURN_PAGE
from tests.benchmarks.churn_page import NOT_MEASURED, OF_ALL, OF_HORIZON, filled
from tests.benchmarks.health_scores import GOALS

PAGE = "before\n<!-- figures: {name} -->\nstale\n<!-- end -->\nafter\n"


def company(seed: int, **ratios: float) -> dict[str, Any]:
    return {
        "benchmark": "health",
        "size": f"6k-seed-{seed}",
        "code": "current",
        "active_customers": 2_000 + seed,
        "goals": {"lift_90d": "≥ 4.3"},
        "ratios": ratios,
    }


def test_page_has_the_figures_of_the_newest_results() -> None:
    page = CHURN_PAGE.read_text(encoding="utf-8")
    newest = results.newest(results.load())
    assert page == filled(page, newest), "stale: python -m tests.benchmarks table"


def test_page_asks_for_every_figure() -> None:
    page = CHURN_PAGE.read_text(encoding="utf-8")
    for name in ("truth", "speed", "ladder", "gate"):
        assert page.count(f"<!-- figures: {name} -->") == 1
    assert page.count("<!-- end -->") == 4


def test_every_goal_stands_on_the_page() -> None:
    shown = {f"{name}_{days}d" for name in OF_HORIZON for days in (30, 90)} | set(OF_ALL)
    assert set(GOALS) - shown == set()


def test_figures_are_means_with_their_range_and_goal() -> None:
    found = filled(
        PAGE.format(name="truth"),
        [company(1, lift_90d=4.0), company(2, lift_90d=5.0), company(3) | {"code": "before"}],
    )
    assert "| lift in the top tenth |  | ≥" not in found
    assert "4.500 (4.000 to 5.000) | ≥ 4.3 |" in found
    assert "seeds 1, 2, 2,001 to 2,002 paying customers" in found
    assert "stale" not in found
    assert found.startswith("before\n")
    assert found.endswith("<!-- end -->\nafter\n")


def test_what_was_not_measured_says_so() -> None:
    assert NOT_MEASURED in filled(PAGE.format(name="truth"), [])
    assert NOT_MEASURED in filled(PAGE.format(name="speed"), [])


def test_speed_is_told_by_size() -> None:
    cost = {"cpu_seconds": 1.5, "wall_seconds": 0, "peak_megabytes": 321.0}
    result = {
        "benchmark": "churn",
        "code": "current",
        "rows": 100_000,
        "trained_on": 99_000,
        "costs": dict.fromkeys(("fit_and_judge", "score_with_reasons", "plain_scikit_learn"), cost),
    }
    row = "| 100,000 | 99,000 snapshots | 1.5 CPU s | 1.5 CPU s | 1.5 CPU s | 321 MB |"
    assert row in filled(PAGE.format(name="speed"), [result])


def test_settings_are_those_of_the_model() -> None:
    settings = ChurnSettings(ladder=Ladder(calibrated_card=7))
    found = filled(PAGE.format(name="ladder"), [], settings)
    assert "| below 7 | segment base rate |" in found
    assert "| from 7 | calibrated card |" in found


def test_unknown_figures_are_refused() -> None:
    with pytest.raises(KeyError, match="weather"):
        filled(PAGE.format(name="weather"), [])
