"""Reads snapshots out of a frame: checks it, scores the card's components, derives the contract state.

Belongs here: everything that can be wrong with a frame, and which column means what. Not here: the
features' coding (`design.py`), labels' split (`folds.py`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from orchestration.scoring.card.definition import PROFILES, CardDefinition, Metric
from orchestration.scoring.card.inputs import KEY
from orchestration.scoring.card.points import UNITS_PER_POINT
from orchestration.scoring.card.raw import RawScores, score_raw

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

# A billing term of half a year or more binds: its customers can leave only around the renewal.
BINDING_TERM_MONTHS = 6
CONTRACT_COLUMNS = ("term_months", "period_end_days", "auto_renews", "plan", "has_given_notice")
ROWS_PER_CHUNK = 100_000


@dataclass(frozen=True)
class Snapshots:
    """Snapshots ordered by customer and date; arrays are parallel to `frame`.

    Attributes:
        frame: the checked rows.
        card: the card that scored them.
        profiles: position of each row's profile among `PROFILES`.
        component_scores: rows × components in 0–100; NaN where nothing of it was measured.
        points_lost: rows × components; NaN where there is no card score.
        worst_metric: rows × components: position in the card's metrics of the one that lost most; −1
            where nothing was measured.
        health: raw card score in 0–100; NaN where coverage is too low.
        coverage: share of the card that was measured.
    """

    frame: pd.DataFrame
    card: CardDefinition
    profiles: NDArray[np.int8]
    component_scores: Floats
    points_lost: Floats
    worst_metric: NDArray[np.int8]
    health: Floats
    coverage: Floats

    def __len__(self) -> int:
        return len(self.frame)

    def take(self, rows: Bools | slice) -> Snapshots:
        """Only these rows."""
        return Snapshots(
            self.frame[rows].reset_index(drop=True),
            self.card,
            self.profiles[rows],
            self.component_scores[rows],
            self.points_lost[rows],
            self.worst_metric[rows],
            self.health[rows],
            self.coverage[rows],
        )

    @property
    def components(self) -> tuple[str, ...]:
        """Names of the card's components, in the card's order."""
        return tuple(self.card.components)

    @property
    def dates(self) -> NDArray[np.datetime64]:
        """Day of each row."""
        days: NDArray[np.datetime64] = self.frame["as_of_date"].to_numpy(dtype="datetime64[D]")
        return days

    @property
    def accounts(self) -> NDArray[np.intp]:
        """Number of each row's customer; rows of one customer stand together, so numbers never fall."""
        ids = self.frame["customer_id"].to_numpy()
        is_next = np.ones(len(ids), dtype=bool)
        is_next[1:] = ids[1:] != ids[:-1]
        return np.cumsum(is_next) - 1

    def flag(self, column: str) -> Floats:
        """1, 0, or NaN where unknown."""
        return self.frame[column].to_numpy(dtype=np.float64, na_value=np.nan)

    def numbers(self, column: str) -> Floats:
        """A numeric column; NaN where NULL."""
        return self.frame[column].to_numpy(dtype=np.float64, na_value=np.nan)

    def metric(self, metric: Metric) -> Floats:
        """A metric where it counts in the customer's profile and its source has arrived, else NaN."""
        position = self.card.metrics.index(metric)
        counts = [
            self.card.metric_weights(profile)[position]
            * self.card.component_weights(profile)[metric.component]
            > 0
            for profile in PROFILES
        ]
        is_said = np.array(counts)[self.profiles] & (self.flag(f"has_{metric.source}_source") == 1)
        return np.where(is_said, self.numbers(metric.name), np.nan)

    def can_leave(self, horizon: int) -> Bools:
        """Whether the contract lets the customer leave within the horizon."""
        return np.asarray(self.flag(f"can_leave_within_{horizon}") == 1, dtype=bool)

    def labels(self, horizon: int) -> Floats:
        """1 churned within the horizon, 0 stayed, NaN not yet observed."""
        observed = self.flag(f"is_observed_{horizon}") == 1
        return np.where(observed, self.flag(f"churned_within_{horizon}"), np.nan)

    def has_given_notice(self) -> Bools:
        """Whether the customer had cancelled before the snapshot."""
        return np.asarray(self.flag("has_given_notice") == 1, dtype=bool)


def read_snapshots(
    rows: pd.DataFrame, card: CardDefinition, horizons: tuple[int, ...]
) -> Snapshots:
    """Check the rows and score the card's components.

    Args:
        rows: one row per customer and snapshot: the inputs of the card and the contract columns.
        card: weights and ramps.
        horizons: days; each needs its column `can_leave_within_<days>`.

    Raises:
        ValueError: a column is missing, a key is there twice or empty, a value is infinite.
    """
    needed = [*CONTRACT_COLUMNS, *(f"can_leave_within_{days}" for days in horizons)]
    missing = [column for column in [*KEY, *needed] if column not in rows.columns]
    if missing:
        raise ValueError(f"The snapshots lack {', '.join(missing)}.")
    frame = rows.sort_values(KEY, ignore_index=True, kind="stable")
    if frame.duplicated(KEY).any():
        row = frame[frame.duplicated(KEY)].iloc[0]
        raise ValueError(f"Customer {row['customer_id']!r} is there twice on {row['as_of_date']}.")
    size = (len(frame), len(card.components))
    read = Snapshots(
        frame,
        card,
        np.empty(size[0], dtype=np.int8),
        np.empty(size),
        np.empty(size),
        np.empty(size, dtype=np.int8),
        np.empty(size[0]),
        np.empty(size[0]),
    )
    for start in range(0, len(frame), ROWS_PER_CHUNK):
        part = slice(start, start + ROWS_PER_CHUNK)
        raw = score_raw(frame.iloc[part], card)
        read.profiles[part] = np.select([raw.profiles == name for name in PROFILES], range(3))
        read.health[part] = raw.units / UNITS_PER_POINT
        read.coverage[part] = raw.weights.coverage
        _score_components(raw, card, read, part)
    return read


def _score_components(raw: RawScores, card: CardDefinition, read: Snapshots, part: slice) -> None:
    """Score of a component: weighted mean of its measured metrics, NaN without any; and what it lost."""
    weights, has_score = raw.weights.effective, ~np.isnan(raw.units)
    for position, component in enumerate(read.components):
        total = np.zeros(len(raw.frame))
        weight = np.zeros(len(raw.frame))
        most = np.zeros(len(raw.frame))
        worst = np.full(len(raw.frame), -1, dtype=np.int8)
        for column, metric in enumerate(card.metrics):
            if metric.component != component:
                continue
            score = np.nan_to_num(raw.metric_scores[:, column])
            total += weights[:, column] * score
            weight += weights[:, column]
            lost = weights[:, column] * (100 - score)
            worst = np.where(lost > most, np.int8(column), worst)
            most = np.maximum(most, lost)
        scores = np.divide(total, weight, out=np.full(len(total), np.nan), where=weight > 0)
        read.component_scores[part, position] = scores
        read.points_lost[part, position] = np.where(has_score, 100 * weight - total, np.nan)
        read.worst_metric[part, position] = worst
