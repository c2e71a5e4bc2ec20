"""`tenure backfill`: shows a plan, and carries one out under its name."""

from __future__ import annotations

import json
import shlex
from dataclasses import asdict
from datetime import date
from pathlib import Path

from orchestration.backfill_plan import (
    BackfillPlan,
    PlanError,
    estimate,
    load_plan,
    plan_id_of,
    plan_text,
    reload_of,
    save_plan,
)
from orchestration.cli import exit_codes
from orchestration.cli.failures import guarded
from orchestration.cli.output import settings_with, write, write_json
from orchestration.cli.run import run_once
from orchestration.dbt.manifest import models_of, prepare_manifest, read_manifest
from orchestration.ingestion.mapping_parser import load_mapping
from orchestration.instants import parse_day
from orchestration.publishing.catalog import current_release
from orchestration.run_request import SIMULATED, RunRequest
from orchestration.runs import load_record, run_ids
from orchestration.settings import Settings


def make_plan(
    days: tuple[str, str],
    reason: str | None,
    place: tuple[str | None, Path | None],
    *,
    as_json: bool,
    debug: bool,
) -> int:
    """Show what a backfill of these days would do; nothing runs."""

    def work() -> int:
        settings = settings_with(*place)
        start, end = (parse_day(day) for day in days)
        plan = _plan(settings, start, end, reason)
        save_plan(settings.data_dir, plan)
        if as_json:
            write_json(json.loads(json.dumps(asdict(plan), default=str)))
        else:
            write(plan_text(plan, _apply_command(plan, place[1])))
        return exit_codes.OK

    return guarded(work, debug=debug)


def apply_plan(
    plan_id: str, reason: str | None, data_dir: Path | None, *, as_json: bool, debug: bool
) -> int:
    """Carry a plan out: read again, rebuild, check, publish."""

    def work() -> int:
        plan = load_plan(settings_with(None, data_dir).data_dir, plan_id)
        why = reason or plan.reason
        if why is None:
            raise PlanError(
                "A backfill may change closed months: say why with --reason "
                '"what happened"; it is kept with the release.'
            )
        settings = settings_with(plan.source, data_dir)
        request = RunRequest(
            command=f"tenure backfill --apply {plan_id}",
            reason=why,
            window=(plan.start, plan.end),
        )
        return run_once(settings, request, is_strict=False, as_json=as_json, debug=debug)

    return guarded(work, debug=debug)


def _plan(settings: Settings, start: date, end: date, reason: str | None) -> BackfillPlan:
    if end < start:
        raise PlanError(f"--end {end} is before --start {start}.")
    mapping_path = (
        settings.simulated_dir / "mapping.yml"
        if settings.source == SIMULATED
        else Path(settings.source)
    )
    if settings.source == SIMULATED and not mapping_path.is_file():
        raise PlanError("The simulated company has no files yet. Start with `tenure run`.")
    reload = reload_of(load_mapping(mapping_path), start, end)
    prepare_manifest(settings)
    records = (load_record(settings.runs_dir, run_id) for run_id in run_ids(settings.runs_dir))
    current = current_release(settings.releases_dir)
    return BackfillPlan(
        plan_id=plan_id_of(start, end, settings.source, reload),
        start=start,
        end=end,
        source=settings.source,
        reason=reason,
        reload=reload,
        models=len(models_of(read_manifest(settings))),
        estimate_seconds=estimate(records, reload),
        readers=current.run_id if current else None,
    )


def _apply_command(plan: BackfillPlan, data_dir: Path | None) -> str:
    words = ["tenure", "backfill", "--apply", plan.plan_id]
    if data_dir is not None:
        words += ["--data-dir", str(data_dir)]
    if plan.reason is None:
        words += ["--reason", "what happened"]
    return shlex.join(words)
