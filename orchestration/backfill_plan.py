"""Plans of backfills: which deliveries of a range of days would be read again, and at what cost.

A plan is written down and carried out later under its own name, so that what runs is what was shown.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from orchestration.ingestion.mapping import SourceMapping
from orchestration.ingestion.sources.files import FilesSource
from orchestration.ingestion.sources.protocol import Window
from orchestration.reporting.summary import duration
from orchestration.runs import RunRecord

FOLDER = "backfills"


class PlanError(ValueError):
    """A range or a plan that cannot be used; the message says what to type instead."""


@dataclass(frozen=True, kw_only=True)
class DomainReload:
    """Deliveries of one domain that would be read again.

    Attributes:
        files: Files in the range.
        undated_files: Files that do not say when they were delivered: always read.
        size: Bytes of all of them.
    """

    domain: str
    files: int
    undated_files: int
    size: int


@dataclass(frozen=True, kw_only=True)
class BackfillPlan:
    """What a backfill would do.

    Attributes:
        plan_id: Name of the plan.
        start: First day of deliveries.
        end: Last day of deliveries.
        source: Source setting.
        reason: Why, if it was said already.
        reload: What would be read again, by domain.
        models: How many models are rebuilt.
        estimate_seconds: From the last run that succeeded; None when there was none.
        readers: Release that readers stay on until all checks pass.
    """

    plan_id: str
    start: date
    end: date
    source: str
    reason: str | None
    reload: tuple[DomainReload, ...]
    models: int
    estimate_seconds: float | None
    readers: str | None

    @property
    def days(self) -> int:
        """Days in the range."""
        return (self.end - self.start).days + 1


def window_of(start: date, end: date) -> Window:
    """The range as the sources take it: end exclusive, naive UTC."""
    return Window(
        datetime.combine(start, time.min), datetime.combine(end + timedelta(days=1), time.min)
    )


def reload_of(mapping: SourceMapping, start: date, end: date) -> tuple[DomainReload, ...]:
    """List what a range holds, by domain.

    Args:
        mapping: The source.
        start: First day.
        end: Last day.
    """
    source, window = FilesSource(mapping.root), window_of(start, end)
    by_domain: dict[str, list[tuple[bool, int]]] = {}
    for wanted in mapping.objects.values():
        for delivery in source.read(wanted, window):
            facts = by_domain.setdefault(wanted.contract.domain, [])
            facts += [
                (delivery.delivered_at is None, file.path.stat().st_size) for file in delivery.files
            ]
    return tuple(
        DomainReload(
            domain=domain,
            files=len(facts),
            undated_files=sum(is_undated for is_undated, _ in facts),
            size=sum(size for _, size in facts),
        )
        for domain, facts in sorted(by_domain.items())
    )


def estimate(records: Iterable[RunRecord], reload: Sequence[DomainReload]) -> float | None:
    """Seconds that the backfill may take, from earlier runs, newest first; None without any.

    Building and checking cost what they cost in the last run that succeeded; loading grows with the
    bytes, at the pace of the last run that read any.
    """
    rest: float | None = None
    for record in records:
        if record.status != "succeeded" or "landing" not in record.steps:
            continue
        landing = record.steps["landing"]
        rest = record.seconds - landing.seconds if rest is None else rest
        if landing.facts["bytes"]:
            pace = float(landing.seconds / landing.facts["bytes"])
            return rest + pace * sum(domain.size for domain in reload)
    return rest


def plan_id_of(start: date, end: date, source: str, reload: Sequence[DomainReload]) -> str:
    """Name a plan after what it would do."""
    facts = [str(start), str(end), source, [asdict(domain) for domain in reload]]
    return f"bf-{hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:8]}"


def save_plan(data_dir: Path, plan: BackfillPlan) -> Path:
    """Write a plan down."""
    path = data_dir / FOLDER / f"{plan.plan_id}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(asdict(plan), indent=2, default=str) + "\n", encoding="utf-8")
    return path


def load_plan(data_dir: Path, plan_id: str) -> BackfillPlan:
    """Read a plan.

    Raises:
        PlanError: There is no such plan; the message lists those that there are.
    """
    known = sorted(path.stem for path in (data_dir / FOLDER).glob("bf-*.json"))
    if plan_id not in known:
        raise PlanError(
            f"There is no plan '{plan_id}'. Plans: {', '.join(known) or 'none'}. Make one with "
            "`tenure backfill --start 2025-01-01 --end 2025-03-31`."
        )
    path = data_dir / FOLDER / f"{plan_id}.json"
    content: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return BackfillPlan(
        **{
            **content,
            "start": date.fromisoformat(content["start"]),
            "end": date.fromisoformat(content["end"]),
            "reload": tuple(DomainReload(**domain) for domain in content["reload"]),
        }
    )


def plan_text(plan: BackfillPlan, command: str) -> str:
    """The plan for people."""
    files = [
        f"{domain.domain} {domain.files:,} files ({written_size(domain.size)})"
        for domain in plan.reload
    ]
    undated = sum(domain.undated_files for domain in plan.reload)
    notes = (
        [f"  note       {undated:,} files carry no date of delivery and are always read"]
        if undated
        else []
    )
    took = duration(plan.estimate_seconds) if plan.estimate_seconds is not None else "no run yet"
    readers = f"stay on {plan.readers}" if plan.readers else "have no release yet"
    return "\n".join(
        [
            f"Plan {plan.plan_id}  (nothing has run)",
            f"  range      {plan.start} .. {plan.end}   {plan.days:,} days of deliveries, in one run",
            f"  reload     {'   '.join(files) or 'nothing: no delivery falls into the range'}",
            *notes,
            "  keep       rows that are landed already stay as they are; only differences are added",
            f"  rebuild    {plan.models:,} models (later months change too: history is cumulative)",
            f"  estimate   {took}",
            f"  readers    {readers} until all checks pass",
            f"Run it:  {command}",
        ]
    )


def written_size(count: int) -> str:
    """Bytes for people: 812 kB, 4.2 MB."""
    return f"{count / 1e6:,.1f} MB" if count >= 1e6 else f"{max(count / 1e3, 1):,.0f} kB"
