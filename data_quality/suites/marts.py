"""Marts gate: are the numbers possible, and do they agree with one another?

The metrics of all marts are judged once scores are among them (`metrics.py`).
"""

from __future__ import annotations

from data_quality.suites.thresholds import Thresholds
from data_quality.suites.vocabulary import Observation, no_row, observe
from data_quality.workspace import Workspace

# Exact arithmetic on decimals with ten digits: nothing may be lost, not even the last digit.
EXACT = "0.0000000001"
MOVEMENTS = ("new", "reactivation", "expansion", "contraction", "churn", "pause", "resume", "fx")
NEVER_EMPTY = ("dim_customers", "fct_mrr_roll_forward")


def marts_suite(workspace: Workspace) -> list[Observation]:
    """Return what the marts gate looks at."""
    return [
        _not_empty(),
        _roll_forward(),
        _roll_forward_continues(),
        _ledgers_agree(),
        _retention(),
        _month_over_month(workspace.inputs.thresholds),
        _rejected_answers(),
    ]


def _not_empty() -> Observation:
    return Observation(
        table="marts",
        queries={
            f"marts.{table}": f"select '{table}' as mart, count(*) as row_count from marts.{table}"
            for table in NEVER_EMPTY
        },
        checks=(
            no_row(
                "the core marts have rows",
                where="row_count = 0",
                advice="Check that billing was loaded up to the run's `known_at`.",
            ),
        ),
    )


def _roll_forward() -> Observation:
    movements = " + ".join(f"{movement}_mrr_amount" for movement in MOVEMENTS)
    return observe(
        "marts.fct_mrr_roll_forward",
        f"""
        select grain, period_start, segment_name, segment_value, starting_mrr_amount,
            ending_mrr_amount, starting_mrr_amount + {movements} - ending_mrr_amount as off_by
        from marts.fct_mrr_roll_forward
        order by segment_name <> 'all', period_start
        """,
        no_row(
            "starting MRR plus all movements is ending MRR",
            where=f"off_by is null or abs(off_by) > {EXACT}",
            advice="Look at this period's rows in fct_mrr_movements.",
        ),
    )


def _roll_forward_continues() -> Observation:
    """Starting MRR is computed apart from ending MRR, so this can really fail."""
    return observe(
        "marts.fct_mrr_roll_forward",
        """
        select * from (
            select grain, period_start, period_end, ending_mrr_amount,
                lead(period_start) over (partition by grain order by period_start) as next_start,
                lead(starting_mrr_amount) over (partition by grain order by period_start)
                    as next_starting_mrr_amount
            from marts.fct_mrr_roll_forward where segment_name = 'all'
        ) where next_start = period_end order by period_start
        """,
        no_row(
            "a period ends with the MRR that the next one starts with",
            where=f"abs(ending_mrr_amount - next_starting_mrr_amount) > {EXACT}"
            " or next_starting_mrr_amount is null",
            advice="Look at the movements on the boundary day in fct_mrr_changes.",
        ),
    )


def _ledgers_agree() -> Observation:
    return observe(
        "marts.fct_mrr_changes",
        """
        with by_day as (
            select change_date, sum(movement_amount) as amount
            from marts.fct_mrr_changes group by change_date
        ),
        balances as (
            select change_date, sum(amount) over (order by change_date) as mrr_amount from by_day
        )
        select grain, period_start, ending_mrr_amount,
            coalesce((select max_by(mrr_amount, change_date) from balances
                where change_date < period_end), 0) as summed_mrr_amount
        from marts.fct_mrr_roll_forward where segment_name = 'all' and grain = 'month'
        order by period_start
        """,
        no_row(
            "all single movements up to a month's end add up to its MRR",
            where=f"abs(ending_mrr_amount - summed_mrr_amount) > {EXACT}",
            advice="Compare this month's rows in fct_mrr_changes and fct_mrr_movements.",
        ),
    )


def _retention() -> Observation:
    return observe(
        "marts.fct_retention",
        """
        select grain, period_start, segment_name, segment_value,
            gross_revenue_retention_rate, net_revenue_retention_ratio
        from marts.fct_retention where starting_mrr_amount > 0
        order by segment_name <> 'all', period_start
        """,
        no_row(
            "GRR is not above NRR, and neither is empty where MRR was there to be retained",
            where="gross_revenue_retention_rate > net_revenue_retention_ratio"
            " or gross_revenue_retention_rate is null or net_revenue_retention_ratio is null",
            advice="GRR caps each customer at its starting MRR; look at this period's movements.",
        ),
    )


def _month_over_month(thresholds: Thresholds) -> Observation:
    return observe(
        "marts.fct_mrr_roll_forward",
        """
        select period_start, starting_mrr_amount, ending_mrr_amount,
            cast(ending_mrr_amount as double) / nullif(cast(starting_mrr_amount as double), 0) - 1
                as change_rate
        from marts.fct_mrr_roll_forward
        where segment_name = 'all' and grain = 'month' and is_complete
        order by period_start desc limit 1
        """,
        no_row(
            f"MRR of the latest month changed by less than {thresholds.mrr_change_rate:.0%}",
            where=f"abs(change_rate) > {float(thresholds.mrr_change_rate)}",
            severity="warning",
            advice="Check that billing is complete and that no currency or unit changed.",
        ),
    )


def _rejected_answers() -> Observation:
    return observe(
        "marts.fct_survey_answers",
        """
        select source_id, survey_id, reason, count(*) as answers_count, min(answer_id) as example
        from marts.fct_survey_answers where answer_state = 'rejected'
        group by source_id, survey_id, reason order by answers_count desc, source_id, survey_id, reason
        """,
        no_row(
            "no survey answer is off its scale or else rejected",
            where="true",
            severity="warning",
            advice="Correct the survey's scale or the mapping of its score; these answers count nowhere.",
        ),
    )
