"""Restatements: closed months whose published values change, and why.

Compares the staged release with the one that readers see. A changed value passes only with a cause:
late data and corrections are found in the landing, changed definitions in the two releases, and
anything else needs a reason from a person. Nothing is written here.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from data_quality.restatement_causes import Cause, CauseFinder, ReleaseChange
from data_quality.results import SHOWN_ROWS, CheckResult, GateResult, Plain, plain, told_rows
from data_quality.workspace import GateInputs, Workspace, attach, open_workspace

__all__ = ["ReleaseChange", "Restatement", "find_restatements", "restatement_gate"]

# Values are exact to ten digits; averages of scores are not, and a billionth is no restatement.
SMALLEST_DIFFERENCE = "0.000000001"


@dataclass(frozen=True, kw_only=True)
class Restatement:
    """A closed month's value that differs from what was published before.

    Attributes:
        metric: Name of the metric.
        period: First day of the month.
        segment: `all`, or `<segment>=<value>`.
        old: Value in the release that readers see; None where there was none.
        new: Value in the staged release; None where there is none any more.
        difference: new − old, an empty side counted as 0.
        cause: Why it changed; None when nobody knows.
        reason: What was found or said: loads and rows, definitions, a person's words.
    """

    metric: str
    period: date
    segment: str
    old: Decimal | None
    new: Decimal | None
    difference: Decimal
    cause: Cause | None
    reason: str

    def as_row(self) -> dict[str, Plain]:
        """Return it as plain values, for a manifest or a result."""
        return {name: plain(value) for name, value in asdict(self).items()}


def find_restatements(change: ReleaseChange, inputs: GateInputs) -> list[Restatement]:
    """Return every closed month's value that changed, with its cause.

    Args:
        change: The two releases.
        inputs: The landing, for late data and corrections; its databases are not used.
    """
    inputs = replace(inputs, warehouse=None, previous_release=change.previous)
    with open_workspace(inputs) as workspace:
        attach(workspace.connection, change.staged, "staged")
        changed = _changed_values(workspace)
        if not changed:
            return []
        finder = CauseFinder(workspace, change)
        return [_restatement(row, finder) for row in changed]


def restatement_gate(restatements: list[Restatement]) -> GateResult:
    """Turn restatements into a gate's result: without a cause, the release fails."""
    unexplained = [restatement for restatement in restatements if restatement.cause is None]
    rows = tuple(restatement.as_row() for restatement in unexplained[:SHOWN_ROWS])
    rule = "a closed month changes only with a recorded reason"
    message = f"marts.fct_metrics: {rule}."
    if unexplained:
        message = (
            f"marts.fct_metrics: rule broken: {rule} ({len(unexplained)} values: "
            f"{told_rows(rows)}). No late rows, corrections or changed definitions explain this. "
            "Undo the change, or publish with --restatement-reason and say why."
        )
    check = CheckResult(
        layer="release",
        table="marts.fct_metrics",
        rule=rule,
        severity="error",
        success=not unexplained,
        observed=f"{len(restatements)} restated, {len(unexplained)} without a cause",
        failing_rows=rows,
        failing_row_count=len(unexplained),
        message=message,
    )
    return GateResult("release", (check,))


def _changed_values(workspace: Workspace) -> list[tuple[Any, ...]]:
    """Values of months that were complete in both releases and differ.

    A metric that is new, or was given up, restates nothing; a new segment value of an old metric in
    a closed month does, unless it is 0 or empty there: nothing had happened and nothing was said.
    Months before the first one of the previous release count as closed.
    """
    return workspace.connection.execute(
        f"""
        with closed as (
            select least(
                (select max(period_start) from previous.marts.fct_metrics
                    where grain = 'month' and is_complete),
                (select max(period_start) from staged.marts.fct_metrics
                    where grain = 'month' and is_complete)
            ) as last_month
        ),
        kept as (
            select distinct metric_name from previous.marts.fct_metrics
            intersect select distinct metric_name from staged.marts.fct_metrics
        ),
        before as (
            select metric_name, period_start, segment_name, segment_value, value, true as is_there
            from previous.marts.fct_metrics semi join kept using (metric_name), closed
            where grain = 'month' and period_start <= last_month
        ),
        now as (
            select metric_name, period_start, segment_name, segment_value, value, true as is_there
            from staged.marts.fct_metrics semi join kept using (metric_name), closed
            where grain = 'month' and period_start <= last_month
        )
        select
            metric_name, period_start, segment_name, segment_value,
            before.value as old, now.value as new,
            coalesce(now.value, 0) - coalesce(before.value, 0) as difference
        from before full join now using (metric_name, period_start, segment_name, segment_value)
        where case
            when before.is_there and now.is_there
                then (before.value is null) <> (now.value is null)
                    or abs(now.value - before.value) > {SMALLEST_DIFFERENCE}
            else abs(coalesce(now.value, before.value, 0)) > {SMALLEST_DIFFERENCE}
        end
        order by segment_name <> 'all', metric_name, period_start, segment_name, segment_value
        """
    ).fetchall()


def _restatement(row: tuple[Any, ...], finder: CauseFinder) -> Restatement:
    metric, period, segment_name, segment_value, old, new, difference = row
    cause, reason = finder.cause_of(metric, period)
    return Restatement(
        metric=metric,
        period=period,
        segment="all" if segment_name == "all" else f"{segment_name}={segment_value}",
        old=_decimal(old),
        new=_decimal(new),
        difference=_decimal(difference) or Decimal(0),
        cause=cause,
        reason=reason,
    )


def _decimal(value: Any) -> Decimal | None:
    return None if value is None else Decimal(str(value))
