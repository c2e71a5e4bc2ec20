"""What customers will truly be worth: the same company simulated on beyond an instant, many times.

Everything up to the instant is lived through once; from there each branch draws its own future of the
customers who pay then. Nobody new arrives, and nothing depends on what was exported.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from orchestration.ingestion.simulation.book import ENDED, PAID
from orchestration.ingestion.simulation.config import SimulationConfig
from orchestration.ingestion.simulation.dynamics import Company
from orchestration.ingestion.simulation.population import TEST_CUSTOMER, Population, populate
from orchestration.ingestion.simulation.streams import Streams
from orchestration.ingestion.simulation.timeline import Floats, Ints, Timeline

MONTH_WEEKS = 365.25 / 12 / 7


@dataclass(frozen=True)
class Worth:
    """Expected monthly revenue of the customers who pay at an instant.

    Attributes:
        customer: numbers of the customers, shape (customers,).
        mrr_now: list-price MRR in USD at the instant, shape (customers,).
        mrr_ahead: mean over branches of the MRR in each month ahead, until the customer leaves for the
            first time, shape (customers, months); the first column is the month that begins now.
        total_by_branch: sum over customers and months of each branch, shape (branches,).
    """

    customer: Ints
    mrr_now: Floats
    mrr_ahead: Floats
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
    company = _lived_until(config, week)
    paying = np.flatnonzero((company.book.phase == PAID) & (company.book.monthly_usd() > 0))
    paying = paying[paying != TEST_CUSTOMER]
    if not len(paying):
        raise ValueError(f"nobody pays at the start of week {week}")
    # The test customer stays first: what holds for that place holds for nobody else.
    company = _only(company, np.r_[TEST_CUSTOMER, paying])
    mrr_now = company.book.monthly_usd()[1:]
    weeks = int(np.ceil(months * MONTH_WEEKS))
    month = np.minimum((np.arange(weeks) / MONTH_WEEKS).astype(np.int64), months - 1)
    share = np.bincount(month, minlength=months)
    total, by_branch = np.zeros((len(paying), months)), np.zeros(branches)
    for branch in range(branches):
        future = copy.deepcopy(company)
        future.streams = Streams(config.seed, branch)
        ahead = np.zeros((len(paying), months))
        stayed = np.ones(len(paying), dtype=bool)
        for step in range(weeks):
            ahead[:, month[step]] += future.book.monthly_usd()[1:] * stayed
            future.week(week + step, None)
            future.book.journal.clear()
            stayed &= future.book.phase[1:] != ENDED
        ahead /= share
        total += ahead
        by_branch[branch] = ahead.sum()
    return Worth(paying, mrr_now, total / branches, by_branch)


def _lived_until(config: SimulationConfig, week: int) -> Company:
    timeline, streams = Timeline(config), Streams(config.seed)
    company = Company(populate(config.customers, timeline, streams), timeline, streams)
    for number in range(week):
        company.week(number, None)
        company.book.journal.clear()
    return company


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
