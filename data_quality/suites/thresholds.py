"""Numbers at which a gate speaks up. Deployment-neutral defaults; a caller may pass others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Thresholds:
    """Limits of the gates.

    Attributes:
        recent_loads: How many earlier loads of an object its rows are compared with.
        volume_loads: How many earlier loads its number of rows is compared with; enough for five
            of the same weekday.
        fewest_loads: Loads (for freshness: days with events) that a history needs to be one.
        volume_factor: Warn when a load is that many times larger or smaller than the median.
        fewest_rows: Rows on both sides before drift is judged, and before one load's quarantine
            share is judged by itself.
        survived_rate: Share of rows that must get through.
        fewest_refused_rows: Refused rows from which their share is judged; one bad row of seventy
            must not stop a small company.
        refused_rate_of_few: Share above which even fewer refused rows are judged.
        null_rate_drift: Largest change of a column's share of empty values.
        category_drift: Largest share of rows that may change their category in total.
        stale_days: Age in days of a domain's newest event at which to warn; twice the domain's own
            rhythm where that is longer.
        stale_error_days: Age in days at which a domain stops the run; none by default.
        mrr_change_rate: Change of MRR in one month that is worth a warning.
        health_null_rate: Share of customers without a health score that is worth a warning.
        health_drift_points: Change of the average health score between snapshots, likewise.
    """

    recent_loads: int = 30
    volume_loads: int = 60
    fewest_loads: int = 5
    volume_factor: float = 3.0
    fewest_rows: int = 100
    survived_rate: float = 0.99
    fewest_refused_rows: int = 5
    refused_rate_of_few: float = 0.1
    null_rate_drift: float = 0.25
    category_drift: float = 0.25
    stale_days: float = 2.0
    stale_error_days: Mapping[str, float] = field(default_factory=dict)
    mrr_change_rate: float = 0.5
    health_null_rate: float = 0.5
    health_drift_points: float = 10.0
