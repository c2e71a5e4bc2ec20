"""Largest-remainder rounding: whole units that keep the total."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from orchestration.scoring.card.points import share_out, to_points, to_units


def test_thirds_add_up_and_the_first_gets_the_rest() -> None:
    shares = share_out(np.full((1, 3), 100 / 3), np.array([100.0]))
    assert shares.tolist() == [[34, 33, 33]]


def test_the_largest_remainder_gets_what_is_left_and_nothing_stays_nothing() -> None:
    shares = share_out(np.array([[1.1, 0.0, 1.9, 1.0]]), np.array([4.0]))
    assert shares.tolist() == [[1, 0, 2, 1]]


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=15))
def test_shares_sum_to_the_total_and_are_less_than_a_unit_off(parts: list[float]) -> None:
    exact = np.array([parts])
    total = np.floor(exact.sum(axis=1) + 0.5)
    shares = share_out(exact, total)
    assert shares.sum() == total[0]
    assert (np.abs(shares - exact) <= 1).all()


def test_points_are_exact_decimals() -> None:
    units = to_units(np.array([74.95, 0.00005, np.nan]))
    points = to_points(units)
    assert points[:2].to_list() == [Decimal("74.9500"), Decimal("0.0001")]
    assert points.isna().to_list() == [False, False, True]
