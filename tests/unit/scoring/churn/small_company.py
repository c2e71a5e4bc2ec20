"""A company of known hazard, month by month and forward in time: state, then hazard, then who leaves.

Snapshots are measured from the state before anyone leaves; a label only says what happened after.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from orchestration.scoring.card.definition import CardDefinition

FIRST_MONTH = np.datetime64("2022-01-01", "M")
EFFECTS = {
    "usage": 1.2,
    "adoption": 0.7,
    "sentiment": 0.8,
    "support": 0.5,
    "commercial": 0.7,
    "relationship": 0.6,
    "onboarding": 0.3,
}


@dataclass(frozen=True)
class Company:
    """How many accounts, how long, how they leave.

    Attributes:
        annual_share: accounts with a term of twelve months, which leave only in their last month.
        intercept: logit of leaving within a month of an average account with a short term.
        noise: standard deviation of what is measured around the state.
        missing: components without a source.
        gaps: share of the values that are missing.
    """

    accounts: int = 600
    months: int = 30
    annual_share: float = 0.5
    intercept: float = -4.2
    noise: float = 0.5
    missing: tuple[str, ...] = ()
    gaps: float = 0.0
    seed: int = 1


def as_of(company: Company) -> Any:
    """The day after the last snapshot's month."""
    return (FIRST_MONTH + company.months).astype("datetime64[D]").astype(object)


def snapshots_of(company: Company, card: CardDefinition) -> pd.DataFrame:
    """One row per account and month while it pays, with labels and `true_30`, the chance behind them."""
    random = np.random.default_rng(company.seed)
    count, months = company.accounts, company.months
    is_annual = random.random(count) < company.annual_share
    begun = random.integers(-12, max(1, months // 2), count)
    level = {name: random.normal(size=count) for name in card.components}
    pays = np.ones(count, dtype=bool)
    left_in = np.full(count, 10_000)
    parts = []
    for month in range(months):
        for name, state in level.items():
            level[name] = 0.9 * state + np.sqrt(1 - 0.81) * random.normal(size=count)
        age = month - begun
        here = np.flatnonzero(pays & (age >= 0))
        to_renewal = np.where(is_annual, 12 - age % 12, 1)
        logit = company.intercept - sum(EFFECTS[name] * level[name] for name in card.components)
        logit = np.where(is_annual, logit + 2.0, logit)
        chance = np.where(to_renewal == 1, 1 / (1 + np.exp(-logit)), 0)
        parts.append(
            _measured(company, card, month, here, level, is_annual, to_renewal, age, random)
        )
        parts[-1]["true_30"] = chance[here]
        leaves = pays & (age >= 0) & (random.random(count) < chance)
        left_in[leaves] = month
        pays &= ~leaves
    frame = pd.concat(parts, ignore_index=True)
    return _labelled(frame, left_in, months)


def _measured(
    company: Company,
    card: CardDefinition,
    month: int,
    here: np.ndarray,
    level: dict[str, np.ndarray],
    is_annual: np.ndarray,
    to_renewal: np.ndarray,
    age: np.ndarray,
    random: np.random.Generator,
) -> pd.DataFrame:
    size = len(here)
    day = pd.Timestamp((FIRST_MONTH + month).astype("datetime64[D]"))
    columns: dict[str, Any] = {
        "account": here,
        "month": month,
        "customer_id": [f"acme:{number:06d}" for number in here],
        "as_of_date": np.full(size, day.to_datetime64()),
        "tenure_days": age[here] * 30 + 15,
        "renewal_days": np.where(is_annual[here], to_renewal[here] * 30.0, np.nan),
        "open_dunning_days": np.nan,
        "term_months": np.where(is_annual[here], 12, 1),
        "period_end_days": to_renewal[here] * 30,
        "auto_renews": True,
        "plan": np.where(here % 3 == 0, "pro", "starter"),
        "mrr_amount": 100.0,
        "has_given_notice": False,
    }
    for days in (30, 90):
        columns[f"can_leave_within_{days}"] = to_renewal[here] * 30 <= days
    for metric in card.metrics:
        noisy = level[metric.component][here] + company.noise * random.normal(size=size)
        value = metric.at_0 + (metric.at_100 - metric.at_0) * (0.6 + 0.25 * noisy)
        absent = (random.random(size) < company.gaps) | (metric.component in company.missing)
        columns[metric.name] = np.where(absent, np.nan, value)
    for source in {metric.source for metric in card.metrics}:
        columns[f"has_{source}_source"] = True
        columns[f"{source}_fresh_at"] = day
    return pd.DataFrame(columns)


def _labelled(frame: pd.DataFrame, left_in: np.ndarray, months: int) -> pd.DataFrame:
    after = left_in[frame["account"]] - frame["month"].to_numpy()
    for days in (30, 90):
        within = days // 30
        observed = frame["month"].to_numpy() + within <= months
        frame[f"is_observed_{days}"] = observed
        churned = pd.array(after < within, dtype="boolean")
        churned[~observed] = pd.NA
        frame[f"churned_within_{days}"] = churned
    return frame.drop(columns=["account", "month"])
