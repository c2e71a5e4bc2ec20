"""The transparent health card: measured inputs in, a score per customer and snapshot and its points out.

Belongs here: the one entry point and what it returns. The steps are `raw.py` (ramps and weighted means),
`points_lost.py` (the explanation) and `verdicts.py` (smoothing, cap, band, trend). Not here: files.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from orchestration.scoring.card.definition import CardDefinition
from orchestration.scoring.card.points_lost import explain
from orchestration.scoring.card.raw import score_raw
from orchestration.scoring.card.verdicts import conclude


@dataclass(frozen=True)
class CardResult:
    """Two frames.

    scores: one row per customer and snapshot (`verdicts.SCORE_COLUMNS`), ordered by both.
    points_lost: one row per customer, snapshot and metric that counts in the customer's profile
        (`points_lost.POINT_COLUMNS`). `points_lost` refers to `health_score_raw`, the score of the
        snapshot's own weeks before smoothing and caps: it sums exactly to 100 − that score, because both
        are whole ten-thousandths of a point, kept as decimals.
    """

    scores: pd.DataFrame
    points_lost: pd.DataFrame


def score_card(
    inputs: pd.DataFrame, card: CardDefinition, history: pd.DataFrame | None = None
) -> CardResult:
    """Score every row of the inputs.

    Args:
        inputs: one row per customer and weekly snapshot: `customer_id`, `as_of_date`, `tenure_days`,
            `renewal_days` and `open_dunning_days` (NULL: none), a column per metric of the card (NULL:
            nothing measured), and `has_<source>_source`, `<source>_fresh_at` for each of its sources.
        card: weights, ramps and rules.
        history: scores already published (`customer_id`, `as_of_date`, `health_score`,
            `health_score_raw`). Smoothing and trend build on these, not on a second scoring of the past,
            so that a new card version never changes what was said before.

    Raises:
        ValueError: a column is missing, a key is there twice, a value is infinite, or snapshots are not
            whole weeks apart.
    """
    raw = score_raw(inputs, card)
    return CardResult(
        scores=conclude(raw.by_snapshot(), card, history), points_lost=explain(raw, card)
    )
