"""Scores gate, probabilities: calibrated numbers or a reason why there is none, explained to the last digit."""

from __future__ import annotations

from data_quality.suites.snapshots import is_published, last_snapshots, unchanged
from data_quality.suites.vocabulary import Observation, no_row, observe
from data_quality.workspace import Workspace

PUBLISHED_SNAPSHOTS = 13
# A probability is stored as a double, its log odds to six digits.
ROUNDING = "0.000001"


def churn_observations(workspace: Workspace) -> list[Observation]:
    """Return what the scores gate looks at among the probabilities."""
    observations = [_probabilities(), _models(), _drift()]
    if is_published(workspace, "fct_churn_probability"):
        observations.append(
            unchanged(
                "fct_churn_probability",
                ("customer_id", "as_of_date", "horizon_days"),
                "churn_probability",
                PUBLISHED_SNAPSHOTS,
                rule="published probabilities stay as they were",
                advice="Predictions are facts of their day; they change only when rebuilt on purpose.",
            )
        )
    return observations


def _probabilities() -> Observation:
    return observe(
        "scores.fct_churn_probability",
        f"""
        with snapshots as (
            {last_snapshots("scores.fct_churn_probability", PUBLISHED_SNAPSHOTS)}
        )
        select customer_id, as_of_date, horizon_days, status, withheld_reason, churn_probability,
            probability_lower, probability_upper, churn_logit,
            base_logit + contract_contribution + relative_log_odds as told_logit,
            coalesce(reason_1_contribution, 0) + coalesce(reason_2_contribution, 0)
                + coalesce(reason_3_contribution, 0) + other_contribution as told_relative,
            relative_log_odds, 1 / (1 + exp(-cast(churn_logit as double))) as probability_of_logit,
            as_of_date > (select cast(as_of as date) from run) as is_future
        from scores.fct_churn_probability semi join snapshots using (as_of_date)
        """,
        no_row(
            "a probability lies in its interval, between 0 and 1",
            where="not (0 <= probability_lower and probability_lower <= churn_probability"
            " and churn_probability <= probability_upper and probability_upper <= 1)",
            advice="Correct the scoring; a probability outside its interval can't be right.",
        ),
        no_row(
            "a probability is there or the reason why not",
            where="(status = 'published') <> (churn_probability is not null)"
            " or (status = 'withheld') <> (withheld_reason is not null)",
            advice="The publish gate withholds with a reason; nothing may be empty without one.",
        ),
        no_row(
            "reasons and the rest add up to the log odds of the probability",
            where="status = 'published' and (told_logit is distinct from churn_logit"
            " or told_relative is distinct from relative_log_odds"
            f" or abs(probability_of_logit - churn_probability) > {ROUNDING})",
            advice="Correct the explanation; a contribution must not be lost or made up.",
        ),
        no_row(
            "no probability lies after what is measured",
            where="is_future",
            advice="A probability may use nothing after its snapshot; score with the run's `as_of`.",
        ),
    )


def _models() -> Observation:
    return observe(
        "scores.fct_churn_model",
        """
        with shown as (
            select model_version, count(churn_probability) as probability_count
            from scores.fct_churn_probability group by model_version
        ),
        parameters as (
            select model_version, count(*) as parameter_count from scores.fct_churn_coefficients
            group by model_version
        )
        select model.as_of_date, model.horizon_days, model.model_version, is_published,
            withheld_reason, coalesce(probability_count, 0) as probability_count,
            coalesce(parameter_count, 0) as parameter_count, training_to,
            training_to + to_days(model.horizon_days) > model.as_of_date as sees_future,
            observed_to_expected_ratio, calibration_slope, log_loss_gain_lower
        from scores.fct_churn_model as model
        left join shown on model.model_version = shown.model_version
        left join parameters on model.model_version = parameters.model_version
        """,
        no_row(
            "a model that failed the publish gate shows no probability",
            where="(not is_published and probability_count > 0)"
            " or is_published <> (withheld_reason is null)",
            advice="Score again; a withheld probability must not be read.",
        ),
        no_row(
            "a published model beats contract and tenure alone and is calibrated",
            where="is_published and not (log_loss_gain_lower > 0"
            " and observed_to_expected_ratio between 0.8 and 1.25"
            " and calibration_slope between 0.7 and 1.3)",
            advice="The publish gate must have let it pass by mistake: correct it.",
        ),
        no_row(
            "every model has its coefficients",
            where="parameter_count = 0",
            advice="Store the coefficients with the model: nothing else can repeat it.",
        ),
        no_row(
            "a model learns only from snapshots whose horizon had ended",
            where="sees_future",
            advice="Labels that were not yet known make a model that knows the future.",
        ),
    )


def _drift() -> Observation:
    return observe(
        "scores.fct_churn_calibration",
        """
        select horizon_days, max(as_of_date) as as_of_date,
            max_by(trailing_ratio, as_of_date) as trailing_ratio,
            max_by(is_drifting, as_of_date) as is_drifting
        from scores.fct_churn_calibration group by horizon_days
        """,
        no_row(
            "as many customers leave as the probabilities expected",
            where="is_drifting",
            severity="warning",
            advice="The hazard has changed since the models learnt it: see fct_churn_calibration.",
        ),
        keys=("horizon_days",),
    )
