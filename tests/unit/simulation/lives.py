"""Simulated companies before any file is written."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from orchestration.ingestion.simulation import SimulationConfig
from orchestration.ingestion.simulation.dynamics import Chronicle, live
from orchestration.ingestion.simulation.population import populate
from orchestration.ingestion.simulation.streams import Streams
from orchestration.ingestion.simulation.timeline import Timeline


@dataclass(frozen=True)
class Life:
    """What happened in a simulated company."""

    config: SimulationConfig
    chronicle: Chronicle
    timeline: Timeline


DEVELOPMENT = tuple(SimulationConfig(seed=seed, customers=1500) for seed in (11, 12, 13))
"""Companies over which figures are pooled; scores are reported on others."""


@cache
def lived(config: SimulationConfig) -> Life:
    """Simulate a company without writing anything, once in a session."""
    timeline, streams = Timeline(config), Streams(config.seed)
    people = populate(config.customers, timeline, streams)
    return Life(config, live(people, timeline, streams), timeline)
