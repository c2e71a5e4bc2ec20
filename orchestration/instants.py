"""What a run measures: from text and the one clock reading to exact instants.

`as_of` is exclusive: everything before it is measured. A date given by a person means "through the
end of that day". Pure functions; nothing here reads the clock.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


class InstantError(ValueError):
    """A text that is no date or instant, or a time zone that does not exist."""


def parse_zone(name: str) -> ZoneInfo:
    """Return the time zone of that name.

    Raises:
        InstantError: There is no such zone.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise InstantError(
            f"'{name}' is no time zone; write one like UTC or Europe/Berlin."
        ) from error


def parse_as_of(text: str, zone: ZoneInfo) -> datetime:
    """Read `2026-11-20` (through the end of that day in the zone) or an instant.

    Returns:
        The exclusive end of what is measured, in UTC.
    """
    day = _date(text)
    return parse_instant(text) if day is None else end_of_day(day, zone)


def parse_instant(text: str) -> datetime:
    """Read an instant; without an offset it is UTC.

    Raises:
        InstantError: The text is neither a date nor an instant.
    """
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise InstantError(
            f"'{text}' is no date or instant; write 2026-11-20 or 2026-11-20T06:00:00+01:00."
        ) from error
    return (instant if instant.tzinfo else instant.replace(tzinfo=UTC)).astimezone(UTC)


def parse_day(text: str) -> date:
    """Read a date.

    Raises:
        InstantError: The text is no date.
    """
    day = _date(text)
    if day is None:
        raise InstantError(f"'{text}' is no date; write it like 2026-11-20.")
    return day


def last_complete_day(now: datetime, zone: ZoneInfo) -> datetime:
    """End of the last day that is over in the zone: its latest midnight, in UTC."""
    return end_of_day(now.astimezone(zone).date() - timedelta(days=1), zone)


def end_of_day(day: date, zone: ZoneInfo) -> datetime:
    """Start of the day after, in UTC."""
    after = day + timedelta(days=1)
    return datetime(after.year, after.month, after.day, tzinfo=zone).astimezone(UTC)


def data_through(as_of: datetime, zone: ZoneInfo) -> date:
    """Last complete day before `as_of` in the zone."""
    return as_of.astimezone(zone).date() - timedelta(days=1)


def warehouse_text(instant: datetime) -> str:
    """The instant as dbt's vars take it: UTC without an offset."""
    return instant.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f").removesuffix(".000000")


def naive_utc(instant: datetime) -> datetime:
    """The instant as the warehouse and the landing store it: UTC without an offset."""
    return instant.astimezone(UTC).replace(tzinfo=None) if instant.tzinfo else instant


def _date(text: str) -> date | None:
    if len(text) != len("2026-11-20"):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
