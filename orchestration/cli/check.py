"""`tenure check`: the gates on what the last run left, without building or publishing anything."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from data_quality.gates import run_gate
from data_quality.results import GateResult
from orchestration.checks.gates import LAYERS, inputs_of, told
from orchestration.cli import exit_codes
from orchestration.cli.failures import guarded, tell
from orchestration.cli.output import clock, settings_with, write, write_json
from orchestration.locking import only_run
from orchestration.runs import RunRecordError, load_record, run_ids
from orchestration.settings import Settings


def run_checks(source: str | None, data_dir: Path | None, *, as_json: bool, debug: bool) -> int:
    """Run every gate and return 3 when one fails."""

    def work() -> int:
        settings = settings_with(source, data_dir)
        results = _gates(settings)
        failed = [result for result in results if not result.passed]
        if as_json:
            write_json({"passed": not failed, "gates": [_as_json(result) for result in results]})
        else:
            write("\n".join(_lines(result) for result in results))
        return exit_codes.CHECKS_FAILED if failed else exit_codes.OK

    return guarded(work, debug=debug)


def _gates(settings: Settings) -> list[GateResult]:
    records = (load_record(settings.runs_dir, run_id) for run_id in run_ids(settings.runs_dir))
    # The warehouse is that of the last nightly; a rebuild of an earlier state had its own.
    record = next((record for record in records if not record.is_rebuild), None)
    if record is None or not settings.warehouse_path.is_file():
        raise RunRecordError(
            f"There is nothing to check in {settings.data_dir} yet. Start with `tenure run`."
        )
    results = []
    with only_run(settings.data_dir, "tenure check", clock()):
        for layer in LAYERS:
            result = run_gate(layer, inputs_of(settings, record, layer))
            tell(f"gate_{layer:<12} {told(result)}")
            results.append(result)
    return results


def _lines(result: GateResult) -> str:
    marked = [("FAILED", check) for check in result.errors]
    marked += [("look at", check) for check in result.warnings]
    head = f"{result.layer:<9} {told(result)}"
    return "\n".join([head, *(f"  {mark:<8} {check.message}" for mark, check in marked)])


def _as_json(result: GateResult) -> dict[str, Any]:
    return {"layer": result.layer, **result.summary()}
