"""What the simulated company's raw rows show of a customer at an instant, by source of data.

Plain measurements in SQL on rows before they are exported: enough to ask whether each source tells
something of its own, with nothing of the pipeline in between.
"""

from __future__ import annotations

from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa

from orchestration.ingestion.simulation.objects import tables
from orchestration.ingestion.simulation.streams import Streams
from orchestration.ingestion.simulation.subscriptions import customer_ids
from orchestration.ingestion.simulation.table import instants
from orchestration.ingestion.simulation.usage import Usage
from orchestration.ingestion.simulation.users import recruit
from tests.unit.simulation.lives import Life

SOURCES: dict[str, tuple[str, ...]] = {
    "usage": ("events_log", "events_trend"),
    "adoption": ("features",),
    "surveys": ("nps", "csat", "product"),
    "tickets": ("severe", "tickets"),
    "payments": ("failed", "open_days", "late_days"),
    "relationship": ("active_ratio", "active_trend", "seat_change", "people_gone"),
    "onboarding": ("not_started",),
}
"""Measurements by source; those without an answer are filled with the mean and flagged."""

READ = (
    "support_tickets", "survey_responses", "billing_payments", "billing_invoices",
    "billing_subscription_items", "billing_subscriptions", "usage_users",
)  # fmt: skip
EVENTS = """
select coalesce(e.customer_id, u.customer_id) as customer_id, e.user_id, e.feature_name,
    e.event_name, e.occurred_at, coalesce(e.event_count, 1) as event_count
from events e left join (select distinct user_id, customer_id from usage_users) u using (user_id)
where e.event_name <> 'nightly_sync'
"""
MEASURES = {
    "of_usage": """
        select s.customer_id, s.seen_at,
            sum(event_count) filter (e.occurred_at >= s.seen_at - interval 28 day) as recent,
            sum(event_count) filter (e.occurred_at < s.seen_at - interval 28 day) as before,
            count(distinct user_id) filter (e.occurred_at >= s.seen_at - interval 28 day) as users,
            count(distinct user_id) filter (
                e.occurred_at < s.seen_at - interval 28 day and e.occurred_at >= s.seen_at - interval 56 day
            ) as users_before,
            count(distinct feature_name) filter (e.occurred_at >= s.seen_at - interval 28 day) as features
        from snapshots s join uses e on s.customer_id = e.customer_id
            and e.occurred_at < s.seen_at and e.occurred_at >= s.seen_at - interval 119 day
        group by s.customer_id, s.seen_at""",
    "of_tickets": """
        select s.customer_id, s.seen_at, count(*) as tickets,
            count(*) filter (t.priority in ('high', 'urgent')) as severe
        from snapshots s join support_tickets t on s.customer_id = t.customer_id
            and t.status = 'new' and t.created_at < s.seen_at
            and t.created_at >= s.seen_at - interval 49 day
        group by s.customer_id, s.seen_at""",
    "of_surveys": """
        select s.customer_id, s.seen_at,
            avg(r.score) filter (r.survey_id = 'svy_nps') as nps,
            avg(r.score) filter (r.survey_id = 'svy_csat') as csat,
            avg(r.score) filter (r.survey_id = 'svy_use') as product
        from snapshots s join survey_responses r on s.customer_id = r.customer_id
            and r.updated_at < s.seen_at and r.updated_at >= s.seen_at - interval 182 day
        group by s.customer_id, s.seen_at""",
    "of_payments": """
        select s.customer_id, s.seen_at,
            count(*) filter (p.status = 'failed') as failed,
            date_diff('day', max(p.attempted_at) filter (p.status = 'failed'), s.seen_at) as last_failed,
            date_diff('day', max(p.updated_at) filter (p.status = 'succeeded'), s.seen_at) as last_paid
        from snapshots s join billing_payments p on s.customer_id = p.customer_id
            and p.updated_at < s.seen_at and p.updated_at >= s.seen_at - interval 91 day
        group by s.customer_id, s.seen_at""",
    "of_invoices": """
        select s.customer_id, s.seen_at,
            avg(greatest(0, date_diff('day', i.due_at, least(coalesce(i.paid_at, s.seen_at), s.seen_at))))
                as late_days
        from snapshots s join billing_invoices i on s.customer_id = i.customer_id
            and i.due_at < s.seen_at and i.due_at >= s.seen_at - interval 91 day and i.updated_at < s.seen_at
        group by s.customer_id, s.seen_at""",
    "of_seats": """
        select s.customer_id, s.seen_at, arg_max(v.quantity, v.updated_at) as seats,
            arg_max(v.quantity, v.updated_at) filter (
                v.updated_at < s.seen_at - interval 182 day
            ) as seats_before,
            arg_min(v.quantity, v.updated_at) as seats_first
        from snapshots s
        join (select distinct subscription_id, customer_id from billing_subscriptions) c
            on s.customer_id = c.customer_id
        join billing_subscription_items v
            on c.subscription_id = v.subscription_id and v.subscription_item_id like '%\\_0' escape '\\'
            and v.updated_at < s.seen_at
        group by s.customer_id, s.seen_at""",
    "of_people": """
        select s.customer_id, s.seen_at, count(*) as people_gone
        from snapshots s join usage_users u on s.customer_id = u.customer_id
            and u.deactivated_at < s.seen_at and u.deactivated_at >= s.seen_at - interval 119 day
        group by s.customer_id, s.seen_at""",
    "of_starts": """
        select s.customer_id, s.seen_at, count(*) as started
        from snapshots s join uses e on s.customer_id = e.customer_id
            and e.event_name = 'first_value_reached' and e.occurred_at < s.seen_at
        group by s.customer_id, s.seen_at""",
}


def observe(life: Life, weeks: range, events: int) -> pd.DataFrame:
    """Measurements of everyone at risk at the starts of weeks, beside what was true of them.

    Args:
        life: A simulated company before any file is written.
        weeks: Numbers of the weeks.
        events: About how many usage events are simulated over the whole span.

    Returns:
        A row per customer and week: truth (`p_30d`, `p_90d`, `can_leave_90d`, …), contract, and the
        measurements of `SOURCES`, NULL where nothing was seen.
    """
    streams = Streams(life.config.seed)
    users = recruit(life.chronicle, life.timeline, streams)
    usage = Usage(life.chronicle, users, life.timeline, streams, events)
    with duckdb.connect() as connection:
        connection.execute("set threads = 1; set timezone = 'UTC'")
        connection.register("snapshots", _snapshots(life, weeks))
        for table in tables(life.chronicle, users, life.timeline, streams):
            if table.object_name in READ:
                connection.register(table.object_name, table.arrow())
        connection.register("events", pa.concat_tables([batch for _, batch in usage.weeks()]))
        connection.execute(f"create table uses as {EVENTS}")
        joins = ""
        for name, sql in MEASURES.items():
            connection.execute(f"create table {name} as {sql}")
            joins += f" left join {name} using (customer_id, seen_at)"
        seen = connection.execute(f"from snapshots {joins} order by customer_id, seen_at").df()
    return _measured(seen)


def _snapshots(life: Life, weeks: range) -> Any:
    risks = [life.chronicle.risks[week] for week in weeks]
    names = [name for name in risks[0] if name != "contributions"]
    rows = {name: np.concatenate([risk[name] for risk in risks]) for name in names}
    terms = [
        life.chronicle.annual_plan[week][life.chronicle.risks[week]["customer"]] for week in weeks
    ]
    plan = np.concatenate(terms)
    tenure = rows["week_start"] - life.chronicle.population.arrival[rows["customer"]]
    return pa.table(
        {
            **{name: rows[name] for name in names if name not in {"customer", "week_start"}},
            "customer_id": customer_ids(rows["customer"]),
            "seen_at": instants(rows["week_start"]),
            "plan": plan // 2,
            "annual": plan % 2,
            "tenure_days": tenure // 86_400,
        }
    )


def _measured(seen: pd.DataFrame) -> pd.DataFrame:
    counts = ["recent", "before", "users", "users_before", "features", "tickets", "severe"]
    counts += ["failed", "people_gone", "started"]
    seen[counts] = seen[counts].fillna(0)
    seats = seen["seats"].fillna(1).clip(lower=1).astype(float)
    seen["seats_log"] = np.log(seats)
    seen["events_log"] = np.log1p(seen["recent"] / 4 / seats)
    earlier = ((seen["tenure_days"] - 28) / 7).clip(1, 13)
    seen["events_trend"] = np.log1p(seen["recent"] / 4) - np.log1p(seen["before"] / earlier)
    for name in ("tickets", "severe"):
        seen[name] = np.sqrt(seen[name] / np.sqrt(seats))
    seen["failed"] = np.sqrt(seen["failed"])
    is_open = seen["last_failed"] < seen["last_paid"].fillna(1000)
    seen["open_days"] = seen["last_failed"].where(is_open, 0).fillna(0)
    seen["active_ratio"] = seen["users"] / seats
    seen["active_trend"] = np.log1p(seen["users"]) - np.log1p(seen["users_before"])
    before = seen["seats_before"].fillna(seen["seats_first"]).fillna(1).astype(float)
    seen["seat_change"] = np.log(seats / before.clip(lower=1))
    seen["people_gone"] = (seen["people_gone"] > 0).astype(float)
    young = seen["tenure_days"] < 182
    seen["not_started"] = ((seen["started"] == 0) & young).astype(float)
    return seen
