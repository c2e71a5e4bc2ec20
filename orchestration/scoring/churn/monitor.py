"""Whether past probabilities came true: observed against expected departures, month by month.

AUC does not see a hazard that drifts: the order stays right while every probability is too low.
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from orchestration.scoring.churn.ladder import SNAPSHOT_DAYS
from orchestration.scoring.churn.settings import ChurnSettings

TRAILING_MONTHS = 6

CALIBRATION_COLUMNS = [
    "as_of_date",
    "horizon_days",
    "customer_count",
    "expected_churner_count",
    "observed_churner_count",
    "observed_to_expected_ratio",
    "plausible_lower",
    "plausible_upper",
    "trailing_ratio",
    "trailing_plausible_lower",
    "trailing_plausible_upper",
    "is_drifting",
]


def calibration_by_month(
    predictions: pd.DataFrame, outcomes: pd.DataFrame, settings: ChurnSettings
) -> pd.DataFrame:
    """One row per month start and horizon whose outcome is known (`CALIBRATION_COLUMNS`).

    `plausible_…` is where the ratio lies with the settings' confidence if the probabilities are right;
    `trailing_…` the same over six months. Drifting is a trailing ratio outside both its plausible interval
    and the bounds of the publish gate.

    Args:
        predictions: `customer_id`, `as_of_date`, `horizon_days`, `churn_probability`.
        outcomes: `customer_id`, `as_of_date` and `churned_within_<days>`, NULL where not observed.
        settings: horizons, confidence, bounds.
    """
    months = [_months_of(predictions, outcomes, horizon, settings) for horizon in settings.horizons]
    return pd.concat(months, ignore_index=True)[CALIBRATION_COLUMNS]


def _months_of(
    predictions: pd.DataFrame, outcomes: pd.DataFrame, horizon: int, settings: ChurnSettings
) -> pd.DataFrame:
    label = f"churned_within_{horizon}"
    own = predictions[predictions["horizon_days"] == horizon].dropna(subset=["churn_probability"])
    known = outcomes[["customer_id", "as_of_date", label]].dropna(subset=[label])
    rows = own.merge(known, on=["customer_id", "as_of_date"]).sort_values(
        ["as_of_date", "customer_id"]
    )
    chance = rows["churn_probability"].astype(float)
    table = (
        pd.DataFrame(
            {
                "as_of_date": rows["as_of_date"],
                "customer_count": 1,
                "expected_churner_count": chance,
                "observed_churner_count": rows[label].astype(int),
                "variance": chance * (1 - chance),
            }
        )
        .groupby("as_of_date", as_index=False)
        .sum()
    )
    trailing = table.drop(columns="as_of_date").rolling(TRAILING_MONTHS, min_periods=1).sum()
    # Months of a trailing sum that share a horizon see the same departures.
    trailing["variance"] *= max(1.0, horizon / SNAPSHOT_DAYS)
    table["horizon_days"] = horizon
    one, many = _ratios(table, settings.z), _ratios(trailing, settings.z)
    low, high = settings.publish.observed_to_expected
    ratio = many["ratio"]
    is_outside = (ratio < many["lower"]) | (ratio > many["upper"])
    return table.assign(
        observed_to_expected_ratio=one["ratio"],
        plausible_lower=one["lower"],
        plausible_upper=one["upper"],
        trailing_ratio=ratio,
        trailing_plausible_lower=many["lower"],
        trailing_plausible_upper=many["upper"],
        is_drifting=is_outside & ((ratio < low) | (ratio > high)),
    )


def _ratios(sums: pd.DataFrame, z: float) -> pd.DataFrame:
    expected = sums["expected_churner_count"].where(sums["expected_churner_count"] > 0, np.nan)
    half = z * sums["variance"].map(math.sqrt) / expected
    return pd.DataFrame(
        {
            "ratio": sums["observed_churner_count"] / expected,
            "lower": (1 - half).clip(lower=0),
            "upper": 1 + half,
        }
    )
