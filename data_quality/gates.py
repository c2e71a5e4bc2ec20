"""The gates: one call per layer, before the next consumer may read it.

Which rules a layer has is in `suites/`; how they are run is in `engine.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

from data_quality.results import GateResult
from data_quality.suites.marts import marts_suite
from data_quality.suites.metrics import metrics_suite
from data_quality.suites.raw import raw_suite
from data_quality.suites.scores import scores_suite
from data_quality.suites.staging import staging_suite
from data_quality.suites.vocabulary import Observation
from data_quality.workspace import GateInputs, Workspace, open_workspace

Layer = Literal["raw", "staging", "marts", "scores", "metrics"]

SUITES: Mapping[Layer, Callable[[Workspace], list[Observation]]] = {
    "raw": raw_suite,
    "staging": staging_suite,
    "marts": marts_suite,
    "scores": scores_suite,
    "metrics": metrics_suite,
}


def run_gate(layer: Layer, inputs: GateInputs) -> GateResult:
    """Run all checks of a layer on one connection and return what they found.

    Raises nothing for bad data: `raise_if_failed(result)` does, naming table, rule and rows.

    Raises:
        WorkspaceError: The warehouse does not exist.
    """
    # Importing the engine costs 3 to 4 CPU seconds; who only reads results never pays.
    from data_quality.engine import evaluate  # noqa: PLC0415

    with open_workspace(inputs) as workspace:
        observations = SUITES[layer](workspace)
        return GateResult(layer, tuple(evaluate(workspace.connection, layer, observations)))
