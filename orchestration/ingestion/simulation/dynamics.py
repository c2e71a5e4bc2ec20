"""The life of the company, week by week: state, hazard, billing, decisions, and what was true.

One pass over the weeks; within a week everything is vectorised over customers. The result is a
journal of what happened and a few arrays by week and customer, from which all raw objects follow.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from orchestration.ingestion.simulation import signups
from orchestration.ingestion.simulation.book import ENDED, TRIAL, Book, Week
from orchestration.ingestion.simulation.catalogue import PriceList
from orchestration.ingestion.simulation.decisions import SLACK_AFTER_CUT, Decisions, resume
from orchestration.ingestion.simulation.futures import Futures
from orchestration.ingestion.simulation.journal import Journal, Rows
from orchestration.ingestion.simulation.latent import (
    ADOPTION,
    BUGS,
    CUT,
    ENGAGEMENT,
    FAILURES,
    SENTIMENT,
    SLACK,
    Latent,
    log_odds_of_use,
)
from orchestration.ingestion.simulation.population import Population
from orchestration.ingestion.simulation.renewals import renew, settle_dunning
from orchestration.ingestion.simulation.risk import Risk, assess
from orchestration.ingestion.simulation.streams import Streams
from orchestration.ingestion.simulation.timeline import Bools, Floats, Ints, Timeline

Grid = npt.NDArray[np.float32]
WholeGrid = npt.NDArray[np.int32]


@dataclass
class Chronicle:
    """What happened: the journal, and arrays of shape (weeks, customers)."""

    population: Population
    prices: PriceList
    journal: Journal
    access_from: WholeGrid
    access_until: WholeGrid
    active_users: WholeGrid
    seats: WholeGrid
    champions_lost: WholeGrid
    engagement: Grid
    adoption: Grid
    sentiment: Grid
    bugs: Grid
    monthly_usd: Grid
    annual_plan: WholeGrid
    risks: list[Rows] = field(default_factory=list)


class Company:
    """The company between two weeks: its billing book and its customers' hidden state."""

    def __init__(self, population: Population, timeline: Timeline, streams: Streams) -> None:
        halfway = (timeline.start + timeline.horizon_end) // 2
        self.population, self.timeline, self.streams = population, timeline, streams
        self.book = Book(population, PriceList(), halfway)
        self.state = Latent(population.fit, streams)
        self.champions: Ints = np.zeros(population.size, dtype=np.int64)
        self.utilisation: Floats = np.zeros(population.size)

    def week(self, number: int, futures: Futures | None) -> Rows:
        """Live through a week; returns who was at risk at its start, and how much."""
        book, state, streams = self.book, self.state, self.streams
        start = self.timeline.week_start(number)
        week = Week(number, start, self.timeline.week_start(number + 1))
        # Champions of customers who are not (yet, any more) users leave unnoticed.
        lost = state.advance(number, streams) & (book.phase > 0) & (book.phase < ENDED)
        self.champions += lost
        seen_value = self.population.arrival + self.population.value_after < start
        activated = (book.phase > 0) & seen_value
        self.utilisation = _utilisation(state)
        risk = assess(book, state, futures, activated, week)
        _step(book, week, risk, self.utilisation, activated, state, streams)
        return _risk_rows(risk, week)


def live(population: Population, timeline: Timeline, streams: Streams) -> Chronicle:
    """Simulate every week up to the horizon."""
    n, weeks = population.size, timeline.weeks
    company, futures = Company(population, timeline, streams), Futures(streams)

    def whole() -> WholeGrid:
        return np.zeros((weeks, n), dtype=np.int32)

    def real() -> Grid:
        return np.zeros((weeks, n), dtype=np.float32)

    book = company.book
    life = Chronicle(
        population, book.prices, book.journal, whole(), whole(), whole(), whole(), whole(),
        real(), real(), real(), real(), real(), whole(),
    )  # fmt: skip
    for number in range(weeks):
        life.risks.append(company.week(number, futures))
        _keep(life, number, book, company.state, company.utilisation, company.champions)
    return life


def _utilisation(state: Latent) -> Floats:
    return 1 / (1 + np.exp(-log_odds_of_use(state.x[:, ENGAGEMENT], state.x[:, SLACK])))


def _step(  # noqa: PLR0913, PLR0917 - the order of a week, in one place
    book: Book, week: Week, risk: Risk, utilisation: Floats, activated: Bools, state: Latent,
    streams: Streams,
) -> None:  # fmt: skip
    book.open_week()
    settle_dunning(book, week, streams)
    resume(book, week)
    renew(book, week, streams)
    signups.end_trials(book, week, activated, state.x[:, ENGAGEMENT], streams)
    decisions = Decisions(book, week, streams)
    decisions.leave(risk.decides, risk.drivers)
    decisions.pause()
    decisions.switch(utilisation)
    cut = decisions.change_seats(utilisation)
    decisions.change_add_ons()
    signups.come_back(book, week, streams)
    signups.sign_up(book, week, streams)
    settle_dunning(book, week, streams)  # Retries within the week of the invoice.
    state.x[cut, CUT] += 1
    state.x[cut, SLACK] += SLACK_AFTER_CUT
    state.x[book.failed, FAILURES] += 1


def _keep(
    life: Chronicle, number: int, book: Book, state: Latent, utilisation: Floats, lost: Ints
) -> None:
    seats = np.where(book.phase == TRIAL, np.minimum(book.seats, 10), book.seats)
    life.access_from[number], life.access_until[number] = book.access_from, book.access_until
    life.active_users[number] = np.maximum(1, np.round(seats * utilisation))
    life.seats[number] = book.seats
    life.champions_lost[number] = lost
    life.engagement[number], life.adoption[number] = state.x[:, ENGAGEMENT], state.x[:, ADOPTION]
    life.sentiment[number], life.bugs[number] = state.x[:, SENTIMENT], state.x[:, BUGS]
    life.monthly_usd[number] = book.monthly_usd()
    life.annual_plan[number] = book.plan * 2 + book.annual


def _risk_rows(risk: Risk, week: Week) -> Rows:
    i = np.flatnonzero(risk.at_risk)
    return {
        "customer": i,
        "week_start": np.full(len(i), week.start),
        "voluntary": risk.voluntary[i],
        "involuntary": risk.involuntary[i],
        **{f"p_{days}d": values for days, values in risk.within.items()},
        **{f"can_leave_{days}d": values for days, values in risk.can_leave.items()},
        **({"adds_by_payments": risk.adds_by_payments} if risk.within else {}),
        "contributions": risk.drivers[i].astype(np.float32),
    }  # fmt: skip
