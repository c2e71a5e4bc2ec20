"""Runs the card on the warehouse: reads inputs and seeds, appends scores and points in one transaction.

Only reading, writing and their order belong here; every number is made by `card.py`'s steps, every rule
of what may be appended by `snapshots.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import duckdb
import pandas as pd

from orchestration.scoring.card.definition import CardDefinition
from orchestration.scoring.card.points_lost import explain
from orchestration.scoring.card.raw import score_raw
from orchestration.scoring.card.seeds import card_from_seeds
from orchestration.scoring.card.snapshots import dates_to_append, new_snapshots
from orchestration.scoring.card.verdicts import SLOPE_WEEKS, conclude
from orchestration.scoring.warehouse.past_quarters import score_past_quarters
from orchestration.scoring.warehouse.tables import (
    POINTS_LOST,
    SCORES,
    create_tables,
    delete_snapshots,
    insert_rows,
    stored_dates,
    stored_scores,
)

INPUTS = "intermediate.int_health_card_inputs"
SEEDS = ("health_cards", "health_components", "health_metrics", "health_profiles")
# Frames of this many customers keep memory flat however many there are.
CUSTOMERS_PER_FRAME = 100_000
# A snapshot is taken at the last midnight before as_of; a day may have 25 hours.
MAXIMUM_AGE = timedelta(hours=25)
WEEK = timedelta(weeks=1)
# What a change of clocks takes from a week.
HOUR = timedelta(hours=1)


class StaleInputsError(RuntimeError):
    """The inputs in the warehouse were built for another instant than the one to be scored."""


@dataclass(frozen=True)
class ScoringSummary:
    """What a run of the card did; counts are of its own snapshot, except for the two last."""

    card_version: str
    as_of_date: date | None
    customers: int
    insufficient_data: int
    capped: int
    snapshots_appended: int
    points_lost_appended: int


def score_warehouse(
    warehouse_path: Path,
    as_of: datetime,
    *,
    rebuild: bool = False,
    threads: int = 2,
    memory_limit: str = "3GB",
) -> ScoringSummary:
    """Score the inputs that dbt built for `as_of`, and append the new snapshots to schema `scores`.

    Args:
        warehouse_path: DuckDB file with the seeds in `reference`, `intermediate.int_health_card_inputs` and,
            for the quarters before a first run, `intermediate.int_churn_snapshots`.
        as_of: end of what is measured, UTC without offset.
        rebuild: replace published snapshots of the dates in the inputs instead of keeping them.
        threads: threads for DuckDB.
        memory_limit: memory limit for DuckDB.

    Raises:
        StaleInputsError: the inputs belong to another `as_of`; nothing is written.
        CardDefinitionError: the seeds don't make a valid card; nothing is written.
        ValueError: the inputs can't be scored; nothing is written.
    """
    config: dict[str, str | bool | int | float | list[str]] = {
        "threads": threads,
        "memory_limit": memory_limit,
    }
    with duckdb.connect(str(warehouse_path), config=config) as connection:
        card = card_from_seeds(
            *(connection.execute(f"from reference.{seed}").df() for seed in SEEDS)
        )
        dates, day = _input_dates(connection, as_of)
        connection.begin()
        try:
            summary = _append(connection, card, dates, day, rebuild=rebuild)
        except BaseException:
            connection.rollback()
            raise
        connection.commit()
    return summary


def _input_dates(
    connection: duckdb.DuckDBPyConnection, as_of: datetime
) -> tuple[list[date], date | None]:
    """Days of the inputs, and the run's own: whole weeks after the last of them when everybody has left since."""
    rows = connection.execute(
        f"select distinct as_of_date, snapshot_at from {INPUTS} order by as_of_date"
    ).fetchall()
    if not rows:
        return [], None
    weeks, age = divmod(as_of - rows[-1][1] + HOUR, WEEK)
    if as_of < rows[-1][1] or age >= MAXIMUM_AGE + HOUR:
        raise StaleInputsError(
            f"{INPUTS} was built for {rows[-1][1]} UTC, not for {as_of} UTC. "
            "Build it again with the same as_of: `tenure run` does both."
        )
    return [row[0] for row in rows], rows[-1][0] + weeks * WEEK


def _append(
    connection: duckdb.DuckDBPyConnection,
    card: CardDefinition,
    dates: list[date],
    own_day: date | None,
    *,
    rebuild: bool,
) -> ScoringSummary:
    create_tables(connection)
    stored = stored_dates(connection, SCORES)
    explained_dates = {own_day}
    run_dates = dates if own_day is None else [*dates, own_day]
    new_dates = set(dates_to_append(run_dates, stored, SLOPE_WEEKS))
    if rebuild:
        new_dates |= stored
        explained_dates |= stored_dates(connection, POINTS_LOST)
        delete_snapshots(connection, dates)
    history = stored_scores(connection, dates)
    snapshots = []
    points_count = 0
    for day in dates:
        for frame in _input_frames(connection, day):
            raw = score_raw(frame, card)
            snapshots.append(raw.by_snapshot())
            if day in explained_dates:
                points = new_snapshots(history, explain(raw, card))
                points_count += insert_rows(connection, POINTS_LOST, points)
    if not snapshots:
        return ScoringSummary(card.version, None, 0, 0, 0, 0, 0)

    scores = conclude(pd.concat(snapshots, ignore_index=True), card, history)
    days = pd.to_datetime(scores["as_of_date"]).dt.date
    own = scores[days == own_day]
    told = [scores[days.isin(new_dates)]]
    if not stored:
        told += score_past_quarters(connection, card, before=min(new_dates))
    appended = new_snapshots(history, pd.concat(told, ignore_index=True))
    appended["is_reconstructed"] = pd.to_datetime(appended["as_of_date"]).dt.date != own_day
    return ScoringSummary(
        card_version=card.version,
        as_of_date=own_day,
        customers=len(own),
        insufficient_data=int(own["health_score"].isna().sum()),
        capped=int(own["cap_reason"].notna().sum()),
        snapshots_appended=insert_rows(connection, SCORES, appended),
        points_lost_appended=points_count,
    )


def _input_frames(connection: duckdb.DuckDBPyConnection, day: date) -> Iterator[pd.DataFrame]:
    """Inputs of one snapshot, read beside the open transaction so that rows can be written meanwhile."""
    with connection.cursor() as cursor:
        batches = cursor.execute(
            f"select * from {INPUTS} where as_of_date = ? order by customer_id", [day]
        ).to_arrow_reader(CUSTOMERS_PER_FRAME)
        for batch in batches:
            yield batch.to_pandas(date_as_object=False)
