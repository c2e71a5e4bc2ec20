"""What the card would have said at the quarters before a first run, so that it can be held against what came.

Only once: after it there is history, and the past is never judged by a later card.
"""

from __future__ import annotations

from datetime import date

import duckdb
import pandas as pd

from orchestration.scoring.card.definition import CardDefinition
from orchestration.scoring.card.raw import score_raw
from orchestration.scoring.card.verdicts import conclude

# What the card measures at every month start, as known then.
SNAPSHOTS = "intermediate.int_churn_snapshots"
QUARTERS = 8


def score_past_quarters(
    connection: duckdb.DuckDBPyConnection, card: CardDefinition, before: date
) -> list[pd.DataFrame]:
    """Scores of the last quarters' first month starts, a frame each (`verdicts.SCORE_COLUMNS`).

    A quarter stands by itself: neighbouring weeks are not known, so nothing is smoothed and no trend is told.

    Args:
        connection: With `intermediate.int_churn_snapshots`.
        card: Weights, ramps and rules.
        before: First day that is scored anyway.
    """
    days = connection.execute(
        f"""
        select min(as_of_date) from {SNAPSHOTS} where as_of_date < ?
        group by date_trunc('quarter', as_of_date) order by 1 desc limit {QUARTERS}
        """,
        [before],
    ).fetchall()
    scored = []
    for (day,) in days:
        measured = connection.execute(
            f"from {SNAPSHOTS} where as_of_date = ? order by customer_id", [day]
        ).df()
        scored.append(conclude(score_raw(measured, card).by_snapshot(), card, None))
    return scored
