"""Raw support tickets: more of them, and more severe ones, in weeks with bugs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from orchestration.ingestion.simulation.dynamics import Chronicle
from orchestration.ingestion.simulation.streams import Streams
from orchestration.ingestion.simulation.subscriptions import customer_ids
from orchestration.ingestion.simulation.table import Table, ids, instants, integers, where, words
from orchestration.ingestion.simulation.timeline import (
    DAY,
    HOUR,
    NONE,
    WEEK,
    Bools,
    Floats,
    Ints,
    Timeline,
)
from orchestration.ingestion.simulation.users import Users, user_ids
from orchestration.ingestion.simulation.voices import subjects

STATUSES = ("new", "open", "pending", "solved", "closed")
NEW, OPEN, PENDING, SOLVED, CLOSED = range(5)
PRIORITIES = ("low", "normal", "high", "urgent")
TYPES = ("question", "incident", "problem", "task")
CHANNELS = ("email", "chat", "web", "phone")
SATISFACTION = ("good", "bad", "offered")
CALM_RATE, BUG_RATE = 0.035, 0.20
"""Tickets per week and square root of seats, without bugs and per unit of bugs."""

FIRST_ANSWER_HOURS: Floats = np.array([14.0, 6.0, 2.0, 0.7])
SOLVE_HOURS: Floats = np.array([70.0, 40.0, 20.0, 9.0])


@dataclass(frozen=True)
class Tickets:
    """Arrays by ticket, in order of creation."""

    customer: Ints
    user: Ints
    created: Ints
    answered: Ints
    solved: Ints
    closed: Ints
    priority: Ints
    is_incident: Bools
    reopened: Bools
    satisfaction: Ints
    sentiment: Floats
    draw: Floats


def open_tickets(life: Chronicle, users: Users, timeline: Timeline, streams: Streams) -> Tickets:
    """Draw all tickets of the company."""
    window = (life.access_until - life.access_from).clip(0)
    bugs = np.maximum(life.bugs, 0)
    load = np.sqrt(np.maximum(life.seats, 1)) * window / WEEK
    rng = streams.of("tickets")
    counts = rng.poisson(load * (CALM_RATE + BUG_RATE * bugs))
    week, customer = (np.repeat(axis, counts[counts > 0]) for axis in np.nonzero(counts))
    size = len(week)
    draw = rng.random((size, 9))
    offset = life.access_from[week, customer] + (draw[:, 0] * window[week, customer]).astype(int)
    created = timeline.start + week * WEEK + offset
    share = BUG_RATE * bugs[week, customer]
    is_incident = draw[:, 1] < 0.1 + 0.9 * share / (CALM_RATE + share)
    severe = is_incident & (draw[:, 2] < 0.65)
    priority = np.where(severe, 2 + (draw[:, 3] < 0.35), (draw[:, 3] < 0.6) * 1)
    hours = FIRST_ANSWER_HOURS[priority] * np.exp(0.7 * rng.standard_normal(size))
    work = SOLVE_HOURS[priority] * np.exp(0.8 * rng.standard_normal(size))
    answered = created + 60 + (hours * HOUR).astype(np.int64)
    reopened = draw[:, 4] < np.where(is_incident, 0.14, 0.04)
    solved = answered + 60 + (work * HOUR).astype(np.int64)
    sentiment = life.sentiment[week, customer].astype(np.float64)
    mood = 1.3 + 0.9 * sentiment - 0.015 * hours - 0.8 * reopened
    good = draw[:, 5] < 1 / (1 + np.exp(-mood))
    satisfaction = np.where(good, 0, 1)
    satisfaction = np.where(draw[:, 6] < 0.3, satisfaction, np.where(draw[:, 6] < 0.7, 2, NONE))
    place = life.champions_lost[week, customer].astype(np.int64)
    place += (life.active_users[week, customer] * draw[:, 7] ** 1.4).astype(np.int64)
    order = np.lexsort((draw[:, 0], created))
    tickets = Tickets(
        customer, users.number[users.position(customer, place)], created, answered, solved,
        solved + np.where(reopened, 9, 5) * DAY, priority, is_incident, reopened,
        satisfaction, sentiment, draw[:, 8],
    )  # fmt: skip
    return Tickets(**{name: getattr(tickets, name)[order] for name in vars(tickets)})


def ticket_ids(numbers: Ints) -> object:
    """Identifiers of tickets."""
    return ids("tic_", numbers, width=7)


def ticket_versions(tickets: Tickets) -> Table:
    """Object `support_tickets`: new, answered, solved, some reopened and solved again, closed."""
    n = len(tickets.customer)
    every, again = np.arange(n), np.flatnonzero(tickets.reopened)
    second = tickets.solved + 2 * DAY
    reopened_at = tickets.solved + DAY
    steps = (
        (every, NEW, tickets.created),
        (every, PENDING, tickets.answered),
        (every, SOLVED, tickets.solved),
        (again, OPEN, reopened_at[again]),
        (again, SOLVED, second[again]),
        (every, CLOSED, tickets.closed),
    )
    i = np.concatenate([s[0] for s in steps])
    status = np.concatenate([np.full(len(s[0]), s[1]) for s in steps])
    at = np.concatenate([s[2] for s in steps])
    step = np.repeat(np.arange(len(steps)), [len(s[0]) for s in steps])
    reopens = tickets.reopened[i] & (step >= 3)
    solved = np.where(reopens & (step > 3), second[i], tickets.solved[i])
    kind = np.where(tickets.is_incident, 1 + (tickets.draw > 0.8), (tickets.draw > 0.9) * 3)
    columns = {
        "ticket_id": ticket_ids(i),
        "customer_id": where(customer_ids(tickets.customer[i]), tickets.draw[i] > 0.03),
        "user_id": user_ids(tickets.user[i]),
        "subject": subjects(tickets.is_incident.astype(np.int64)[i], tickets.draw[i]),
        "status": words(STATUSES, status),
        "priority": words(PRIORITIES, np.where(tickets.draw[i] > 0.98, NONE, tickets.priority[i])),
        "ticket_type": words(TYPES, kind[i]),
        "channel": words(CHANNELS, (tickets.draw[i] * 4).astype(np.int64)),
        "created_at": instants(tickets.created[i]),
        "first_responded_at": instants(np.where(step > 0, tickets.answered[i], NONE)),
        "solved_at": instants(np.where((step == 2) | (step > 3), solved, NONE)),
        "reopen_count": integers(reopens.astype(np.int64)),
        "satisfaction_score": words(
            SATISFACTION, np.where(step == 5, tickets.satisfaction[i], NONE)
        ),
        "updated_at": instants(at),
    }
    return Table("support_tickets", columns, at)
