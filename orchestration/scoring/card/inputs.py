"""Reads the card's inputs out of a frame: checks its columns and keys, gives values and profiles.

Belongs here: everything that can be wrong with a frame. Not here: weights, ramps and scores.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from orchestration.scoring.card.definition import ESTABLISHED, ONBOARDING, RENEWAL, CardDefinition

KEY = ["customer_id", "as_of_date"]
FACTS = ["tenure_days", "renewal_days", "open_dunning_days"]


def required_columns(card: CardDefinition) -> list[str]:
    """Columns that the inputs of a card must have."""
    sources = sorted({metric.source for metric in card.metrics})
    return [
        *KEY,
        *FACTS,
        *(metric.name for metric in card.metrics),
        *(f"has_{source}_source" for source in sources),
        *(f"{source}_fresh_at" for source in sources),
    ]


def checked_inputs(inputs: pd.DataFrame, card: CardDefinition) -> pd.DataFrame:
    """The needed columns, ordered by key, so that no result depends on the order of rows.

    Raises:
        ValueError: a column is missing, or a key is empty or there twice.
    """
    missing = [column for column in required_columns(card) if column not in inputs.columns]
    if missing:
        raise ValueError(
            f"The inputs of health card {card.version!r} lack {', '.join(missing)}. Add them to "
            "int_health_card_inputs, or take the metrics out of dbt_project/seeds/health_metrics.csv."
        )
    frame = inputs[required_columns(card)].sort_values(KEY, ignore_index=True)
    for column in [*KEY, "tenure_days"]:
        if frame[column].isna().any():
            raise ValueError(
                f"int_health_card_inputs.{column} is empty in {_example(frame, column)}."
            )
    twice = frame.duplicated(KEY)
    if twice.any():
        row = frame[twice].iloc[0]
        raise ValueError(
            f"int_health_card_inputs has customer {row['customer_id']!r} twice on {row['as_of_date']}."
        )
    return frame


def measured_values(frame: pd.DataFrame, card: CardDefinition) -> NDArray[np.float64]:
    """Rows × metrics; NaN where nothing was measured or the source had not arrived.

    Raises:
        ValueError: a value is infinite.
    """
    values = np.full((len(frame), len(card.metrics)), np.nan)
    for column, metric in enumerate(card.metrics):
        measured = frame[metric.name].to_numpy(dtype=np.float64, na_value=np.nan)
        infinite = np.isinf(measured)
        if infinite.any():
            row = frame[infinite].iloc[0]
            raise ValueError(
                f"int_health_card_inputs.{metric.name} is infinite for customer "
                f"{row['customer_id']!r} on {row['as_of_date']}."
            )
        arrived = frame[f"has_{metric.source}_source"].to_numpy(dtype=bool)
        values[:, column] = np.where(arrived, measured, np.nan)
    return values


def profiles_of(frame: pd.DataFrame, card: CardDefinition) -> NDArray[np.object_]:
    """Profile of each row: onboarding while young, else renewal when one is near, else established."""
    tenure = frame["tenure_days"].to_numpy(dtype=np.float64)
    renewal = frame["renewal_days"].to_numpy(dtype=np.float64, na_value=np.nan)
    is_young = tenure < card.rules.onboarding_profile_days
    is_near = renewal <= card.rules.renewal_profile_days
    return np.select([is_young, is_near], [ONBOARDING, RENEWAL], ESTABLISHED).astype(object)


def _example(frame: pd.DataFrame, column: str) -> str:
    row = frame[frame[column].isna()].iloc[0]
    return ", ".join(f"{name} {row[name]}" for name in KEY)
