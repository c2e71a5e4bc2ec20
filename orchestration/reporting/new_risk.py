"""Accounts that turned red since the release before, and those that recovered, with their MRR."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import duckdb

RED = "red"


@dataclass(frozen=True)
class RiskChange:
    """Accounts and MRR that became red, and accounts that are red no more."""

    new_accounts: int
    new_mrr: Decimal
    recovered_accounts: int


def risk_change(database: Path, previous: Path) -> RiskChange | None:
    """Compare the latest health bands of two releases; None where either has none.

    Args:
        database: DuckDB file of the new release.
        previous: DuckDB file of the one before.
    """
    with duckdb.connect(":memory:") as connection:
        for name, path in (("fresh", database), ("former", previous)):
            quoted = "'" + str(path).replace("'", "''") + "'"
            connection.execute(f"attach {quoted} as {name} (read_only)")
            has_scores = connection.execute(
                "select 1 from duckdb_tables() where database_name = ?"
                " and table_name = 'fct_health_scores' and estimated_size > 0",
                [name],
            ).fetchone()
            if not has_scores:
                return None
        row = connection.execute(
            """
            with now as (
                select customer_id, health_band from fresh.marts.fct_health_scores
                where as_of_date = (select max(as_of_date) from fresh.marts.fct_health_scores)
            ),
            before as (
                select customer_id, health_band from former.marts.fct_health_scores
                where as_of_date = (select max(as_of_date) from former.marts.fct_health_scores)
            ),
            compared as (
                select
                    now.customer_id,
                    now.health_band is not distinct from $1 as is_red,
                    before.health_band is not distinct from $1 as was_red
                from now join before using (customer_id)
            )
            select
                count(*) filter (is_red and not was_red),
                coalesce(sum(mrr_amount) filter (is_red and not was_red), 0),
                count(*) filter (was_red and not is_red)
            from compared left join fresh.marts.dim_customers using (customer_id)
            """,
            [RED],
        ).fetchone()
    return RiskChange(int(row[0]), Decimal(row[1]), int(row[2])) if row else None
