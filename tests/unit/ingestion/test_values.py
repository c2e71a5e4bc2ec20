"""Each spelling of a value becomes the one typed value that it means, or goes to quarantine."""

# ruff: noqa: DTZ001 - instants are naive UTC throughout the landing

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from tests.unit.ingestion.conftest import Company

AT = "2024-01-01"


def land(
    company: Company, column: str, text: str, how: Any = "x", name: str = "usage_events"
) -> Any:
    """Land one row with one interesting column and return its value, or its quarantine reason."""
    fixed = {
        "usage_events": {
            "event_id": {"constant": "e"}, "event_name": {"constant": "n"},
            "occurred_at": {"constant": AT},
        },
        "billing_prices": {
            "price_id": {"constant": "p"}, "product_id": {"constant": "q"},
            "currency_code": {"from": "currency"},
        },
        "billing_invoice_lines": {
            "invoice_line_id": {"constant": "l"}, "invoice_id": {"constant": "i"},
            "line_type": {"constant": "subscription"}, "currency_code": {"from": "currency"},
            "amount_minor": {"constant": "1"}, "period_start_at": {"constant": AT},
            "created_at": {"constant": AT},
        },
        "crm_contracts": {
            "contract_id": {"constant": "c"}, "customer_id": {"constant": "c"},
            "start_date": {"constant": AT},
        },
        "billing_customers": {"customer_id": {"constant": "c"}, "created_at": {"constant": AT}},
    }[name]  # fmt: skip
    quoted = text.replace('"', '""')
    company.write(f"{name}.csv", f'currency,x,other\nUSD,"{quoted}",1\n')
    company.maps(name, {**fixed, column: how})
    report = company.load()
    assert report.is_ok, report.failures
    if reasons := company.quarantined(name, "column_name, value, reason"):
        assert reasons[0][:2] == (column, text)
        return reasons[0][2]
    return company.rows(name, column)[0][0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-01-31", datetime(2024, 1, 31)),
        ("2024-01-31 10:20:30", datetime(2024, 1, 31, 10, 20, 30)),
        ("2024-01-31T10:20:30.123456", datetime(2024, 1, 31, 10, 20, 30, 123456)),
        ("2024-01-31T10:20:30Z", datetime(2024, 1, 31, 10, 20, 30)),
        ("2024-01-31T10:20:30+02:00", datetime(2024, 1, 31, 8, 20, 30)),
        ("2024-01-31 10:20:30-0530", datetime(2024, 1, 31, 15, 50, 30)),
        ("2024-01-31T10:20Z", datetime(2024, 1, 31, 10, 20)),
        (" 2024-01-31 ", datetime(2024, 1, 31)),
        ("2024-02-30", "wrong_type"),
        ("infinity", "wrong_type"),
        ("20240-01-31", "wrong_type"),
        ("31.01.2024", "wrong_type"),
        ("yesterday", "wrong_type"),
        ("'; drop table x; --", "wrong_type"),
    ],
)
def test_an_instant_without_a_format_is_iso_8601(
    company: Company, text: str, expected: object
) -> None:
    assert land(company, "received_at", text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-07-01 00:00", datetime(2024, 6, 30, 22)),
        ("2024-01-01 00:00", datetime(2023, 12, 31, 23)),
        ("2024-07-01T00:00:00Z", datetime(2024, 7, 1)),
        ("2024-07-01T00:00:00+05:00", datetime(2024, 6, 30, 19)),
        ("2024-03-31 02:30", datetime(2024, 3, 31, 1, 30)),  # an hour that the clocks leave out
        ("2024-10-27 02:30", datetime(2024, 10, 27, 1, 30)),  # an hour that comes twice: the second
    ],
)
def test_a_local_time_becomes_utc(company: Company, text: str, expected: datetime) -> None:
    how = {"from": "x", "timezone": "Europe/Berlin"}
    assert land(company, "received_at", text, how) == expected


@pytest.mark.parametrize(
    ("form", "text", "expected"),
    [
        ("%d.%m.%Y", "31.01.2024", datetime(2024, 1, 31)),
        ("%d.%m.%Y", "2024-01-31", "wrong_type"),
        (["%d.%m.%Y", "%Y-%m-%d"], "2024-01-31", datetime(2024, 1, 31)),
        ("%Y-%m-%d %H:%M %z", "2024-01-31 10:00 +0200", datetime(2024, 1, 31, 8)),
        ("epoch_s", "1706659200", datetime(2024, 1, 31)),
        ("epoch_s", "1706659200.5", datetime(2024, 1, 31, 0, 0, 0, 500000)),
        ("epoch_ms", "1706659200001", datetime(2024, 1, 31, 0, 0, 0, 1000)),
        ("epoch_s", "99999999999999999999", "wrong_type"),
        ("epoch_s", "soon", "wrong_type"),
    ],
)
def test_formats(company: Company, form: object, text: str, expected: object) -> None:
    assert land(company, "received_at", text, {"from": "x", "format": form}) == expected


@pytest.mark.parametrize(
    ("text", "zone", "expected"),
    [
        ("2024-01-31", "UTC", datetime(2024, 2, 1)),
        ("2024-01-31 23:59:59", "UTC", datetime(2024, 2, 1)),
        ("2024-03-31", "Europe/Berlin", datetime(2024, 3, 31, 22)),  # this day has 23 hours
        ("2024-03-30T23:30:00Z", "Europe/Berlin", datetime(2024, 3, 31, 22)),
    ],
)
def test_an_inclusive_end_is_the_next_midnight(
    company: Company, text: str, zone: str, expected: datetime
) -> None:
    how = {"from": "x", "inclusive_end": "true", "timezone": zone}
    assert land(company, "period_end_at", text, how, "billing_invoice_lines") == expected


def test_dates_and_inclusive_dates(company: Company) -> None:
    assert land(company, "end_date", "2024-01-31", "x", "crm_contracts") == date(2024, 1, 31)
    how = {"from": "x", "inclusive_end": "true", "format": "%d/%m/%Y"}
    other = Company(company.folder / "other")
    other.folder.mkdir()
    assert land(other, "end_date", "31/12/2024", how, "crm_contracts") == date(2025, 1, 1)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("7", 7), ("-7", -7), ("+7", 7), (" 7 ", 7), ("7.0", 7), ("7e2", 700),
        ("9223372036854775807", 9223372036854775807), ("9223372036854775808", "out_of_range"),
        ("7.5", "fractional_number"), ("1,000", "wrong_type"), ("1_000", "wrong_type"),
        ("0x1F", "wrong_type"), ("nan", "wrong_type"), ("seven", "wrong_type"),
    ],
)  # fmt: skip
def test_whole_numbers(company: Company, text: str, expected: object) -> None:
    assert land(company, "event_count", text) == expected


@pytest.mark.parametrize(
    ("how", "text", "expected"),
    [
        ("x", "9.99", Decimal("9.990000")),
        ("x", "1e-2", Decimal("0.010000")),
        ("x", "0.1234565", "too_many_digits"),
        ("x", "1,234.5", "wrong_type"),
        ({"from": "x", "thousands": ","}, "1,234.5", Decimal("1234.5")),
        ({"from": "x", "thousands": ","}, "1,23,456.5", Decimal("123456.5")),
        ({"from": "x", "thousands": ","}, "1,2,3", "wrong_type"),
        ({"from": "x", "thousands": ".", "decimal": ","}, "1.234,5", Decimal("1234.5")),
        ({"from": "x", "decimal": ","}, "1234,5", Decimal("1234.5")),
        ("x", "99999999999999999999", "out_of_range"),
        ("x", "NaN", "wrong_type"),
        ("x", "inf", "wrong_type"),
    ],
)
def test_decimal_numbers(company: Company, how: object, text: str, expected: object) -> None:
    assert land(company, "unit_amount_minor", text, how, "billing_prices") == expected


@pytest.mark.parametrize(
    ("currency", "text", "expected"),
    [
        ("USD", "9.99", 999), ("usd", "9.99", 999), ("JPY", "1200", 1200), ("KWD", "1.234", 1234),
        ("USD", "9.999", "fractional_minor_units"), ("JPY", "0.5", "fractional_minor_units"),
        ("USD", "9.990000000000000213", 999), ("USD", "-3", -300), ("USD", "x", "wrong_type"),
    ],
)  # fmt: skip
def test_major_units_become_minor_units(
    company: Company, currency: str, text: str, expected: object
) -> None:
    company.write("c.csv", f"id,cur,x\nc,{currency},{text}\n")
    columns = {
        "coupon_id": "id", "duration": {"constant": "once"}, "currency_code": "cur",
        "amount_off_minor": {"from": "x", "unit": "major"},
    }  # fmt: skip
    company.maps("billing_coupons", columns, files="c.csv")
    assert company.load().is_ok
    landed = company.rows("billing_coupons", "amount_off_minor")
    assert (landed or company.quarantined("billing_coupons", "reason"))[0][0] == expected


def test_an_amount_without_a_known_currency_is_not_guessed(company: Company) -> None:
    company.write("c.csv", "id,cur,x\na,,5\nb,ZZZ,5\n")
    columns = {
        "coupon_id": "id", "duration": {"constant": "once"}, "currency_code": "cur",
        "amount_off_minor": {"from": "x", "unit": "major"},
    }  # fmt: skip
    company.maps("billing_coupons", columns, files="c.csv")
    company.load()
    assert company.quarantined("billing_coupons") == [
        (1, "amount_off_minor", "5", "unknown_currency"),
        (2, "amount_off_minor", "5", "unknown_currency"),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("true", True),
        ("T", True),
        ("yes", True),
        ("0", False),
        ("No", False),
        ("maybe", "wrong_type"),
    ],
)
def test_booleans(company: Company, text: str, expected: object) -> None:
    assert land(company, "is_test", text, "x", "billing_customers") == expected


def test_words_are_translated_and_unknown_ones_refused(company: Company) -> None:
    company.write("p.csv", "id,i\na,M\nb,Y\nc,Q\nd,\ne,none\n")
    values = {"M": "month", "Y": "year", "none": ""}
    columns = {
        "price_id": "id", "product_id": "id", "currency_code": {"constant": "USD"},
        "billing_interval": {"from": "i", "values": values},
    }  # fmt: skip
    company.maps("billing_prices", columns, files="p.csv")
    company.load()
    expected = [("a", "month"), ("b", "year"), ("d", None), ("e", None)]
    assert company.rows("billing_prices", "price_id, billing_interval") == expected
    assert company.quarantined("billing_prices") == [(3, "billing_interval", "Q", "unknown_value")]


def test_a_default_takes_words_that_are_not_listed(company: Company) -> None:
    company.write("p.csv", "id,i\na,M\nc,Q\nd,\n")
    columns = {
        "price_id": "id", "product_id": "id", "currency_code": {"constant": "USD"},
        "billing_interval": {"from": "i", "values": {"M": "month"}, "default": "year"},
    }  # fmt: skip
    company.maps("billing_prices", columns, files="p.csv")
    company.load()
    expected = [("a", "month"), ("c", "year"), ("d", None)]
    assert company.rows("billing_prices", "price_id, billing_interval") == expected


def test_joined_conditional_and_grouped_columns(company: Company) -> None:
    company.write("s.csv", "c,plan,at\n1,0,2024-01-05\n1,4,2024-02-05\n2,1,2024-03-01\n")
    columns = {
        "subscription_id": {"from": ["c", "plan"], "separator": ":"},
        "customer_id": "c",
        "status": {"from": "plan", "values": {"0": "trialing", "1": "active", "4": "canceled"}},
        "start_at": {"from": "at", "first_by": "c"},
        "ended_at": {"from": "at", "when": {"plan": "4"}},
    }
    company.maps("billing_subscriptions", columns, files="s.csv")
    company.load()
    first, second = datetime(2024, 1, 5), datetime(2024, 3, 1)
    assert company.rows("billing_subscriptions", "subscription_id, start_at, ended_at") == [
        ("1:0", first, None),
        ("1:4", first, datetime(2024, 2, 5)),
        ("2:1", second, None),
    ]


def test_a_fingerprint_keeps_equal_rows_apart_and_does_not_depend_on_their_order(
    company: Company,
) -> None:
    columns = {
        "event_id": {"fingerprint": ["u", "at"]},
        "event_name": "n",
        "user_id": "u",
        "occurred_at": "at",
    }
    rows = ["a,x,2024-01-01", "a,x,2024-01-01", "a,y,2024-01-01", "ab,x,2024-01-01"]
    company.maps("usage_events", columns, files="e.csv")
    company.write("e.csv", "u,n,at\n" + "\n".join(rows) + "\n")
    company.load()
    one = company.rows("usage_events", "event_id, event_name")
    other = Company(company.folder / "other")
    other.folder.mkdir()
    other.maps("usage_events", columns, files="e.csv")
    other.write("e.csv", "u,n,at\n" + "\n".join(reversed(rows)) + "\n")
    other.load()
    assert one == other.rows("usage_events", "event_id, event_name")
    assert len({event_id for event_id, _ in one}) == 4
