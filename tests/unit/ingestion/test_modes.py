"""Append, changes and snapshots: what lands when, and what a second delivery changes (nothing)."""

# ruff: noqa: DTZ001 - instants are naive UTC throughout the landing

from datetime import datetime

from tests.unit.ingestion.conftest import EVENT_COLUMNS, PRODUCT_COLUMNS, Company, events_csv

CUSTOMER_COLUMNS = {
    "customer_id": "id",
    "country_code": "country",
    "created_at": "made",
    "updated_at": "changed",
}
CURRENT = "product_id, product_name, _operation, _loaded_at"


def day(number: int) -> datetime:
    return datetime(2024, 1, number)


def products(*rows: str) -> str:
    return "id,name\n" + "".join(row + "\n" for row in rows)


def test_every_object_has_a_typed_empty_file_after_any_run(company: Company) -> None:
    company.load()
    folders = [p for p in company.settings.landing_dir.iterdir() if not p.name.startswith("_")]
    assert len(folders) == 30
    assert company.rows("usage_events") == []
    files = f"{company.settings.landing_dir}/usage_events/**/*.parquet"
    described = dict(row[:2] for row in company.sql(f"describe from read_parquet('{files}')"))
    assert described["occurred_at"] == "TIMESTAMP"
    assert list(described)[-4:] == ["_source_id", "_loaded_at", "_load_id", "_operation"]


def test_an_appended_file_lands_once(company: Company) -> None:
    company.maps("usage_events", EVENT_COLUMNS, files="*.csv")
    company.write("a.csv", events_csv("1,x,2024-01-01"))
    assert company.load(1).result("usage_events").status == "landed"
    assert company.load(2).result("usage_events").status == "unchanged"
    company.write("copy of a.csv", events_csv("1,x,2024-01-01"))
    assert company.load(3).result("usage_events").status == "unchanged"
    company.write("b.csv", events_csv("2,x,2024-01-01"))
    record = company.load(4).result("usage_events").records[0]
    assert [file.name for file in record.files] == ["b.csv"]
    assert company.rows("usage_events", "event_id, _loaded_at") == [("1", day(1)), ("2", day(4))]


def test_the_load_id_is_decided_by_time_and_content(company: Company) -> None:
    ids = []
    for name in ("one", "two"):
        one = Company(company.folder / name)
        one.maps("usage_events", EVENT_COLUMNS, files="*.csv")
        one.write("a.csv", events_csv("1,x,2024-01-01"))
        ids.append(one.load(1).result("usage_events").records[0].load_id)
    assert ids[0] == ids[1]
    assert ids[0].startswith("20240101T000000")


def test_a_corrected_mapping_lands_what_it_changes(company: Company) -> None:
    company.maps("usage_events", EVENT_COLUMNS, files="a.csv")
    company.write("a.csv", events_csv("1,x,2024-07-01 00:00", "2,x,2024-07-02 00:00Z"))
    company.load(1)
    for load, zone in ((2, "Europe/Berlin"), (3, "UTC")):
        company.top["timezone"] = zone
        record = company.load(load).result("usage_events").records[0]
        assert (record.rows_landed, record.rows_already_landed) == (1, 1)
    found = company.rows("usage_events", "_loaded_at, occurred_at", "event_id = '1'")
    assert [at.day for _, at in found] == [1, 30, 1]


def test_a_snapshot_lands_differences_and_deletions(company: Company) -> None:
    company.maps("billing_products", PRODUCT_COLUMNS, files="p.csv")
    company.write("p.csv", products("1,Basic", "2,Pro", "3,Team"))
    company.load(1)
    company.write("p.csv", products("3,Team", "1,Starter", "4,New"))
    record = company.load(2).result("billing_products").records[0]
    assert (record.rows_read, record.rows_landed, record.rows_already_landed) == (3, 2, 1)
    assert record.rows_deleted == 1
    assert company.rows("billing_products", CURRENT, f"_loaded_at = '{day(2)}'") == [
        ("1", "Starter", "upsert", day(2)),
        ("2", "Pro", "delete", day(2)),
        ("4", "New", "upsert", day(2)),
    ]
    company.write(
        "p.csv", products("1,Basic", "2,Pro", "3,Team")
    )  # back to what it was: news again
    record = company.load(3).result("billing_products").records[0]
    assert (record.rows_landed, record.rows_already_landed, record.rows_deleted) == (2, 1, 1)


def test_a_row_in_quarantine_is_not_deleted(company: Company) -> None:
    company.maps("billing_products", PRODUCT_COLUMNS, files="p.csv")
    company.write("p.csv", products("1,Basic", "2,Pro", "3,Team"))
    company.load(1)
    company.write("p.csv", products("1,", "2,Pro"))
    record = company.load(2).result("billing_products").records[0]
    assert (record.rows_quarantined, record.rows_deleted) == (1, 1)
    assert company.rows("billing_products", "product_id", "_operation = 'delete'") == [("3",)]


def test_unreadable_keys_stop_deletions(company: Company) -> None:
    company.maps("billing_products", PRODUCT_COLUMNS, files="p.csv")
    company.write("p.csv", products("1,Basic", "2,Pro"))
    company.load(1)
    company.write("p.csv", products("1,Basic", "2,Pro,oops"))
    report = company.load(2)
    assert report.total("rows_deleted") == 0
    assert any("not marked as deleted" in warning for warning in report.warnings)


def test_an_empty_full_export_deletes_nothing_unless_it_may(company: Company) -> None:
    company.maps("billing_products", PRODUCT_COLUMNS, files="p.csv")
    company.write("p.csv", products())
    assert company.load(1).is_ok  # nothing is landed yet, so nothing is in danger
    company.write("p.csv", products("1,Basic"))
    company.load(2)
    company.write("p.csv", products())
    report = company.load(3)
    assert not report.is_ok
    assert "holds no rows" in report.failures[0].message
    assert "allow_empty" in report.failures[0].message
    company.maps("billing_products", PRODUCT_COLUMNS, files="p.csv", allow_empty="true")
    assert company.load(4).total("rows_deleted") == 1


def test_changes_land_versions_once(company: Company) -> None:
    head = "id,country,made,changed\n"
    company.maps("billing_customers", CUSTOMER_COLUMNS, files="*.csv")
    company.write("c.csv", head + "1,DE,2024-01-01,2024-01-01\n1,FR,2024-01-01,2024-01-02\n")
    assert company.load(1).total("rows_landed") == 2
    company.write("c.csv", head + "1,FR,2024-01-01,2024-01-02\n1,IT,2024-01-01,2024-01-03\n")
    record = company.load(2).result("billing_customers").records[0]
    assert (record.rows_landed, record.rows_already_landed, record.rows_deleted) == (1, 1, 0)
    company.write("c.csv", head + "1,ES,2024-01-01,2024-01-02\n")  # a corrected version
    assert company.load(3).total("rows_landed") == 1


def test_changes_without_a_time_of_change_are_compared_by_key(company: Company) -> None:
    columns = {
        name: CUSTOMER_COLUMNS[name] for name in ("customer_id", "country_code", "created_at")
    }
    company.maps("billing_customers", columns, files="c.csv")
    landed = []
    for number, country in enumerate(("DE", "FR", "FR", "DE"), start=1):
        company.write("c.csv", f"id,country,made,x\n1,{country},2024-01-01,{number}\n")
        landed.append(company.load(number).total("rows_landed"))
    assert landed == [1, 1, 0, 1]


def test_the_mode_may_be_overridden(company: Company) -> None:
    company.maps("billing_customers", CUSTOMER_COLUMNS, files="c.csv", load_mode="snapshot")
    head = "id,country,made,changed\n"
    company.write("c.csv", head + "1,DE,2024-01-01,\n2,DE,2024-01-01,\n")
    company.load(1)
    company.write("c.csv", head + "1,DE,2024-01-01,\n")
    assert company.load(2).total("rows_deleted") == 1


def test_two_sources_do_not_see_each_other(company: Company) -> None:
    company.maps("billing_products", PRODUCT_COLUMNS, files="p.csv")
    company.write("p.csv", products("1,Basic", "2,Pro"))
    company.load(1)
    company.top["source_id"] = "other"
    company.write("p.csv", products("1,Basic"))
    record = company.load(1).result("billing_products").records[0]
    assert (record.rows_landed, record.rows_deleted) == (1, 0)


def test_deliveries_load_in_the_order_of_their_names(company: Company) -> None:
    rule = {"regex": r"(\d{4}-\d{2}-\d{2})", "format": "%Y-%m-%d", "timezone": "Europe/Berlin"}
    company.maps("billing_products", PRODUCT_COLUMNS, files="p*.csv", loaded_at_from=rule)
    company.write("p_2024-01-03.csv", products("1,C"))
    company.write("p_2024-01-01.csv", products("1,A", "2,X"))
    company.write("p_2024-01-02.csv", products("1,B", "2,X"))
    company.load(9, until=day(2))
    assert company.rows("billing_products", "_loaded_at, product_name", "product_id = '1'") == [
        (datetime(2023, 12, 31, 23), "A"),
        (datetime(2024, 1, 1, 23), "B"),
    ]
    report = company.load(10)
    assert report.total("rows_landed") == 1
    assert report.total("rows_deleted") == 1
    assert company.load(11).result("billing_products").status == "unchanged"


def test_night_by_night_lands_the_same_rows_as_all_at_once(company: Company) -> None:
    rule = {"regex": r"(\d{4}-\d{2}-\d{2})", "format": "%Y-%m-%d"}
    found = []
    for name, nights in (("nights", range(1, 6)), ("once", range(5, 6))):
        one = Company(company.folder / name)
        one.maps("billing_products", PRODUCT_COLUMNS, files="p*.csv", loaded_at_from=rule)
        for number in range(1, 6):
            one.write(f"p_2024-01-0{number}.csv", products(f"1,v{number % 3}", f"{number},x"))
        for night in nights:
            one.load(20 + night, until=day(night))
        found.append(one.rows("billing_products"))
    assert found[0] == found[1]


def test_an_older_full_export_that_comes_late_is_left_out(company: Company) -> None:
    rule = {"regex": r"(\d{4}-\d{2}-\d{2})", "format": "%Y-%m-%d"}
    company.maps("billing_products", PRODUCT_COLUMNS, files="p*.csv", loaded_at_from=rule)
    company.write("p_2024-01-02.csv", products("1,B"))
    company.load(5)
    company.write("p_2024-01-01.csv", products("1,A"))
    report = company.load(6)
    assert report.result("billing_products").status == "unchanged"
    assert "p_2024-01-01.csv was left out" in report.warnings[0]
    company.write("p_2024-01-02.csv", products("1,C"))  # the newest, corrected: known from now on
    company.load(7)
    assert company.rows("billing_products", "_loaded_at, product_name") == [
        (day(2), "B"),
        (day(7), "C"),
    ]


def test_reading_a_window_again_changes_nothing(company: Company) -> None:
    rule = {"regex": r"(\d{4}-\d{2}-\d{2})", "format": "%Y-%m-%d"}
    company.maps("usage_events", EVENT_COLUMNS, files="e*.csv", loaded_at_from=rule)
    company.maps("billing_customers", CUSTOMER_COLUMNS, files="c*.csv", loaded_at_from=rule)
    head = "id,country,made,changed\n"
    for number, country in ((1, "DE"), (2, "FR"), (3, "IT")):
        company.write(f"e_2024-01-0{number}.csv", events_csv(f"{number},x,2024-01-01"))
        company.write(f"c_2024-01-0{number}.csv", head + f"1,{country},2024-01-01,2024-01-01\n")
    company.load(5)
    before = company.rows("usage_events"), company.rows("billing_customers")
    from orchestration.ingestion.sources.protocol import Window

    report = company.load(6, window=Window(day(1), day(3)), force=True)
    assert report.total("rows_read") == 4
    assert report.total("rows_already_landed") == 4
    assert (company.rows("usage_events"), company.rows("billing_customers")) == before


def test_time_does_not_run_backwards(company: Company) -> None:
    company.maps("billing_products", PRODUCT_COLUMNS, files="p.csv")
    company.write("p.csv", products("1,Basic"))
    company.load(5)
    company.write("p.csv", products("1,Pro"))
    report = company.load(4)
    assert "start the run with a later time" in report.failures[0].message
    assert company.load(6).is_ok
