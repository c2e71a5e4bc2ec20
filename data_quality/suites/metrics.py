"""Metrics gate: are there any, is each defined, and inside the range of its definition?

Ranges come from the metric definitions, so that a new metric is judged without a new rule.
"""

from __future__ import annotations

from data_quality.suites.vocabulary import Observation, no_row, observe
from data_quality.workspace import Workspace


def metrics_suite(workspace: Workspace) -> list[Observation]:  # noqa: ARG001 - a suite's signature
    """Return what the metrics gate looks at."""
    return [_not_empty(), _metric_ranges(), _dim_metrics()]


def _not_empty() -> Observation:
    return observe(
        "marts.fct_metrics",
        """
        select
            (select count(*) from marts.fct_metrics) as metric_rows,
            (select count(*) from marts.dim_metrics) as definitions
        """,
        no_row(
            "there are metrics and definitions",
            where="metric_rows = 0 or definitions = 0",
            advice="Check that billing was loaded up to the run's `known_at`.",
        ),
    )


def _metric_ranges() -> Observation:
    return observe(
        "marts.fct_metrics",
        """
        select metric_name, grain, period_start, segment_name, segment_value, value,
            valid_min, valid_max, metrics.numerator, metrics.denominator
        from marts.fct_metrics as metrics inner join marts.dim_metrics using (metric_name)
        where value < valid_min or value > valid_max
        order by segment_name <> 'all', metric_name, period_start desc
        """,
        no_row(
            "every metric is inside the valid range of its definition",
            where="true",
            advice=(
                "Open the rows in the mart that dim_metrics names, and correct the model, or the range in "
                "the metric's definition if the value is right."
            ),
        ),
    )


def _dim_metrics() -> Observation:
    return observe(
        "marts.fct_metrics",
        """
        select metric_name, count(*) as row_count, min(period_start) as first_period,
            bool_or(metric_name in (select metric_name from marts.dim_metrics)) as is_defined
        from marts.fct_metrics group by metric_name
        """,
        no_row(
            "every published metric has a definition",
            where="not is_defined",
            advice="Add the metric to the YAML beside its model.",
        ),
    )
