"""The side file with the true hazards, for scoring models. No step of the pipeline reads it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from orchestration.ingestion.simulation.dynamics import Chronicle
from orchestration.ingestion.simulation.futures import HORIZONS
from orchestration.ingestion.simulation.latent import DRIVERS
from orchestration.ingestion.simulation.subscriptions import customer_ids
from orchestration.ingestion.simulation.table import instants, words
from orchestration.ingestion.simulation.timeline import NONE, Timeline

LEAST_EFFECT = 0.1


def write_truth(life: Chronicle, timeline: Timeline, folder: Path) -> int:
    """Write `hazards.parquet`: a row per week and customer who pays and has not given notice.

    `hazard` is the probability that notice is given, or a failed payment given up, in the week;
    `p_churn_30d` and `p_churn_90d` are the same over 30 and 90 days from `week_start`, as far as the
    hidden state of that instant tells; `can_leave_30d` and `can_leave_90d` say whether the contract lets
    anyone give notice in that time. `adds_<component>` is what a component of health adds to the log
    hazard beyond an average customer: of giving notice in the week, and `adds_commercial` moreover what
    payments that may be lost add to all that may end the customer within the longest horizon.
    `true_driver` is the largest of them, NULL where none is above `LEAST_EFFECT`.
    """
    folder.mkdir(parents=True)
    names = life.risks[0].keys()
    weeks = life.risks[: timeline.weeks_until_end]
    rows = {name: np.concatenate([week[name] for week in weeks]) for name in names}
    voluntary, involuntary = rows["voluntary"], rows["involuntary"]
    adds = rows["contributions"].astype(np.float64)
    adds[:, DRIVERS.index("commercial")] += rows["adds_by_payments"]
    driver = np.where(adds.max(axis=1) > LEAST_EFFECT, adds.argmax(axis=1), NONE)
    table = pa.table(
        {
            "customer_id": customer_ids(rows["customer"]),
            "week_start": instants(rows["week_start"]),
            "hazard": pa.array(voluntary + involuntary),
            "hazard_voluntary": pa.array(voluntary),
            "hazard_involuntary": pa.array(involuntary),
            **{f"p_churn_{days}d": pa.array(rows[f"p_{days}d"]) for days in HORIZONS},
            **{f"can_leave_{days}d": pa.array(rows[f"can_leave_{days}d"]) for days in HORIZONS},
            **{
                f"adds_{driver}": pa.array(np.ascontiguousarray(adds[:, k]))
                for k, driver in enumerate(DRIVERS)
            },
            "true_driver": words(DRIVERS, driver),
        }
    )
    pq.write_table(table, folder / "hazards.parquet", compression="zstd")
    return int(table.num_rows)
