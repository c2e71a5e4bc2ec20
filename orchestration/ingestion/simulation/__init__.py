"""The simulated company: raw files of a subscription business whose true churn hazard is known.

Forward-causal and vectorised: a hidden weekly state drives the hazard of leaving; what the files show
are noisy pictures of it, in the shapes and with the flaws of real exports. Written as ordinary files
plus a mapping, so that the pipeline loads it like anyone's data. See `company.simulate`.
"""

from orchestration.ingestion.simulation.company import simulate
from orchestration.ingestion.simulation.config import SimulationConfig, SimulationReport

__all__ = ["SimulationConfig", "SimulationReport", "simulate"]
