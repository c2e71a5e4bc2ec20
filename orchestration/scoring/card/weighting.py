"""How much each metric counts: the profile's weights, spread over what was measured.

A metric without a value is left out of its component, a component without a metric out of the card, and
what remains grows in proportion. Coverage is the share of the card's weight that was measured.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from orchestration.scoring.card.definition import PROFILES, CardDefinition

Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class Weights:
    """Rows × metrics.

    nominal: weight in the whole card of the row's profile, before anything is missing.
    effective: the same after leaving out what is missing; a row sums to 1, or to 0 without any value.
    """

    nominal: Matrix
    effective: Matrix

    @property
    def coverage(self) -> Matrix:
        """Share of the card that was measured, to six digits, per row."""
        return np.round(_row_sums(np.where(self.effective > 0, self.nominal, 0)), 6)


def weigh(
    present: NDArray[np.bool_], profiles: NDArray[np.object_], card: CardDefinition
) -> Weights:
    """Weights of each row, given which of its metrics have a value."""
    nominal = np.zeros(present.shape)
    effective = np.zeros(present.shape)
    for profile in PROFILES:
        rows = profiles == profile
        nominal[rows] = _spread(np.ones_like(present[rows]), profile, card)
        effective[rows] = _spread(present[rows], profile, card)
    return Weights(nominal, effective)


def _spread(present: NDArray[np.bool_], profile: str, card: CardDefinition) -> Matrix:
    inner = np.where(present, card.metric_weights(profile), 0.0)
    spread = np.zeros(present.shape)
    for component, weight in card.component_weights(profile).items():
        columns = [
            column for column, metric in enumerate(card.metrics) if metric.component == component
        ]
        total = _row_sums(inner[:, columns])[:, np.newaxis]
        share = np.divide(
            inner[:, columns], total, out=np.zeros_like(inner[:, columns]), where=total > 0
        )
        spread[:, columns] = weight * share
    total = _row_sums(spread)[:, np.newaxis]
    return np.divide(spread, total, out=np.zeros_like(spread), where=total > 0)


def _row_sums(matrix: Matrix) -> Matrix:
    """Column by column, so that the last bit is the same however many rows there are."""
    total = np.zeros(len(matrix))
    for column in range(matrix.shape[1]):
        total += matrix[:, column]
    return total
