"""Builds the current assumptions from the rows of the seed `valuation_assumptions`."""

from __future__ import annotations

import pandas as pd

from orchestration.scoring.lifetime_value.settings import ValuationSettings

SEED = "valuation_assumptions"


def settings_from_seed(versions: pd.DataFrame) -> ValuationSettings:
    """The version that is marked as current.

    Raises:
        ValueError: none or several are current, or a figure can't be one; the message names the file.
    """
    current = versions[versions["is_current"].astype(bool)]
    if len(current) != 1:
        raise ValueError(
            f"dbt_project/seeds/{SEED}.csv must mark exactly one valuation_version as is_current; "
            f"it marks {len(current)}."
        )
    row = current.iloc[0]
    try:
        return ValuationSettings(
            horizon_months=int(row["horizon_months"]),
            discount_rate=float(row["discount_rate"]),
            minimum_churners=int(row["minimum_churners"]),
            health_half_life_months=float(row["health_half_life_months"]),
            draws=int(row["draws"]),
            interval=float(row["interval_share"]),
            seed=int(row["seed"]),
            version=str(row["valuation_version"]),
        )
    except ValueError as error:
        raise ValueError(f"dbt_project/seeds/{SEED}.csv: {error}. Correct it.") from error
