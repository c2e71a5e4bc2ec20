"""A warehouse that holds what the probabilities read, of a small company."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pandas as pd

from tests.unit.scoring.card.small_card import SEEDS, published_card
from tests.unit.scoring.churn.small_company import Company, as_of, snapshots_of

SEED_NAMES = ("health_cards", "health_components", "health_metrics", "health_profiles")


def write_company(path: Path, company: Company) -> Path:
    """Monthly snapshots before the company's last day, and the card's inputs of that day and before."""
    longer = Company(**(vars(company) | {"months": company.months + 1}))
    everything = snapshots_of(longer, published_card())
    day = pd.Timestamp(as_of(company))
    own = everything["as_of_date"] == day
    past = everything[~own].copy()
    for days in (30, 90):
        # Horizons that reach beyond the last day have not been observed yet.
        observed = past["as_of_date"] + pd.DateOffset(months=days // 30) <= day
        past[f"is_observed_{days}"] = observed
        past[f"churned_within_{days}"] = past[f"churned_within_{days}"].where(observed)
    four_weeks = everything[own].assign(as_of_date=day - pd.Timedelta(days=28))
    inputs = pd.concat([everything[own], four_weeks])
    write(path, past, inputs)
    return path


def write(path: Path, past: pd.DataFrame, inputs: pd.DataFrame) -> None:
    """Tables of `intermediate` and the card's seeds."""
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema if not exists intermediate")
        connection.execute("create schema if not exists reference")
        for table, frame in (("int_churn_snapshots", past), ("int_health_card_inputs", inputs)):
            connection.register("frame", frame)
            connection.execute(
                f"create or replace table intermediate.{table} as select * replace "
                "(cast(as_of_date as date) as as_of_date), cast(as_of_date as timestamp) as snapshot_at"
                " from frame"
            )
            connection.unregister("frame")
        for name in SEED_NAMES:
            connection.execute(
                f"create or replace table reference.{name} as from read_csv('{SEEDS}/{name}.csv')"
            )
