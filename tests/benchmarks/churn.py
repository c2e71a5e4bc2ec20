"""What the churn probabilities cost on one thread, beside plain scikit-learn on the same matrix.

A company of as many customers as rows to learn from, spread over eighteen month starts, and as many to score.
`ours` does everything that a night does for one horizon: card components, time split, contract-only model,
challenger where there are enough churners, bootstrap, publish gate, fit on everything, probabilities with
intervals, bands and reasons. `plain` gets the finished matrix, fits one LogisticRegression, and calls
`predict_proba`.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from orchestration.scoring.card.definition import CardDefinition
from orchestration.scoring.card.seeds import card_from_seeds
from orchestration.scoring.churn.model import HorizonModel
from orchestration.scoring.churn.settings import ChurnSettings
from orchestration.settings import PROJECT_ROOT

SEEDS = PROJECT_ROOT / "dbt_project" / "seeds"
HORIZON = 90
MONTHS = pd.date_range("2023-01-01", periods=18, freq="MS")
AS_OF = date(2024, 10, 1)


def measure_churn(customers: int, work: Path, *, repeats: int) -> dict[str, Any]:
    """Measure each in a process of its own, on one thread; the median of CPU seconds."""
    folder = work / "churn"
    folder.mkdir(parents=True, exist_ok=True)
    write_company(customers, folder)
    runs = {what: [_run(what, folder) for _ in range(repeats)] for what in ("ours", "plain")}
    ours = sorted(runs["ours"], key=lambda run: run["fit"] + run["score"])[repeats // 2]
    plain = sorted(runs["plain"], key=lambda run: run["fit"] + run["score"])[repeats // 2]
    return {
        "rows": customers,
        "repeats": repeats,
        "rung": ours["rung"],
        "trained_on": ours["trained_on"],
        "costs": {
            "fit_and_judge": _cost(ours, "fit"),
            "score_with_reasons": _cost(ours, "score"),
            "plain_scikit_learn": {
                "cpu_seconds": round(plain["fit"] + plain["score"], 2),
                "wall_seconds": 0,
                "peak_megabytes": plain["peak_megabytes"],
            },
        },
        "ratios": {
            "ours_to_plain": round(
                (ours["fit"] + ours["score"]) / (plain["fit"] + plain["score"]), 2
            ),
            "cpu_seconds_per_100k": round((ours["fit"] + ours["score"]) / customers * 100_000, 2),
        },
    }


def write_company(customers: int, folder: Path) -> None:
    """Snapshots to learn from and to score, with a hazard of leaving that the metrics tell noisily."""
    card = published_card()
    _rows(customers, card, seed=1, is_training=True).to_parquet(folder / "training.parquet")
    _rows(customers, card, seed=2, is_training=False).to_parquet(folder / "scored.parquet")


def published_card() -> CardDefinition:
    """The card of the project's seeds."""
    names = ("health_cards", "health_components", "health_metrics", "health_profiles")
    return card_from_seeds(*(pd.read_csv(SEEDS / f"{name}.csv") for name in names))


def _rows(count: int, card: CardDefinition, *, seed: int, is_training: bool) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    annual = random.random(count) < 0.4
    days_left = np.where(annual, random.integers(0, 365, count), random.integers(0, 30, count))
    columns: dict[str, Any] = {
        "customer_id": np.array([f"acme:{number:08d}" for number in range(count)]),
        "as_of_date": MONTHS.to_numpy()[random.integers(0, len(MONTHS), count)],
        "tenure_days": random.integers(1, 1500, count),
        "renewal_days": np.where(annual, days_left, np.nan),
        "open_dunning_days": np.where(
            random.random(count) < 0.04, random.integers(0, 28, count), np.nan
        ),
        "term_months": np.where(annual, 12, 1),
        "period_end_days": days_left,
        "auto_renews": np.ones(count, dtype=bool),
        "plan": random.choice(["starter", "team", "business", "enterprise"], count),
        "mrr_amount": 100.0,
        "has_given_notice": np.zeros(count, dtype=bool),
        f"can_leave_within_{HORIZON}": ~annual | (days_left <= HORIZON + 60),
    }
    if not is_training:
        columns["as_of_date"] = np.full(count, np.datetime64(AS_OF, "us"))
    logit = np.where(columns[f"can_leave_within_{HORIZON}"], -3.0, -9.0)
    for metric in card.metrics:
        state = random.normal(size=count)
        logit -= 0.35 * state
        value = metric.at_0 + (metric.at_100 - metric.at_0) * (0.6 + 0.3 * state)
        columns[metric.name] = np.where(random.random(count) < 0.1, np.nan, value)
    for source in sorted({metric.source for metric in card.metrics}):
        columns[f"has_{source}_source"] = np.ones(count, dtype=bool)
        columns[f"{source}_fresh_at"] = columns["as_of_date"]
    if is_training:
        columns[f"is_observed_{HORIZON}"] = np.ones(count, dtype=bool)
        columns[f"churned_within_{HORIZON}"] = random.random(count) < 1 / (1 + np.exp(-logit))
    return pd.DataFrame(columns)


def _cost(run: dict[str, Any], step: str) -> dict[str, Any]:
    return {
        "cpu_seconds": round(run[step], 2),
        "wall_seconds": 0,
        "peak_megabytes": run["peak_megabytes"],
    }


def _run(what: str, folder: Path) -> dict[str, Any]:
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "ARROW_NUM_THREADS"), "1")
    found = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.churn", what, str(folder)],
        check=True,
        capture_output=True,
        text=True,
        cwd=PROJECT_ROOT,
        env=dict(os.environ) | threads,
    )
    result: dict[str, Any] = json.loads(found.stdout.splitlines()[-1])
    return result


def _ours(folder: Path) -> dict[str, Any]:
    from orchestration.scoring.churn.bands import published_bands
    from orchestration.scoring.churn.predict import predicted
    from orchestration.scoring.churn.snapshots import read_snapshots
    from orchestration.scoring.churn.train import fit

    card, settings = published_card(), ChurnSettings(horizons=(HORIZON,))

    def learn(training: pd.DataFrame) -> HorizonModel:
        return fit(training, card, settings, AS_OF).horizons[HORIZON]

    seconds, model = _timed(learn, pd.read_parquet(folder / "training.parquet"))
    assert model.withheld_reason is None, model.withheld_reason
    scored = pd.read_parquet(folder / "scored.parquet")
    published = scored[["customer_id", "as_of_date"]].assign(health_band="green")

    def score() -> int:
        snapshots = read_snapshots(scored, card, settings.horizons)
        band = published_bands(published, snapshots)
        return sum(len(frame) for frame in predicted(model, snapshots, card, settings, band))

    score_seconds, rows = _timed(score)
    assert rows == len(scored)
    return {
        "fit": seconds,
        "score": score_seconds,
        "rung": model.rung,
        "trained_on": model.facts["training_snapshots"],
    }


def _plain(folder: Path) -> dict[str, Any]:
    from sklearn.linear_model import LogisticRegression

    from orchestration.scoring.churn.design import Columns, matrix
    from orchestration.scoring.churn.snapshots import read_snapshots
    from orchestration.scoring.churn.terms import regression_terms
    from orchestration.scoring.churn.train import sampled

    card, settings = published_card(), ChurnSettings(horizons=(HORIZON,))
    training = pd.read_parquet(folder / "training.parquet")
    read = read_snapshots(sampled(training, settings), card, settings.horizons)
    terms = regression_terms(read, HORIZON, 1.0, 1.0, by_metric=True)
    design = matrix(terms, Columns(read, HORIZON), len(read))
    model = LogisticRegression(solver="newton-cholesky")
    seconds, _ = _timed(model.fit, design, read.labels(HORIZON))
    scored = read_snapshots(pd.read_parquet(folder / "scored.parquet"), card, settings.horizons)
    target = matrix(terms, Columns(scored, HORIZON), len(scored))
    score_seconds, _ = _timed(model.predict_proba, target)
    return {"fit": seconds, "score": score_seconds}


def _timed(work: Callable[..., Any], *given: Any) -> tuple[float, Any]:
    began = time.process_time()
    result = work(*given)
    return time.process_time() - began, result


if __name__ == "__main__":
    told = {"ours": _ours, "plain": _plain}[sys.argv[1]](Path(sys.argv[2]))
    told["peak_megabytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(json.dumps(told))
