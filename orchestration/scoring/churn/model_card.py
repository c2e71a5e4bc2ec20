"""The model card: one row per model with its data, rung, figures and verdict."""

from __future__ import annotations

from importlib.metadata import version

import pandas as pd

from orchestration.scoring.churn.evaluation import FIGURES
from orchestration.scoring.churn.model import HorizonModel

FACTS = (
    "seed",
    "training_from",
    "training_to",
    "training_snapshots",
    "training_customers",
    "training_churners",
    "test_rung",
    "test_from",
    "test_to",
    "test_snapshots",
    "test_churners",
    "training_auc",
    "contract_auc",
    "card_and_gate_auc",
    "challenger_gain",
    "challenger_gain_error",
)


def model_card(model: HorizonModel, calibration: pd.DataFrame | None = None) -> pd.DataFrame:
    """One row.

    Args:
        model: fitted.
        calibration: of `monitor.calibration_by_month`, for the drift of what was published before.
    """
    row: dict[str, object] = {
        "as_of_date": pd.Timestamp(model.as_of_date),
        "horizon_days": model.horizon,
        "model_version": model.version,
        "card_version": model.card_version,
        "rung": model.rung,
        "is_published": model.withheld_reason is None,
        "withheld_reason": model.withheld_reason,
    }
    row |= {name: model.facts.get(name) for name in FACTS}
    for name in FIGURES:
        for column in (name, f"{name}_lower", f"{name}_upper"):
            row[column] = model.facts.get(column)
    row |= _drift(model, calibration)
    row["library_version"] = f"scikit-learn {version('scikit-learn')}"
    return pd.DataFrame([{name: None if _is_nan(value) else value for name, value in row.items()}])


def _drift(model: HorizonModel, calibration: pd.DataFrame | None) -> dict[str, object]:
    nothing: dict[str, object] = {"past_observed_to_expected_ratio": None, "is_drifting": None}
    if calibration is None:
        return nothing
    own = calibration[calibration["horizon_days"] == model.horizon]
    if own.empty:
        return nothing
    last = own.sort_values("as_of_date").iloc[-1]
    return {
        "past_observed_to_expected_ratio": float(last["trailing_ratio"]),
        "is_drifting": bool(last["is_drifting"]),
    }


def _is_nan(value: object) -> bool:
    return isinstance(value, float) and value != value  # noqa: PLR0124 - only NaN differs from itself
