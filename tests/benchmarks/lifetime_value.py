"""Predicted lifetime values of a simulated company against those of its futures.

The company is simulated on beyond the day of the valuation, many times, with the customers who pay then.
Truth and prediction are compared in the reporting currency: a customer's true value is its MRR in the
warehouse times what a unit of its MRR brings in. Value is what it brings until it leaves for the first time; NRR
counts who left and came back. The branches are few, so the ranks of the true values are themselves uncertain:
`clv_spearman_ceiling` is what a perfect prediction would reach, from how alike two halves of the branches are
(Spearman 1910, Brown 1910).
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

from orchestration.ingestion.simulation import SimulationConfig
from orchestration.ingestion.simulation.beyond import Worth, worth_beyond

BRANCHES = 24
VALUES = """
    select customer_id, plan, cast(mrr_amount as double) as mrr,
        cast(residual_revenue_amount as double) as predicted,
        cast(expected_mrr_12_months_amount as double) as mrr_in_a_year,
        horizon_months, discount_rate
    from scores.fct_clv where as_of_date = ?
"""
TOTALS = """
    select nrr_12_months_ratio, nrr_12_months_lower, nrr_12_months_upper,
        cast(residual_value_lower as double) / gross_margin_ratio as lower,
        cast(residual_value_upper as double) / gross_margin_ratio as upper
    from scores.fct_clv_segments where as_of_date = ? and plan = 'all'
"""


def measure_lifetime_value(
    warehouse: Path, config: SimulationConfig, week: int, as_of: datetime
) -> dict[str, float]:
    """Errors of the predicted values by name; empty where nobody was valued.

    Args:
        warehouse: With schema `scores` of the day.
        config: The company.
        week: Its week that starts on the day.
        as_of: The day.
    """
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        values = connection.execute(VALUES, [as_of.date()]).df()
        totals = connection.execute(TOTALS, [as_of.date()]).df()
    if values.empty:
        return {}
    worth = worth_beyond(config, week, int(values["horizon_months"].iloc[0]), BRANCHES)
    return errors(values, totals, worth)


def errors(values: pd.DataFrame, totals: pd.DataFrame, worth: Worth) -> dict[str, float]:
    """Compare customers, their total and the next year's NRR.

    Args:
        values: A row per valued customer.
        totals: The row of all customers.
        worth: What is true of the customers.
    """
    months = worth.mrr_ahead.shape[1]
    yearly = float(values["discount_rate"].iloc[0])
    discount = (1 + yearly) ** (-np.arange(months) / 12)
    true = pd.DataFrame(
        {
            "customer_id": [f"sim:cus_{number:06d}" for number in worth.customer],
            "brings": worth.mrr_ahead @ discount / worth.mrr_now,
            "keeps": worth.mrr_in_a_year.mean(axis=0) / worth.mrr_now,
        }
    )
    both = values.merge(true, on="customer_id")
    expected = both["mrr"] * both["brings"]
    gap = both["predicted"].sum() / expected.sum() - 1
    # The mean of the branches is itself uncertain by this much.
    noise = worth.total_by_branch.std(ddof=1) / np.sqrt(len(worth.total_by_branch))
    halves = pd.DataFrame((worth.halves @ discount).T)
    alike = max(float(halves[0].corr(halves[1], method="spearman")), 0.0)
    true_nrr = (both["mrr"] * both["keeps"]).sum() / both["mrr"].sum()
    total = expected.sum()
    by_branch = worth.mrr_in_a_year.sum(axis=1) / worth.mrr_now.sum()
    found = {
        "clv_customers_compared": len(both) / len(values),
        "clv_total_error": abs(float(gap)),
        "clv_total_predicted_to_true": float(gap) + 1,
        "clv_spearman": float(both["predicted"].corr(expected, method="spearman")),
        "clv_spearman_ceiling": float(np.sqrt(2 * alike / (1 + alike))),
        "clv_truth_error": float(noise / worth.total_by_branch.mean()),
        "nrr_12_months_true": float(true_nrr),
    }
    if totals.empty:
        return found
    row = totals.iloc[0]
    return found | {
        "nrr_12_months_predicted": float(row["nrr_12_months_ratio"]),
        "nrr_12_months_error": abs(float(row["nrr_12_months_ratio"] - true_nrr)),
        "clv_interval_covers": float(row["lower"] <= total <= row["upper"]),
        # Of what may come to pass, the share that the interval holds.
        "nrr_interval_covers": float(
            np.mean(
                (row["nrr_12_months_lower"] <= by_branch)
                & (by_branch <= row["nrr_12_months_upper"])
            )
        ),
    }
