"""Raw onboarding projects: kick-off, set-up, completion and what the customer thought of it."""

from __future__ import annotations

import numpy as np

from orchestration.ingestion.simulation.contracts import MANAGERS
from orchestration.ingestion.simulation.dynamics import Chronicle
from orchestration.ingestion.simulation.streams import Streams
from orchestration.ingestion.simulation.subscriptions import customer_ids
from orchestration.ingestion.simulation.table import Table, ids, instants, numbers, words
from orchestration.ingestion.simulation.timeline import DAY, NONE, WEEK, Bools, Ints, Timeline

STATUSES = ("not_started", "in_progress", "completed", "canceled")
NOT_STARTED, IN_PROGRESS, COMPLETED, CANCELED = range(4)
SHARE_BY_PLAN = np.array([0.12, 0.5, 0.85, 1.0])
GIVE_UP = 90 * DAY


def project_versions(life: Chronicle, timeline: Timeline, streams: Streams) -> Table:
    """Object `crm_onboarding_projects`: created, kicked off, set up, then completed or canceled."""
    people = life.population
    draw = streams.of("onboarding").random((people.size, 6))
    has = np.flatnonzero(draw[:, 0] < SHARE_BY_PLAN[people.plan])
    created = people.arrival[has] + ((0.1 + draw[has, 1]) * DAY).astype(np.int64)
    # Kick-off is held before set-up is done, when set-up takes longer than two days.
    kickoff_after = ((1 + 6 * draw[has, 2]) * DAY).astype(np.int64)
    kickoff = created + np.minimum(
        kickoff_after, np.maximum(people.setup_after[has] // 2, DAY // 2)
    )
    setup = np.maximum(people.arrival[has] + people.setup_after[has], kickoff + DAY // 4)
    value = people.arrival[has] + people.value_after[has]
    set_up = (people.setup_after[has] < GIVE_UP) & _had_access(life, timeline, has, setup)
    kicked = _had_access(life, timeline, has, kickoff)
    valued = set_up & (value - created < GIVE_UP) & _had_access(life, timeline, has, value)
    completed = np.maximum(np.where(valued, value, setup + 30 * DAY), setup) + DAY
    completes = set_up & kicked & (valued | (draw[has, 3] < 0.5))
    last = np.where(completes, completed, np.maximum(created + GIVE_UP, setup * set_up + DAY))
    steps = (
        (np.ones(len(has), dtype=bool), NOT_STARTED, created),
        (kicked, IN_PROGRESS, kickoff),
        (kicked & set_up, IN_PROGRESS, setup),
        (completes | ~valued, None, last),
    )
    row = np.concatenate([np.flatnonzero(s[0]) for s in steps])
    step = np.repeat(np.arange(len(steps)), [int(s[0].sum()) for s in steps])
    at = np.concatenate([s[2][s[0]] for s in steps])
    final = np.where(completes[row], COMPLETED, CANCELED)
    status = np.where(step == 3, final, np.where(step > 0, IN_PROGRESS, NOT_STARTED))
    score = np.round(3.9 + 0.5 * people.fit[has] + 1.6 * (draw[has, 4] - 0.5)).clip(1, 5)
    rated = (status == COMPLETED) & (draw[has, 5] < 0.7)[row]
    columns = {
        "onboarding_project_id": ids("onb_", has[row]),
        "customer_id": customer_ids(has[row]),
        "owner_name": words(MANAGERS, has[row] % len(MANAGERS)),
        "status": words(STATUSES, status),
        "kickoff_at": instants(np.where((step > 0) & kicked[row], kickoff[row], NONE)),
        "setup_completed_at": instants(
            np.where((step > 1) & set_up[row] & kicked[row], setup[row], NONE)
        ),
        "completed_at": instants(np.where(status == COMPLETED, at, NONE)),
        "feedback_score": numbers(score[row], rated, digits=4),
        "created_at": instants(created[row]),
        "updated_at": instants(at),
    }
    return Table("crm_onboarding_projects", columns, at)


def _had_access(life: Chronicle, timeline: Timeline, customer: Ints, at: Ints) -> Bools:
    week = (at - timeline.start) // WEEK
    inside = week < len(life.seats)
    week = np.minimum(week, len(life.seats) - 1)
    offset = at - timeline.start - week * WEEK
    open_ = offset >= life.access_from[week, customer]
    return inside & open_ & (offset < life.access_until[week, customer])
