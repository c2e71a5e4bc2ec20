"""Splits by time: what is learnt from lies a whole horizon before what it is judged on.

A row is used only when its horizon had ended: its label could be known. Never a row per customer taken
at the day of its departure against customers of today.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from orchestration.scoring.churn.settings import ChurnSettings
from orchestration.scoring.churn.snapshots import Bools, Snapshots

Day = np.datetime64


@dataclass(frozen=True)
class TimeSplit:
    """Rows to learn from and rows to be judged on; `test_from` is the first snapshot of the latter."""

    train: Bools
    test: Bools
    test_from: Day


def usable(snapshots: Snapshots, horizon: int) -> Bools:
    """Rows with an observed label whose customer had not given notice."""
    return ~np.isnan(snapshots.labels(horizon)) & ~snapshots.has_given_notice()


def known_by(snapshots: Snapshots, horizon: int, day: Day) -> Bools:
    """Rows whose whole horizon had ended by a day: what a model of that day may learn from."""
    ends = snapshots.dates + np.timedelta64(horizon, "D")
    return usable(snapshots, horizon) & (ends <= day)


def split_by_time(snapshots: Snapshots, horizon: int, settings: ChurnSettings) -> TimeSplit | None:
    """The newest months are the test, the embargo of one horizon before them is left out.

    Args:
        snapshots: usable rows only.
        horizon: days.
        settings: share and most months of the test.

    Returns:
        None where there are too few months for any row on both sides.
    """
    dates = snapshots.dates
    months = np.unique(dates)
    count = min(int(np.ceil(settings.test_share * len(months))), settings.maximum_test_months)
    if len(months) < 2 or count < 1:
        return None
    test_from = months[-count]
    train = dates + np.timedelta64(horizon, "D") <= test_from
    test = dates >= test_from
    return TimeSplit(train, test, test_from) if train.any() else None
