"""What a run measures, from the words of a person and one reading of the clock."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from orchestration.instants import (
    InstantError,
    data_through,
    last_complete_day,
    naive_utc,
    parse_as_of,
    parse_day,
    parse_instant,
    parse_zone,
    warehouse_text,
)

UTC_ZONE = parse_zone("UTC")
BERLIN = parse_zone("Europe/Berlin")
AUCKLAND = parse_zone("Pacific/Auckland")


@pytest.mark.parametrize(
    ("now", "zone", "expected"),
    [
        (datetime(2026, 11, 21, 2, 14, tzinfo=UTC), UTC_ZONE, datetime(2026, 11, 21, tzinfo=UTC)),
        (datetime(2026, 11, 21, 0, 0, tzinfo=UTC), UTC_ZONE, datetime(2026, 11, 21, tzinfo=UTC)),
        # 23:30 UTC is the next day in Berlin already, so the day that ended there counts.
        (
            datetime(2026, 11, 20, 23, 30, tzinfo=UTC),
            BERLIN,
            datetime(2026, 11, 20, 23, tzinfo=UTC),
        ),
        (
            datetime(2026, 11, 20, 22, 30, tzinfo=UTC),
            BERLIN,
            datetime(2026, 11, 19, 23, tzinfo=UTC),
        ),
        (
            datetime(2026, 11, 20, 12, 0, tzinfo=UTC),
            AUCKLAND,
            datetime(2026, 11, 20, 11, tzinfo=UTC),
        ),
    ],
)
def test_default_is_the_end_of_the_last_complete_day(
    now: datetime, zone: object, expected: datetime
) -> None:
    assert last_complete_day(now, zone) == expected  # type: ignore[arg-type]


def test_a_date_is_measured_through_its_end() -> None:
    as_of = parse_as_of("2026-11-20", UTC_ZONE)
    assert as_of == datetime(2026, 11, 21, tzinfo=UTC)
    assert data_through(as_of, UTC_ZONE) == date(2026, 11, 20)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-28", datetime(2026, 3, 28, 23, tzinfo=UTC)),  # winter time ends that night
        ("2026-03-29", datetime(2026, 3, 29, 22, tzinfo=UTC)),
        ("2026-10-25", datetime(2026, 10, 25, 23, tzinfo=UTC)),
    ],
)
def test_a_day_ends_at_local_midnight_on_days_of_23_and_25_hours(
    text: str, expected: datetime
) -> None:
    assert parse_as_of(text, BERLIN) == expected


def test_an_instant_is_taken_as_it_is() -> None:
    expected = datetime(2026, 11, 20, 5, 30, tzinfo=UTC)
    assert parse_as_of("2026-11-20T06:30:00+01:00", UTC_ZONE) == expected
    assert parse_as_of("2026-11-20T05:30", BERLIN) == expected
    assert parse_instant("2026-11-20 05:30:00") == expected


@pytest.mark.parametrize("text", ["yesterday", "", "2026-13-01", "20.11.2026", "2026-02-30"])
def test_anything_else_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(InstantError, match="2026-11-20"):
        parse_as_of(text, UTC_ZONE)


@pytest.mark.parametrize("text", ["2026-11-20T00:00", "2026-1-1", "today"])
def test_a_day_is_a_date_only(text: str) -> None:
    with pytest.raises(InstantError, match="no date"):
        parse_day(text)


@pytest.mark.parametrize("name", ["Europe/Atlantis", "", "../etc/passwd"])
def test_an_unknown_zone_is_refused(name: str) -> None:
    with pytest.raises(InstantError, match="time zone"):
        parse_zone(name)


def test_the_warehouse_gets_utc_without_an_offset() -> None:
    instant = datetime(2026, 11, 20, 6, 30, tzinfo=timezone(timedelta(hours=1)))
    assert warehouse_text(instant) == "2026-11-20 05:30:00"
    assert warehouse_text(instant.replace(microsecond=120)) == "2026-11-20 05:30:00.000120"
    assert naive_utc(instant) == datetime(2026, 11, 20, 5, 30)  # noqa: DTZ001
