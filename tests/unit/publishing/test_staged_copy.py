"""What is in a release: tables only, in one order, described, readable by old clients."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import duckdb
import pytest

from orchestration.publishing.errors import PublishingError
from orchestration.publishing.manifest import damaged_files
from orchestration.publishing.publish import publish
from orchestration.publishing.request import TableFacts
from tests.unit.publishing.small_warehouse import build, change, nothing_restated, request_for

TABLES = ["dim_customers", "fct_health_scores", "fct_mrr_roll_forward", "meta_refresh"]


def test_holds_every_table_of_marts_and_scores_and_nothing_else(publish_run, read):
    release = publish_run("r1")
    names = read(release.database, "select schema_name, table_name from duckdb_tables() order by 2")
    assert names == [("marts", table) for table in TABLES]
    assert read(release.database, "select count(*) from duckdb_views() where not internal") == [
        (0,)
    ]
    assert sorted(p.name for p in (release.path / "parquet").iterdir()) == [
        f"{table}.parquet" for table in TABLES
    ]


def test_duckdb_file_has_the_old_storage_version_and_no_wal(publish_run, read):
    release = publish_run("r1")
    [(version,)] = read(
        release.database,
        "select tags['storage_version'] from duckdb_databases() where database_name='tenure_bi'",
    )
    assert version.startswith("v1.0.0")
    assert not list(release.path.rglob("*.wal"))


def test_parquet_equals_the_tables(publish_run, read):
    release = publish_run("r1")
    for table in TABLES:
        parquet = duckdb.sql(f"from '{release.path}/parquet/{table}.parquet'").fetchall()
        assert parquet == read(release.database, f"from marts.{table}")
        assert release.manifest["tables"][table]["rows"] == len(parquet)


def test_rows_are_in_the_order_of_the_key(publish_run, read):
    release = publish_run("r1")
    ids = [row[0] for row in read(release.database, "select customer_id from marts.dim_customers")]
    assert ids == sorted(ids)


def test_same_warehouse_gives_the_same_bytes(root, publish_run):
    first = publish_run("r1")
    warehouse = root / "warehouse" / "tenure.duckdb"
    change(
        warehouse,
        "create table marts.again as from marts.dim_customers order by random()",
        "drop view marts.customers_view",
        "drop table marts.dim_customers",
        "alter table marts.again rename to dim_customers",
    )
    second = publish_run("r2", duckdb_config={"threads": 3})
    names = [table for table in TABLES if table != "meta_refresh"]
    for table in names:
        assert first.manifest["tables"][table] == second.manifest["tables"][table]
        file = f"parquet/{table}.parquet"
        assert first.manifest["files"][file] == second.manifest["files"][file]


def test_checksum_sees_one_changed_value_and_a_repeated_row(root, publish_run):
    before = publish_run("r1").manifest["tables"]["fct_health_scores"]["checksum"]
    warehouse = root / "warehouse" / "tenure.duckdb"
    change(
        warehouse,
        "update scores.fct_health_scores set health_score = 51 where customer_id = 'acme:c1'",
    )
    assert publish_run("r2").manifest["tables"]["fct_health_scores"]["checksum"] != before


def test_descriptions_become_comments(publish_run, read):
    release = publish_run("r1")
    assert read(
        release.database, "select comment from duckdb_tables() where table_name='dim_customers'"
    ) == [("One row per customer; it's the paying organisation.",)]
    assert read(
        release.database,
        "select comment from duckdb_columns() where table_name='dim_customers' "
        "and column_name='customer_id'",
    ) == [("Customer's identifier.",)]


def test_meta_refresh_says_which_run_it_is(publish_run, read):
    publish_run("r1")
    release = publish_run("r2")
    assert read(
        release.database,
        "select run_id, cast(as_of as varchar), cast(data_through as varchar), previous_run_id,"
        " personal_data from marts.meta_refresh",
    ) == [("r2", "2026-11-01 00:00:00", "2026-10-31", "r1", "omit")]


def test_manifest_has_the_hash_of_every_file(publish_run):
    release = publish_run("r1")
    files = release.manifest["files"]
    on_disk = {
        p.relative_to(release.path).as_posix() for p in release.path.rglob("*") if p.is_file()
    }
    assert set(files) == on_disk - {"manifest.json"}
    for name, facts in files.items():
        content = (release.path / name).read_bytes()
        assert facts == {
            "bytes": len(content),
            "sha256": hashlib.sha256(content).hexdigest(),
        }
    assert release.manifest == json.loads((release.path / "manifest.json").read_text())
    assert release.manifest["policy"] == {"reporting_currency": "USD"}
    assert damaged_files(release.path) == []


def test_dbt_leftovers_and_plumbing_tables_stay_behind(root, publish_run, read):
    change(
        root / "warehouse" / "tenure.duckdb",
        "create table marts.dim_customers__dbt_tmp as select 1 as id",
        "create table marts._internal as select 1 as id",
    )
    release = publish_run("r1")
    assert sorted(release.manifest["tables"]) == TABLES


def test_hostile_content_and_column_names_arrive_as_they_are(root, publish_run, read):
    hostile = "'); drop table marts.dim_customers; --"
    column = 'a"b; drop table x'
    quoted = '"' + column.replace('"', '""') + '"'
    with duckdb.connect(str(root / "warehouse" / "tenure.duckdb")) as warehouse:
        warehouse.execute(f"create table marts.hostile (id integer, {quoted} varchar)")
        warehouse.execute(
            "insert into marts.hostile values (1, ?), (2, '\x01 ünïcode 🚀')", [hostile]
        )
    facts = TableFacts(personal_columns={"hostile": (column,)}, primary_keys={"hostile": ("id",)})
    release = publish_run("r1", tables=facts, personal_data="include")
    assert read(release.database, f"select id, {quoted} from marts.hostile") == [
        (1, hostile),
        (2, "\x01 ünïcode 🚀"),
    ]
    hashed = publish_run("r2", tables=facts, personal_data="hash", personal_data_salt="s'alt")
    assert all(
        len(v) == 64 for (v,) in read(hashed.database, f"select {quoted} from marts.hostile")
    )
    omitted = publish_run("r3", tables=facts)
    assert read(omitted.database, "from marts.hostile") == [(1,), (2,)]


@pytest.mark.parametrize("table", ["../../outside", "a/b", "Weird Table", 'x";--'])
def test_table_name_that_is_no_file_name_is_refused(root, publish_run, table):
    quoted = '"' + table.replace('"', '""') + '"'
    change(root / "warehouse" / "tenure.duckdb", f"create table marts.{quoted} as select 1 as id")
    with pytest.raises(PublishingError, match="becomes a file name"):
        publish_run("r1")
    assert not (root / "releases" / "current").exists()
    assert list((root / "releases").iterdir()) == []


def test_hostile_path_is_only_a_path(tmp_path: Path):
    root = tmp_path / "it's; drop schema marts; --"
    build(root / "warehouse" / "tenure.duckdb")
    release = publish(request_for(root, "r1"), compare=nothing_restated)
    assert release.database.is_file()


def test_two_models_of_one_name_are_refused(root, publish_run):
    change(
        root / "warehouse" / "tenure.duckdb",
        "create table scores.dim_customers as select 1 as customer_id",
    )
    with pytest.raises(PublishingError, match=r"marts\.dim_customers and scores\.dim_customers"):
        publish_run("r1")


def test_missing_or_empty_warehouse_is_an_error(tmp_path: Path):
    with pytest.raises(PublishingError, match="Run the models first"):
        publish(request_for(tmp_path, "r1"), compare=nothing_restated)
    duckdb.connect(str(tmp_path / "empty.duckdb")).close()
    with pytest.raises(PublishingError, match="no table in the schemas"):
        publish(
            request_for(tmp_path, "r1", warehouse=tmp_path / "empty.duckdb"),
            compare=nothing_restated,
        )
