"""Builds one step of the models: runs dbt, keeps its results in the run's folder, judges them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from orchestration.dbt.commands import DbtStep, build_arguments, dbt_command
from orchestration.dbt.outcome import DbtOutcome, describe_failure, read_outcome
from orchestration.dbt.process import DbtError, error_lines, run_process

SHOWN_FAILURES = 10


class DataTestsFailedError(Exception):
    """Tests of models found rows that break a rule; nothing downstream may run.

    Attributes:
        failures: table, rule, failing_row_count, failing_rows and message of each broken rule.
    """

    def __init__(self, failures: Sequence[Mapping[str, Any]]) -> None:
        self.failures = tuple(failures)
        listed = "\n".join(f"  - {failure['message']}" for failure in failures[:SHOWN_FAILURES])
        super().__init__(f"{len(failures)} test(s) of models failed:\n{listed}")


@dataclass(frozen=True, kw_only=True)
class DbtPlace:
    """Where dbt works.

    Attributes:
        target_dir: Folder for artifacts, shared by the steps of all runs.
        run_dir: Folder of this run, which keeps log and results.
        environment: The whole environment of the process.
        lock: Descriptor that the process inherits, so that it counts as a part of the run.
    """

    target_dir: Path
    run_dir: Path
    environment: Mapping[str, str]
    lock: int


def build(
    step: DbtStep, variables: Mapping[str, Any], place: DbtPlace, select: Sequence[str] = ()
) -> DbtOutcome:
    """Run `dbt build` for a step and return what it did, good or bad.

    Raises:
        DbtError: dbt stopped before it ran anything.
    """
    place.target_dir.mkdir(parents=True, exist_ok=True)
    results = place.target_dir / "run_results.json"
    results.unlink(missing_ok=True)
    log = place.run_dir / f"dbt_{step.name}.log"
    code = run_process(
        dbt_command(build_arguments(step, variables, select)),
        place.environment,
        log,
        keep_open=(place.lock,),
    )
    if not results.is_file():
        raise DbtError(f"dbt stopped with exit code {code}:\n{error_lines(log)}\nWhole log: {log}")
    kept = place.run_dir / f"dbt_{step.name}.json"
    kept.write_bytes(results.read_bytes())
    outcome = read_outcome(kept)
    if code != 0 and not outcome.bad:
        raise DbtError(f"dbt stopped with exit code {code}:\n{error_lines(log)}\nWhole log: {log}")
    return outcome


def raise_if_bad(outcome: DbtOutcome, manifest: Mapping[str, Any], warehouse: Path) -> None:
    """Raise for models that do not build and for tests that fail.

    Raises:
        DbtError: A model could not be built, or a test could not be run.
        DataTestsFailedError: Tests found bad rows.
    """
    failures = [describe_failure(result, manifest, warehouse) for result in outcome.bad]
    crashed = [
        failure
        for result, failure in zip(outcome.bad, failures, strict=True)
        if result.status != "fail"
    ]
    if crashed:
        listed = "\n".join(f"  - {failure['message']}" for failure in crashed[:SHOWN_FAILURES])
        raise DbtError(f"dbt could not build {len(crashed)} node(s):\n{listed}")
    if failures:
        raise DataTestsFailedError(failures)
