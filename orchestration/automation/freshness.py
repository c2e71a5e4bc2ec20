"""How old the release may get before it is called stale."""

from __future__ import annotations

from datetime import timedelta

from dagster import FreshnessPolicy

# A night that is late is worth a look; a night that is missing is worth an alarm.
WARN_AFTER = timedelta(hours=26)
FAIL_AFTER = timedelta(hours=36)


def nightly_freshness() -> FreshnessPolicy:
    """The release is made anew every night."""
    return FreshnessPolicy.time_window(fail_window=FAIL_AFTER, warn_window=WARN_AFTER)
