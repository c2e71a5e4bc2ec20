"""What a prediction says: the same bytes, exact explanations, bands, conflicts, tables."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import duckdb
import numpy as np
import pandas as pd
import pytest
from threadpoolctl import threadpool_limits

from orchestration.scoring.card.score import score_card
from orchestration.scoring.churn.coefficients import coefficient_table, model_from_table
from orchestration.scoring.churn.model import ChurnModel
from orchestration.scoring.churn.predict import predict
from orchestration.scoring.churn.settings import ChurnSettings
from orchestration.scoring.churn.train import fit
from tests.unit.scoring.card.small_card import published_card
from tests.unit.scoring.churn.small_company import Company, as_of, snapshots_of

CARD = published_card()
SETTINGS = ChurnSettings(bootstrap_samples=50)
COMPANY = Company(accounts=700, gaps=0.1)
DAY = as_of(COMPANY)


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    return snapshots_of(COMPANY, CARD)


@pytest.fixture(scope="module")
def model(rows: pd.DataFrame) -> ChurnModel:
    fitted = fit(rows, CARD, SETTINGS, DAY)
    assert all(one.withheld_reason is None for one in fitted.horizons.values())
    return fitted


@pytest.fixture(scope="module")
def last(rows: pd.DataFrame) -> pd.DataFrame:
    return rows[rows["as_of_date"] == rows["as_of_date"].max()]


@pytest.fixture(scope="module")
def bands(last: pd.DataFrame) -> pd.DataFrame:
    return score_card(last, CARD).scores


@pytest.fixture(scope="module")
def scored(model: ChurnModel, last: pd.DataFrame, bands: pd.DataFrame) -> pd.DataFrame:
    return predict(model, last, CARD, SETTINGS, card_bands=bands)


def test_shuffled_rows_and_more_threads_give_the_same_bytes(
    rows: pd.DataFrame,
    model: ChurnModel,
    last: pd.DataFrame,
    bands: pd.DataFrame,
    scored: pd.DataFrame,
) -> None:
    shuffled = rows.sample(frac=1, random_state=3)
    with threadpool_limits(limits=2):
        again = fit(shuffled, CARD, SETTINGS, DAY)
    for horizon, one in model.horizons.items():
        assert again.horizons[horizon].version == one.version
        assert (
            again.horizons[horizon].linear.covariance.tobytes() == one.linear.covariance.tobytes()
        )
        assert dict(again.horizons[horizon].facts) == dict(one.facts)
    other = predict(
        again,
        last.sample(frac=1, random_state=4),
        CARD,
        SETTINGS,
        card_bands=bands.sample(frac=1, random_state=5),
    )
    pd.testing.assert_frame_equal(other, scored, check_exact=True)


def test_a_model_read_from_its_table_predicts_the_same_bytes(
    model: ChurnModel, last: pd.DataFrame, bands: pd.DataFrame, scored: pd.DataFrame
) -> None:
    read = {}
    for horizon, one in model.horizons.items():
        coefficients = coefficient_table(one.linear)  # noqa: F841 - DuckDB reads it
        with duckdb.connect() as connection:
            connection.execute("create table stored as from coefficients order by position desc")
            back = connection.execute("from stored").df()
        read[horizon] = replace(one, linear=model_from_table(back))
    again = predict(ChurnModel(read), last, CARD, SETTINGS, card_bands=bands)
    pd.testing.assert_frame_equal(again, scored, check_exact=True)


def test_contributions_sum_exactly_to_the_logit(scored: pd.DataFrame) -> None:
    zero = Decimal(0)
    for row in scored.to_dict("records"):
        reasons = sum(
            (row[f"reason_{k}_contribution"] or zero)
            for k in (1, 2, 3)
            if not pd.isna(row[f"reason_{k}_contribution"])
        )
        assert reasons + row["other_contribution"] == row["relative_log_odds"]
        told = row["base_logit"] + row["contract_contribution"] + row["relative_log_odds"]
        assert told == row["churn_logit"]
        chance = 1 / (1 + np.exp(-float(row["churn_logit"])))
        assert row["churn_probability"] == pytest.approx(chance, rel=1e-12)


def test_reasons_are_ranked_and_only_raise_the_risk(scored: pd.DataFrame) -> None:
    by_model = scored[scored["reason_source"] == "model"]
    first, second = by_model["reason_1_contribution"], by_model["reason_2_contribution"]
    both = second.notna()
    assert (first[both] >= second[both]).all()
    assert (first.dropna() > 0).all()


def test_bands_hold_a_tenth_and_a_fifth(scored: pd.DataFrame) -> None:
    for _, snapshot in scored.groupby("horizon_days"):
        share = snapshot["churn_band"].value_counts(normalize=True)
        assert share["red"] == pytest.approx(0.1, abs=0.01)
        assert share["yellow"] == pytest.approx(0.2, abs=0.02)
        worst = snapshot.loc[snapshot["churn_band"] == "red", "churn_probability"].min()
        best = snapshot.loc[snapshot["churn_band"] == "green", "churn_probability"].max()
        assert worst > best


def test_a_chunk_is_only_a_way_to_save_memory(
    model: ChurnModel,
    last: pd.DataFrame,
    bands: pd.DataFrame,
    scored: pd.DataFrame,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("orchestration.scoring.churn.predict.ROWS_PER_CHUNK", 17)
    again = predict(model, last, CARD, SETTINGS, card_bands=bands)
    for column in ("churn_probability", "churn_logit", "churn_band", "reason_1_driver"):
        assert again[column].astype(object).tolist() == scored[column].astype(object).tolist()


def test_whoever_gave_notice_has_no_probability(model: ChurnModel, last: pd.DataFrame) -> None:
    given = last.assign(has_given_notice=[True] + [False] * (len(last) - 1))
    scored = predict(model, given, CARD, SETTINGS)
    noticed = scored[scored["status"] == "notice given"]
    assert len(noticed) == 2
    assert noticed["churn_probability"].isna().all()
    assert noticed["churn_band"].isna().all()


def test_a_withheld_probability_leaves_the_card_to_speak(
    model: ChurnModel, last: pd.DataFrame, bands: pd.DataFrame
) -> None:
    withheld = ChurnModel(
        {days: replace(one, withheld_reason="because") for days, one in model.horizons.items()}
    )
    scored = predict(withheld, last, CARD, SETTINGS, card_bands=bands)
    empty = ["churn_probability", "probability_lower", "churn_band", "churn_logit", "base_logit"]
    assert scored[empty].isna().all(axis=None)
    assert set(scored["withheld_reason"]) == {"because"}
    assert set(scored["reason_source"]) == {"card"}
    assert (scored["reason_1_points_lost"].dropna() > 0).all()
    assert scored["reason_1_contribution"].isna().all()
    assert not scored["conflict_flag"].any()


def test_a_conflict_lets_the_card_speak(scored: pd.DataFrame) -> None:
    """Bad health that a contract holds: the card says red, the probability green."""
    conflicts = scored[scored["conflict_flag"]]
    held = conflicts[(conflicts["churn_band"] == "green") & ~conflicts["can_leave"]]
    assert len(held) > 3
    assert set(conflicts["reason_source"]) == {"card"}
    assert set(scored.loc[~scored["conflict_flag"], "reason_source"]) == {"model"}
    for row in conflicts.to_dict("records"):
        lost = [row[f"reason_{k}_points_lost"] for k in (1, 2, 3)]
        told = [points for points in lost if not pd.isna(points)]
        assert told == sorted(told, reverse=True)


def test_a_conflict_is_with_the_published_band_of_that_day(
    model: ChurnModel, last: pd.DataFrame, bands: pd.DataFrame
) -> None:
    """Smoothing, a cap or history may have put a customer into another band than its day's own score."""
    said = bands.assign(health_band="green")
    healthy = predict(model, last, CARD, SETTINGS, card_bands=said)
    assert (healthy["conflict_flag"] == (healthy["churn_band"] == "red")).all()
    one = predict(model, last, CARD, SETTINGS, card_bands=bands.head(1).assign(health_band="red"))
    is_safe = one["churn_band"] == "green"
    assert is_safe.any()
    is_first = one["customer_id"] == bands["customer_id"].iloc[0]
    assert (one["conflict_flag"] == (is_first & is_safe)).all()
    day_before = said.assign(as_of_date=said["as_of_date"] - pd.Timedelta(days=1))
    for nothing in (None, said.assign(health_band=None), day_before):
        silent = predict(model, last, CARD, SETTINGS, card_bands=nothing)
        assert not silent["conflict_flag"].any()


def test_a_reason_shows_its_value_and_its_change(model: ChurnModel, last: pd.DataFrame) -> None:
    metrics = [metric.name for metric in CARD.metrics]
    before = last.copy()
    before[metrics] = before[metrics] + 0.25
    scored = predict(model, last, CARD, SETTINGS, before)
    known = scored[scored["reason_1_metric"].notna()]
    assert len(known) > 100
    assert known["reason_1_change"].to_numpy() == pytest.approx(-0.25)
    for row in known.head(20).to_dict("records"):
        own = last[last["customer_id"] == row["customer_id"]].iloc[0]
        assert row["reason_1_value"] == own[row["reason_1_metric"]]


def test_another_card_is_refused(model: ChurnModel, last: pd.DataFrame) -> None:
    with pytest.raises(ValueError, match="belongs to card 'v1', not 'v2'"):
        predict(model, last, replace(CARD, version="v2"), SETTINGS)


def test_a_missing_column_and_a_double_key_are_named(rows: pd.DataFrame) -> None:
    with pytest.raises(ValueError, match="lack term_months"):
        fit(rows.drop(columns="term_months"), CARD, SETTINGS, DAY)
    with pytest.raises(ValueError, match="twice"):
        fit(pd.concat([rows, rows.head(1)]), CARD, SETTINGS, DAY)
