"""Raw surveys: definitions, what was sent to whom, and who answered what.

NPS every quarter, CSAT and CES after tickets, onboarding feedback after set-up, product usage twice
a year. Answers are noisy pictures of the customer's sentiment and of the person who answers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from orchestration.ingestion.simulation.dynamics import Chronicle
from orchestration.ingestion.simulation.journal import join_rows
from orchestration.ingestion.simulation.streams import Streams
from orchestration.ingestion.simulation.subscriptions import customer_ids
from orchestration.ingestion.simulation.support import Tickets, ticket_ids
from orchestration.ingestion.simulation.table import (
    Table,
    constant,
    ids,
    instants,
    numbers,
    where,
    words,
)
from orchestration.ingestion.simulation.timeline import (
    DAY,
    HOUR,
    NONE,
    WEEK,
    Floats,
    Ints,
    Timeline,
)
from orchestration.ingestion.simulation.users import Users, user_emails, user_ids
from orchestration.ingestion.simulation.voices import comments


@dataclass(frozen=True)
class Survey:
    """A survey: its scale, who answers how often, and what an average customer says."""

    survey_id: str
    name: str
    survey_type: str
    scale: str
    lowest: int
    highest: int
    mean: float
    by_sentiment: float
    spread: float
    answer_rate: float


NPS, CSAT, CES, ONBOARDING, PRODUCT = range(5)
SURVEYS = (
    Survey("svy_nps", "Quarterly NPS", "nps", "nps_0_10", 0, 10, 8.97, 1.6, 1.5, 0.22),
    Survey("svy_csat", "After a ticket", "csat", "csat_5", 1, 5, 4.3, 0.75, 0.8, 0.30),
    Survey("svy_ces", "Effort after a ticket", "ces", "ces_7", 1, 7, 5.3, 0.6, 1.2, 0.22),
    Survey("svy_onb", "How was the start?", "onboarding", "rating_5", 1, 5, 4.1, 0.4, 0.8, 0.35),
    Survey("svy_use", "Using the product", "product_usage", "rating_5", 1, 5, 4.1, 0.6, 0.8, 0.18),
)
NPS_WEEKS, PRODUCT_WEEKS = 13, 26


class Answers:
    """All sends in order of sending, and the answers to some of them."""

    def __init__(
        self, life: Chronicle, users: Users, tickets: Tickets, timeline: Timeline, streams: Streams
    ) -> None:
        self._users, self._tickets = users, tickets
        asked = [
            _regular(life, users, timeline, streams, NPS, NPS_WEEKS),
            _regular(life, users, timeline, streams, PRODUCT, PRODUCT_WEEKS),
            _after_tickets(tickets, streams),
            _after_setup(life, users, timeline),
        ]
        rows = join_rows(*asked)
        order = np.lexsort((rows["user"], rows["survey"], rows["at"]))
        self.survey, self.customer = rows["survey"][order], rows["customer"][order]
        self.user, self.at = rows["user"][order], rows["at"][order]
        self.ticket: Ints = rows["ticket"][order]
        self.sentiment: Floats = rows["sentiment"][order]
        rng = streams.of("answers")
        size = len(self.at)
        draw = rng.random((size, 4))
        # People are of their own mind: half of the spread belongs to the person.
        person = streams.of("minds").standard_normal(len(users.customer))
        mind = person[np.searchsorted(users.number, self.user)]
        noise = 0.7 * mind + 0.7 * rng.standard_normal(size)

        def of(name: str) -> Floats:
            return np.array([getattr(s, name) for s in SURVEYS])[self.survey]

        score = of("mean") + of("by_sentiment") * self.sentiment + of("spread") * noise
        self.score: Floats = np.clip(np.round(score), of("lowest"), of("highest"))
        eager = 1 + 0.12 * np.abs(noise) + 0.08 * self.sentiment
        self.answers = np.flatnonzero(draw[:, 0] < of("answer_rate") * eager)
        wait = np.exp(2.6 + 1.1 * rng.standard_normal(size)).clip(0.05, 400) * HOUR
        self.answered_at: Ints = self.at + wait.astype(np.int64)
        self._draw = draw
        level = (self.score - of("lowest")) / (of("highest") - of("lowest"))
        self._mood: Ints = np.searchsorted([0.62, 0.88], level)

    def promoters(self) -> tuple[Ints, Ints]:
        """Customers with a first answer of 10 to the NPS survey, and when it came."""
        ten = self.answers[(self.survey[self.answers] == NPS) & (self.score[self.answers] == 10)]
        ten = ten[np.argsort(self.answered_at[ten], kind="stable")]
        customers, first = np.unique(self.customer[ten], return_index=True)
        return customers, self.answered_at[ten[first]]

    def sends(self) -> Table:
        """Object `survey_sends`."""
        n = np.arange(len(self.at))
        columns = {
            "survey_send_id": ids("snd_", n, width=8),
            "survey_id": words([s.survey_id for s in SURVEYS], self.survey),
            "user_id": user_ids(self.user),
            "customer_id": customer_ids(self.customer),
            "respondent_email": user_emails(self.user),
            "channel": constant("email", len(n)),
            "sent_at": instants(self.at),
        }
        return Table("survey_sends", columns, self.at)

    def responses(self) -> Table:
        """Object `survey_responses`: a few are changed later, or opened and left empty."""
        changed = self.answers[self._draw[self.answers, 1] < 0.02]
        i = np.r_[self.answers, changed]
        is_changed = np.arange(len(i)) >= len(self.answers)
        score = self.score[i]
        highest = np.array([s.highest for s in SURVEYS])[self.survey[i]]
        score = np.where(is_changed, np.minimum(score + 1, highest), score)
        at = self.answered_at[i] + np.where(is_changed, 30 * HOUR, 0)
        empty = self._draw[i, 2] < 0.005
        # A hundredth of the answers reaches the export only days later.
        known = at + np.where(self._draw[i, 1] > 0.99, 6 * DAY, 0)
        ticket = self.ticket[i]
        columns = {
            "survey_response_id": ids("rsp_", i, width=8),
            "survey_id": words([s.survey_id for s in SURVEYS], self.survey[i]),
            "survey_send_id": ids("snd_", i, width=8),
            "user_id": user_ids(self.user[i]),
            "customer_id": where(customer_ids(self.customer[i]), self._draw[i, 2] < 0.9),
            "respondent_email": user_emails(self.user[i]),
            "score": numbers(score, ~empty, digits=4),
            "comment": where(comments(self._mood[i], self._draw[i, 3]), self._draw[i, 3] < 0.45),
            "ticket_id": where(ticket_ids(np.maximum(ticket, 0)), ticket >= 0),
            "responded_at": instants(self.answered_at[i]),
            "updated_at": instants(at),
        }
        return Table("survey_responses", columns, known)


def definitions(timeline: Timeline) -> Table:
    """Object `survey_definitions`."""
    n = len(SURVEYS)
    made = np.full(n, timeline.start - 30 * DAY)
    columns = {
        "survey_id": pa.array([s.survey_id for s in SURVEYS]),
        "survey_name": pa.array([s.name for s in SURVEYS]),
        "survey_type": pa.array([s.survey_type for s in SURVEYS]),
        "scale_code": pa.array([s.scale for s in SURVEYS]),
        "created_at": instants(made),
    }
    return Table("survey_definitions", columns, made)


def _regular(
    life: Chronicle, users: Users, timeline: Timeline, streams: Streams, survey: int, every: int
) -> dict[str, Any]:  # fmt: skip
    """A survey to some active users of each customer, every so many weeks."""
    weeks, n = life.active_users.shape
    rng = streams.of("sends", survey)
    first = rng.integers(4, 4 + every, n)
    week, customer = np.nonzero(
        ((np.arange(weeks)[:, None] - first) % every == 0)
        & (life.access_from == 0) & (life.access_until == WEEK)
    )  # fmt: skip
    active = life.active_users[week, customer]
    wanted = np.minimum(active, np.where(survey == NPS, 1 + active // 4, 1)).clip(0, 8)
    which = np.arange(wanted.sum()) - np.repeat(np.cumsum(wanted) - wanted, wanted)
    week, customer = np.repeat(week, wanted), np.repeat(customer, wanted)
    active = np.repeat(active, wanted)
    # Different people: evenly spaced places from a random first one.
    turn = np.repeat(rng.integers(0, 2**31, len(wanted)), wanted)
    step = np.maximum(1, active // np.repeat(np.maximum(wanted, 1), wanted))
    place = life.champions_lost[week, customer] + (turn + which * step) % active
    hour = 9 * HOUR + (rng.random(len(week)) * 6 * HOUR).astype(np.int64)
    return {
        "survey": np.full(len(week), survey), "customer": customer,
        "user": users.number[users.position(customer, place)],
        "at": timeline.start + week * WEEK + 2 * DAY + hour,
        "ticket": np.full(len(week), NONE), "sentiment": life.sentiment[week, customer],
    }  # fmt: skip


def _after_tickets(tickets: Tickets, streams: Streams) -> dict[str, Any]:
    draw = streams.of("sends.tickets").random(len(tickets.customer))
    i = np.flatnonzero(draw < 0.4)
    slow = (tickets.solved[i] - tickets.created[i]) / DAY
    return {
        "survey": np.where(draw[i] < 0.28, CSAT, CES), "customer": tickets.customer[i],
        "user": tickets.user[i], "at": tickets.closed[i] + HOUR, "ticket": i,
        "sentiment": tickets.sentiment[i] - 0.15 * np.minimum(slow, 5) - 0.6 * tickets.reopened[i],
    }  # fmt: skip


def _after_setup(life: Chronicle, users: Users, timeline: Timeline) -> dict[str, Any]:
    people = life.population
    at = people.arrival + people.setup_after + DAY
    week = (at - timeline.start) // WEEK
    known = np.flatnonzero(week < len(life.seats))
    week = week[known]
    inside = (at[known] - timeline.start) % WEEK < life.access_until[week, known]
    i, week = known[inside], week[inside]
    place = life.champions_lost[week, i]
    return {
        "survey": np.full(len(i), ONBOARDING), "customer": i,
        "user": users.number[users.position(i, place)], "at": at[i],
        "ticket": np.full(len(i), NONE), "sentiment": life.sentiment[week, i],
    }  # fmt: skip
