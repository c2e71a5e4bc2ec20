"""The flaws of real exports are there, and only those that were meant."""

from __future__ import annotations

import hashlib
from pathlib import Path

import duckdb
import pytest

from orchestration.ingestion.simulation.naming import HOSTILE
from orchestration.ingestion.simulation.quirks import CORRECTED, DUPLICATED


def one(company: duckdb.DuckDBPyConnection, sql: str, **values: str) -> int:
    row = company.execute(sql, values).fetchone()
    assert row is not None
    return int(row[0])


@pytest.mark.parametrize("table", [*DUPLICATED, "usage_events"])
def test_rows_come_twice(company: duckdb.DuckDBPyConnection, table: str) -> None:
    assert (
        one(
            company,
            f"select count(*) - (select count(*) from (select distinct * from {table})) from {table}",
        )
        > 0
    )


@pytest.mark.parametrize("table", ["billing_invoices", "billing_subscriptions", "survey_sends"])
def test_part_of_a_delivery_comes_again(company: duckdb.DuckDBPyConnection, table: str) -> None:
    again = f"select count(*) from (select * exclude (filename) from {table} group by all having count(distinct filename) > 1)"
    assert one(company, again) > 0


def test_whole_files_come_again_under_another_name(folder: Path) -> None:
    for name in ("usage_events", "billing_payments"):
        copies = list((folder / "raw" / name).glob("*.again-*"))
        assert len(copies) == 1, name
        original = copies[0].with_name(copies[0].name.split(".again-")[1])
        hashes = {hashlib.sha256(p.read_bytes()).hexdigest() for p in (copies[0], original)}
        assert len(hashes) == 1
        assert copies[0].name[:10] > original.name[:10]


@pytest.mark.parametrize("table", list(CORRECTED))
def test_corrections_come_later_under_the_same_key(
    company: duckdb.DuckDBPyConnection, table: str
) -> None:
    column, text, _ = CORRECTED[table]
    key = {
        "billing_payments": "payment_id",
        "survey_responses": "survey_response_id",
        "cost_ledger": "cost_entry_id",
    }[table]
    assert one(
        company,
        f"select count(distinct a.{key}) from {table} a join {table} b using ({key}) where a.{column} = $text "
        f"and b.{column} <> a.{column} and b.filename < a.filename",
        text=text,
    ) >= 1  # fmt: skip


def test_a_coupon_vanishes_from_the_full_export(company: duckdb.DuckDBPyConnection) -> None:
    files = company.execute(
        "select count(distinct filename), count(distinct filename) filter (coupon_id = 'LAUNCH-2022') "
        "from billing_coupons"
    ).fetchone()
    assert files is not None
    assert files[0] > files[1] >= 1
    assert (
        one(company, "select count(*) from billing_discounts where coupon_id = 'LAUNCH-2022'") == 0
    )


def test_three_to_ten_rows_are_bad(company: duckdb.DuckDBPyConnection) -> None:
    bad = {
        "billing_payments": "try_cast(amount_minor as bigint) is null",
        "billing_invoices": "customer_id is null",
        "survey_responses": "score is not null and try_cast(score as double) is null",
        "support_tickets": "ticket_id is null or try_cast(created_at as timestamp) is null",
        "crm_accounts": "employee_count is not null and try_cast(employee_count as bigint) is null",
        "usage_events": "event_name is null",
        "cost_ledger": "try_cast(amount_minor as decimal(18,3)) is null",
    }
    counts = {t: one(company, f"select count(*) from {t} where {w}") for t, w in bad.items()}
    assert 3 <= sum(counts.values()) <= 10, counts


def test_two_events_come_from_the_future(company: duckdb.DuckDBPyConnection) -> None:
    assert one(company, "select count(*) from usage_events where occurred_at > '2025-06-01'") == 2


def test_events_arrive_up_to_three_weeks_late(company: duckdb.DuckDBPyConnection) -> None:
    late = (
        "select max(date_diff('hour', cast(occurred_at as timestamp), cast(received_at as timestamp))) "
        "from usage_events where event_id not like '%f'"
    )
    assert 14 * 24 < one(company, late) <= 21 * 24


def test_system_events_test_customer_internal_users_and_merged_identities(
    company: duckdb.DuckDBPyConnection,
) -> None:
    assert (
        one(
            company,
            "select count(*) from usage_events where user_id is null and anonymous_id is null",
        )
        > 0
    )
    assert (
        one(
            company,
            "select count(distinct customer_id) from billing_customers where is_test = 'true'",
        )
        == 1
    )
    assert (
        one(
            company,
            "select count(*) from usage_users where is_internal = 'true' and customer_id <> 'cus_000000'",
        )
        > 0
    )
    aliases = "select count(*) from usage_events where user_id in (select merged_user_id from usage_identity_merges)"
    devices = "select count(*) from usage_events where anonymous_id in (select merged_user_id from usage_identity_merges)"
    assert one(company, aliases) > 0
    assert one(company, devices) > 0


def test_hostile_texts_survive_the_export(company: duckdb.DuckDBPyConnection) -> None:
    names = {
        row[0]
        for row in company.execute(
            "select distinct customer_name from billing_customers"
        ).fetchall()
    }
    assert set(HOSTILE) <= names


def test_customers_merge_in_a_chain_and_never_in_a_circle(
    company: duckdb.DuckDBPyConnection,
) -> None:
    merges = dict(
        company.execute(
            "select merged_customer_id, surviving_customer_id from crm_account_merges"
        ).fetchall()
    )
    assert any(survivor in merges for survivor in merges.values())
    for customer in merges:
        seen = [customer]
        while seen[-1] in merges:
            seen.append(merges[seen[-1]])
            assert len(seen) == len(set(seen))
