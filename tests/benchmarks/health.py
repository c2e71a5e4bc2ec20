"""How well card and probability know what a simulated company's customers will do: against the truth.

A company is simulated, landed, built and scored at the start of its last whole week; then, and only then,
the side file with the true probabilities is read and compared. Each seed is a result of its own.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import duckdb

from orchestration.ingestion.ingest import ingest
from orchestration.ingestion.mapping_parser import load_mapping
from orchestration.ingestion.simulation import SimulationConfig, SimulationReport, simulate
from orchestration.scoring.warehouse.churn import score_churn
from orchestration.scoring.warehouse.health_card import score_warehouse
from orchestration.scoring.warehouse.lifetime_value import value_customers
from tests.benchmarks.costs import Cost, cost_here
from tests.benchmarks.dbt_builds import MEMORY, THREADS, DbtPlace
from tests.benchmarks.health_scores import GOALS, measured, read_scored
from tests.benchmarks.lifetime_value import measure_lifetime_value

BUILT = (
    "resource_type:seed",
    "+int_health_card_inputs",
    "+int_churn_snapshots",
    "+int_customer_months_survived",
    "+int_customer_terms_dated",
    "+fct_lifetime_value",
    "+fct_customer_lifetime_value",
)
WEEK = timedelta(days=7)


@dataclass(frozen=True)
class HealthSize:
    """A company to be scored, with as many usage events per customer as every other simulated company.

    A seat sees some 5 events a week, in the middle of the 3 to 15 of the card's line. Events that are left out are
    counted in others, which keeps that level and adds noise: of 667 a customer an eighth of the variance of the
    usage trend is such noise, of 1,667 hardly any.
    """

    customers: int = 6_000
    events: int = 10_000_000
    months: int = 36

    def config(self, seed: int) -> SimulationConfig:
        """The simulation's settings."""
        return SimulationConfig(
            seed=seed, customers=self.customers, events=self.events, months=self.months
        )


def measure_health(size: HealthSize, seed: int, work: Path) -> dict[str, Any]:
    """Measure one simulated company.

    Args:
        size: How large it is.
        seed: Its seed.
        work: Folder for everything that is written.
    """
    config = size.config(seed)
    company, place = work / f"health_{seed}", DbtPlace(work / f"health_place_{seed}").prepare()
    shutil.rmtree(place.settings.data_dir, ignore_errors=True)
    place.prepare()
    as_of = scored_at(config)
    warehouse = place.settings.warehouse_path
    reports: list[SimulationReport] = []
    costs = {
        "simulating": cost_here(lambda: reports.append(simulate(config, company))),
        "landing": cost_here(partial(_land, company / "mapping.yml", place, as_of)),
        "dbt": place.build(as_of, BUILT)[0],
        "card": cost_here(partial(score_warehouse, warehouse, as_of, threads=THREADS)),
        "churn": cost_here(partial(score_churn, warehouse, threads=THREADS, memory_limit=MEMORY)),
        "lifetime_value": cost_here(partial(_value, warehouse, as_of)),
    }
    scored = read_scored(warehouse, company / "truth" / "hazards.parquet", as_of)
    found = measured(scored)
    week = (as_of - datetime.combine(config.start, time())) // WEEK
    found |= measure_lifetime_value(warehouse, config, week, as_of)
    withheld = scored.filter(like="withheld").melt()["value"].dropna().unique()
    return {
        "seed": seed,
        "as_of": as_of.isoformat(),
        "active_customers": len(scored),
        **({"note": f"withheld, {', '.join(sorted(withheld))}"} if len(withheld) else {}),
        "goals": GOALS,
        "costs": _plain(costs),
        "ratios": {name: round(value, 4) for name, value in found.items()},
    }


def _value(warehouse: Path, as_of: datetime) -> None:
    with duckdb.connect(str(warehouse)) as connection:
        connection.begin()
        value_customers(connection, as_of.date())
        connection.commit()


def scored_at(config: SimulationConfig) -> datetime:
    """Start of the last whole week of a company's data: the truth is told by week."""
    start = datetime.combine(config.start, time())
    return start + (datetime.combine(config.end, time()) - start) // WEEK * WEEK


def _land(mapping: Path, place: DbtPlace, as_of: datetime) -> None:
    report = ingest(load_mapping(mapping), place.settings, as_of, until=as_of)
    assert report.is_ok, [result.message for result in report.failures]


def _plain(costs: dict[str, Cost]) -> dict[str, dict[str, Any]]:
    return {name: cost.plain() for name, cost in costs.items()}
