"""Scores are facts of their day: what may be added to the published ones, and that nothing else changes.

Pure functions over frames with `customer_id` and `as_of_date`. Not here: how they are stored.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import pandas as pd

KEY = ["customer_id", "as_of_date"]


def dates_to_append(
    scored: Iterable[date], stored: Iterable[date], reconstructed_weeks: int
) -> list[date]:
    """Snapshots of a run that are new facts: its own, and weeks that no run has scored since the last one.

    On the first run these are the weeks before it as well, as far back as `reconstructed_weeks`. Once there
    is history, older gaps stay gaps: filling them would judge the past by today's card.
    """
    dates = sorted(set(scored))
    if not dates:
        return []
    latest_stored = max(stored, default=None)
    if latest_stored is None:
        return dates[-1 - reconstructed_weeks :]
    return [day for day in dates if day > latest_stored or day == dates[-1]]


def new_snapshots(existing: pd.DataFrame, new: pd.DataFrame) -> pd.DataFrame:
    """Rows of `new` whose customer and date no existing row has."""
    return new[~_keys(new).isin(_keys(existing))]


def append_snapshots(
    existing: pd.DataFrame, new: pd.DataFrame, *, rebuild: bool = False
) -> pd.DataFrame:
    """Published rows and new ones, ordered by customer and date.

    A new row whose customer and date are there already is left out, so that no published row ever changes;
    `rebuild=True` is the one exception, and replaces the rows of every date that `new` holds.
    """
    kept = existing[~_dates(existing).isin(_dates(new).unique())] if rebuild else existing
    together = [frame for frame in (kept, new_snapshots(kept, new)) if not frame.empty]
    return pd.concat(together or [new.head(0)], ignore_index=True).sort_values(
        KEY, ignore_index=True
    )


def _dates(frame: pd.DataFrame) -> pd.Series:
    return pd.to_datetime(frame["as_of_date"])


def _keys(frame: pd.DataFrame) -> pd.MultiIndex:
    return pd.MultiIndex.from_arrays([frame["customer_id"], _dates(frame)])
