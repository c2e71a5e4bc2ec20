"""The score of one week by itself: ramps and weighted means over what was measured.

Not here: other weeks (`smoothing.py`), what each metric lost (`points_lost.py`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from orchestration.scoring.card.definition import CardDefinition
from orchestration.scoring.card.inputs import checked_inputs, measured_values, profiles_of
from orchestration.scoring.card.points import to_units
from orchestration.scoring.card.ramps import ramp
from orchestration.scoring.card.weighting import Matrix, Weights, weigh


@dataclass(frozen=True)
class RawScores:
    """Scored rows of the inputs, ordered by customer and date.

    Attributes:
        frame: the checked inputs.
        profiles: profile of each row.
        values: rows × metrics as measured, NaN where missing.
        metric_scores: rows × metrics in 0–100.
        weights: nominal and effective weights, rows × metrics.
        units: score of each row in ten-thousandths of a point; NaN where coverage is too low.
    """

    frame: pd.DataFrame
    profiles: NDArray[np.object_]
    values: Matrix
    metric_scores: Matrix
    weights: Weights
    units: Matrix

    def by_snapshot(self) -> pd.DataFrame:
        """One row per customer and snapshot: what smoothing and verdicts need."""
        return pd.DataFrame(
            {
                "customer_id": self.frame["customer_id"],
                "as_of_date": self.frame["as_of_date"],
                "profile": pd.Series(self.profiles, dtype="str"),
                "coverage_rate": self.weights.coverage,
                "raw_units": self.units,
                "open_dunning_days": self.frame["open_dunning_days"].to_numpy(
                    dtype=np.float64, na_value=np.nan
                ),
            }
        )


def score_raw(inputs: pd.DataFrame, card: CardDefinition) -> RawScores:
    """Score each row of the inputs by itself (`card.score_card` names the columns and errors)."""
    frame = checked_inputs(inputs, card)
    values = measured_values(frame, card)
    profiles = profiles_of(frame, card)
    metric_scores = ramp(values, card)
    weights = weigh(~np.isnan(values), profiles, card)
    score = np.zeros(len(frame))
    # Column by column: the order of additions, and so the last bit, is the same for every frame.
    for column in range(len(card.metrics)):
        score += weights.effective[:, column] * np.nan_to_num(metric_scores[:, column])
    is_covered = weights.coverage >= card.rules.minimum_coverage_rate
    # Weights sum to 1 but for rounding: 100 must not become 100.0000000001.
    units = np.where(is_covered, np.minimum(to_units(score), to_units(np.full(1, 100.0))), np.nan)
    return RawScores(frame, profiles, values, metric_scores, weights, units)
