"""Companies in each stage of section 11, by period and segment, and what became of who entered it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from tests.oracle.amounts import quotient
from tests.oracle.lifecycle import STAGES, Lifecycle, Stage
from tests.oracle.standing import WITH_SEGMENTS, Calendar, Parts

# Stages that only a domain tells of which a company may not have.
OPTIONAL = frozenset(STAGES[:5])
COUNTS = ("starting", "entered", "left", "converted", "ending")
Rows = dict[tuple[Any, ...], dict[str, Any]]


def parts(life: Lifecycle) -> Parts:
    """Companies by period and segment, in each stage."""
    found: Parts = {}
    for grain in sorted(WITH_SEGMENTS):
        for period in life.standing.calendar.periods[grain]:
            _, start, end = period
            for company in life.companies:
                cells: Counter[str] = Counter()
                for stage in company.stages:
                    cells.update(_cells(stage, start, end))
                if not any(cells.values()):
                    continue
                is_known = company.billed is not None and company.billed < end
                life.standing.add(found, period, company.customer if is_known else None, cells)
    return found


def _cells(stage: Stage, start: date, end: date) -> dict[str, int]:
    last = timedelta(days=1)
    entered = start <= stage.first < end
    told = {
        "starting": _is_in(stage, start - last), "entered": entered,
        "left": stage.end is not None and start <= stage.end < end,
        "converted": entered and stage.has_converted, "ending": _is_in(stage, end - last),
    }  # fmt: skip
    return {f"{stage.name}_{name}_count": int(value) for name, value in told.items()}


def _is_in(stage: Stage, day: date) -> bool:
    return stage.first <= day and (stage.end is None or day < stage.end)


def row_of(sums: Mapping[str, int], known: Iterable[str]) -> dict[str, Any]:
    """The counts of a period and segment; of stages in which nobody ever was there are none."""
    found: dict[str, Any] = {}
    for stage in STAGES:
        for name in COUNTS:
            column = f"{stage}_{name}_count"
            found[column] = sums[column] if stage in known or stage not in OPTIONAL else None
        if stage != "growth":
            above, below = (sums[f"{stage}_{name}_count"] for name in ("converted", "entered"))
            found[f"{stage}_conversion_rate"] = quotient(above, below)
    return found


def conversions(lives: Iterable[Lifecycle], calendar: Calendar) -> Rows:
    """What became of all who entered each stage in each period."""
    entries: dict[str, list[Stage]] = defaultdict(list)
    last_day = calendar.policy.last_day
    for life in lives:
        for company in life.companies:
            for stage in company.stages:
                entries[stage.name].append(stage)
    found: Rows = {}
    for grain in sorted(WITH_SEGMENTS):
        has_begun = False
        for _, start, end in calendar.periods[grain]:
            inside = {
                name: [own for own in told if start <= own.first < end]
                for name, told in entries.items()
            }
            has_begun = has_begun or any(inside.values())
            for name, own in inside.items() if has_begun else ():
                found[grain, start, name] = _entered(own, last_day)
    return found


def _entered(own: list[Stage], last_day: date) -> dict[str, Any]:
    gone = sorted((stage.end - stage.first).days for stage in own if stage.end)
    half = -(-len(own) // 2)
    converted = sum(stage.has_converted for stage in own)
    return {
        "entered_count": len(own), "still_there_count": len(own) - len(gone),
        "converted_count": converted,
        **{f"moved_to_{name}_count": sum(stage.next == name for stage in own) for name in STAGES},
        "conversion_rate": quotient(converted, len(own)), "completed_days": sum(gone),
        "running_days": sum((last_day - stage.first).days + 1 for stage in own if not stage.end),
        "median_days": gone[half - 1] if own and half <= len(gone) else None,
    }  # fmt: skip
