"""Scores gate: health scores inside their range, explained to the last point, and not adrift."""

from __future__ import annotations

from data_quality.suites.churn import churn_observations
from data_quality.suites.snapshots import is_published, last_snapshots, unchanged
from data_quality.suites.thresholds import Thresholds
from data_quality.suites.vocabulary import Observation, between, no_row, observe
from data_quality.workspace import Workspace

# Points are exact decimals of four digits.
EXACT_POINTS = "0.00005"
EXPLAINED_SNAPSHOTS = 13


def scores_suite(workspace: Workspace) -> list[Observation]:
    """Return what the scores gate looks at."""
    thresholds = workspace.inputs.thresholds
    observations = [_ranges(), _coverage(thresholds), _drift(thresholds), _points_add_up()]
    if is_published(workspace, "fct_health_scores"):
        observations.append(
            unchanged(
                "fct_health_scores",
                ("customer_id", "as_of_date"),
                "health_score",
                EXPLAINED_SNAPSHOTS,
                rule="published health scores stay as they were",
                advice="Snapshots are facts; they change only when scores are rebuilt on purpose.",
            )
        )
    return [*observations, *churn_observations(workspace)]


def _ranges() -> Observation:
    advice = "Correct the scoring and score this snapshot again."
    return observe(
        "scores.fct_health_scores",
        """
        select as_of_date, min(health_score) as lowest_score, max(health_score) as highest_score,
            min(health_score_raw) as lowest_raw_score, max(health_score_raw) as highest_raw_score,
            min(coverage_rate) as lowest_coverage, max(coverage_rate) as highest_coverage,
            count(*) filter (isnan(cast(health_score as double))) as undefined_scores,
            max(as_of_date) > (select cast(as_of as date) from run) as is_future
        from scores.fct_health_scores group by as_of_date
        """,
        between("health scores are 0 or more", "lowest_score", least=0, advice=advice),
        between("health scores are 100 or less", "highest_score", most=100, advice=advice),
        between("raw health scores are 0 or more", "lowest_raw_score", least=0, advice=advice),
        between("raw health scores are 100 or less", "highest_raw_score", most=100, advice=advice),
        between("coverage is 0 or more", "lowest_coverage", least=0, advice=advice),
        between("coverage is 1 or less", "highest_coverage", most=1, advice=advice),
        no_row(
            "every health score is a number or empty", where="undefined_scores > 0", advice=advice
        ),
        no_row(
            "no snapshot lies after what is measured",
            where="is_future",
            advice="A score may use nothing after its snapshot; score with the run's `as_of`.",
        ),
        keys=("as_of_date",),
    )


def _coverage(thresholds: Thresholds) -> Observation:
    return observe(
        "scores.fct_health_scores",
        """
        select as_of_date, count(*) as customer_count,
            count(*) filter (health_score is null) / count(*) as null_rate
        from scores.fct_health_scores
        where as_of_date = (select max(as_of_date) from scores.fct_health_scores)
        group by as_of_date
        """,
        between(
            f"at most {thresholds.health_null_rate:.0%} of the customers have no health score",
            "null_rate",
            most=thresholds.health_null_rate,
            severity="warning",
            advice="See which sources are missing under `coverage_rate`.",
        ),
        keys=("as_of_date", "customer_count"),
    )


def _drift(thresholds: Thresholds) -> Observation:
    """Average of customers scored in both of the last two snapshots."""
    return observe(
        "scores.fct_health_scores",
        f"""
        with snapshots as (
            {last_snapshots("scores.fct_health_scores", 2)}
        ),
        pairs as (
            select customer_id,
                max_by(cast(health_score as double), as_of_date) as score,
                min_by(cast(health_score as double), as_of_date) as earlier_score
            from scores.fct_health_scores semi join snapshots using (as_of_date)
            where health_score is not null
            group by customer_id having count(*) = 2
        )
        select (select max(as_of_date) from snapshots) as as_of_date,
            count(*) as customer_count, avg(score) as average_score,
            avg(earlier_score) as earlier_average_score,
            avg(score) - avg(earlier_score) as drift
        from pairs
        """,
        no_row(
            f"the average health score moved by at most {thresholds.health_drift_points:g} points",
            where=f"abs(drift) > {float(thresholds.health_drift_points)}",
            severity="warning",
            advice="Look at the points lost by metric: one source may have stopped.",
        ),
    )


def _points_add_up() -> Observation:
    """A snapshot reconstructed for the trend of a first run carries no explanation, and says so."""
    return observe(
        "scores.fct_health_points_lost",
        f"""
        with snapshots as (
            {last_snapshots("scores.fct_health_scores", EXPLAINED_SNAPSHOTS)}
        ),
        lost as (
            select customer_id, as_of_date, sum(points_lost) as points_lost
            from scores.fct_health_points_lost semi join snapshots using (as_of_date) group by all
        ),
        scored as (
            from scores.fct_health_scores semi join snapshots using (as_of_date)
            where not is_reconstructed
        )
        select
            coalesce(scored.customer_id, lost.customer_id) as customer_id,
            coalesce(scored.as_of_date, lost.as_of_date) as as_of_date,
            health_score_raw, points_lost,
            100 - health_score_raw - coalesce(points_lost, 0) as off_by,
            scored.customer_id is null as is_without_score
        from scored full join lost
            on scored.customer_id = lost.customer_id and scored.as_of_date = lost.as_of_date
        """,
        no_row(
            "points lost of a customer add up to 100 less its raw score",
            where=f"abs(off_by) > {EXACT_POINTS} or is_without_score",
            advice="Correct the explanation of the scores; a reason must not be lost or made up.",
        ),
    )
