"""Raw usage events: what users did, week by week and batch of customers by batch.

How much follows from the hidden engagement, what from adoption; times follow working hours. Nothing
happens outside the window of access that a subscription gives.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from orchestration.ingestion.simulation.dynamics import Chronicle, Grid, WholeGrid
from orchestration.ingestion.simulation.event_rows import Events, append, select
from orchestration.ingestion.simulation.streams import Streams
from orchestration.ingestion.simulation.subscriptions import customer_ids
from orchestration.ingestion.simulation.table import instants, integers, where, words
from orchestration.ingestion.simulation.timeline import (
    DAY,
    HOUR,
    NONE,
    WEEK,
    Bools,
    Floats,
    Ints,
    Timeline,
    weekday,
)
from orchestration.ingestion.simulation.users import (
    IDENTIFY_AFTER,
    MERGE_AFTER,
    Users,
    alias_or_user,
    device_ids,
)

FEATURES = (
    "dashboards", "reports", "comments", "exports", "alerts", "integrations", "automations",
    "mobile", "api", "forecasts",
)  # fmt: skip
FEATURE_EVENTS = (
    "dashboard_viewed", "report_created", "comment_added", "file_exported", "alert_configured",
    "integration_synced", "automation_run", "mobile_app_opened", "api_called", "forecast_run",
)  # fmt: skip
SESSION, SYNC, TUTORIAL, SETUP, VALUE = range(10, 15)
EVENT_NAMES = (
    *FEATURE_EVENTS, "session_started", "nightly_sync", "tutorial_visited", "setup_completed",
    "first_value_reached",
)  # fmt: skip
SYSTEM_SHARE, SESSION_SHARE, UNNAMED_SHARE = 0.01, 0.12, 0.08
LOG_EVENTS_PER_USER, ENGAGEMENT_EFFECT, WEEKLY_NOISE = 2.1, 0.38, 0.25
DAY_SHARES = np.array([0.19, 0.195, 0.195, 0.19, 0.17, 0.03, 0.03])
LATE_DAYS = 21
BATCH_ROWS = 1_000_000
PERMUTATIONS = 32


class Usage:
    """Makes the events of a simulated company in batches of bounded size."""

    def __init__(
        self, life: Chronicle, users: Users, timeline: Timeline, streams: Streams, events: int
    ) -> None:
        self._life, self._users, self._timeline, self._streams = life, users, timeline, streams
        rate = np.exp(LOG_EVENTS_PER_USER + ENGAGEMENT_EFFECT * life.engagement)
        share = (life.access_until - life.access_from).clip(0) / np.float32(WEEK)
        rate *= share * life.active_users * np.float32(np.exp(WEEKLY_NOISE**2 / 2))
        self._rate = rate
        self._scale = _scales(rate, life.active_users, events)
        self._orders = _feature_orders(streams)
        self._milestones = self._milestone_events()

    def weeks(self) -> Iterator[tuple[int, Any]]:
        """Yield (week, Arrow table with the contract's columns), weeks in order."""
        n = self._life.population.size
        heaviest = float((self._rate * self._scale).sum(axis=1).max())
        batch = max(1, int(n / max(1.0, heaviest / BATCH_ROWS)))
        for week in range(self._timeline.weeks_until_end):
            for first in range(0, n, batch):
                events = self._batch(week, first, min(n, first + batch))
                keep = (events.occurred < self._timeline.end) & (
                    events.received < self._timeline.end
                )
                yield week, self.arrow(select(events, np.flatnonzero(keep)))

    def _batch(self, week: int, first: int, last: int) -> Events:
        life = self._life
        rng = self._streams.of("usage", week, first)
        noise = np.exp(WEEKLY_NOISE * rng.standard_normal(last - first) - WEEKLY_NOISE**2 / 2)
        # The rate holds for a whole week of access: what falls outside the window is dropped.
        window = (life.access_until[week] - life.access_from[week]).clip(0)[first:last]
        full = np.divide(WEEK, window, out=np.zeros(last - first), where=window > 0)
        scale = self._scale[week, first:last]
        counts = rng.poisson(self._rate[week, first:last] * full * noise * scale)
        customer = np.repeat(np.arange(first, last, dtype=np.int64), counts)
        size = len(customer)
        offset = self._moments(rng, customer)
        inside = (offset >= life.access_from[week, customer]) & (
            offset < life.access_until[week, customer]
        )
        place_draw, kind_draw = rng.random(size), rng.random((size, 2))
        pick = (life.active_users[week, customer] * place_draw**1.4).astype(np.int64)
        kind = self._kinds(customer, week, kind_draw)
        occurred = self._timeline.week_start(week) + offset
        sequence = np.arange(size) - np.repeat(np.cumsum(counts) - counts, counts)
        count = np.ones(size, dtype=np.int64)
        count += rng.poisson(np.repeat(1 / np.clip(scale, 1e-3, 1) - 1, counts), size)
        made = Events(
            customer, life.champions_lost[week, customer] + pick, kind, occurred,
            occurred + _delay(rng, size), (week * 2**20 + customer) * 2**20 + sequence,
            np.where(kind < SESSION, count, 1), rng.random(size),
        )  # fmt: skip
        return append(select(made, np.flatnonzero(inside)), self._of_week(week, first, last))

    def _moments(self, rng: np.random.Generator, customer: Ints) -> Ints:
        """Seconds into the week: working days and hours of the customer's country."""
        size = len(customer)
        day = np.searchsorted(np.cumsum(DAY_SHARES)[:-1], rng.random(size), side="right")
        start_day = int(weekday(np.array([self._timeline.start]))[0])
        hours = 8 + 5 * (rng.random(size) + rng.random(size))
        ahead = self._life.population.hours_ahead[customer]
        moment = ((day - start_day) % 7) * DAY + ((hours - ahead) * HOUR).astype(np.int64)
        return moment % WEEK

    def _kinds(self, customer: Ints, week: int, draw: Floats) -> Ints:
        """Features in the customer's own order, as many as are adopted; sessions and syncs."""
        depth = 1 / (1 + np.exp(-(-0.35 + 0.95 * self._life.adoption[week, customer])))
        adopted = 1 + np.floor(depth * len(FEATURES) * 0.99)
        rank = (np.minimum(adopted, len(FEATURES)) * draw[:, 0] ** 1.5).astype(np.int64)
        kind = self._orders[customer % PERMUTATIONS, rank]
        kind = np.where(draw[:, 1] < SESSION_SHARE, SESSION, kind)
        return np.where(draw[:, 1] > 1 - SYSTEM_SHARE, SYNC, kind)

    def _milestone_events(self) -> Events:
        """Tutorial visits, set-up and first value, where the customer still had access."""
        people = self._life.population
        rng = self._streams.of("milestones")
        n = people.size
        who, what, when = [], [], []
        learning = 0.9 * np.minimum(people.setup_after, 8 * DAY)
        for visit in range(3):
            goes = np.flatnonzero(rng.random(n) < (0.75, 0.45, 0.25)[visit])
            after = (rng.random(n) * learning)[goes].astype(np.int64) + 60
            who.append(goes)
            what.append(np.full(len(goes), TUTORIAL))
            when.append(people.arrival[goes] + after)
        for kind, after in ((SETUP, people.setup_after), (VALUE, people.value_after)):
            who.append(people.numbers)
            what.append(np.full(n, kind))
            when.append(people.arrival + after)
        customer, kinds, occurred = np.concatenate(who), np.concatenate(what), np.concatenate(when)
        size = len(customer)
        number = 2**55 + np.arange(size)
        lag = rng.integers(1, 60, size)
        ones = np.ones(size, dtype=np.int64)
        unalike = np.full(size, 0.5)
        return Events(customer, ones * 0, kinds, occurred, occurred + lag, number, ones, unalike)

    def _of_week(self, week: int, first: int, last: int) -> Events:
        all_, start = self._milestones, self._timeline.week_start(week)
        offset = all_.occurred - start
        mine = (all_.customer >= first) & (all_.customer < last) & (offset >= 0) & (offset < WEEK)
        chosen = select(all_, np.flatnonzero(mine))
        life, offset = self._life, chosen.occurred - start
        open_ = offset >= life.access_from[week, chosen.customer]
        open_ &= offset < life.access_until[week, chosen.customer]
        chosen.place = life.champions_lost[week, chosen.customer].astype(np.int64)
        return select(chosen, np.flatnonzero(open_))

    def arrow(self, e: Events) -> Any:
        """The contract's columns of a batch."""
        system = e.kind == SYNC
        position = self._users.position(e.customer, e.place)
        created = self._users.created[position]
        # Before devices are identified or accounts merged, events carry the other identifier.
        device = self._users.was_anonymous[position] & (e.occurred < created + IDENTIFY_AFTER)
        device &= (e.draw < 0.5) & ~system
        alias = self._users.has_alias[position] & (e.occurred < created + MERGE_AFTER)
        alias &= (e.draw >= 0.6) & ~system
        number = self._users.number[position]
        session = number * 10_000 + e.occurred // DAY % 10_000
        text = pa.array(session).cast(pa.string())
        return pa.table(
            {
                "event_id": pc.binary_join_element_wise(
                    "evt_", pa.array(e.number).cast(pa.string()), ""
                ),
                "event_name": words(EVENT_NAMES, e.kind),
                "user_id": where(alias_or_user(number, alias), ~(system | device)),
                "anonymous_id": _some(device, number),
                "customer_id": where(
                    customer_ids(e.customer), (e.draw > UNNAMED_SHARE) | system | device
                ),
                "feature_name": words(FEATURES, np.where(e.kind < SESSION, e.kind, NONE)),
                "occurred_at": instants(e.occurred),
                "received_at": instants(e.received),
                "session_id": where(text, ~system),
                "event_count": integers(e.count, e.count > 1),
            }
        )


def _scales(rate: Grid, users: WholeGrid, events: int) -> Grid:
    """Share of what happened that becomes rows; the others are counted in `event_count`.

    Many users' events are exported in larger lumps than those of few, of whom each event tells more.
    """
    volume = float(rate.sum(dtype=np.float64))
    if events >= volume:
        return np.full_like(rate, events / volume if volume else 0.0)
    lumps = np.sqrt(np.maximum(users, 1)).astype(np.float32)
    low, high = 0.0, 2.0 * float(lumps.max())
    for _ in range(60):
        middle = (low + high) / 2
        rows = (rate * np.minimum(1, middle / lumps)).sum(dtype=np.float64)
        low, high = (middle, high) if rows < events else (low, middle)
    scales: Grid = np.minimum(1, low / lumps)
    return scales


def _some(device: Bools, number: Ints) -> Any:
    if not device.any():
        return pa.nulls(len(device), pa.string())
    return where(device_ids(number), device)


def _delay(rng: np.random.Generator, size: int) -> Ints:
    """Seconds until an event is received: most at once, few hours or weeks later (offline)."""
    draw, long = rng.random(size), rng.random(size)
    delay = 1 + 59 * long
    delay = np.where(draw < 0.02, long * 30 * HOUR, delay)
    delay = np.where(draw < 0.003, long * LATE_DAYS * DAY, delay)
    return delay.astype(np.int64)


def _feature_orders(streams: Streams) -> Ints:
    """Orders in which customers come to features; popular ones tend to be first."""
    rng = streams.of("usage.orders")
    popularity = -0.35 * np.arange(len(FEATURES))
    keys = popularity + rng.gumbel(size=(PERMUTATIONS, len(FEATURES)))
    return np.argsort(-keys, axis=1)
