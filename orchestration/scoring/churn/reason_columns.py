"""Turns chosen reasons into columns: driver, worst metric, its value and change, what it adds and has lost."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from orchestration.scoring.card.definition import CardDefinition
from orchestration.scoring.churn.reasons import REASONS, Reasons
from orchestration.scoring.churn.snapshots import Bools, Floats, Snapshots

Words: TypeAlias = pd.Categorical
LOGITS = pd.ArrowDtype(pa.decimal128(12, 6))


def change_columns(
    reasons: Reasons,
    part: Snapshots,
    card: CardDefinition,
    earlier: pd.DataFrame | None,
    shown: Bools,
) -> dict[str, object]:
    """Columns `reason_<k>_…`, worst reason first.

    The metric of a reason is the one of its component that lost most points; its change is the value less
    that of `earlier`. A reason whose component lost no point (the model counts more than the card) has no
    metric.
    """
    now = _values(part.frame, card)
    before = _before(part, card, earlier)
    rows = np.arange(len(part))
    names = [metric.name for metric in card.metrics]
    columns: dict[str, object] = {}
    for rank in range(REASONS):
        component = reasons.component[:, rank]
        known = component >= 0
        safe = np.where(known, component, 0)
        metric = np.where(known, part.worst_metric[rows, safe], -1)
        has_metric = metric >= 0
        chosen = np.where(has_metric, metric, 0)
        value = np.where(has_metric, now[rows, chosen], np.nan)
        lost = np.where(known, part.points_lost[rows, safe], np.nan)
        prefix = f"reason_{rank + 1}"
        columns[f"{prefix}_driver"] = words(part.components, component)
        columns[f"{prefix}_metric"] = words(names, metric)
        columns[f"{prefix}_value"] = value
        columns[f"{prefix}_change"] = value - np.where(has_metric, before[rows, chosen], np.nan)
        columns[f"{prefix}_contribution"] = logits(np.where(shown, reasons.units[:, rank], np.nan))
        columns[f"{prefix}_points_lost"] = np.round(lost, 4)
    return columns


def words(choices: Sequence[str | None], positions: NDArray[np.integer]) -> Words:
    """A word per row by position; −1 and the position of None are NULL."""
    known = [choice for choice in choices if choice is not None]
    codes = np.array([known.index(c) if c is not None else -1 for c in choices], dtype=np.int8)
    picked = np.where(positions >= 0, codes[np.maximum(positions, 0)], -1).astype(np.int8)
    return pd.Categorical.from_codes(picked, pd.Index(known, dtype=object))


def logits(units: Floats) -> pd.Series:
    """Whole millionths of a logit to exact decimals of six digits; NaN becomes NULL."""
    missing = np.isnan(units)
    whole = pa.array(np.where(missing, 0, units).astype(np.int64), mask=missing)
    scaled = pc.multiply(
        pc.cast(whole, pa.decimal128(19, 0)), pa.scalar(Decimal("0.000001"), pa.decimal128(7, 6))
    )
    return pd.Series(pc.cast(scaled, pa.decimal128(12, 6)), dtype=LOGITS)


def _values(frame: pd.DataFrame, card: CardDefinition) -> Floats:
    values = np.empty((len(frame), len(card.metrics)))
    for column, metric in enumerate(card.metrics):
        values[:, column] = frame[metric.name].to_numpy(dtype=np.float64, na_value=np.nan)
    return values


def _before(part: Snapshots, card: CardDefinition, earlier: pd.DataFrame | None) -> Floats:
    if earlier is None or earlier.empty:
        return np.full((len(part), len(card.metrics)), np.nan)
    found = pd.Index(earlier["customer_id"]).get_indexer(pd.Index(part.frame["customer_id"]))
    values = _values(earlier.iloc[np.maximum(found, 0)], card)
    values[found < 0] = np.nan
    return values
