"""What an interrupted load leaves behind, what a changed source does, and how loads are merged."""

# ruff: noqa: DTZ001 - instants are naive UTC throughout the landing

from datetime import date, datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from orchestration.ingestion import compaction, landing, loads
from tests.unit.ingestion.conftest import EVENT_COLUMNS, PRODUCT_COLUMNS, Company, events_csv


class Killed(BaseException):
    """Stands for the process's death: nothing may catch it."""


@pytest.fixture
def shop(company: Company) -> Company:
    company.maps("billing_products", PRODUCT_COLUMNS, files="p.csv")
    company.write("p.csv", "id,name\n1,Basic\n2,\n")
    return company


def kill_at_move(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """Die just before the n-th rename of a load."""
    real, seen = landing.move, []

    def move(source: Path, target: Path) -> None:
        seen.append(source)
        if len(seen) == number:
            raise Killed
        real(source, target)

    monkeypatch.setattr(landing, "move", move)


def test_a_death_before_the_record_leaves_nothing(
    shop: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.load(1, objects=[])  # writes the schema files, which are moved as well

    def die(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(landing, "write_text", die)
        with pytest.raises(Killed):
            shop.load(1)
    assert shop.rows("billing_products") == []
    report = shop.load(2)
    assert report.total("rows_landed") == 1
    assert list((shop.settings.landing_dir / "_tmp").iterdir()) == []


@pytest.mark.parametrize("step", [1, 2, 3])
def test_a_death_in_mid_publication_is_finished_at_the_next_start(
    shop: Company, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    shop.load(1, objects=[])
    with monkeypatch.context() as patch:
        kill_at_move(patch, step)
        with pytest.raises(Killed):
            shop.load(1)
    assert len(shop.rows("billing_products")) <= 1
    report = shop.load(2)
    assert "finished the interrupted load" in report.warnings[0]
    assert report.result("billing_products").status == "unchanged"
    assert shop.rows("billing_products", "product_id, _loaded_at") == [("1", datetime(2024, 1, 1))]
    assert len(shop.quarantined("billing_products")) == 1


def test_a_record_that_does_not_add_up_cannot_be_made() -> None:
    with pytest.raises(loads.RowsLostError, match="3 rows read, but 2"):
        loads.LoadRecord(
            "i",
            "o",
            "s",
            datetime(2024, 1, 1),
            None,
            (),
            "m",
            "c",
            "landed",
            rows_read=3,
            rows_landed=2,
        )


def test_a_new_column_is_kept_aside_until_it_is_mapped(shop: Company) -> None:
    shop.load(1)
    shop.write("p.csv", 'id,name,ID,"col""or"\n1,Basic,9,red\n')
    report = shop.load(2)
    record = report.result("billing_products").records[0]
    assert record.new_columns == ("ID", 'col"or')
    assert any("kept aside" in warning for warning in report.warnings)
    aside = f"{shop.settings.landing_dir}/_aside/billing_products/load_id={record.load_id}/aside.parquet"
    assert shop.sql(f"from read_parquet('{aside}', hive_partitioning=false)") == [
        ("p.csv", "1", "9", "red")
    ]
    shop.write("p.csv", 'id,name,ID,"col""or"\n1,Basic,9,blue\n')
    report = shop.load(3)
    assert report.result("billing_products").records[0].new_columns == ("ID", 'col"or')
    assert not any("kept aside" in warning for warning in report.warnings)  # said once
    shop.maps(
        "billing_products",
        {**PRODUCT_COLUMNS, "product_family": 'col"or', "is_active": {"constant": "true"}},
        files="p.csv",
    )
    shop.objects["billing_products"]["columns"].pop("is_active")
    assert shop.load(4).result("billing_products").records[0].new_columns == ("ID",)


def test_columns_that_the_first_load_knew_are_not_new(company: Company) -> None:
    company.maps("billing_products", PRODUCT_COLUMNS, files="p.csv")
    company.write("p.csv", "id,name,note\n1,Basic,x\n")
    assert company.load(1).warnings == ()
    company.write("p.csv", "id,name,note\n1,Pro,x\n")
    assert company.load(2).warnings == ()


def test_a_missing_required_column_fails_its_object_only(shop: Company) -> None:
    shop.maps("usage_events", EVENT_COLUMNS, files="e.csv")
    shop.write("e.csv", events_csv("1,x,2024-01-01"))
    shop.write("p.csv", "id,title\n1,Basic\n")
    report = shop.load(1)
    assert [failure.object for failure in report.failures] == ["billing_products"]
    assert "'name' that the mapping names are missing" in report.failures[0].message
    assert report.result("usage_events").status == "landed"
    record = loads.Ledger(shop.settings.landing_dir).of("billing_products", "acme")[0]
    assert (record.status, record.rows_read) == ("failed", 0)


def test_a_missing_optional_column_is_said_once(company: Company) -> None:
    company.maps("billing_products", {**PRODUCT_COLUMNS, "product_family": "family"}, files="p.csv")
    company.write("p.csv", "id,name\n1,Basic\n")
    assert "optional source column(s) family are missing" in company.load(1).warnings[0]
    company.write("p.csv", "id,name\n2,Pro\n")
    assert company.load(2).warnings == ()


def test_a_retyped_required_column_fails_its_object(company: Company) -> None:
    company.maps("usage_events", EVENT_COLUMNS, files="e.csv")
    company.write("e.csv", events_csv("1,x,1704067200", "2,x,1704067201"))
    report = company.load(1)
    assert "not one of 2 values of 'occurred_at' is a timestamp" in report.failures[0].message
    assert company.rows("usage_events") == []


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("p.csv", "", "has no header line"),
        ("p.csv", "id,name,id\n1,a,b\n", "names id more than once"),
        ("p.parquet", "no parquet", "cannot be read as Parquet"),
        ("p.csv.gz", "not zipped", "cannot be read"),
        ("p.xlsx", "x", "unknown kind of file"),
    ],
)
def test_a_file_that_is_none_fails_its_object(
    company: Company, name: str, content: str, message: str
) -> None:
    company.maps("billing_products", PRODUCT_COLUMNS, files="p.*")
    company.write(name, content)
    failure = company.load(1).failures[0]
    assert message in failure.message
    assert name in failure.message


def test_no_file_is_an_error_for_billing_and_no_data_elsewhere(company: Company) -> None:
    company.maps("billing_products", PRODUCT_COLUMNS, files="p*.csv")
    company.maps("usage_events", EVENT_COLUMNS, files="e*.csv")
    report = company.load(1)
    assert report.result("usage_events").status == "no_data"
    assert "no file matches p*.csv" in report.failures[0].message
    company.maps("billing_products", PRODUCT_COLUMNS, files="p*.csv", required="false")
    assert company.load(2).is_ok


def products_of_many_nights(company: Company) -> None:
    company.maps("billing_products", PRODUCT_COLUMNS, files="p.csv")
    for number in range(1, 6):
        company.write("p.csv", f"id,name\n1,v{number}\n{number},x\n".replace("1,x\n", ""))
        company.load(number)


def test_merging_old_loads_changes_no_row(company: Company) -> None:
    products_of_many_nights(company)
    folder, before = company.settings.landing_dir, company.rows("billing_products")
    assert compaction.compact(folder, "billing_products", date(2024, 1, 31)) == []
    assert compaction.compact(folder, "billing_products", date(2024, 2, 1)) == ["2024-01"]
    assert company.rows("billing_products") == before
    assert len(list((folder / "billing_products").glob("load_id=*"))) == 1
    assert compaction.compact(folder, "billing_products", date(2024, 3, 1)) == []
    assert len(list((folder / "_loads").iterdir())) == 5
    company.load(6)
    assert company.rows("billing_products") == before
    company.write("p.csv", "id,name\n9,new\n")
    company.load(7)
    before = company.rows("billing_products")
    assert compaction.compact(folder, "billing_products", date(2024, 2, 1)) == ["2024-01"]
    assert company.rows("billing_products") == before


def events_of(day: str, count: int) -> str:
    """A file of events that happened on a day."""
    lines = (f"{day}-{number},login,{day}T10:00:00Z" for number in range(count))
    return "\n".join(["id,name,at", *lines, ""])


def test_old_events_are_merged_in_the_order_of_their_time(company: Company) -> None:
    company.maps("usage_events", EVENT_COLUMNS, files="e*.csv")
    for number, days in enumerate(
        (["2024-01-09", "2023-06-01"], ["2024-01-04"], ["2024-01-02"]), 1
    ):
        lines = "".join(events_of(day, 1).partition("\n")[2] for day in days)
        company.write(f"e{number}.csv", f"id,name,at\n{lines}")
        company.load(number)
    folder, before = company.settings.landing_dir, company.rows("usage_events")
    assert compaction.compact(folder, "usage_events", date(2024, 2, 1)) == ["2024-01"]
    assert company.rows("usage_events") == before
    (part,) = (folder / "usage_events").glob("load_id=month-*/*.parquet")
    happened = pq.read_table(part, columns=["occurred_at"])["occurred_at"].to_pylist()
    assert len(happened) == 4
    assert happened == sorted(happened)


def test_a_large_load_is_not_written_again(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    company.maps("usage_events", EVENT_COLUMNS, files="e*.csv")
    for number, rows in enumerate((4, 1, 2), start=1):
        company.write(f"e{number}.csv", events_of(f"2024-01-0{number}", rows))
        company.load(number)
    folder, before = company.settings.landing_dir, company.rows("usage_events")
    (large, *small) = sorted((folder / "usage_events").glob("load_id=*"))
    monkeypatch.setattr(compaction, "LARGE_ROWS", 4)
    assert compaction.compact(folder, "usage_events", date(2024, 2, 1)) == ["2024-01"]
    assert large.is_dir()
    assert not any(path.exists() for path in small)
    assert company.rows("usage_events") == before
    assert compaction.compact(folder, "usage_events", date(2024, 2, 1)) == []
    # What comes to a merged month later joins it, however large that has become.
    monkeypatch.setattr(compaction, "LARGE_ROWS", 2)
    company.write("e4.csv", events_of("2024-01-04", 1))
    company.load(4)
    before = company.rows("usage_events")
    assert compaction.compact(folder, "usage_events", date(2024, 2, 1)) == ["2024-01"]
    assert len(list((folder / "usage_events").glob("load_id=*"))) == 2
    assert company.rows("usage_events") == before


@pytest.mark.parametrize("step", range(1, 8))
def test_a_death_while_merging_shows_no_row_twice(
    company: Company, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    products_of_many_nights(company)
    folder, before = company.settings.landing_dir, company.rows("billing_products")
    real, seen = compaction.move, []

    def move(source: Path, target: Path) -> None:
        seen.append(source)
        if len(seen) == step:
            raise Killed
        real(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(compaction, "move", move)
        try:
            compaction.compact(folder, "billing_products", date(2024, 2, 1))
        except Killed:
            assert set(company.rows("billing_products")) <= set(before)
            assert len(company.rows("billing_products")) <= len(before)
        else:
            assert step > 6
    company.load(6)
    assert company.rows("billing_products") == before
    assert list((folder / "_tmp").iterdir()) == []
