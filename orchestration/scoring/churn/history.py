"""Past months, each scored by a model of its time: it has learnt only from what was known at that month.

Belongs here: which months a run scores, and refitting month by month. Not here: a single fit (`train.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from orchestration.scoring.card.definition import CardDefinition
from orchestration.scoring.churn.bands import published_bands
from orchestration.scoring.churn.model import HorizonModel
from orchestration.scoring.churn.predict import predicted
from orchestration.scoring.churn.settings import ChurnSettings
from orchestration.scoring.churn.snapshots import read_snapshots
from orchestration.scoring.churn.train import fit_horizon, sampled


@dataclass(frozen=True)
class ScoredSnapshot:
    """A model and the rows that it gave on its own day."""

    model: HorizonModel
    rows: pd.DataFrame


def months_to_score(
    months: Iterable[date], stored: Iterable[date], as_of: date, backfill_months: int
) -> list[date]:
    """Past month starts that a run scores beside its own day.

    On a first run the last `backfill_months`; later only those that no run has scored since the last one:
    an older gap stays a gap, for history is never written again.
    """
    past = sorted({month for month in months if month < as_of})
    latest = max(stored, default=None)
    if latest is None:
        return past[-backfill_months:] if backfill_months else []
    return [month for month in past if month > latest]


def walk_forward(
    snapshots: pd.DataFrame,
    months: Iterable[date],
    card: CardDefinition,
    settings: ChurnSettings,
    card_bands: pd.DataFrame | None = None,
) -> Iterator[ScoredSnapshot]:
    """Score month starts one after another, refitting for each and every horizon.

    A model of a month uses snapshots whose horizon had ended by then. Values change against the snapshot of
    the month before.

    Args:
        snapshots: monthly snapshots with labels as `train.fit` takes them.
        months: month starts among their dates.
        card: weights and ramps.
        settings: horizons, seed, ladder, publish gate.
        card_bands: as `predict.predict` takes them: few month starts are days of a published score.
    """
    wanted = sorted(months)
    if not wanted:
        return
    read = read_snapshots(sampled(snapshots, settings), card, settings.horizons)
    dates = pd.to_datetime(snapshots["as_of_date"])
    for month in wanted:
        day = pd.Timestamp(month)
        own = read_snapshots(snapshots[dates == day], card, settings.horizons)
        earlier = snapshots[dates == dates[dates < day].max()]
        bands = published_bands(card_bands, own)
        for horizon in settings.horizons:
            model = fit_horizon(read, horizon, card.version, settings, np.datetime64(month, "D"))
            for rows in predicted(model, own, card, settings, bands, earlier):
                yield ScoredSnapshot(model, rows)
