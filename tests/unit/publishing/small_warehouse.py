"""A warehouse with a handful of rows and the request that publishes it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import duckdb

from orchestration.publishing.request import (
    ReleaseRequest,
    RunFacts,
    TableDescription,
    TableFacts,
)

FACTS = TableFacts(
    primary_keys={
        "dim_customers": ("customer_id",),
        "fct_mrr_roll_forward": ("period_start", "segment_value"),
        "fct_health_scores": ("customer_id", "as_of_date"),
    },
    descriptions={
        "dim_customers": TableDescription(
            description="One row per customer; it's the paying organisation.",
            columns={"customer_id": "Customer's identifier.", "email": "Address for invoices."},
        )
    },
    personal_columns={"dim_customers": ("customer_name", "email")},
)


def build(path: Path, *, customers: int = 3, mark: int = 1) -> Path:
    """Write the warehouse; `mark` is in every table, so that a mix of two releases shows."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with duckdb.connect(str(path)) as warehouse:
        for schema in ("marts", "scores", "staging"):
            warehouse.execute(f"create schema {schema}")
        warehouse.execute(
            "create table marts.dim_customers as select 'acme:c' || range as customer_id, "
            "'Company ' || range as customer_name, 'c' || range || '@example.com' as email, "
            "cast(? as integer) as mark, 'plumbing' as _load_id from range(?) order by range desc",
            [mark, customers],
        )
        warehouse.execute(
            "create table marts.fct_mrr_roll_forward as select date '2026-09-01' as period_start, "
            "'all' as segment_value, 100.00::decimal(38,10) as starting_mrr_amount, "
            "10.00::decimal(38,10) as new_mrr_amount, 0::decimal(38,10) as reactivation_mrr_amount, "
            "5.00::decimal(38,10) as expansion_mrr_amount, "
            "-2.00::decimal(38,10) as contraction_mrr_amount, "
            "-3.00::decimal(38,10) as churn_mrr_amount, 0::decimal(38,10) as pause_mrr_amount, "
            "0::decimal(38,10) as resume_mrr_amount, 0::decimal(38,10) as fx_mrr_amount, "
            "110.00::decimal(38,10) as ending_mrr_amount, cast(? as integer) as mark",
            [mark],
        )
        warehouse.execute(
            "create table scores.fct_health_scores as select 'acme:c' || range as customer_id, "
            "date '2026-10-31' as as_of_date, 50.0::double as health_score, "
            "cast(? as integer) as mark from range(?)",
            [mark, customers],
        )
        warehouse.execute("create view marts.customers_view as from marts.dim_customers")
        warehouse.execute("create table staging.stg_secret as select 1 as id")
    return path


def change(path: Path, *statements: str) -> Path:
    """Run statements on a warehouse that is not open elsewhere."""
    with duckdb.connect(str(path)) as warehouse:
        for statement in statements:
            warehouse.execute(statement)
    return path


def facts_of_run(run_id: str) -> RunFacts:
    """Facts whose instants rise with the number at the end of the run id."""
    number = int(run_id.lstrip("r") or 0)
    return RunFacts(
        run_id=run_id,
        as_of=datetime(2026, 11, 1, tzinfo=UTC),
        known_at=datetime(2026, 11, 1, 2, tzinfo=UTC),
        data_through=date(2026, 10, 31),
        published_at=datetime(2026, 11, 1, 2 + number // 60, number % 60, tzinfo=UTC),
        code_version="0.1.0",
        policy={"reporting_currency": "USD"},
        checks={"marts": {"passed": True}},
    )


def request_for(root: Path, run_id: str, **changes: object) -> ReleaseRequest:
    """Build the request that publishes `root/warehouse/tenure.duckdb` to `root/releases`."""
    values: dict[str, object] = {
        "warehouse": root / "warehouse" / "tenure.duckdb",
        "releases_dir": root / "releases",
        "run": facts_of_run(run_id),
        "tables": FACTS,
        "duckdb_config": {"threads": 1},
    }
    return ReleaseRequest(**{**values, **changes})  # type: ignore[arg-type]


def nothing_restated(staged: Path, previous: Path) -> list[dict[str, str]]:
    """Stand in for the comparison of closed months: nothing changed."""
    assert staged.is_file()
    assert previous.is_file()
    return []
