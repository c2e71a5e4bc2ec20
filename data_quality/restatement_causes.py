"""Why a closed month changed: definitions, late, corrected or first rows, or a person's reason.

Belongs here: finding causes. Which values changed is in `restatement.py`.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from data_quality.contracts import Contract
from data_quality.landed_rows import all_rows, rows_of_days, rows_of_loads
from data_quality.quoting import identifier, literal
from data_quality.workspace import Workspace

Cause = Literal["late data", "correction", "first data", "definition change", "maturing"]

# Rows without an instant of their own (a coupon, a price) may change any month.
_ANY_MONTH = date(1900, 1, 1)


@dataclass(frozen=True, kw_only=True)
class ReleaseChange:
    """The two releases and what is known about the time between them.

    Attributes:
        staged: DuckDB file of the staged release (or the warehouse).
        previous: DuckDB file of the release that readers see.
        policy: Business policy of the staged release.
        previous_policy: Business policy of the other one, from its manifest.
        objects_of_mart: Raw objects that each mart is built from, so that late usage cannot
            excuse a change of MRR. A mart that is not in it may depend on everything.
        reach_of_mart: Days before the first rows ever of an object that they change in a mart, such as the
            stages of customers of whom nothing was known. A mart that is not in it is changed by none.
        reason: A person's reason for what has no other cause.
    """

    staged: Path
    previous: Path
    policy: Mapping[str, Any] = field(default_factory=dict)
    previous_policy: Mapping[str, Any] = field(default_factory=dict)
    objects_of_mart: Mapping[str, frozenset[str]] = field(default_factory=dict)
    reach_of_mart: Mapping[str, int] = field(default_factory=dict)
    reason: str | None = None


@dataclass(frozen=True)
class _News:
    """Rows that were landed since the previous release, of one object, source and day.

    Attributes:
        name: The object.
        source_id: The source.
        happened_on: Day from which on they change anything.
        is_correction: Whether their keys were known before.
        is_first: Whether the source had no row of the object before.
        rows: How many there are.
    """

    name: str
    source_id: str
    happened_on: date
    is_correction: bool
    is_first: bool
    rows: int


class CauseFinder:
    """Finds the cause of each changed value; the landing is searched once, when it is made."""

    def __init__(self, workspace: Workspace, change: ReleaseChange) -> None:
        self._change = change
        self._redefined = _redefined_metrics(workspace)
        self._policy_keys = _changed_keys(change.previous_policy, change.policy)
        self._mart_of = _marts(workspace)
        self._maturing = _maturing_metrics(workspace)
        self._news = list(_news(workspace))
        self._found: dict[tuple[str | None, date], tuple[Cause | None, str]] = {}

    def cause_of(self, metric: str, month: date) -> tuple[Cause | None, str]:
        """Return the cause of a changed value and what it rests on."""
        if metric in self._redefined:
            return "definition change", f"the definition of {metric} changed"
        if self._policy_keys:
            return "definition change", f"the policy changed: {', '.join(self._policy_keys)}"
        mart = self._mart_of.get(metric)
        if (mart, month) not in self._found:
            self._found[mart, month] = self._search(mart, month)
        cause, told = self._found[mart, month]
        if cause is not None:
            return cause, told
        if metric in self._maturing:
            return "maturing", f"{metric} tells what became of those who began in the month"
        if self._change.reason:
            return "correction", self._change.reason
        return None, ""

    def _search(self, mart: str | None, month: date) -> tuple[Cause | None, str]:
        # A day of grace: instants are in UTC, months in the reporting timezone.
        end = (month + timedelta(days=32)).replace(day=1)
        objects = self._change.objects_of_mart.get(mart) if mart else None
        of_mart = [news for news in self._news if (objects is None or news.name in objects)]
        relevant = [news for news in of_mart if news.happened_on <= end]
        causes: tuple[tuple[Cause, bool], ...] = (("late data", False), ("correction", True))
        for cause, is_correction in causes:
            found = [news for news in relevant if news.is_correction == is_correction]
            if found:
                return cause, _told(found)
        reach = self._change.reach_of_mart.get(mart, 0) if mart else 0
        first = [
            news
            for news in of_mart
            if news.is_first and news.happened_on <= end + timedelta(days=reach)
        ]
        if reach and first:
            return "first data", (
                f"{_told(first)}, the first ever: they decide what {mart} says of up to {reach} days before"
            )
        return None, ""


def _told(found: list[_News]) -> str:
    """Say how many rows of which objects came, and how far back they go."""
    parts = []
    for name in sorted({news.name for news in found}):
        of_object = [news for news in found if news.name == name]
        first = min(news.happened_on for news in of_object)
        since = "" if first == _ANY_MONTH else f" from {first} on"
        parts.append(f"{sum(news.rows for news in of_object)} rows of {name}{since}")
    return ", ".join(parts)


def _redefined_metrics(workspace: Workspace) -> set[str]:
    # Releases of the first version call the table metric_definitions.
    (named,) = workspace.connection.execute(
        "select max(table_name) from duckdb_tables() where database_name = 'previous'"
        " and schema_name = 'marts' and table_name in ('dim_metrics', 'metric_definitions')"
    ).fetchone() or (None,)
    rows = workspace.connection.execute(
        f"""
        select now.metric_name
        from staged.marts.dim_metrics as now
        inner join previous.marts.{identifier(named or "dim_metrics")} as before using (metric_name)
        where (now.mart, now.numerator, now.denominator)
            is distinct from (before.mart, before.numerator, before.denominator)
        """
    ).fetchall()
    return {str(name) for (name,) in rows}


def _maturing_metrics(workspace: Workspace) -> set[str]:
    rows = workspace.connection.execute(
        "select metric_name from staged.marts.dim_metrics where is_maturing"
    ).fetchall()
    return {str(name) for (name,) in rows}


def _changed_keys(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Names of settings that differ, as they are written in a manifest."""

    def written(policy: Mapping[str, Any]) -> Any:
        return json.loads(json.dumps(policy, default=str))

    old, new = written(before), written(now)
    return sorted(name for name in {*old, *new} if old.get(name) != new.get(name))


def _marts(workspace: Workspace) -> dict[str, str]:
    return dict(
        workspace.connection.execute(
            "select metric_name, mart from staged.marts.dim_metrics"
        ).fetchall()
    )


def _news(workspace: Workspace) -> Iterator[_News]:
    """Rows of closed months, and first rows ever, that were landed since the previous release."""
    row = workspace.connection.execute(
        "select known_at, as_of from previous.marts.meta_refresh"
    ).fetchone()
    if row is None:
        return
    known_at, as_of = row
    loads = workspace.connection.execute(
        "select object, list(load_id order by load_id) from loads"
        " where status = 'landed' and rows_landed + coalesce(rows_deleted, 0) > 0"
        " and loaded_at > ? group by object order by object",
        [known_at],
    ).fetchall()
    first = workspace.connection.execute(
        "select source_id, object from loads where status = 'landed' and rows_landed > 0"
        " group by source_id, object having min(loaded_at) > ?",
        [known_at],
    ).fetchall()
    for name, load_ids in loads:
        rows = rows_of_loads(workspace.inputs.landing_dir, name, load_ids)
        if rows is not None and name in workspace.contracts:
            sources = {source for source, object_name in first if object_name == name}
            yield from _news_of(
                workspace, workspace.contracts[name], rows, (known_at, as_of), sources
            )


def _news_of(
    workspace: Workspace,
    contract: Contract,
    rows: str,
    previous: tuple[datetime, datetime],
    first_sources: Collection[str],
) -> Iterator[_News]:
    known_at, as_of = previous
    keys = ", ".join(["_source_id", *(identifier(name) for name in contract.key)])
    anywhere = f"timestamp {literal(_ANY_MONTH)}"
    counted = contract.counts_from or contract.event_time
    event = f"coalesce({identifier(counted)}, {anywhere})" if counted else anywhere
    # A key seen for the first time counts from its own start; a later version from its own instant.
    first = f"cast({event} as timestamp)"
    later = first
    if contract.effective_at:
        effective = f"coalesce({identifier(contract.effective_at)}, _loaded_at)"
        first = f"least(cast({event} as timestamp), {effective})"
        later = f"case when _operation = 'delete' then _loaded_at else {effective} end"
    landing = workspace.inputs.landing_dir
    landed = all_rows(landing, contract.name)
    if contract.is_by_day:
        # Events are far too many to look for a few in all: one is corrected on its own day.
        days = workspace.connection.execute(
            f"select distinct cast({contract.event_time} as date) as day from {rows} order by day"
        ).fetchall()
        landed = rows_of_days(
            landing, contract.name, str(contract.event_time), [day for (day,) in days]
        )
    found = workspace.connection.execute(
        f"""
        with new_rows as (select * from {rows}),
        known as (
            select distinct {keys}, true as is_known
            from {landed} semi join new_rows using ({keys})
            where _loaded_at <= ?
        )
        select
            _source_id,
            cast(case when is_known then {later} else {first} end as date) as happened_on,
            coalesce(is_known, false) as is_correction, count(*) as row_count
        from new_rows left join known using ({keys})
        group by all having happened_on < cast(? as date) or list_contains(?, _source_id)
        order by all
        """,
        [known_at, as_of, sorted(first_sources)],
    ).fetchall()
    for source, happened_on, is_correction, count in found:
        is_first = source in first_sources
        yield _News(contract.name, source, happened_on, is_correction, is_first, int(count))
