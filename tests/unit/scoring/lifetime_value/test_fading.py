"""How long risk that sets customers apart lasts: told from slopes, assumed where they don't reach far enough."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from orchestration.scoring.lifetime_value.fading import Fading, measure_fading


def slopes(persistent: float, half_life: float, longest: int, pairs: int = 5000) -> pd.DataFrame:
    lags = np.arange(1, longest + 1)
    fading = Fading(persistent, half_life, is_measured=True)
    return pd.DataFrame(
        {
            "lag_months": lags,
            "pairs": pairs,
            "slope": [fading.left_after(float(lag)) for lag in lags],
        }
    )


def test_what_is_left_starts_whole_and_ends_at_what_persists() -> None:
    fading = Fading(0.4, 3.0, is_measured=True)
    assert fading.left_after(0) == 1
    assert fading.left_after(3) == pytest.approx(0.4 + 0.6 / 2)
    assert fading.left_after(600) == pytest.approx(0.4)


@pytest.mark.parametrize(("persistent", "half_life"), [(0.0, 6.0), (0.55, 2.5), (1.0, 6.0)])
def test_it_is_found_again(persistent: float, half_life: float) -> None:
    found = measure_fading(slopes(persistent, half_life, 20), 6.0)
    assert found.is_measured
    for months in (1, 6, 60):
        expected = Fading(persistent, half_life, is_measured=True).left_after(months)
        assert found.left_after(months) == pytest.approx(expected, abs=1e-9)


def test_a_lag_of_few_pairs_says_nothing() -> None:
    odd = slopes(0.5, 3.0, 24)
    odd.loc[odd["lag_months"] > 18, ["pairs", "slope"]] = [299, -5.0]
    assert measure_fading(odd, 6.0).persistent == pytest.approx(0.5)


@pytest.mark.parametrize("known", [slopes(0.5, 3.0, 11), slopes(0.5, 3.0, 20, pairs=299)])
def test_it_is_assumed_where_scores_do_not_reach_far_enough(known: pd.DataFrame) -> None:
    assert measure_fading(known, 6.0) == Fading(0.0, 6.0, is_measured=False)
    assert measure_fading(known.head(0), 6.0) == Fading(0.0, 6.0, is_measured=False)


def test_slopes_beyond_what_can_be_are_held() -> None:
    rising = slopes(0.5, 3.0, 20)
    rising["slope"] += 2
    assert measure_fading(rising, 6.0).persistent == 1
    assert measure_fading(rising.assign(slope=-2.0), 6.0).persistent == 0
