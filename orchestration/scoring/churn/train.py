"""Learns from past snapshots: splits by time, judges, decides whether to publish, fits again on everything."""

from __future__ import annotations

import hashlib
import zlib
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from orchestration.scoring.card.definition import CardDefinition
from orchestration.scoring.churn.challenger import gain_and_error, grow_forest
from orchestration.scoring.churn.design import Columns
from orchestration.scoring.churn.evaluation import Figure, Judged, auc_of, evaluate, plain
from orchestration.scoring.churn.folds import known_by, split_by_time
from orchestration.scoring.churn.forest import Forest
from orchestration.scoring.churn.ladder import (
    CHALLENGER,
    FULL,
    card_and_gate,
    count_churners,
    fit_contract_only,
    fit_rung,
)
from orchestration.scoring.churn.linear import UNITS_PER_LOGIT, LinearModel, logit_units
from orchestration.scoring.churn.model import ChurnModel, HorizonModel
from orchestration.scoring.churn.publish_gate import reason_to_withhold
from orchestration.scoring.churn.settings import ChurnSettings
from orchestration.scoring.churn.snapshots import Floats, Snapshots, read_snapshots


def fit(
    training: pd.DataFrame,
    card: CardDefinition,
    settings: ChurnSettings,
    as_of: date,
) -> ChurnModel:
    """Fit a model per horizon.

    Args:
        training: one row per customer and monthly snapshot: inputs of the card, contract state,
            `is_observed_<days>` and `churned_within_<days>`.
        card: weights and ramps.
        settings: horizons, seed, ladder, bounds of the publish gate.
        as_of: day whose knowledge is used: snapshots whose horizon ends after it are left out.

    Raises:
        ValueError: a column is missing, a key is there twice, a value is infinite.
    """
    snapshots = read_snapshots(sampled(training, settings), card, settings.horizons)
    day = np.datetime64(as_of, "D")
    return ChurnModel(
        {
            horizon: fit_horizon(snapshots, horizon, card.version, settings, day)
            for horizon in settings.horizons
        }
    )


def fit_horizon(
    snapshots: Snapshots,
    horizon: int,
    card_version: str,
    settings: ChurnSettings,
    day: np.datetime64,
) -> HorizonModel:
    """Fit one horizon on what was known by a day, and judge the way it was fitted on the newest months."""
    rows = snapshots.take(known_by(snapshots, horizon, day))
    figures, facts = _judge(rows, horizon, settings)
    rung, linear = fit_rung(rows, horizon, settings.ladder)
    forest = None
    if rung == FULL and facts["test_rung"] == CHALLENGER:
        rung = CHALLENGER
        forest = grow_forest(rows, horizon, linear.terms, settings.seed)
    as_of_date = day.astype(object)
    withheld = reason_to_withhold(
        figures,
        settings.publish,
        training_auc=facts["training_auc"],
        test_churners=facts["test_churners"],
    )
    dates = rows.dates
    facts = {
        "seed": settings.seed,
        "training_from": dates.min().astype(object) if len(dates) else None,
        "training_to": dates.max().astype(object) if len(dates) else None,
        "training_snapshots": len(rows),
        "training_customers": len(np.unique(rows.accounts)),
        "training_churners": count_churners(rows, horizon),
        **facts,
        **plain(figures or {}),
    }
    version = f"{horizon}d-{as_of_date}-{_digest(linear, forest)}"
    return HorizonModel(
        horizon, as_of_date, rung, linear, forest, withheld, card_version, version, facts
    )


def sampled(training: pd.DataFrame, settings: ChurnSettings) -> pd.DataFrame:
    """All rows, or those of accounts drawn by a digest of their identifier where rows are too many.

    The draw depends on nothing but seed and identifier: not on the order of rows, nor on the month.
    """
    if len(training) <= settings.maximum_training_rows:
        return training
    share = settings.maximum_training_rows / len(training)
    codes, accounts = pd.factorize(training["customer_id"])
    digests = [zlib.crc32(f"{settings.seed}:{account}".encode()) for account in accounts]
    return training[(np.array(digests) < 2**32 * share)[codes]]


def logits_of(model: LinearModel | Forest, snapshots: Snapshots, horizon: int) -> Floats:
    """Logit of each row."""
    contributions = model.contributions(Columns(snapshots, horizon), len(snapshots))
    return logit_units(model.base_units, contributions) / UNITS_PER_LOGIT


def _judge(
    rows: Snapshots, horizon: int, settings: ChurnSettings
) -> tuple[dict[str, Figure] | None, dict[str, Any]]:
    """Figures on the time split, of a model that learnt only from the months before it."""
    nothing: dict[str, Any] = {"training_auc": np.nan, "test_churners": 0, "test_rung": None}
    split = split_by_time(rows, horizon, settings) if len(rows) else None
    if split is None:
        return None, nothing
    train, test = rows.take(split.train), rows.take(split.test)
    rung, linear = fit_rung(train, horizon, settings.ladder, with_covariance=False)
    model: LinearModel | Forest = linear
    contest: dict[str, float] = {}
    if rung == FULL and count_churners(train, horizon) >= settings.ladder.challenger:
        forest = grow_forest(train, horizon, linear.terms, settings.seed)
        gain, error = gain_and_error(
            logits_of(linear, test, horizon),
            logits_of(forest, test, horizon),
            test.labels(horizon),
            test.accounts,
        )
        contest = {"challenger_gain": gain, "challenger_gain_error": error}
        if gain > error:
            rung, model = CHALLENGER, forest
    contract = fit_contract_only(train, horizon)
    judged = Judged(
        test, horizon, logits_of(model, test, horizon), logits_of(contract, test, horizon)
    )
    labels = test.labels(horizon)
    return evaluate(judged, settings), contest | {
        "test_rung": rung,
        "test_from": split.test_from.astype(object),
        "test_to": test.dates.max().astype(object),
        "test_snapshots": len(test),
        "test_churners": count_churners(test, horizon),
        "training_auc": auc_of(logits_of(model, train, horizon), train.labels(horizon)),
        "contract_auc": auc_of(judged.contract_logits, labels),
        "card_and_gate_auc": auc_of(card_and_gate(test, horizon), labels),
    }


def _digest(linear: LinearModel, forest: Forest | None) -> str:
    numbers = [np.array([linear.intercept]), linear.coefficients]
    if forest is not None:
        numbers.append(forest.nodes.to_numpy(dtype=np.float64).ravel())
    return hashlib.sha256(np.concatenate(numbers).astype("<f8").tobytes()).hexdigest()[:8]
