"""Texts that people write in tickets and surveys; some are hostile on purpose."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from orchestration.ingestion.simulation.naming import HOSTILE
from orchestration.ingestion.simulation.timeline import Floats, Ints

HOSTILE_SHARE = 0.004
GOOD = (
    "Saves us hours every week", "Love the dashboards", "Support is quick and kind",
    "Reports are exactly what our board wants", "Easy to set up",
)  # fmt: skip
FAIR = (
    "Does the job", "Good, but exports are slow", "Would like more integrations",
    "Pricing is a bit steep for our size", "Fine so far",
)  # fmt: skip
POOR = (
    "Too many bugs lately", "We hardly use it any more", "Support took days to answer",
    "Missing features that we were promised", "Too expensive for what we use",
)  # fmt: skip
SUBJECTS = (
    "How do I invite a colleague?", "Question about our invoice", "Export does not open",
    "Dashboard is slow", "Feature request: dark mode", "Cannot change my password",
)  # fmt: skip
INCIDENTS = (
    "Error 500 when saving a report", "Data is missing since this morning",
    "Automation ran twice", "Nobody here can log in", "Wrong totals on the dashboard",
)  # fmt: skip


def comments(mood: Ints, draw: Floats) -> Any:
    """Comments by mood (0 poor, 1 fair, 2 good); `draw` in [0, 1) picks one."""
    spread = (draw * 977) % 1
    picked = [
        pa.array(t).take(pa.array((spread * len(t)).astype(np.int64))) for t in (POOR, FAIR, GOOD)
    ]
    chosen = pc.choose(pa.array(mood), *picked)
    return _with_hostile(chosen, draw)


def subjects(is_incident: Ints, draw: Floats) -> Any:
    """Subject lines of tickets: 0 question, 1 incident."""
    spread = (draw * 977) % 1
    picked = [
        pa.array(t).take(pa.array((spread * len(t)).astype(np.int64)))
        for t in (SUBJECTS, INCIDENTS)
    ]
    return _with_hostile(pc.choose(pa.array(is_incident), *picked), draw)


def _with_hostile(texts: Any, draw: Floats) -> Any:
    which = (draw * 7919 % 1 * len(HOSTILE)).astype(np.int64)
    return pc.if_else(
        pa.array(draw < HOSTILE_SHARE), pa.array(HOSTILE).take(pa.array(which)), texts
    )
