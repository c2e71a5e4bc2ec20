"""Personal columns: left out by default, hashed with a secret, or included on request."""

from __future__ import annotations

import dataclasses

import pytest

from orchestration.publishing.errors import PublishingError
from orchestration.publishing.personal_data import select_list
from orchestration.publishing.request import TableFacts
from tests.unit.publishing.small_warehouse import FACTS

COLUMNS = "select column_name from duckdb_columns() where table_name='dim_customers' order by column_index"


def test_omitted_by_default_everywhere(publish_run, read):
    release = publish_run("r1")
    assert read(release.database, COLUMNS) == [("customer_id",), ("mark",)]
    for path in release.path.rglob("*"):
        if path.is_file():
            assert b"@example.com" not in path.read_bytes(), path.name


def test_hashed_values_join_but_do_not_read(publish_run, read):
    release = publish_run("r1", personal_data="hash", personal_data_salt="secret")
    emails = [v for (v,) in read(release.database, "select email from marts.dim_customers")]
    assert len(set(emails)) == 3
    assert all(len(value) == 64 and "@" not in value for value in emails)
    other = publish_run("r2", personal_data="hash", personal_data_salt="other")
    assert set(emails).isdisjoint(
        v for (v,) in read(other.database, "select email from marts.dim_customers")
    )
    [(comment,)] = read(
        release.database,
        "select comment from duckdb_columns() where table_name='dim_customers' and column_name='email'",
    )
    assert comment == "Address for invoices. (hashed)"


def test_included_on_request_but_never_plumbing(publish_run, read):
    release = publish_run("r1", personal_data="include")
    assert read(release.database, COLUMNS) == [
        ("customer_id",),
        ("customer_name",),
        ("email",),
        ("mark",),
    ]


def test_hash_without_a_salt_is_refused(publish_run):
    with pytest.raises(PublishingError, match="TENURE_PERSONAL_DATA_SALT"):
        publish_run("r1", personal_data="hash")


def test_a_capital_letter_does_not_lose_the_flag():
    selected = select_list(["customer_id", "Email", "_load_id"], ["EMAIL"], "omit", "")
    assert selected.columns == ("customer_id",)


def test_flag_on_a_column_that_is_gone_is_refused(publish_run):
    facts = dataclasses.replace(FACTS, personal_columns={"dim_customers": ("e_mail",)})
    with pytest.raises(PublishingError, match="e_mail is flagged as personal"):
        publish_run("r1", tables=facts)


def test_personal_key_that_would_be_left_out_is_refused(publish_run):
    facts = TableFacts(
        primary_keys={"dim_customers": ("email",)}, personal_columns={"dim_customers": ("email",)}
    )
    with pytest.raises(PublishingError, match="primary key needs email"):
        publish_run("r1", tables=facts)
