"""Generate companies, build them in one warehouse, and compare: one batch of the oracle's test."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests.building.dbt_slot import DbtSlot
from tests.oracle import domain_differences, domains, together
from tests.oracle.answers import Answers, answer
from tests.oracle.companies import companies, rates
from tests.oracle.comparing import differences
from tests.oracle.dealings import with_dealings
from tests.oracle.drawing import no_constants_of_modules
from tests.oracle.exchange import Rates
from tests.oracle.health import compared as health_measures
from tests.oracle.health.landing import with_snapshots
from tests.oracle.marts import build, days_off
from tests.oracle.policies import policy_of
from tests.oracle.policy import Policy
from tests.oracle.published import calendar, first_billed, published
from tests.oracle.raw_rows import Company
from tests.oracle.segments import NAMES
from tests.oracle.standing import Calendar

# Under which name the differences of all companies together are found.
TOGETHER = "together"


@dataclass(frozen=True)
class Batch:
    """Companies of one build, the rates and the policy that they share."""

    number: int
    policy: Policy
    companies: tuple[Company, ...]
    rates: Company

    @property
    def by_day(self) -> frozenset[str]:
        """The segment that is compared by day and week: one a batch, in turn."""
        return frozenset({NAMES[self.number % len(NAMES)]})

    def of(self, companies: Sequence[Company]) -> Batch:
        """The same with other companies."""
        return replace(self, companies=tuple(companies))


def generate(number: int, size: int) -> Batch:
    """The batch of a number: the same companies on every run, whatever modules are loaded."""
    with no_constants_of_modules():
        return _generate(number, size)


def _generate(number: int, size: int) -> Batch:
    policy = policy_of(number)
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
        made.append(data.draw(companies(f"co{len(made)}", policy)))

    collect()
    shared: list[Company] = []

    @seed(number)
    @settings(max_examples=10, database=None, deadline=None, phases=[Phase.generate])
    @given(rates(policy))
    def collect_rates(company: Company) -> None:
        shared.append(company)

    collect_rates()
    dealing = (with_dealings(company, number, policy) for company in made)
    whole = tuple(with_snapshots(company, number, policy) for company in dealing)
    return Batch(number, policy, whole, shared[-1])


def compare(slot: DbtSlot, directory: Path, batch: Batch) -> dict[str, list[str]]:
    """Differences by company, and of all of them under `together`; one dbt build."""
    directory.mkdir()
    policy = batch.policy
    everybody = [*batch.companies, batch.rates]
    with days_off(slot.project, policy.holidays):
        others = (*domain_differences.MARTS, *health_measures.MODELS)
        warehouse = build(slot, directory, everybody, policy, others=others)
    marts = published(warehouse, policy)
    shared = Rates(batch.rates, policy)
    first = min(start for grain, start in calendar(warehouse) if grain == "day")
    billed = first_billed(warehouse)
    found: dict[str, list[str]] = {}
    answers: list[Answers] = []
    for company in batch.companies:
        answers.append(answer(company, shared, policy, first, batch.by_day, billed))
        found[company.name] = differences(answers[-1], marts.get(company.name, Answers([])))
    found[TOGETHER] = together.differences(warehouse, answers, batch.by_day, policy)
    began = domains.first_day(batch.companies, answers, policy)
    days = Calendar(began, policy) if began else None
    told = domains.tell_all(batch.companies, shared, policy, answers, days) if days else {}
    started = domains.first_start(told.values(), policy)
    if began and started and started < began:
        # A free first subscription may begin before anything else: onboarding starts with it.
        days = Calendar(started, policy)
        told = domains.tell_all(batch.companies, shared, policy, answers, days)
    found[TOGETHER] += together.calendars(warehouse, days, answers)
    if days:
        for name, lines in domain_differences.differences(warehouse, days, told, TOGETHER).items():
            found[name] += lines
    measured = health_measures.differences(warehouse, batch.companies, answers, shared, policy)
    for name, lines in measured.items():
        found[name] += lines
    shutil.rmtree(directory)
    return found


def culprits(slot: DbtSlot, directory: Path, batch: Batch) -> Batch:
    """The fewest companies, by halves, that still differ together though none does by itself."""
    while len(batch.companies) > 1:
        middle = len(batch.companies) // 2
        halves = (batch.of(batch.companies[:middle]), batch.of(batch.companies[middle:]))
        wrong = [half for half in halves if compare(slot, directory, half)[TOGETHER]]
        if not wrong:
            break
        batch = wrong[0]
    return batch
