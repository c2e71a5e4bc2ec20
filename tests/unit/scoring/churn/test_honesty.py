"""Nothing is published that was not earned on months that lay ahead: leaks, permuted labels, time."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pandas as pd
import pytest

from orchestration.scoring.churn.evaluation import auc_of
from orchestration.scoring.churn.folds import known_by, split_by_time, usable
from orchestration.scoring.churn.metrics import auc
from orchestration.scoring.churn.settings import ChurnSettings
from orchestration.scoring.churn.snapshots import read_snapshots
from orchestration.scoring.churn.train import fit
from tests.unit.scoring.card.small_card import published_card
from tests.unit.scoring.churn.small_company import Company, as_of, snapshots_of

CARD = published_card()
SETTINGS = ChurnSettings(bootstrap_samples=100)
COMPANY = Company(accounts=1000)
DAY = as_of(COMPANY)


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    return snapshots_of(COMPANY, CARD)


def test_an_earned_probability_is_published_and_calibrated(rows: pd.DataFrame) -> None:
    for model in fit(rows, CARD, SETTINGS, DAY).horizons.values():
        assert model.withheld_reason is None
        assert model.facts["expected_calibration_error"] < 0.02
        assert 0.8 < model.facts["observed_to_expected_ratio"] < 1.25
        assert model.facts["auc"] > model.facts["contract_auc"] + 0.03


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_permuted_labels_are_refused(rows: pd.DataFrame, seed: int) -> None:
    random = np.random.default_rng(seed)
    shuffled = rows.copy()
    for _, month in rows.groupby("as_of_date"):
        order = random.permutation(month.index.to_numpy())
        for days in (30, 90):
            label = f"churned_within_{days}"
            shuffled.loc[month.index, label] = rows.loc[order, label].to_numpy()
    for model in fit(shuffled, CARD, SETTINGS, DAY).horizons.values():
        assert model.withheld_reason is not None
        assert "not better than contract and tenure alone" in model.withheld_reason


def test_a_column_that_only_the_past_has_is_caught_by_the_time_split(rows: pd.DataFrame) -> None:
    """Filled in afterwards for those who left: known in old months, not yet in the newest."""
    planted = rows.copy()
    old = planted["as_of_date"] < pd.Timestamp(DAY) - pd.Timedelta(days=400)
    later = planted["churned_within_90"].fillna(False).to_numpy(dtype=bool)
    metric = next(m for m in CARD.metrics if m.name == "last_nps_score")
    others = [m.name for m in CARD.metrics if m.component == metric.component and m != metric]
    planted[others] = np.nan
    planted.loc[old, metric.name] = np.where(later[old], metric.at_0, metric.at_100)
    model = fit(planted, CARD, SETTINGS, DAY).horizons[90]
    assert model.withheld_reason is not None
    assert model.facts["training_auc"] > model.facts["auc"] + 0.1
    assert "know the future" in model.withheld_reason


def test_a_column_that_knows_every_label_is_too_good_to_be_true(rows: pd.DataFrame) -> None:
    planted = rows.copy()
    later = planted["churned_within_90"].fillna(False).to_numpy(dtype=bool)
    for metric in CARD.metrics:
        if metric.component == "usage":
            planted[metric.name] = np.where(later, metric.at_0, metric.at_100)
    model = fit(planted, CARD, SETTINGS, DAY).horizons[90]
    assert model.withheld_reason is not None
    assert "too good" in model.withheld_reason


def test_who_gave_notice_or_is_not_observed_teaches_nothing(rows: pd.DataFrame) -> None:
    told = rows.head(6).assign(
        has_given_notice=[True, False, True, False, False, False],
        is_observed_90=[True, True, False, False, True, True],
        churned_within_90=[True, True, None, None, False, True],
    )
    assert usable(read_snapshots(told, CARD, (30, 90)), 90).tolist() == [
        False, True, False, False, True, True
    ]  # fmt: skip


def test_training_ends_a_whole_horizon_before_the_test(rows: pd.DataFrame) -> None:
    read = read_snapshots(rows, CARD, (30, 90))
    read = read.take(usable(read, 90))
    split = split_by_time(read, 90, SETTINGS)
    assert split is not None
    last = read.dates[split.train].max().astype(object)
    first = read.dates[split.test].min().astype(object)
    assert last + timedelta(days=90) <= first
    assert not (split.train & split.test).any()
    # The months in between belong to neither.
    assert (~split.train & ~split.test).any()


def test_a_model_of_a_day_knows_no_later_label(rows: pd.DataFrame) -> None:
    read = read_snapshots(rows, CARD, (30, 90))
    day = np.datetime64("2023-06-01")
    known = known_by(read, 90, day)
    assert (read.dates[known] + np.timedelta64(90, "D") <= day).all()
    future = rows.copy()
    late = future["as_of_date"] + pd.Timedelta(days=90) > pd.Timestamp(day)
    future.loc[late, "churned_within_90"] = True
    for metric in CARD.metrics:
        future.loc[late, metric.name] = metric.at_0
    before = fit(rows, CARD, SETTINGS, day.astype(object)).horizons[90]
    after = fit(future, CARD, SETTINGS, day.astype(object)).horizons[90]
    assert before.version == after.version
    assert before.facts["auc"] == after.facts["auc"]


def test_customers_taken_at_their_departure_against_todays_flatter_and_are_not_what_we_do(
    rows: pd.DataFrame,
) -> None:
    """The common flaw: a row per customer, churned ones on their last day, the others today.

    Its model ranks its own kind of rows well and predicts far too many departures for a real snapshot; ours
    is judged on whole months, with everybody in them, at their true rate.
    """
    labels = rows["churned_within_30"]
    left = rows[labels.fillna(False).astype(bool)]
    stayed = rows[~rows["customer_id"].isin(left["customer_id"])]
    stayed = stayed.sort_values("as_of_date").groupby("customer_id").tail(1)
    flawed = pd.concat([left, stayed]).assign(
        as_of_date=rows["as_of_date"].min(), is_observed_30=True, is_observed_90=True
    )
    flawed["churned_within_30"] = flawed["customer_id"].isin(left["customer_id"])
    honest = read_snapshots(rows, CARD, (30,))
    honest = honest.take(usable(honest, 30))
    split = split_by_time(honest, 30, SETTINGS)
    assert split is not None
    test = honest.take(split.test)
    tested = set(test.frame["customer_id"])
    everyone = rows[rows["as_of_date"].isin(np.unique(test.dates))]
    assert set(everyone["customer_id"]) == tested
    assert len(test) == len(everyone[everyone["churned_within_30"].notna()])

    from orchestration.scoring.churn.ladder import fit_rung
    from orchestration.scoring.churn.train import logits_of

    rung_rows = read_snapshots(flawed, CARD, (30,))
    _, model = fit_rung(rung_rows, 30, SETTINGS.ladder)
    expected = (1 / (1 + np.exp(-logits_of(model, test, 30)))).mean()
    assert expected > 3 * test.labels(30).mean()
    facts = fit(rows, CARD, SETTINGS, DAY).horizons[30].facts
    assert 0.8 < facts["observed_to_expected_ratio"] < 1.25


def test_probabilities_are_near_the_truth_behind_them(rows: pd.DataFrame) -> None:
    from orchestration.scoring.churn.train import logits_of

    fresh = snapshots_of(Company(accounts=1000, seed=5), CARD)
    model = fit(rows, CARD, SETTINGS, DAY).horizons[30]
    read = read_snapshots(fresh, CARD, (30, 90))
    ordered = fresh.sort_values(["customer_id", "as_of_date"], kind="stable")
    truth = ordered["true_30"].to_numpy()
    logits = logits_of(model.linear, read, 30)
    said = 1 / (1 + np.exp(-logits))
    assert said.mean() == pytest.approx(truth.mean(), rel=0.15)
    # Expected AUC: every row counts as left with its true chance, as stayed with the rest.
    _, group = np.unique(logits, return_inverse=True)
    ours = auc(np.bincount(group).astype(float), np.bincount(group, truth))
    _, group = np.unique(truth, return_inverse=True)
    ceiling = auc(np.bincount(group).astype(float), np.bincount(group, truth))
    assert ours / ceiling > 0.95


def test_auc_by_groups_is_the_share_of_pairs_in_order() -> None:
    scores = np.array([1.0, 2, 2, 3, 4])
    labels = np.array([0.0, 1, 0, 0, 1])
    pairs = [
        1.0 if a > b else 0.5 if a == b else 0.0
        for a, x in zip(scores, labels, strict=True)
        for b, y in zip(scores, labels, strict=True)
        if x == 1 and y == 0
    ]
    assert auc_of(scores, labels) == pytest.approx(np.mean(pairs))
