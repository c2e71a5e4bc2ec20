"""An earlier state holds the health scores that were published by then, and no others."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb

from orchestration.scoring.warehouse.churn_tables import create_churn_tables
from orchestration.scoring.warehouse.published_before import carry_over
from orchestration.scoring.warehouse.tables import create_tables

COLUMNS = "customer_id, as_of_date, coverage_rate, profile, status, is_reconstructed, card_version"


def inputs(path: Path, last: str) -> Path:
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema intermediate")
        connection.execute(
            "create table intermediate.int_health_card_inputs as "
            f"select date '{last}' as as_of_date union all select date '2025-01-01'"
        )
    return path


def published(path: Path) -> Path:
    with duckdb.connect(str(path)) as connection:
        create_tables(connection)
        for day in ("2025-03-01", "2025-03-08", "2025-03-09"):
            connection.execute(
                f"insert into scores.fct_health_scores ({COLUMNS}) "
                "values ('a', ?, 1, 'p', 'scored', false, 'v')",
                [day],
            )
    return path


def days(path: Path) -> list[date]:
    with duckdb.connect(str(path), read_only=True) as connection:
        rows = connection.execute("select as_of_date from scores.fct_health_scores order by all")
        return [day for (day,) in rows.fetchall()]


def test_scores_up_to_the_inputs_are_copied_once(tmp_path: Path) -> None:
    warehouse = inputs(tmp_path / "again.duckdb", "2025-03-08")
    for _ in range(2):  # a resumed run copies again
        carry_over(published(tmp_path / "tenure.duckdb"), warehouse)
        (tmp_path / "tenure.duckdb").unlink()
    assert days(warehouse) == [date(2025, 3, 1), date(2025, 3, 8)]


def test_without_published_scores_the_tables_are_empty(tmp_path: Path) -> None:
    warehouse = inputs(tmp_path / "again.duckdb", "2025-03-08")
    carry_over(tmp_path / "missing.duckdb", warehouse)
    assert days(warehouse) == []
    inputs(tmp_path / "unscored.duckdb", "2025-03-08")
    carry_over(tmp_path / "unscored.duckdb", warehouse)
    assert days(warehouse) == []


def test_predictions_and_models_are_carried_as_well(tmp_path: Path) -> None:
    path = published(tmp_path / "tenure.duckdb")
    with duckdb.connect(str(path)) as connection:
        create_churn_tables(connection)
        for day in ("2025-03-01", "2025-03-09"):
            connection.execute(
                "insert into scores.fct_churn_tree_nodes values (?, 30, 'v', 0, 0, null, null, null, null, 1)",
                [day],
            )
    warehouse = inputs(tmp_path / "again.duckdb", "2025-03-08")
    carry_over(path, warehouse)
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        carried = connection.execute(
            "select as_of_date from scores.fct_churn_tree_nodes"
        ).fetchall()
    assert carried == [(date(2025, 3, 1),)]
