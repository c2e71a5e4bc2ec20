"""Raw gate: did the sources deliver what they usually do, and did all of it get in?

Looks at load records and quarantine; the rows themselves are profiled in `raw_drift.py`.
"""

from __future__ import annotations

from data_quality.suites.raw_drift import category_drift, freshness, null_rate_drift
from data_quality.suites.thresholds import Thresholds
from data_quality.suites.vocabulary import Observation, between, no_row, observe
from data_quality.workspace import Workspace

# MRR can be built from any of these; without all of them there is nothing to measure.
MRR_OBJECTS = ("billing_subscription_periods", "billing_subscriptions", "billing_invoice_lines")


def raw_suite(workspace: Workspace) -> list[Observation]:
    """Return what the raw gate looks at."""
    thresholds = workspace.inputs.thresholds
    observations = [
        _reconciled(),
        _landed(),
        _billing_present(),
        _empty_exports(),
        _volume(thresholds),
        _quarantine_share(thresholds),
        _unknown_values(),
        freshness(workspace),
        null_rate_drift(workspace),
        category_drift(workspace),
    ]
    return [observation for observation in observations if observation is not None]


def _reconciled() -> Observation:
    return observe(
        "load records",
        "select object, source_id, load_id, rows_read, rows_landed, rows_already_landed,"
        " rows_filtered, rows_quarantined from loads where status <> 'failed'",
        no_row(
            "rows read are landed, already landed, filtered or quarantined, each exactly once",
            where=(
                "rows_read is distinct from rows_landed + rows_already_landed + rows_filtered"
                " + rows_quarantined"
            ),
            advice="The load is incomplete: land the file again, and report it if it recurs.",
        ),
    )


def _landed() -> Observation:
    return observe(
        "load records",
        "select object, source_id, load_id, message from loads as failed where status = 'failed'"
        " and not exists (from loads as later where later.status <> 'failed'"
        " and later.source_id = failed.source_id and later.object = failed.object"
        " and later.position > failed.position)",
        no_row(
            "every object of the mapping was loaded",
            where="true",
            advice="The message of each row says why its load failed and what to do.",
        ),
    )


def _billing_present() -> Observation:
    names = ", ".join(f"'{name}'" for name in MRR_OBJECTS)
    return observe(
        "landing",
        "select coalesce(sum(rows_landed), 0) as rows_landed from loads"
        f" where status = 'landed' and object in ({names})",
        no_row(
            "billing has delivered subscriptions",
            where="rows_landed = 0",
            advice=f"Map a file to one of {', '.join(MRR_OBJECTS)}, and check that it has rows.",
        ),
    )


def _empty_exports() -> Observation:
    return observe(
        "load records",
        "select object, source_id, load_id, rows_read, rows_deleted, (select max(earlier.rows_read)"
        " from loads as earlier where earlier.status = 'landed' and earlier.object = loads.object"
        " and earlier.source_id = loads.source_id and earlier.position < loads.position)"
        " as earlier_rows_read"
        " from loads where status = 'landed' and is_judged and load_mode = 'snapshot'",
        no_row(
            "a full export that had rows before is not empty now",
            where="rows_read = 0 and earlier_rows_read > 0",
            advice=(
                "An empty full export deletes everything it exported before. "
                "Deliver the export again."
            ),
        ),
    )


def _volume(thresholds: Thresholds) -> Observation:
    """Rows of a load against the median of earlier ones, of the same weekday where enough are known."""
    return observe(
        "load records",
        f"""
        with counted as (
            select *, case when load_mode = 'snapshot' then rows_read else rows_landed end as row_count
            from loads where status = 'landed'
        ),
        compared as (
            select
                loads.object, loads.source_id, loads.load_id, loads.row_count,
                count(*) as earlier_loads,
                count(*) filter (dayofweek(earlier.loaded_at) = dayofweek(loads.loaded_at))
                    as same_weekday_loads,
                median(earlier.row_count) as overall_median,
                median(earlier.row_count)
                    filter (dayofweek(earlier.loaded_at) = dayofweek(loads.loaded_at))
                    as weekday_median
            from counted as loads
            inner join counted as earlier
                on loads.object = earlier.object and loads.source_id = earlier.source_id
                and earlier.position < loads.position
                and earlier.position >= loads.position - {int(thresholds.volume_loads)}
            where loads.is_judged
            group by all
        )
        select
            object, source_id, load_id, row_count, earlier_loads,
            case when same_weekday_loads >= {int(thresholds.fewest_loads)} then weekday_median
                else overall_median end as usual_row_count
        from compared where earlier_loads >= {int(thresholds.fewest_loads)}
        """,
        no_row(
            f"a load is not {thresholds.volume_factor:g} times larger or smaller than usual",
            where=(
                f"(row_count > usual_row_count * {float(thresholds.volume_factor)}"
                f" or row_count * {float(thresholds.volume_factor)} < usual_row_count)"
                # Small counts vary by themselves: five standard deviations of a Poisson count.
                " and abs(row_count - usual_row_count) > 5 * sqrt(usual_row_count + 1)"
            ),
            severity="warning",
            advice="Ask the source whether the delivery is complete; nothing is stopped.",
        ),
    )


def _quarantine_share(thresholds: Thresholds) -> Observation:
    # Rows that an earlier mapping refused, from files that are gone, are told but stop nothing.
    survived = f"at least {thresholds.survived_rate:.0%} of the rows of each object and load get in"
    return observe(
        "quarantine",
        f"""
        with read_rows as (
            select object, source_id, load_id, is_in_use, sum(rows_read) as rows_read
            from standing_files group by all
        ),
        refused as (
            select object, source_id, load_id, count(*) as rows_quarantined
            from standing_quarantine group by all
        ),
        per_load as (
            select object, source_id, load_id, is_in_use, rows_read,
                coalesce(rows_quarantined, 0) as rows_quarantined
            from read_rows left join refused using (object, source_id, load_id)
        ),
        judged as (
            select object, source_id, 'all' as load_id, sum(rows_read) as rows_read,
                sum(rows_quarantined) as rows_quarantined,
                sum(rows_quarantined) filter (is_in_use) as stopping_rows
            from per_load group by object, source_id
            union all
            select object, source_id, load_id, rows_read, rows_quarantined, rows_quarantined
            from per_load where is_in_use and rows_read >= {int(thresholds.fewest_rows)}
        )
        select *,
            case
                when stopping_rows >= {int(thresholds.fewest_refused_rows)}
                    or stopping_rows > rows_read * {float(thresholds.refused_rate_of_few)}
                    then 1 - stopping_rows / rows_read
                else 1
            end as survived_rate
        from judged where rows_quarantined > 0
        """,
        between(
            survived,
            "survived_rate",
            least=thresholds.survived_rate,
            advice=(
                "Look at the quarantine files of these loads: each row says what is wrong with it. "
                "Correct the file or the mapping and load again, or skip the rows in the mapping."
            ),
        ),
        no_row(
            "no row is in quarantine",
            where="load_id = 'all'",
            severity="warning",
            advice="These rows are in no number. Their quarantine file says why.",
        ),
        keys=("object", "source_id", "load_id", "rows_read", "rows_quarantined"),
    )


def _unknown_values() -> Observation:
    return observe(
        "quarantine",
        "select object, column_name, value, file, min(row_number) as first_row,"
        " count(*) as row_count from standing_quarantine"
        " where is_in_use and reason in ('unknown_value', 'unknown_currency') group by all order by row_count desc, object, value",
        no_row(
            "every word of a column with allowed values is known",
            where="true",
            advice=(
                "Map the value to an allowed one under `values` of this column in the source "
                "mapping (or skip such rows there) and load the file again."
            ),
        ),
    )
