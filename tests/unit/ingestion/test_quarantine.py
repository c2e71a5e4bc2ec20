"""Bad rows: none is lost, each is found again by file, position, column, value and reason."""

import gzip
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.unit.ingestion.conftest import EVENT_COLUMNS, PRODUCT_COLUMNS, Company, events_csv


def test_good_rows_land_and_bad_rows_say_why(company: Company) -> None:
    company.write(
        "e.csv",
        events_csv(
            "1,login,2024-01-01",
            ",login,2024-01-01",
            "3,login,today",
            "4,,2024-01-01",
            "  ,x,2024-01-01",
        ),
    )
    company.maps("usage_events", EVENT_COLUMNS, files="e.csv")
    report = company.load()
    record = report.result("usage_events").records[0]
    assert (record.rows_read, record.rows_landed, record.rows_quarantined) == (5, 1, 4)
    assert company.quarantined("usage_events") == [
        (2, "event_id", None, "missing_required"),
        (3, "occurred_at", "today", "wrong_type"),
        (4, "event_name", None, "missing_required"),
        (5, "event_id", "  ", "missing_required"),
    ]
    (message, raw, file) = company.quarantined("usage_events", "message, row_json, file")[1]
    assert "occurred_at is no timestamp" in message
    assert "'format' in the mapping" in message
    assert json.loads(raw) == {"id": "3", "name": "login", "at": "today"}
    assert file == "e.csv"
    assert any("4 of 5 rows went to quarantine" in warning for warning in report.warnings)


def test_lines_that_do_not_parse_are_kept_with_their_position(company: Company) -> None:
    rows = [
        "1,a,2024-01-01", "2,b", '3,"c\nc",2024-01-01', "4,d,2024-01-01,extra", "5,e,never",
        '6,"f"f,2024-01-01', "7,g,2024-01-01", "8,h,never",
    ]  # fmt: skip
    company.write("e.csv", events_csv(*rows))
    company.maps("usage_events", EVENT_COLUMNS, files="e.csv")
    report = company.load()
    assert report.total("rows_read") == 8
    assert [row[0] for row in company.rows("usage_events", "event_id")] == ["1", "3", "7"]
    assert company.quarantined("usage_events") == [
        (2, None, "2,b", "unparseable_line"),
        (4, None, "4,d,2024-01-01,extra", "unparseable_line"),
        (5, "occurred_at", "never", "wrong_type"),
        (6, None, '6,"f"f,2024-01-01', "unparseable_line"),
        (8, "occurred_at", "never", "wrong_type"),
    ]


def test_an_open_quote_loses_nothing(company: Company) -> None:
    company.write("e.csv", events_csv("1,a,2024-01-01", '2,"b,2024-01-01', "3,c,2024-01-01"))
    company.maps("usage_events", EVENT_COLUMNS, files="e.csv")
    report = company.load()
    record = report.result("usage_events").records[0]
    assert (record.rows_landed, record.rows_quarantined) == (1, 1)
    assert "3,c,2024-01-01" in company.quarantined("usage_events", "value")[0][0]


def test_bytes_that_are_no_utf_8_are_refused_or_read_as_said(company: Company) -> None:
    company.write("e.csv", b"id,name,at\n1,caf\xe9,2024-01-01\n2,tea,2024-01-01\n")
    company.maps("usage_events", EVENT_COLUMNS, files="e.csv")
    company.load()
    assert company.rows("usage_events", "event_name") == [("tea",)]
    assert company.quarantined("usage_events", "row_number, reason") == [(1, "unparseable_line")]
    other = Company(company.folder / "other")
    other.write("e.csv", b"id,name,at\n1,caf\xe9,2024-01-01\n")
    other.maps("usage_events", EVENT_COLUMNS, files="e.csv", encoding="latin-1")
    other.load()
    assert other.rows("usage_events", "event_name") == [("café",)]


def test_line_endings_may_be_mixed(company: Company) -> None:
    company.write("e.csv", b"id,name,at\r\n1,a,2024-01-01\n2,b,2024-01-01\r\n3,c\r\n")
    company.maps("usage_events", EVENT_COLUMNS, files="e.csv")
    assert company.load().is_ok
    assert company.rows("usage_events", "event_id") == [("1",), ("2",)]
    assert company.quarantined("usage_events", "reason") == [("unparseable_line",)]


def test_json_lines(company: Company) -> None:
    lines = [
        '{"id": 1, "name": "a", "at": "2024-01-01", "user": {"key": "u/1", "n.m": 7}}',
        "{broken",
        "",
        "[1, 2]",
        '{"id": 12345678901234567890, "name": "\\u001f\\"x", "at": "2024-01-01T00:00:00+01:00"}',
        '{"id": 6, "name": null, "at": "2024-01-01"}',
        '{"id": 7, "name": "", "at": "2024-01-01"}',
    ]
    company.write("e.jsonl.gz", gzip.compress("\n".join(lines).encode()))
    company.maps(
        "usage_events",
        {**EVENT_COLUMNS, "user_id": "user.key", "session_id": "user.n.m"},
        files="e.jsonl.gz",
    )
    report = company.load()
    assert report.total("rows_read") == 6
    assert company.rows("usage_events", "event_id, event_name, user_id") == [
        ("1", "a", "u/1"),
        ("12345678901234567890", '\x1f"x', None),
    ]
    assert company.quarantined("usage_events") == [
        (2, None, "{broken", "unparseable_line"),
        (4, None, "[1, 2]", "unparseable_line"),
        (6, "event_name", None, "missing_required"),
        (7, "event_name", None, "missing_required"),
    ]


def test_typed_parquet(company: Company) -> None:
    instants = pa.array([0, 1_704_067_200_000_000, None], pa.timestamp("us", tz="Europe/Berlin"))
    table = pa.table(
        {
            "id": pa.array([1.0, 2.0, None]),
            "name": pa.array(["a", "", "c"]),
            "at": pa.array([0, 1, 2], pa.timestamp("ms")),
            "got": instants,
            "n": pa.array([1.0, 2.5, 3.0]),
        }
    )
    path = company.write("e.parquet", b"")
    pq.write_table(table, path)
    columns = {**EVENT_COLUMNS, "received_at": "got", "event_count": "n"}
    company.maps("usage_events", columns, files="e.parquet")
    company.load()
    assert company.rows("usage_events", "event_id, epoch_ms(occurred_at), event_count") == [
        ("1", 0, 1)
    ]
    assert company.quarantined("usage_events") == [
        (2, "event_name", None, "missing_required"),
        (3, "event_id", None, "missing_required"),
    ]


def test_filtered_rows_are_counted_and_not_judged(company: Company) -> None:
    company.write("e.csv", events_csv("1,a,2024-01-01", "2,skip,never", "3,,never"))
    company.maps(
        "usage_events", EVENT_COLUMNS, files="e.csv", skip_rows_where={"name": ["skip", ""]}
    )
    record = company.load().result("usage_events").records[0]
    assert (record.rows_landed, record.rows_filtered, record.rows_quarantined) == (1, 2, 0)


def test_rows_that_contradict_one_another_are_refused_whatever_their_order(
    company: Company,
) -> None:
    rows = ["1,Basic", "1,Pro", "1,Basic", "2,Team", "2,Team"]
    results = []
    for name, order in (("one", rows), ("two", rows[::-1])):
        one = Company(company.folder / name)
        one.write("p.csv", "id,name\n" + "\n".join(order) + "\n")
        one.maps("billing_products", PRODUCT_COLUMNS, files="p.csv")
        record = one.load().result("billing_products").records[0]
        assert (record.rows_landed, record.rows_already_landed, record.rows_quarantined) == (
            2,
            2,
            1,
        )
        assert one.quarantined("billing_products", "column_name, value, reason") == [
            ("product_id", "1", "conflicting_duplicate")
        ]
        results.append(one.rows("billing_products", "product_id, product_name"))
    assert results[0] == results[1]


def test_hostile_names_and_values_are_only_text(company: Company) -> None:
    evil = "x'); drop table y; --"
    company.write(
        "e'[1]*?.csv", f'"id","n""ame","{evil}"\n1,"\'; --",2024-01-01\n{evil},b,{evil}\n'
    )
    columns = {"event_id": "id", "event_name": 'n"ame', "occurred_at": evil}
    company.maps("usage_events", columns, files="e'*.csv", skip_rows_where={"id": [evil + "'"]})
    company.load()
    assert company.rows("usage_events", "event_id, event_name") == [("1", "'; --")]
    assert company.quarantined("usage_events", "file, value") == [("e'[1]*?.csv", evil)]


def test_a_big_dirty_file_keeps_positions(company: Company) -> None:
    rows = [f"{i},n,2024-01-01" if i % 1000 else f"{i},n" for i in range(1, 60_001)]
    rows[59_998] = "59999,n,never"
    company.write("e.csv", events_csv(*rows))
    company.maps("usage_events", EVENT_COLUMNS, files="e.csv")
    company.load()
    found = company.quarantined("usage_events", "row_number")
    assert found == [(i,) for i in sorted([*range(1000, 60_001, 1000), 59_999])]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_blank_lines_are_no_rows(company: Company, end: str) -> None:
    rows = [
        "id,name,at",
        '1,"a\n\nb",2024-01-01',
        "",
        "",
        "2,b,2024-01-01",
        "3",
        "",
        "4,c,never",
        "5",
    ]
    company.write("e.csv", end.join(rows) + end)
    company.maps("usage_events", EVENT_COLUMNS, files="e.csv")
    assert company.load().total("rows_read") == 5
    assert company.quarantined("usage_events") == [
        (3, None, "3", "unparseable_line"),
        (4, "occurred_at", "never", "wrong_type"),
        (5, None, "5", "unparseable_line"),
    ]


def test_line_breaks_within_values_stay_as_they_are(company: Company) -> None:
    company.write("e.csv", b'id,name,at\r\n1,"x\ry",2024-01-01\n2,"p\r\nq",2024-01-01\r\n')
    company.maps("usage_events", EVENT_COLUMNS, files="e.csv")
    company.load()
    assert company.rows("usage_events", "event_name") == [("p\r\nq",), ("x\ry",)]


def test_mixed_line_endings_and_a_stray_quote(company: Company) -> None:
    company.write("e.csv", b'id,name,at\n1,x,2024-01-01\n2"\r\n3,x,2024-01-01\r\n')
    company.maps("usage_events", EVENT_COLUMNS, files="e.csv")
    report = company.load()
    assert report.is_ok, report.failures
    assert company.rows("usage_events", "event_id") == [("1",), ("3",)]
    assert company.quarantined("usage_events") == [(2, None, '2"', "unparseable_line")]
