"""Frames that can't be scored are refused with column, customer and date."""

from __future__ import annotations

import pytest

from orchestration.scoring.card.score import score_card
from tests.unit.scoring.card.small_card import inputs, small_card, weeks_before

CARD = small_card()


def test_missing_columns_are_named() -> None:
    frame = inputs(CARD, {"use": 1}).drop(columns=["nps", "survey_fresh_at"])
    with pytest.raises(ValueError, match="lack nps, survey_fresh_at"):
        score_card(frame, CARD)


def test_a_key_that_is_there_twice_is_named() -> None:
    with pytest.raises(ValueError, match="'acme:1' twice on 2025-03-31"):
        score_card(inputs(CARD, {"use": 1}, {"use": 1}), CARD)


def test_an_infinite_value_is_named() -> None:
    with pytest.raises(ValueError, match=r"card_inputs\.use is infinite for customer 'acme:1'"):
        score_card(inputs(CARD, {"use": float("inf")}), CARD)


def test_snapshots_that_are_not_weeks_apart_are_refused() -> None:
    stray = weeks_before(1).replace(day=25)
    with pytest.raises(ValueError, match="2025-03-31 is not, counted from 2025-03-25"):
        score_card(inputs(CARD, {"use": 1}, {"use": 1, "as_of_date": stray}), CARD)
