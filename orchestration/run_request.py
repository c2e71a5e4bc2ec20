"""What a run is asked to do, and the record that it begins with: exact instants, source, settings.

The clock was read by the caller; texts of people become instants here. Doing the run is `active_run`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from orchestration.dbt.commands import policy_of
from orchestration.earlier_states import is_earlier, published_as_of
from orchestration.ingestion.mapping_parser import load_mapping
from orchestration.ingestion.simulation.config import SimulationConfig, midnight
from orchestration.instants import (
    InstantError,
    last_complete_day,
    parse_as_of,
    parse_instant,
    parse_zone,
)
from orchestration.publishing.catalog import current_release
from orchestration.runs import RunRecord, load_record, new_run_id
from orchestration.settings import Settings

SIMULATED = "simulated"
SECRET_SETTINGS = {"personal_data_salt", "alert_webhook_url"}


@dataclass(frozen=True, kw_only=True)
class RunRequest:
    """What a run is asked to do; texts as a person wrote them.

    Attributes:
        command: How the run was started, for the record.
        as_of: Date (through its end) or instant up to which is measured.
        known_at: Instant up to which landed rows are read.
        until: Deliveries after this date or instant are left out.
        resume: Run to continue under its own name, for the same as_of.
        reason: Why closed months may change.
        window: First and last day of deliveries to read again.
    """

    command: str
    as_of: str | None = None
    known_at: str | None = None
    until: str | None = None
    resume: str | None = None
    reason: str | None = None
    window: tuple[date, date] | None = None


def record_of(settings: Settings, request: RunRequest, now: datetime) -> RunRecord:
    """The record of a new run, or that of the run to be resumed.

    Args:
        settings: Deployment settings.
        request: What is asked.
        now: The one reading of the clock.

    Raises:
        MappingError, PolicyError, InstantError, RunRecordError: The request makes no sense.
    """
    if request.resume is not None:
        record = load_record(settings.runs_dir, request.resume)
        record.status, record.failure, record.finished_at = "running", None, None
        if record.known_at == record.started_at:
            record.known_at = now  # what was corrected since is to be read
        record.started_at = now
        record.reason = request.reason or record.reason
        return record
    source = settings.source
    zone = parse_zone("UTC")
    if source != SIMULATED:
        source = str(Path(source).expanduser().resolve())
        policy = policy_of(load_mapping(Path(source)).policy)
        zone = parse_zone(str(policy["reporting_timezone"]))
    until = parse_as_of(request.until, zone) if request.until else None
    known_at = parse_instant(request.known_at) if request.known_at else None
    record = RunRecord(
        run_id=new_run_id(settings.runs_dir, now),
        command=request.command,
        started_at=now,
        as_of=_as_of(settings, request, now, zone),
        known_at=known_at or now,
        until=until,
        window=request.window,
        source=source,
        settings=json.loads(settings.model_dump_json(exclude=SECRET_SETTINGS)),
        reason=request.reason,
    )
    current = current_release(settings.releases_dir)
    if is_earlier(current, record.as_of if request.as_of else None, known_at):
        _rebuild(settings, record, known_at)
    else:
        record.previous_release = current.run_id if current else None
    return record


def _rebuild(settings: Settings, record: RunRecord, known_at: datetime | None) -> None:
    """Turn the record into that of a rebuild: what was known when this state was published."""
    if record.until is not None:
        raise InstantError(
            "--until leaves deliveries out of a load, and an earlier state is built from what is "
            "landed already. Say --known-at to read only what was landed by then."
        )
    before = published_as_of(settings.runs_dir, record.source, record.as_of, known_at)
    record.is_rebuild = True
    if before is not None:
        record.rebuilds = before.run_id
        record.known_at = before.known_at


def _as_of(settings: Settings, request: RunRequest, now: datetime, zone: ZoneInfo) -> datetime:
    """What was asked for; else the end of the last complete day, or of the simulated data."""
    if request.as_of is not None:
        return parse_as_of(request.as_of, zone)
    until = parse_as_of(request.until, zone) if request.until else None
    if settings.source == SIMULATED:
        end = midnight(simulation_config(settings).end)
        return min(end, until) if until else end
    return until or last_complete_day(now, zone)


def simulation_config(settings: Settings) -> SimulationConfig:
    """The simulated company that the settings describe."""
    return SimulationConfig(
        seed=settings.simulated_seed,
        customers=settings.simulated_customers,
        start=settings.simulated_start,
        months=settings.simulated_months,
        events=settings.simulated_events,
    )
