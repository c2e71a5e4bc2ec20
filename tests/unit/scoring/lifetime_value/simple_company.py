"""A company whose future is known: everyone leaves with the same chance, who stays grows at the same rate."""

from __future__ import annotations

import numpy as np
import pandas as pd

from orchestration.scoring.lifetime_value.retention_counts import MONTH_COLUMNS
from orchestration.scoring.lifetime_value.value import CUSTOMER_COLUMNS

STAYS = {("basic", 1): 0.96, ("team", 1): 0.985, ("team", 12): 0.85}
"""Share that stays, a month or a term, by plan and months of the term."""

GROWTH = 1.004
NOISE = 0.03


def simple_company(customers: int, months: int, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Months lived through and customers of today; who joins does so evenly over time."""
    rng = np.random.default_rng(seed)
    kinds = list(STAYS)
    lived, today = [], []
    for number in range(customers):
        plan, term = kinds[rng.integers(len(kinds))]
        mrr = float(np.exp(rng.normal(4.5, 0.7)))
        started = int(rng.integers(0, months))
        is_there = True
        for age in range(1, months - started + 1):
            ends = age % term == 0
            lost = bool(ends and rng.random() > STAYS[plan, term])
            after = (
                0.0 if lost else mrr * GROWTH * float(np.exp(rng.normal(-(NOISE**2) / 2, NOISE)))
            )
            period, later = age // term if ends else 0, None if lost else plan
            lived.append(
                (f"c{number:05}", started + age, plan, later, term, period, mrr, after, lost, False)
            )
            mrr = after
            if lost:
                is_there = False
                break
        if is_there:
            age = months - started
            to_end = (term - age % term) if term > 1 else 0
            today.append((f"c{number:05}", plan, term, age // term, to_end, mrr, np.nan, False))
    return (
        pd.DataFrame(lived, columns=MONTH_COLUMNS),
        pd.DataFrame(today, columns=CUSTOMER_COLUMNS),
    )


def true_value(customer: pd.Series, horizon: int, discount_rate: float) -> float:
    """Discounted MRR that a customer of `simple_company` is expected to pay over the horizon."""
    stays = STAYS[customer["plan"], int(customer["term_months"])]
    expected, total = float(customer["mrr"]), 0.0
    for month in range(horizon):
        total += expected * (1 + discount_rate) ** (-month / 12)
        since = month + 1 - int(customer["months_to_end"])
        if since >= 0 and since % int(customer["term_months"]) == 0:
            expected *= stays
        expected *= GROWTH
    return total
