"""Every source of the simulated company tells something of its own about who leaves.

A logistic model is fitted on each source's measurements with true probabilities as soft labels, so
that neither labels nor their scarcity add noise; one half of the customers is predicted from the other.
What removing a source costs is measured among those whose contract lets them leave.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from orchestration.ingestion.simulation.ceiling import ceiling_auc, expected_auc
from tests.unit.simulation.lives import DEVELOPMENT, lived
from tests.unit.simulation.observed import SOURCES, observe

EVENTS_EACH = 600
WEEKS = range(60, 148, 8)
LEAST_POINTS = 0.2
EVERYTHING = tuple(name for names in SOURCES.values() for name in names)
CONTRACT = ("can_leave_90d", "annual", "tenure_log", "seats_log", "team", "business", "enterprise")


@pytest.fixture(scope="module")
def seen() -> pd.DataFrame:
    parts = []
    for config in DEVELOPMENT:
        part = observe(lived(config), WEEKS, config.customers * EVENTS_EACH)
        parts.append(part.assign(half=part["customer_id"].str[-1].astype(int) % 2))
    rows = pd.concat(parts, ignore_index=True)
    rows["tenure_log"] = np.log1p(rows["tenure_days"].clip(lower=0))
    for number, plan in enumerate(("team", "business", "enterprise"), start=1):
        rows[plan] = rows["plan"] == number
    return rows


def _ranked(seen: pd.DataFrame, names: Sequence[str], labels: np.ndarray) -> float:
    """Expected AUC among those who can leave, of a model on contract and measurements."""
    x = seen[[*CONTRACT, *names]].astype(float)
    gaps = [name for name in names if x[name].isna().any()]
    flags = x[gaps].isna().astype(float).add_suffix("_missing")
    x = pd.concat([x.fillna(x.mean()), flags], axis=1)
    x = ((x - x.mean()) / x.std()).to_numpy()
    score = np.zeros(len(seen))
    for half in (0, 1):
        mine = (seen["half"] == half).to_numpy()
        model = LogisticRegression(max_iter=400).fit(
            np.r_[x[mine], x[mine]],
            np.r_[np.ones(mine.sum()), np.zeros(mine.sum())],
            sample_weight=np.r_[labels[mine], 1 - labels[mine]],
        )
        score[~mine] = model.decision_function(x[~mine])
    can = seen["can_leave_90d"].to_numpy(dtype=bool)
    return expected_auc(score[can], seen["p_90d"].to_numpy()[can])


@pytest.fixture(scope="module")
def whole(seen: pd.DataFrame) -> float:
    return _ranked(seen, EVERYTHING, seen["p_90d"].to_numpy())


@pytest.mark.parametrize("source", SOURCES)
def test_removing_a_source_costs(seen: pd.DataFrame, whole: float, source: str) -> None:
    rest = [name for name in EVERYTHING if name not in SOURCES[source]]
    cost = 100 * (whole - _ranked(seen, rest, seen["p_90d"].to_numpy()))
    assert cost >= LEAST_POINTS, f"{source} costs {cost:.2f} points"


def test_all_sources_come_near_the_ceiling_but_not_to_it(seen: pd.DataFrame, whole: float) -> None:
    can = seen["can_leave_90d"].to_numpy(dtype=bool)
    assert 0.85 < whole / ceiling_auc(seen["p_90d"].to_numpy()[can]) < 0.97


def test_permuted_labels_rank_nobody(seen: pd.DataFrame) -> None:
    """Labels are dealt anew among all rows; what is left is the contract's luck of the draw."""
    rng = np.random.default_rng(5)
    found = [_ranked(seen, EVERYTHING, rng.permutation(seen["p_90d"].to_numpy())) for _ in range(3)]
    assert np.mean(found) == pytest.approx(0.5, abs=0.05)
