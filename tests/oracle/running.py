"""Generate companies, build them in one warehouse, and compare: one batch of the oracle's test."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date
from multiprocessing import get_context
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests.building.dbt_slot import DbtSlot, Warehouse
from tests.oracle.answers import Answers, answer
from tests.oracle.calendar_periods import months_later, periods
from tests.oracle.companies import POLICY, companies, rates
from tests.oracle.comparing import differences
from tests.oracle.exchange import Rates
from tests.oracle.ledger import Ledger
from tests.oracle.marts import build, read
from tests.oracle.published import first_day, published
from tests.oracle.raw_rows import Company
from tests.oracle.totals import cohort


@dataclass(frozen=True)
class Batch:
    """Companies of one build, and the rates that they share."""

    companies: tuple[Company, ...]
    rates: Company


def generate(number: int, size: int) -> Batch:
    """The batch of a number: the same companies on every run."""
    made: list[Company] = []

    # Hypothesis keeps simple and alike examples together; more seeds bring more variety.
    @seed(number)
    @settings(
        max_examples=size,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.data())
    def collect(data: st.DataObject) -> None:
        made.append(data.draw(companies(f"co{len(made)}")))

    collect()
    shared: list[Company] = []

    @seed(number)
    @settings(max_examples=10, database=None, deadline=None, phases=[Phase.generate])
    @given(rates())
    def collect_rates(company: Company) -> None:
        shared.append(company)

    collect_rates()
    return Batch(tuple(made), shared[-1])


def generate_apart(number: int, size: int) -> Batch:
    """The same in a process of its own.

    Hypothesis also draws constants that it finds in the modules that are loaded; so a batch would
    depend on which other tests run in the session.
    """
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        return pool.submit(generate, number, size).result()


def compare(slot: DbtSlot, directory: Path, batch: Batch) -> dict[str, list[str]]:
    """Differences by company, and of the cohorts of all of them under `cohorts`; one dbt build."""
    directory.mkdir()
    warehouse = build(slot, directory, [*batch.companies, batch.rates], POLICY)
    marts = published(warehouse, POLICY)
    first = first_day(warehouse)
    shared = Rates(batch.rates, POLICY)
    found: dict[str, list[str]] = {}
    ledgers: list[Ledger] = []
    for company in batch.companies:
        oracle = answer(company, shared, POLICY, first)
        found[company.name] = differences(oracle, marts.get(company.name, Answers([])))
        ledgers += oracle.ledgers
    found["cohorts"] = _cohorts(warehouse, ledgers)
    shutil.rmtree(directory)
    return found


def _cohorts(warehouse: Warehouse, ledgers: Sequence[Ledger]) -> list[str]:
    """Cells of the cohorts in which the oracle and the mart disagree."""
    last = POLICY.day_of(POLICY.as_of)
    members: dict[date, list[Ledger]] = {}
    for ledger in ledgers:
        paid = ledger.first_paid()
        if paid:
            members.setdefault(POLICY.day_of(paid).replace(day=1), []).append(ledger)
    found = []
    months = [month for month, _ in periods("month", min(members), last)] if members else []
    rows = {
        (row["cohort_month"], row["age_months"]): row
        for row in read(warehouse, "select * from marts.fct_cohort_retention")
    }
    for month in months:
        own = members.get(month, [])
        ends = {age: POLICY.start_of(months_later(month, age + 1)) for age in range(len(months))}
        closes = {age: end if end <= POLICY.as_of else None for age, end in ends.items()}
        cells = cohort(own, closes) if own else {}
        for age, wanted in cells.items():
            got = rows.pop((month, age), None)
            wanted |= {"cohort_customers_count": len(own), "is_reached": closes[age] is not None}
            if got is None and closes[age] is None:
                continue
            shown = {name: got.get(name) for name in wanted} if got else None
            if shown != wanted:
                found.append(f"cohorts [{month}, {age}]\n    oracle {wanted}\n    marts  {shown}")
    return found + [f"cohorts {key}: the oracle has no such row" for key in rows]
