"""Runs the probabilities on the warehouse: fits, scores the run's day and past months, appends.

Only reading, writing and their order belong here; every number is made by `scoring.churn`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

from orchestration.scoring.card.definition import CardDefinition
from orchestration.scoring.card.seeds import card_from_seeds
from orchestration.scoring.churn.bands import published_bands
from orchestration.scoring.churn.coefficients import coefficient_table
from orchestration.scoring.churn.forest import node_table
from orchestration.scoring.churn.history import months_to_score, walk_forward
from orchestration.scoring.churn.model import HorizonModel
from orchestration.scoring.churn.model_card import model_card
from orchestration.scoring.churn.monitor import calibration_by_month
from orchestration.scoring.churn.predict import predicted
from orchestration.scoring.churn.settings import ChurnSettings
from orchestration.scoring.churn.snapshots import read_snapshots
from orchestration.scoring.churn.train import fit
from orchestration.scoring.warehouse.churn_tables import (
    CALIBRATION,
    COEFFICIENTS,
    MODEL,
    PROBABILITY,
    TREE_NODES,
    create_churn_tables,
)
from orchestration.scoring.warehouse.health_card import INPUTS, SEEDS
from orchestration.scoring.warehouse.past_quarters import SNAPSHOTS
from orchestration.scoring.warehouse.tables import SCORES, create_tables, insert_rows
from orchestration.scoring.warehouse.transactions import latest_day, writing

CHANGE_DAYS = 28


@dataclass(frozen=True)
class ChurnSummary:
    """What a run did; counts of rows and, by horizon, the rung and what the publish gate said."""

    predicted_customers: int
    months_backfilled: int
    verdicts: str


def score_churn(
    warehouse_path: Path,
    settings: ChurnSettings | None = None,
    *,
    as_of: datetime | None = None,
    threads: int = 2,
    memory_limit: str = "3GB",
) -> ChurnSummary:
    """Fit on past snapshots, score the day of the card's inputs and months that no run has scored.

    Args:
        warehouse_path: DuckDB file with `intermediate.int_churn_snapshots`, the card's inputs and seeds.
        settings: what can be chosen; defaults where None.
        as_of: end of what is measured, UTC without offset: nobody is scored who was a customer only before; that of
            the newest snapshot where None.
        threads: threads for DuckDB.
        memory_limit: memory limit for DuckDB.

    Raises:
        ValueError: the snapshots can't be scored; nothing is written.
    """
    chosen = settings or ChurnSettings()
    with writing(warehouse_path, threads, memory_limit) as connection:
        card = card_from_seeds(
            *(connection.execute(f"from reference.{seed}").df() for seed in SEEDS)
        )
        create_tables(connection)
        create_churn_tables(connection)
        return _append(connection, card, chosen, latest_day(connection, as_of))


def _append(
    connection: duckdb.DuckDBPyConnection,
    card: CardDefinition,
    settings: ChurnSettings,
    day: date | None,
) -> ChurnSummary:
    if day is None:
        return ChurnSummary(0, 0, "no snapshots")
    training = connection.execute(f"from {SNAPSHOTS} where as_of_date <= ?", [day]).df()
    months = months_to_score(
        pd.to_datetime(training["as_of_date"]).dt.date.unique(),
        _stored(connection),
        day,
        settings.backfill_months,
    )
    last = ""
    bands = _published_bands(connection, [*months, day])
    for scored in walk_forward(training, months, card, settings, bands):
        _store_rows(connection, scored.rows, is_backfilled=True)
        if scored.model.version != last:  # many rows of a model come in several frames
            _store_model(connection, scored.model, None, is_backfilled=True)
            last = scored.model.version
    calibration = _monitor(connection, training, settings)
    models = fit(training, card, settings, day).horizons
    customers = 0
    if day not in _stored(connection):
        snapshots = read_snapshots(_inputs(connection, day), card, settings.horizons)
        earlier = _inputs(connection, (pd.Timestamp(day) - pd.Timedelta(days=CHANGE_DAYS)).date())
        customers = len(snapshots)
        band = published_bands(bands, snapshots)
        for model in models.values():
            _store_model(connection, model, calibration, is_backfilled=False)
            for rows in predicted(model, snapshots, card, settings, band, earlier):
                _store_rows(connection, rows, is_backfilled=False)
    return ChurnSummary(customers, len(months), "; ".join(map(_verdict, models.values())))


def _store_rows(
    connection: duckdb.DuckDBPyConnection, rows: pd.DataFrame, *, is_backfilled: bool
) -> None:
    months = pd.to_datetime(rows["as_of_date"]).to_numpy().astype("datetime64[M]")
    insert_rows(
        connection,
        PROBABILITY,
        rows.assign(as_of_month=months.astype("datetime64[s]"), is_backfilled=is_backfilled),
    )


def _store_model(
    connection: duckdb.DuckDBPyConnection,
    model: HorizonModel,
    calibration: pd.DataFrame | None,
    *,
    is_backfilled: bool,
) -> None:
    row = model_card(model, calibration).assign(is_backfilled=is_backfilled)
    insert_rows(connection, MODEL, row)
    insert_rows(connection, COEFFICIENTS, _keyed(coefficient_table(model.linear), model))
    if model.forest is not None:
        insert_rows(connection, TREE_NODES, _keyed(node_table(model.forest), model))


def _keyed(rows: pd.DataFrame, model: HorizonModel) -> pd.DataFrame:
    return rows.assign(
        as_of_date=np.datetime64(model.as_of_date, "s"),
        horizon_days=model.horizon,
        model_version=model.version,
    )


def _monitor(
    connection: duckdb.DuckDBPyConnection, training: pd.DataFrame, settings: ChurnSettings
) -> pd.DataFrame:
    """Past months again in every run: their predictions and outcomes no longer change."""
    past = connection.execute(
        f"""
        select customer_id, as_of_date, horizon_days, churn_probability from scores.{PROBABILITY}
        where churn_probability is not null and day(as_of_date) = 1
        """
    ).df()
    months = calibration_by_month(past, training, settings)
    connection.execute(f"delete from scores.{CALIBRATION}")
    insert_rows(connection, CALIBRATION, months)
    return months


def _stored(connection: duckdb.DuckDBPyConnection) -> set[date]:
    rows = connection.execute(f"select distinct as_of_date from scores.{MODEL}").fetchall()
    return {row[0] for row in rows}


def _inputs(connection: duckdb.DuckDBPyConnection, day: date) -> pd.DataFrame:
    return connection.execute(f"from {INPUTS} where as_of_date = ?", [day]).df()


def _published_bands(connection: duckdb.DuckDBPyConnection, days: list[date]) -> pd.DataFrame:
    return connection.execute(
        f"""
        select customer_id, as_of_date, health_band from scores.{SCORES}
        where list_contains(cast(? as date[]), as_of_date)
        """,
        [days],
    ).df()


def _verdict(model: HorizonModel) -> str:
    said = model.withheld_reason or "published"
    return f"{model.horizon} days: {model.rung}, {said}"
