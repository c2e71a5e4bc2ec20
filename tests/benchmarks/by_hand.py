"""The revenue marts' months as an analyst would write them: lean SQL of one engine, in one connection.

The same landing, the same policy (the defaults), the same numbers; month grain only, one source, no
trials, no committed MRR, no reasons for churn, no events, no tests. So the ratio says what the marts
cost beyond the least that is needed for MRR, its movements, the roll-forward, NRR and GRR.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from string import Template

import duckdb

SCRIPTS = Path(__file__).parent / "by_hand"

KEYS = {"month", "customer", "type", "segment", "value"}
# Month-grain rows of the marts in the columns of the script's tables.
MARTS = {
    "movements": """
        select period_start as month, regexp_replace(customer_id, '^[^:]*:', '') as customer, movement_type as type,
            movement_amount as amount, starting_mrr_amount as starting, ending_mrr_amount as ending
        from marts.fct_mrr_movements where grain = 'month'
    """,
    "roll_forward": """
        select forward.period_start as month, forward.segment_name as segment, forward.segment_value as value,
            forward.starting_mrr_amount as starting, starting_customers_count as customers, new_mrr_amount as new,
            reactivation_mrr_amount as reactivation, expansion_mrr_amount as expansion,
            contraction_mrr_amount as contraction, churn_mrr_amount as churn, pause_mrr_amount as pause,
            resume_mrr_amount as resume, fx_mrr_amount as fx
        from marts.fct_mrr_roll_forward as forward where grain = 'month'
    """,
    "retention": """
        select period_start as month, segment_name as segment, segment_value as value,
            starting_mrr_amount as starting, retained_mrr_amount as kept_net, gross_retained_mrr_amount as kept_gross,
            starting_customers_count as customers, lost_customers_count as lost,
            net_revenue_retention_ratio as nrr, gross_revenue_retention_rate as grr
        from marts.fct_retention where grain = 'month'
    """,
}


def build_by_hand(
    landing: Path, warehouse: Path, as_of: datetime, *, threads: int, memory: str
) -> None:
    """Build the tables in a DuckDB file."""
    warehouse.unlink(missing_ok=True)
    config = {"threads": str(threads), "memory_limit": memory}
    with duckdb.connect(str(warehouse), config=config) as connection:
        for script in sorted(SCRIPTS.glob("*.sql")):
            text = Template(script.read_text(encoding="utf-8"))
            connection.execute(text.substitute(landing=landing, as_of=as_of))


def differences(by_hand: Path, marts: Path) -> dict[str, int]:
    """Rows that are in one of the two and not in the other, by table; empty when they agree.

    The marts begin with the first trial or booking, the script with the first change of MRR: months
    before that are compared with nothing and must be without any amount.
    """
    found = {}
    with duckdb.connect(str(by_hand), read_only=True) as connection:
        connection.execute(f"attach '{marts}' as warehouse (read_only)")
        for table, sql in MARTS.items():
            connection.execute("use warehouse")
            connection.execute(f"create or replace temp table of_marts as {sql}")
            connection.execute(f"use {by_hand.stem}")
            columns = [row[0] for row in connection.execute("describe of_marts").fetchall()]
            listed = ", ".join(columns)
            amounts = " or ".join(f"{name} <> 0" for name in columns if name not in KEYS)
            (rows,) = connection.execute(f"""
                with both_ways as (
                    (select {listed} from of_marts except all select {listed} from {table})
                    union all
                    (select {listed} from {table} except all select {listed} from of_marts)
                )
                select count(*) from both_ways
                where month >= (select min(month) from months) or {amounts}
            """).fetchall()
            (counted,) = connection.execute(f"select count(*) from {table}").fetchall()
            assert counted[0] > 0, f"{table} is empty"
            if rows[0]:
                found[table] = int(rows[0])
    return found
