"""Usage happens inside subscriptions, by people who exist, in a believable volume."""

from __future__ import annotations

import duckdb
import pytest

from orchestration.ingestion.simulation import SimulationReport

# The events of devices with a wrong clock end in 'f'.
REAL = "event_id not like '%f'"


def test_no_usage_outside_a_subscription(company: duckdb.DuckDBPyConnection) -> None:
    rows = company.execute(
        "with spans as (select customer_id, subscription_id, min(start_at) s, "
        "coalesce(max(ended_at), '9999') e from billing_subscriptions "
        "where status not like 'incomplete%' group by all), "
        "people as (select user_id, any_value(customer_id) customer_id from usage_users group by all), "
        "events as (select event_id, coalesce(v.customer_id, u.customer_id) customer_id, occurred_at "
        f"from usage_events v left join people u using (user_id) where {REAL}) "
        "select count(*), count(*) filter (not exists (select 1 from spans where "
        "spans.customer_id = events.customer_id and occurred_at >= s and occurred_at < e)) from events"
    ).fetchone()
    assert rows is not None
    assert rows[0] > 50_000
    assert rows[1] == 0


def test_nobody_acts_before_existing_or_after_leaving(company: duckdb.DuckDBPyConnection) -> None:
    wrong = company.execute(
        "with people as (select user_id, min(created_at) c, max(deactivated_at) d "
        "from usage_users group by all) select count(*) from usage_events join people using (user_id) "
        f"where {REAL} and (occurred_at < c or occurred_at >= d)"
    ).fetchone()
    assert wrong == (0,)


def test_paused_customers_are_idle(company: duckdb.DuckDBPyConnection) -> None:
    pauses = company.execute(
        "select count(*) from billing_subscriptions where collection_paused_at is not null"
    ).fetchone()
    used = company.execute(
        "with pauses as (select customer_id, collection_paused_at s, min(coalesce(ended_at, "
        "collection_resumes_at)) e from billing_subscriptions where collection_paused_at is not null "
        "group by all) select count(*) from usage_events v join pauses p on v.customer_id = p.customer_id "
        "and v.occurred_at >= p.s and v.occurred_at < p.e"
    ).fetchone()
    assert pauses is not None
    assert pauses[0] > 0
    assert used == (0,)


def test_the_number_of_events_is_about_what_was_asked_for(report: SimulationReport) -> None:
    assert report.rows["usage_events"] == pytest.approx(60_000, rel=0.03)


def test_events_per_seat_suit_the_health_card_whatever_the_number_of_rows(
    company: duckdb.DuckDBPyConnection,
) -> None:
    """The card's ramp for log(1 + events per user and week) runs from 1.4 to 2.8: 3 to 15 events."""
    weekly = company.execute(
        "with w as (select user_id, date_trunc('week', cast(occurred_at as timestamp)) wk, "
        "sum(coalesce(cast(event_count as int), 1)) n from usage_events "
        f"where {REAL} and user_id is not null group by all) select sum(n), count(*) from w"
    ).fetchone()
    active = company.execute(
        "select count(distinct (user_id, date_trunc('month', cast(occurred_at as timestamp)))) * 4.35 "
        f"from usage_events where {REAL} and user_id is not null"
    ).fetchone()
    assert weekly is not None
    assert active is not None
    assert 3 < float(weekly[0]) / float(active[0]) < 15


def test_milestones_come_in_order(company: duckdb.DuckDBPyConnection) -> None:
    rows = company.execute(
        "with m as (select coalesce(v.customer_id, u.customer_id) c, v.event_name, "
        "min(v.occurred_at) reached_at from usage_events v left join usage_users u using (user_id) "
        "where v.event_name in ('setup_completed', 'first_value_reached') group by all), "
        "p as (pivot m on event_name using min(reached_at) group by c) select count(*), "
        "count(*) filter (first_value_reached <= setup_completed or setup_completed is null) "
        "from p where first_value_reached is not null"
    ).fetchone()
    assert rows is not None
    assert rows[0] > 100
    assert rows[1] == 0
