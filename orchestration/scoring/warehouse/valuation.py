"""Values the customers of the run's day once their probabilities are stored (`lifetime_value.py`)."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from orchestration.scoring.warehouse.lifetime_value import ValuationSummary, value_customers
from orchestration.scoring.warehouse.lifetime_value_tables import create_lifetime_value_tables
from orchestration.scoring.warehouse.transactions import latest_day, writing


def value_warehouse(
    warehouse_path: Path,
    *,
    as_of: datetime | None = None,
    threads: int = 2,
    memory_limit: str = "3GB",
) -> ValuationSummary:
    """Value the customers of the day of the card's inputs, in one transaction.

    Args:
        warehouse_path: DuckDB file with the marts, the seeds and the probabilities of the day.
        as_of: end of what is measured, UTC without offset: nobody is valued who was a customer only before; that of
            the newest snapshot where None.
        threads: threads for DuckDB.
        memory_limit: memory limit for DuckDB.

    Raises:
        ValueError: the seed or the rows can't be used; nothing is written.
    """
    with writing(warehouse_path, threads, memory_limit) as connection:
        create_lifetime_value_tables(connection)
        day = latest_day(connection, as_of)
        if day is None:
            return ValuationSummary(0, None, is_spread_by_health=False)
        return value_customers(connection, day)
