"""Futures of the company: they begin where it stands, and what happened is one of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from orchestration.ingestion.simulation import SimulationConfig
from orchestration.ingestion.simulation.beyond import Worth, worth_beyond
from tests.unit.simulation.lives import lived

CONFIG = SimulationConfig(seed=14, customers=400, months=30)
WEEK, MONTHS, BRANCHES = 90, 8, 12


@pytest.fixture(scope="module")
def worth() -> Worth:
    return worth_beyond(CONFIG, WEEK, MONTHS, BRANCHES)


def test_it_begins_with_those_who_pay(worth: Worth) -> None:
    paid = lived(CONFIG).chronicle.monthly_usd[WEEK - 1]
    assert set(worth.customer) == set(np.flatnonzero(paid > 0)) - {0}
    lived_through = lived(CONFIG).chronicle
    discounted = worth.mrr_now < paid[worth.customer] * (1 - 1e-6)
    assert discounted.any()
    assert (lived_through.population.coupon[worth.customer[discounted]] >= 0).all()
    listed = worth.customer[~discounted]
    assert worth.mrr_now[~discounted] == pytest.approx(paid[listed], rel=1e-6)
    assert worth.mrr_ahead[:, 0].sum() == pytest.approx(worth.mrr_now.sum(), rel=0.05)


def test_what_happened_is_one_of_the_futures(worth: Worth) -> None:
    chronicle = lived(CONFIG).chronicle
    weeks = int(np.ceil(MONTHS * 365.25 / 12 / 7))
    month = np.minimum((np.arange(weeks) * 7 * 12 / 365.25).astype(int), MONTHS - 1)
    months = np.bincount(month)
    happened = 0.0
    # A week's revenue ahead is that at its start: after the week before.
    for step, row in enumerate(chronicle.monthly_usd[WEEK - 1 : WEEK - 1 + weeks]):
        happened += float(row[worth.customer].sum()) / months[month[step]]
    mean, spread = worth.total_by_branch.mean(), worth.total_by_branch.std(ddof=1)
    assert spread > 0
    assert abs(happened - mean) < 4 * spread


def test_a_year_ahead_counts_who_came_back(worth: Worth) -> None:
    assert worth.mrr_in_a_year.shape == (BRANCHES, len(worth.customer))
    longer = worth_beyond(CONFIG, WEEK, 13, 2)
    assert longer.mrr_in_a_year.sum() == pytest.approx(worth.mrr_in_a_year[:2].sum())
    # Who never left is in both, to within a month's changes; who came back is in one alone.
    assert longer.mrr_in_a_year.mean(axis=0).sum() > 0.97 * longer.mrr_ahead[:, 12].sum()
    back = (longer.mrr_in_a_year > 0).any(axis=0) & (longer.mrr_ahead[:, 12] == 0)
    assert back.any()


def test_the_halves_make_the_mean(worth: Worth) -> None:
    assert worth.halves.mean(axis=0) == pytest.approx(worth.mrr_ahead)
    assert not (worth.halves[0] == worth.halves[1]).all()


def test_customers_fade_away_and_larger_ones_bring_more(worth: Worth) -> None:
    paying = (worth.mrr_ahead > 0).sum(axis=0)
    assert (np.diff(paying) <= 0).all()
    total = worth.mrr_ahead.sum(axis=1)
    assert np.corrcoef(np.log(worth.mrr_now), np.log(total + 1))[0, 1] > 0.8


def test_the_end_of_the_data_changes_nothing(worth: Worth) -> None:
    shorter = replace(CONFIG, months=24, horizon_months=30)
    again = worth_beyond(shorter, WEEK, 2, 2)
    same = worth_beyond(CONFIG, WEEK, 2, 2)
    assert (again.customer == worth.customer).all()
    assert (again.mrr_ahead == same.mrr_ahead).all()


def test_before_anyone_pays_there_is_nobody_to_value() -> None:
    with pytest.raises(ValueError, match="nobody pays"):
        worth_beyond(SimulationConfig(seed=1, customers=2, months=3), 0, 1, 1)
