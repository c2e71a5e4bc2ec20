"""Time in the simulated company: integer seconds since 1970 (UTC), weeks, months, deliveries.

Arithmetic on instants only. Nothing here reads the clock.
"""

from __future__ import annotations

from datetime import date
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from orchestration.ingestion.simulation.config import (
    HISTORY_LAG_DAYS,
    SimulationConfig,
    add_calendar_months,
    midnight,
)

Ints: TypeAlias = npt.NDArray[np.int64]
Floats: TypeAlias = npt.NDArray[np.float64]
Bools: TypeAlias = npt.NDArray[np.bool_]

HOUR = 3600
DAY = 86_400
WEEK = 7 * DAY
NONE = -1
"""No instant."""


def seconds(day: date) -> int:
    """Start of a day in seconds since 1970."""
    return int(midnight(day).timestamp())


def add_months(instants: Ints, months: Ints | int) -> Ints:
    """Add months to instants, clamped to the month's end, keeping the time of day."""
    stamp = instants.astype("datetime64[s]")
    day = stamp.astype("datetime64[D]")
    month = day.astype("datetime64[M]")
    target = month + np.asarray(months).astype("timedelta64[M]")
    first = target.astype("datetime64[D]")
    length = (target + 1).astype("datetime64[D]") - first
    offset = np.minimum(day - month.astype("datetime64[D]"), length - np.timedelta64(1, "D"))
    moved = (first + offset).astype("datetime64[s]") + (stamp - day.astype("datetime64[s]"))
    result: Ints = moved.astype(np.int64)
    return result


def weekday(instants: Ints) -> Ints:
    """ISO weekday less one: Monday is 0."""
    days: Ints = (instants // DAY + 3) % 7
    return days


class Timeline:
    """The span of a simulated company: weeks up to the horizon, deliveries up to the end."""

    def __init__(self, config: SimulationConfig) -> None:
        self.start = seconds(config.start)
        self.end = seconds(config.end)
        self.horizon_end = seconds(add_calendar_months(config.start, config.horizon))
        self.weeks = -(-(self.horizon_end - self.start) // WEEK)
        self.weeks_until_end = -(-(self.end - self.start) // WEEK)
        self.deliveries: list[int] = [
            self.end - days * DAY for days in range(HISTORY_LAG_DAYS, -1, -1)
        ]
        """Instants of delivery: each holds what became known before it; the first, the history."""
        months = [add_calendar_months(config.start, i) for i in range(config.horizon)]
        self.month_starts: Ints = np.array([seconds(m) for m in months], dtype=np.int64)

    def week_start(self, week: int) -> int:
        """Start of a week, counted from the company's first day."""
        return self.start + week * WEEK
