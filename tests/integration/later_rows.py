"""Landings retold: loaded night by night, without what came after a snapshot, or with other such rows.

What is later than a snapshot follows from the contracts alone: a row whose own time, or effect, is not
before it, or that was loaded after its night and not with the first load. No model is asked.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import duckdb

from data_quality.contracts import Contract, load_contracts

PLUMBING = ("_source_id", "_loaded_at", "_load_id", "_operation")
Telling = Callable[[Contract], str]
"""SQL over relation `rows` that gives the rows to land."""

WHOSE = {"billing_subscriptions": "customer_id", "billing_subscription_items": "subscription_id"}
"""No version of a thing makes it somebody else's."""

CORRECTED = {
    "support_tickets": {"priority": "'urgent'"},
    "survey_responses": {"score": "score - 1"},
    "billing_payments": {"status": "'failed'"},
    "crm_onboarding_projects": {"completed_at": "cast(null as timestamp)"},
    "crm_accounts": {"industry": "'Corrected'"},
    "crm_contracts": {"is_auto_renew": "not is_auto_renew"},
}
"""Of a few rows a second delivery comes three weeks later, with the same effect and another value."""


def retell(landing: Path, target: Path, telling: Telling) -> Path:
    """Write a landing anew, object by object, each as one file."""
    with duckdb.connect() as connection:
        connection.execute("set threads = 1")
        for contract in load_contracts().values():
            folder = target / contract.name
            folder.mkdir(parents=True)
            source = str(landing / contract.name / "**/*.parquet")
            connection.execute(
                f"create or replace temp view rows as select * from read_parquet('{source}', "
                "union_by_name = true, hive_partitioning = false)"
            )
            connection.execute(
                f"copy ({telling(contract)}) to '{folder / 'rows.parquet'}' (format parquet)"
            )
    return target


def night_by_night(history_ends: date) -> Telling:
    """What happened until then is one load; the rest comes the night after, some of it weeks late."""

    def telling(contract: Contract) -> str:
        times = [name for name in (contract.event_time, contract.effective_at) if name]
        if contract.load_mode == "snapshot" or not times:
            return f"""
                select {", ".join(contract.column_names)}, _source_id, _load_id, _operation, case
                    when _loaded_at = min(_loaded_at) over () then timestamp '{history_ends}'
                    else _loaded_at
                end as _loaded_at
                from rows
            """
        happened = f"greatest({', '.join(f'cast({name} as timestamp)' for name in times)})"
        row = f"hash({_key(contract)}, {happened})"
        names = [*contract.column_names, *PLUMBING]
        dated = f"""
            select {", ".join(contract.column_names)}, _source_id, _load_id, _operation, case
                when {happened} < timestamp '{history_ends}' then timestamp '{history_ends}'
                else date_trunc('day', {happened}) + interval 1 day
                    + case when {row} % 10 = 0 then 2 + {row} % 25 else 0 end * interval 1 day
            end as _loaded_at, {row} as row_hash
            from rows
        """
        parts = [f"select {', '.join(names)} from dated"]
        corrected = {
            "_loaded_at": "_loaded_at + interval 21 day",
            "_load_id": "'corrected'",
            **CORRECTED.get(contract.name, {}),
        }
        if contract.name in CORRECTED:
            columns = [f"{corrected.get(name, name)} as {name}" for name in names]
            parts.append(f"select {', '.join(columns)} from dated where row_hash % 7 = 0")
        return f"with dated as ({dated}) {' union all '.join(parts)}"

    return telling


def without_later(at: date) -> Telling:
    """Rows later than a snapshot were never delivered."""

    def telling(contract: Contract) -> str:
        names = ", ".join([*contract.column_names, *PLUMBING])
        return f"select {names} from ({_marked(contract, at)}) where not is_later"

    return telling


def with_other_later(at: date) -> Telling:
    """Each later row tells what another one told, two days on; all rows lie in another order."""

    def telling(contract: Contract) -> str:
        kept = {
            *contract.key,
            contract.event_time,
            contract.effective_at,
            WHOSE.get(contract.name),
            *PLUMBING,
        }
        order = f"hash({_key(contract)}, _loaded_at, _load_id, 'order')"
        columns = []
        for name in [*contract.column_names, *PLUMBING]:
            other = f"coalesce(lead({name}) over later_ones, first_value({name}) over later_ones)"
            kind = {column.name: column.duckdb_type for column in contract.columns}.get(name, "")
            if kind.upper() in {"TIMESTAMP", "DATE"}:
                other = f"cast({other} + interval 2 day as {kind})"
            columns.append(
                name
                if name in kept
                else f"case when is_later then {other} else {name} end as {name}"
            )
        return (
            f"select {', '.join(columns)} from ({_marked(contract, at)}) "
            f"window later_ones as (partition by is_later order by {order}) order by {order}"
        )

    return telling


def later_count(landing: Path, object_name: str, at: date) -> int:
    """How many rows of an object are later than a snapshot."""
    contract = load_contracts()[object_name]
    source = str(landing / object_name / "*.parquet")
    with duckdb.connect() as connection:
        connection.execute(f"create temp view rows as select * from read_parquet('{source}')")
        (count,) = connection.execute(
            f"select count(*) from ({_marked(contract, at)}) where is_later"
        ).fetchall()[0]
    return int(count)


def _marked(contract: Contract, at: date) -> str:
    """Every row with is_later. The first version known of a thing is not later than the thing itself."""
    snapshot = f"timestamp '{at}'"
    later = ["false"]
    if contract.load_mode != "snapshot":
        later.append(
            f"_loaded_at >= {snapshot} + interval 1 day "
            "and _loaded_at > min(_loaded_at) over (partition by _source_id)"
        )
    if contract.event_time:
        later.append(f"cast({contract.event_time} as timestamp) >= {snapshot}")
    if contract.effective_at:
        later.append(
            f"{contract.effective_at} >= {snapshot} and {contract.effective_at} > "
            f"min({contract.effective_at}) over (partition by _source_id, {_key(contract)})"
        )
    return f"select *, coalesce({' or '.join(f'({one})' for one in later)}, false) as is_later from rows"


def _key(contract: Contract) -> str:
    return ", ".join(contract.key)
