"""What customers will truly be worth: the same company simulated on beyond an instant, many times.

Everything up to the instant is lived through once; from there each branch draws its own future of the
customers who pay then. Nobody new arrives, and nothing depends on what was exported. MRR is what the metrics call
so: list prices less the discounts that apply at the time, nothing while paused.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from orchestration.ingestion.simulation.book import ENDED, MAX_SUBSCRIPTIONS, PAID, Book
from orchestration.ingestion.simulation.catalogue import (
    EXPONENTS,
    INSIGHTS,
    LOCAL_PER_USD,
    PRIORITY,
)
from orchestration.ingestion.simulation.config import SimulationConfig
from orchestration.ingestion.simulation.discounts import Discounts, grant
from orchestration.ingestion.simulation.dynamics import Company
from orchestration.ingestion.simulation.journal import Rows, join_rows
from orchestration.ingestion.simulation.population import TEST_CUSTOMER, Population, populate
from orchestration.ingestion.simulation.streams import Streams
from orchestration.ingestion.simulation.timeline import Floats, Ints, Timeline

MONTH_WEEKS = 365.25 / 12 / 7


YEAR = 12


@dataclass(frozen=True)
class Worth:
    """Expected monthly revenue of the customers who pay at an instant.

    Attributes:
        customer: numbers of the customers, shape (customers,).
        mrr_now: MRR in USD, at the rates of the price list, shape (customers,).
        mrr_ahead: mean over branches of the MRR in each month ahead, until the customer leaves for the
            first time, shape (customers, months); the first column is the month that begins now.
        halves: the same of the even and of the odd branches, shape (2, customers, months): two looks at the same
            truth, whose likeness says how far its mean can be trusted.
        mrr_in_a_year: MRR a year ahead, of those who left and came back too, shape (branches, customers).
        total_by_branch: sum over customers and months of each branch, shape (branches,).
    """

    customer: Ints
    mrr_now: Floats
    mrr_ahead: Floats
    halves: Floats
    mrr_in_a_year: Floats
    total_by_branch: Floats


def worth_beyond(config: SimulationConfig, week: int, months: int, branches: int) -> Worth:
    """Simulate a company up to the start of a week and from there on in several branches.

    Args:
        config: The company; it may be shorter or longer than what is asked for.
        week: Number of the week at whose start customers are valued.
        months: How far ahead.
        branches: How many futures; the mean's error falls with their root.

    Raises:
        ValueError: nobody pays at the start of the week.
    """
    company, discounts = _lived_until(config, week)
    paying = np.flatnonzero((company.book.phase == PAID) & (company.book.monthly_usd() > 0))
    paying = paying[paying != TEST_CUSTOMER]
    if not len(paying):
        raise ValueError(f"nobody pays at the start of week {week}")
    # The test customer stays first: what holds for that place holds for nobody else.
    chosen = np.r_[TEST_CUSTOMER, paying]
    company = _only(company, chosen)
    discounts = Discounts(**{f.name: getattr(discounts, f.name)[chosen] for f in fields(Discounts)})
    start = company.timeline.week_start
    mrr_now = discounted_usd(company.book, chosen, discounts, start(week))[1:]
    weeks, year = int(np.ceil(months * MONTH_WEEKS)), round(YEAR * MONTH_WEEKS)
    month = np.minimum((np.arange(weeks) / MONTH_WEEKS).astype(np.int64), months - 1)
    share = np.bincount(month, minlength=months)
    halves = np.zeros((2, len(paying), months))
    in_a_year, by_branch = np.zeros((branches, len(paying))), np.zeros(branches)
    for branch in range(branches):
        future = copy.deepcopy(company)
        future.streams = Streams(config.seed, branch)
        ahead = np.zeros((len(paying), months))
        stayed = np.ones(len(paying), dtype=bool)
        for step in range(max(weeks, year + 1)):
            mrr = discounted_usd(future.book, chosen, discounts, start(week + step))[1:]
            if step < weeks:
                ahead[:, month[step]] += mrr * stayed
            if step == year:
                in_a_year[branch] = mrr
            future.week(week + step, None)
            future.book.journal.clear()
            stayed &= future.book.phase[1:] != ENDED
        ahead /= share
        halves[branch % 2] += ahead
        by_branch[branch] = ahead.sum()
    total = halves.sum(axis=0) / branches
    halves /= np.array([(branches + 1) // 2, max(branches // 2, 1)])[:, None, None]
    return Worth(paying, mrr_now, total, halves, in_a_year, by_branch)


def discounted_usd(book: Book, customer: Ints, discounts: Discounts, at: int) -> Floats:
    """MRR in USD, at the rates of the price list, of everyone who pays at an instant.

    Args:
        book: as it stands then.
        customer: number that each place of the book had in the whole company, which its subscriptions bear.
        discounts: of each place.
        at: the instant.
    """
    i = book.population.numbers
    charge, one = book.prices.charge, np.ones(len(i), dtype=np.int64)
    plan = np.round(charge(book.base_price(i), book.seats))
    insights = np.round(charge(book.base_price(i, INSIGHTS), book.seats))
    priority = np.round(charge(book.base_price(i, PRIORITY), one))
    extras = np.where(book.insights, insights, 0) + np.where(book.priority, priority, 0)
    now = {
        "customer": i,
        "at": np.full(len(i), at),
        "subscription": customer * MAX_SUBSCRIPTIONS + book.sequence,
    }
    paid = plan - discounts.taken_off(now, plan, is_plan=True)
    paid += extras - discounts.taken_off(now, extras, is_plan=False)
    currency = book.population.currency
    local = paid / 10.0 ** EXPONENTS[currency] / LOCAL_PER_USD[currency]
    paying = (book.phase == PAID) & (book.paused_at < 0)
    return np.where(paying, local / np.where(book.annual, 12, 1), 0.0)


def _lived_until(config: SimulationConfig, week: int) -> tuple[Company, Discounts]:
    timeline, streams = Timeline(config), Streams(config.seed)
    company = Company(populate(config.customers, timeline, streams), timeline, streams)
    bills: list[Rows] = []
    for number in range(week):
        company.week(number, None)
        bills.append(company.book.journal.read("invoice"))
        company.book.journal.clear()
    if not bills:
        raise ValueError(f"nobody pays at the start of week {week}")
    return company, grant(join_rows(*bills), company.population)


def _only(company: Company, i: Ints) -> Company:
    """The company with some of its customers, renumbered in their order."""
    size = company.population.size
    people = {f.name: getattr(company.population, f.name)[i] for f in fields(Population)}
    chosen = copy.copy(company)
    chosen.population = replace(company.population, **people)
    chosen.book, chosen.state = copy.copy(company.book), copy.copy(company.state)
    for part in (chosen, chosen.book, chosen.state):
        for name, values in vars(part).items():
            if _is_by_customer(values, size):
                setattr(part, name, values[i])
    chosen.book.population = chosen.population
    return chosen


def _is_by_customer(values: Any, size: int) -> bool:
    return isinstance(values, np.ndarray) and len(values) == size
