"""Gradient boosting takes over only where it has earned it, and then as a table of nodes."""

from __future__ import annotations

from dataclasses import replace

import duckdb
import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier

from orchestration.scoring.churn.challenger import (
    LEARNING_RATE,
    LEAVES,
    SMALLEST_LEAF,
    TREES,
    gain_and_error,
    grow_forest,
)
from orchestration.scoring.churn.design import Columns, matrix
from orchestration.scoring.churn.forest import forest_from_table, node_table
from orchestration.scoring.churn.ladder import CHALLENGER, FULL
from orchestration.scoring.churn.linear import UNITS_PER_LOGIT
from orchestration.scoring.churn.model import ChurnModel
from orchestration.scoring.churn.predict import predict
from orchestration.scoring.churn.settings import ChurnSettings, Ladder
from orchestration.scoring.churn.snapshots import Snapshots, read_snapshots
from orchestration.scoring.churn.terms import regression_terms
from orchestration.scoring.churn.train import fit, logits_of
from tests.unit.scoring.card.small_card import published_card
from tests.unit.scoring.churn.small_company import Company, as_of, snapshots_of

CARD = published_card()
COMPANY = Company(accounts=1500, annual_share=0.2)
DAY = as_of(COMPANY)
# Low bounds, so that a small company reaches the challenger.
SETTINGS = ChurnSettings(
    bootstrap_samples=20, horizons=(30,), ladder=Ladder(full_regression=50, challenger=60)
)


@pytest.fixture(scope="module")
def straight() -> pd.DataFrame:
    return snapshots_of(COMPANY, CARD)


@pytest.fixture(scope="module")
def crooked(straight: pd.DataFrame) -> pd.DataFrame:
    """Both ends of a metric are safe, its middle is not: no sum of straight lines can say it."""
    random = np.random.default_rng(9)
    rows = straight.copy()
    metric = next(one for one in CARD.metrics if one.name == "core_feature_rate")
    place = random.random(len(rows))
    rows[metric.name] = metric.at_0 + place * (metric.at_100 - metric.at_0)
    leaves = random.random(len(rows)) < np.where(abs(place - 0.5) < 0.2, 0.12, 0.004)
    known = rows["churned_within_30"].notna()
    rows["churned_within_30"] = pd.array(leaves, dtype="boolean")
    rows.loc[~known, "churned_within_30"] = pd.NA
    return rows


def known(rows: pd.DataFrame) -> Snapshots:
    read = read_snapshots(rows, CARD, (30,))
    return read.take(~np.isnan(read.labels(30)))


def test_our_trees_say_what_the_library_says(straight: pd.DataFrame) -> None:
    read = known(straight)
    terms = regression_terms(read, 30, 1.0, 1.0, by_metric=True)
    forest = grow_forest(read, 30, terms, seed=5)
    design = matrix(terms, Columns(read, 30), len(read))
    library = HistGradientBoostingClassifier(
        learning_rate=LEARNING_RATE,
        max_iter=TREES,
        max_leaf_nodes=LEAVES,
        min_samples_leaf=SMALLEST_LEAF,
        l2_regularization=1.0,
        early_stopping=False,
        random_state=5,
    ).fit(design, read.labels(30).astype(int))
    ours = logits_of(forest, read, 30)
    # Contributions are rounded to millionths by driver.
    assert ours == pytest.approx(library.decision_function(design), abs=20 / UNITS_PER_LOGIT)


def test_it_loses_where_a_sum_is_the_truth(straight: pd.DataFrame) -> None:
    model = fit(straight, CARD, SETTINGS, DAY).horizons[30]
    assert model.rung == FULL
    assert model.forest is None
    assert model.facts["challenger_gain"] < model.facts["challenger_gain_error"]


def test_it_wins_where_no_straight_line_is_the_truth(crooked: pd.DataFrame) -> None:
    model = fit(crooked, CARD, SETTINGS, DAY).horizons[30]
    assert model.rung == CHALLENGER
    assert model.facts["challenger_gain"] > model.facts["challenger_gain_error"] > 0
    again = fit(crooked.sample(frac=1, random_state=1), CARD, SETTINGS, DAY).horizons[30]
    assert again.version == model.version


def test_a_forest_read_from_its_table_predicts_the_same_bytes_and_explains_them(
    crooked: pd.DataFrame,
) -> None:
    fitted = fit(crooked, CARD, SETTINGS, DAY)
    model = replace(fitted.horizons[30], withheld_reason=None)
    assert model.forest is not None
    nodes = node_table(model.forest)  # noqa: F841 - DuckDB reads it
    with duckdb.connect() as connection:
        connection.execute("create table stored as from nodes order by node desc, tree")
        back = connection.execute("from stored").df()
    read = replace(model, forest=forest_from_table(back, model.linear.terms))
    last = crooked[crooked["as_of_date"] == crooked["as_of_date"].max()]
    scored = predict(ChurnModel({30: model}), last, CARD, SETTINGS)
    again = predict(ChurnModel({30: read}), last, CARD, SETTINGS)
    pd.testing.assert_frame_equal(again, scored, check_exact=True)
    told = (
        scored["base_logit"].astype(float)
        + scored["contract_contribution"].astype(float)
        + scored["relative_log_odds"].astype(float)
    )
    assert told.to_numpy() == pytest.approx(scored["churn_logit"].astype(float).to_numpy())


def test_the_error_of_a_gain_counts_accounts_not_rows() -> None:
    labels = np.array([1.0, 0, 1, 0])
    logits, better = np.zeros(4), np.array([1.0, -1, 0.5, 0])
    gain, error = gain_and_error(logits, better, labels, np.arange(4))
    twice = [np.repeat(x, 2) for x in (logits, better, labels)]
    same_gain, same_error = gain_and_error(*twice, np.repeat(np.arange(4), 2))
    assert same_gain == pytest.approx(gain)
    assert same_error == pytest.approx(error)
