"""Raw gate, rows: how fresh they are, and whether columns look as they did in earlier loads.

Reads only the last loads of an object, and of earlier ones no more than shows what is usual, so that ten
years of landing cost nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from data_quality.contracts import Contract
from data_quality.landed_rows import rows_of_loads
from data_quality.quoting import identifier, literal
from data_quality.suites.vocabulary import Observation, no_row
from data_quality.workspace import Workspace

EARLIER_ROWS = 500_000


def freshness(workspace: Workspace) -> Observation | None:
    """Age of the newest event of each domain's busiest object, against the domain's own rhythm."""
    thresholds = workspace.inputs.thresholds
    queries = {}
    for domain, contract in _busiest_by_domain(workspace):
        rows = _recent_rows(workspace, contract.name)
        instant = _event_instant(contract)
        if rows is None:
            continue
        error_days = thresholds.stale_error_days.get(domain)
        queries[contract.name] = f"""
        with days as (
            select distinct cast({instant} as date) as day
            from {rows}, run where {instant} < run.as_of
        ),
        gaps as (select day, day - lag(day) over (order by day) as gap_days from days)
        select
            {literal(domain)} as domain, {literal(contract.name)} as object,
            max(day) as newest_day,
            date_diff('day', max(day) + 1, cast(max(run.as_of) as date)) as age_days,
            greatest({float(thresholds.stale_days)},
                2 * coalesce(quantile_disc(gap_days, 0.9), 0)) as usual_days,
            {"null::double" if error_days is None else float(error_days)} as longest_days
        from gaps, run having count(day) >= {int(thresholds.fewest_loads)}
        """
    if not queries:
        return None
    advice = "Check that the source still delivers and that its mapping matches the new files."
    return Observation(
        table="landing",
        queries=queries,
        checks=(
            no_row(
                "each domain's newest event is as recent as usual",
                where="age_days > usual_days",
                severity="warning",
                advice=advice,
            ),
            no_row(
                "no domain is older than its configured limit",
                where="age_days > longest_days",
                advice=advice,
            ),
        ),
    )


def null_rate_drift(workspace: Workspace) -> Observation | None:
    """Share of empty values of each optional column, this load against earlier ones."""
    thresholds = workspace.inputs.thresholds
    queries = {}
    for contract, rows in _comparable(workspace):
        columns = [column.name for column in contract.columns if not column.required]
        if not columns:
            continue
        counts = ", ".join(
            f"count({identifier(name)}) filter (is_judged) as judged_{n},"
            f" count({identifier(name)}) filter (not is_judged) as earlier_{n}"
            for n, name in enumerate(columns)
        )
        entries = ", ".join(
            f"struct_pack(column_name := {literal(name)}, null_rate := 1 - judged_{n} / judged_rows,"
            f" usual_null_rate := 1 - earlier_{n} / earlier_rows)"
            for n, name in enumerate(columns)
        )
        queries[contract.name] = f"""
        with profile as (
            select count(*) filter (is_judged) as judged_rows,
                count(*) filter (not is_judged) as earlier_rows, {counts}
            from {rows}
        )
        select {literal(contract.name)} as object, judged_rows, earlier_rows,
            unnest([{entries}], recursive := true)
        from profile
        where least(judged_rows, earlier_rows) >= {int(thresholds.fewest_rows)}
        """
    if not queries:
        return None
    return Observation(
        table="landing",
        queries=queries,
        checks=(
            no_row(
                "columns are as often empty as in earlier loads",
                where=f"abs(null_rate - usual_null_rate) > {float(thresholds.null_rate_drift)}",
                severity="warning",
                advice="Check the export and the mapping of this column.",
            ),
        ),
    )


def category_drift(workspace: Workspace) -> Observation | None:
    """Distribution of each column with allowed values, this load against earlier ones."""
    thresholds = workspace.inputs.thresholds
    queries = {}
    for contract, rows in _comparable(workspace):
        for column in contract.columns:
            if column.values is None:
                continue
            queries[f"{contract.name}.{column.name}"] = f"""
            with counted as (
                select {identifier(column.name)} as value,
                    count(*) filter (is_judged) as judged_rows,
                    count(*) filter (not is_judged) as earlier_rows
                from {rows} where {identifier(column.name)} is not null group by all
            ),
            shares as (
                select value,
                    judged_rows / sum(judged_rows) over () as share,
                    earlier_rows / sum(earlier_rows) over () as usual_share,
                    least(sum(judged_rows) over (), sum(earlier_rows) over ()) as fewest
                from counted
            )
            select {literal(contract.name)} as object, {literal(column.name)} as column_name,
                sum(abs(share - usual_share)) / 2 as moved_share,
                max_by(value, abs(share - usual_share)) as value,
                max_by(share, abs(share - usual_share)) as share,
                max_by(usual_share, abs(share - usual_share)) as usual_share
            from shares having max(fewest) >= {int(thresholds.fewest_rows)}
            """
    if not queries:
        return None
    return Observation(
        table="landing",
        queries=queries,
        checks=(
            no_row(
                "columns with allowed values are distributed as in earlier loads",
                where=f"moved_share > {float(thresholds.category_drift)}",
                severity="warning",
                advice="Check the export, and whether the mapping of this value changed.",
            ),
        ),
    )


def _busiest_by_domain(workspace: Workspace) -> Iterator[tuple[str, Contract]]:
    """Object with the most landed rows among those that tell of events.

    Full exports do not: a company may sell nothing for weeks and its export is still fresh.
    """
    busiest: dict[str, Contract] = {}
    for name, _ in sorted(workspace.landed_rows.items(), key=lambda item: (-item[1], item[0])):
        contract = workspace.contracts.get(name)
        if contract is not None and contract.event_time and contract.load_mode != "snapshot":
            busiest.setdefault(contract.domain, contract)
    yield from sorted(busiest.items())


def _event_instant(contract: Contract) -> str:
    """SQL for when a row happened: the update where the object has updates."""
    names = [name for name in (contract.effective_at, contract.event_time) if name]
    return f"cast(coalesce({', '.join(identifier(name) for name in names)}) as timestamp)"


def _comparable(workspace: Workspace) -> Iterator[tuple[Contract, str]]:
    """Objects with a load to judge and earlier ones to compare it with."""
    rows = workspace.connection.execute(
        "select object from loads where status = 'landed' and rows_landed > 0 group by object"
        " having bool_or(is_judged) and bool_or(not is_judged) order by object"
    ).fetchall()
    for (name,) in rows:
        source = _recent_rows(workspace, name)
        if name in workspace.contracts and source is not None:
            yield workspace.contracts[name], source


def _recent_rows(workspace: Workspace, name: str) -> str | None:
    """SQL for the rows of an object's last loads, each with `is_judged`."""
    landing = workspace.inputs.landing_dir
    judged = rows_of_loads(landing, name, _load_ids(workspace, name, "is_judged"))
    # What is usual is known from so many rows: a history of years is one load, and is not read again.
    earlier = rows_of_loads(
        landing, name, _load_ids(workspace, name, "not is_judged"), most=EARLIER_ROWS
    )
    parts = [
        f"(select *, {flag} as is_judged from {rows} where _operation = 'upsert')"
        for rows, flag in ((judged, "true"), (earlier, "false"))
        if rows is not None
    ]
    return f"({' union all by name '.join(parts)})" if parts else None


def _load_ids(workspace: Workspace, name: str, condition: str) -> Sequence[str]:
    rows = workspace.connection.execute(
        f"select load_id from loads where object = ? and status = 'landed' and {condition}"
        " order by loaded_at desc, load_id desc limit ?",
        [name, workspace.inputs.thresholds.recent_loads],
    ).fetchall()
    return [str(load_id) for (load_id,) in rows]
