"""Scores snapshots with a model: probability, interval, band, reasons, conflict with the card.

A probability that the model may not publish is NULL with its reason; then the card's points lost speak.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from orchestration.scoring.card.definition import CardDefinition
from orchestration.scoring.churn.bands import (
    BANDS,
    NO_BAND,
    bands_of,
    conflicts,
    published_bands,
)
from orchestration.scoring.churn.design import Columns
from orchestration.scoring.churn.linear import UNITS_PER_LOGIT, logit_units, probability
from orchestration.scoring.churn.model import ChurnModel, HorizonModel
from orchestration.scoring.churn.reason_columns import Words, change_columns, logits, words
from orchestration.scoring.churn.reasons import choose_reasons
from orchestration.scoring.churn.settings import ChurnSettings
from orchestration.scoring.churn.snapshots import (
    ROWS_PER_CHUNK,
    Bools,
    Floats,
    Snapshots,
    read_snapshots,
)

PUBLISHED, WITHHELD, NOTICE = "published", "withheld", "notice given"


def predict(
    model: ChurnModel,
    rows: pd.DataFrame,
    card: CardDefinition,
    settings: ChurnSettings,
    earlier: pd.DataFrame | None = None,
    card_bands: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """One row per customer, snapshot and horizon, ordered by horizon, customer and date.

    Args:
        model: of `train.fit`, or read back from its tables.
        rows: snapshots as for `train.fit`, without labels.
        card: the card that the model was fitted with.
        settings: horizons, confidence, bands.
        earlier: at most one snapshot per customer about four weeks before, for the change of a value.
        card_bands: bands of published health scores (`bands.published_bands`); where there is none, no
            score stands beside the probability, and nothing can disagree with it.

    Raises:
        ValueError: a column is missing, a key is there twice, a value is infinite, or the model was
            fitted with another version of the card.
    """
    snapshots = read_snapshots(rows, card, settings.horizons)
    card_band = published_bands(card_bands, snapshots)
    frames = [
        frame
        for horizon in settings.horizons
        for frame in predicted(
            model.horizons[horizon], snapshots, card, settings, card_band, earlier
        )
    ]
    return pd.concat(frames, ignore_index=True)


def predicted(
    model: HorizonModel,
    snapshots: Snapshots,
    card: CardDefinition,
    settings: ChurnSettings,
    card_band: NDArray[np.int8],
    earlier: pd.DataFrame | None = None,
) -> Iterator[pd.DataFrame]:
    """The rows of one horizon in frames of at most `ROWS_PER_CHUNK`, so that memory stays flat.

    `card_band` holds the published band of each snapshot (`bands.published_bands`). Bands are ranks in a whole snapshot: all probabilities are made first, the frames after.
    """
    if model.card_version != card.version:
        raise ValueError(
            f"The model {model.version} belongs to card {model.card_version!r}, not {card.version!r}."
        )
    parts = [
        slice(start, start + ROWS_PER_CHUNK)
        for start in range(0, max(1, len(snapshots)), ROWS_PER_CHUNK)
    ]
    added = [_contributions(model, snapshots.take(part)) for part in parts]
    units = np.concatenate([logit_units(model.scorer.base_units, by_driver) for by_driver in added])
    noticed = snapshots.has_given_notice()
    is_shown = ~noticed & (model.withheld_reason is None)
    band = bands_of(np.where(is_shown, units, np.nan), snapshots.dates, settings)
    differs = conflicts(band, card_band)
    for part, by_driver in zip(parts, added, strict=True):
        yield _frame(
            model,
            snapshots.take(part),
            card,
            settings,
            _Verdicts(
                by_driver, units[part], is_shown[part], noticed[part], band[part], differs[part]
            ),
            earlier,
        )


def _contributions(model: HorizonModel, part: Snapshots) -> Floats:
    return model.scorer.contributions(Columns(part, model.horizon), len(part))


@dataclass(frozen=True)
class _Verdicts:
    """What is known of a part's rows before they are written; `by_driver`: contributions, `units`: their sum."""

    by_driver: Floats
    units: Floats
    is_shown: Bools
    noticed: Bools
    band: NDArray[np.int8]
    differs: Bools


def _frame(
    model: HorizonModel,
    part: Snapshots,
    card: CardDefinition,
    settings: ChurnSettings,
    verdicts: _Verdicts,
    earlier: pd.DataFrame | None,
) -> pd.DataFrame:
    size = len(part)
    columns = Columns(part, model.horizon)
    shown = verdicts.is_shown
    half = settings.z * model.linear.standard_errors(columns, size) * UNITS_PER_LOGIT
    # Where the card speaks, there is no contribution to show unless the probability is shown as well.
    card_speaks = verdicts.differs | ~shown
    reasons = choose_reasons(
        verdicts.by_driver,
        model.scorer.drivers,
        part.components,
        part.points_lost,
        card_speaks,
    )
    status = np.select([verdicts.noticed, ~shown], [2, 1], 0)
    can_leave = part.can_leave(model.horizon)
    frame: dict[str, object] = {
        "customer_id": part.frame["customer_id"].array,
        "as_of_date": part.frame["as_of_date"].array,
        "horizon_days": np.full(size, model.horizon, dtype=np.int32),
        "churn_probability": np.where(shown, probability(verdicts.units), np.nan),
        "probability_lower": np.where(shown, probability(verdicts.units - half), np.nan),
        "probability_upper": np.where(shown, probability(verdicts.units + half), np.nan),
        "churn_band": words(BANDS, np.where(shown, verdicts.band, NO_BAND)),
        "status": words((PUBLISHED, WITHHELD, NOTICE), status),
        "withheld_reason": words((model.withheld_reason,), np.where(status == 1, 0, -1)),
        "can_leave": can_leave,
        "coverage_rate": part.coverage,
        "conflict_flag": pd.array(np.where(shown, verdicts.differs, False)),
        "reason_source": words(("model", "card"), card_speaks.astype(np.intp)),
        "base_logit": logits(np.where(shown, float(model.scorer.base_units), np.nan)),
        "contract_contribution": logits(np.where(shown, reasons.contract_units, np.nan)),
        "relative_log_odds": logits(np.where(shown, reasons.relative_units, np.nan)),
        **change_columns(reasons, part, card, earlier, shown),
        "other_contribution": logits(np.where(shown, reasons.other_units, np.nan)),
        "churn_logit": logits(np.where(shown, verdicts.units, np.nan)),
        "rung": _same(model.rung, size),
        "model_version": _same(model.version, size),
        "card_version": _same(model.card_version, size),
    }
    return pd.DataFrame(frame)


def _same(word: str, size: int) -> Words:
    return words((word,), np.zeros(size, dtype=np.intp))
