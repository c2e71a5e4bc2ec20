"""The right rung for any number of past churners, never worse than card and gate, whatever the company."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

from orchestration.scoring.churn.evaluation import auc_of
from orchestration.scoring.churn.ladder import (
    BASE_RATE,
    CALIBRATED_CARD,
    FULL,
    SHRUNKEN,
    card_and_gate,
    rung_of,
)
from orchestration.scoring.churn.predict import predict
from orchestration.scoring.churn.settings import ChurnSettings, Ladder
from orchestration.scoring.churn.snapshots import read_snapshots
from orchestration.scoring.churn.train import fit, logits_of
from tests.unit.scoring.card.small_card import published_card
from tests.unit.scoring.churn.small_company import Company, as_of, snapshots_of

CARD = published_card()
SETTINGS = ChurnSettings(bootstrap_samples=50)


def with_churners(count: int) -> tuple[pd.DataFrame, date]:
    """Of a company, only the first customers to leave; the others that leave were never there."""
    company = Company(accounts=250, seed=3)
    rows = snapshots_of(company, CARD)
    left = rows.loc[rows["churned_within_90"].fillna(False).astype(bool)]
    order = left.groupby("customer_id")["as_of_date"].min().sort_values().index
    gone = set(order[count:])
    return rows[~rows["customer_id"].isin(gone)], as_of(company)


@pytest.mark.parametrize(
    ("churners", "rung"),
    [
        (0, BASE_RATE),
        (4, BASE_RATE),
        (5, CALIBRATED_CARD),
        (14, CALIBRATED_CARD),
        (15, SHRUNKEN),
        (300, SHRUNKEN),
        (301, FULL),
    ],
)
def test_each_number_of_churners_has_its_rung(churners: int, rung: str) -> None:
    assert rung_of(churners, Ladder()) == rung


@pytest.mark.parametrize(
    ("churners", "rung"), [(0, BASE_RATE), (3, BASE_RATE), (12, CALIBRATED_CARD), (30, SHRUNKEN)]
)
def test_a_small_company_is_scored_and_never_ranked_worse_than_by_card_and_gate(
    churners: int, rung: str
) -> None:
    rows, day = with_churners(churners)
    model = fit(rows, CARD, SETTINGS, day)
    assert model.horizons[90].rung == rung
    assert model.horizons[90].facts["training_churners"] == churners
    scored = predict(model, rows[rows["as_of_date"] == rows["as_of_date"].max()], CARD, SETTINGS)
    assert (scored["churn_probability"].isna() == (scored["status"] == "withheld")).all()

    # Another company of the same kind judges what would be said: order against what truly threatens.
    other = snapshots_of(Company(accounts=400, seed=4), CARD)
    unseen = read_snapshots(other, CARD, (30, 90))
    labels = unseen.labels(30)
    known = ~np.isnan(labels)
    model_auc = auc_of(logits_of(model.horizons[30].linear, unseen, 30)[known], labels[known])
    card_auc = auc_of(card_and_gate(unseen, 30)[known], labels[known])
    if rung == BASE_RATE:
        # No order is claimed within a segment: the probability is withheld, and the card stands alone.
        assert model.horizons[30].withheld_reason is not None
    else:
        assert model_auc >= card_auc - 0.005


def test_three_parameters_calibrate_the_card() -> None:
    rows, day = with_churners(12)
    linear = fit(rows, CARD, SETTINGS, day).horizons[90].linear
    by_points = [
        coefficient
        for term, coefficient in zip(linear.terms, linear.coefficients, strict=True)
        if term.column.startswith("points lost")
    ]
    assert len(by_points) == len(CARD.components)
    assert len({*by_points}) == 1
    assert len(linear.terms) == len(CARD.components) + 1  # and can leave


COMPANIES: dict[str, dict[str, Any]] = {
    "all annual": {"annual_share": 1.0},
    "all monthly": {"annual_share": 0.0},
    "without surveys, tickets and onboarding": {"missing": ("sentiment", "support", "onboarding")},
    "with nothing but payments": {
        "missing": ("sentiment", "support", "onboarding", "usage", "adoption", "relationship")
    },
    "with gaps": {"gaps": 0.4},
    "one customer": {"accounts": 1},
    "everyone churns": {"intercept": 40.0, "annual_share": 0.0},
    "nobody churns": {"intercept": -60.0},
}


@pytest.mark.parametrize("kind", COMPANIES)
def test_any_company_is_scored(kind: str) -> None:
    company = Company(**({"accounts": 200, "months": 20, "seed": 7} | COMPANIES[kind]))
    rows = snapshots_of(company, CARD)
    model = fit(rows, CARD, SETTINGS, as_of(company))
    last = rows[rows["as_of_date"] == rows["as_of_date"].max()]
    scored = predict(model, last, CARD, SETTINGS)
    assert len(scored) == 2 * len(last)
    shown = scored[scored["status"] == "published"]
    assert ((shown["churn_probability"] > 0) & (shown["churn_probability"] < 1)).all()
    assert (shown["probability_lower"] <= shown["churn_probability"]).all()
    assert (shown["probability_upper"] >= shown["churn_probability"]).all()
    hidden = scored[scored["status"] == "withheld"]
    assert hidden["churn_probability"].isna().all()
    assert hidden["withheld_reason"].notna().all()
    spoken = hidden["reason_1_driver"].dropna()
    assert not {str(driver) for driver in spoken} & set(company.missing)


def test_no_snapshot_at_all_is_no_error() -> None:
    rows = snapshots_of(Company(accounts=5), CARD)
    model = fit(rows.head(0), CARD, SETTINGS, date(2024, 1, 1))
    scored = predict(model, rows.tail(3), CARD, SETTINGS)
    assert set(scored["status"]) == {"withheld"}


def test_what_is_missing_adds_nothing_but_its_own_indicator() -> None:
    company = Company(accounts=500, gaps=0.3)
    rows = snapshots_of(company, CARD)
    linear = fit(rows, CARD, SETTINGS, as_of(company)).horizons[90].linear
    columns = [metric.name for metric in CARD.metrics if metric.component == "sentiment"]
    silent = rows.head(1).copy()
    silent[columns] = np.nan
    snapshots = read_snapshots(silent, CARD, (30, 90))
    assert np.isnan(snapshots.component_scores[0, snapshots.components.index("sentiment")])
    terms = {term.name: k for k, term in enumerate(linear.terms)}
    assert "sentiment missing" in terms
    from orchestration.scoring.churn.design import Columns, values_of

    value = {
        name: float(values_of(linear.terms[k], Columns(snapshots, 90))[0])
        for name, k in terms.items()
    }
    assert value["sentiment"] == 0
    assert value["sentiment missing"] > 0
