"""The text that a run ends with: what was loaded, checked, published and changed, or what stopped it.

Pure text from plain values; who reads releases and records is `headlines`, `late_rows`, `new_risk`
and the command line.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from orchestration.reporting.headlines import HeadlineValue, write_change, write_value
from orchestration.reporting.late_rows import LateRows
from orchestration.reporting.new_risk import RiskChange

_WIDTH = 11
_SHOWN = 3


@dataclass(frozen=True, kw_only=True)
class RunSummary:
    """What the summary of a published run tells.

    Attributes:
        run_id: The run.
        seconds: How long it took.
        data_through: Last complete day in the numbers.
        currency: Reporting currency.
        landed: Rows landed by domain.
        quarantined: Rows that a contract refused.
        late: Rows for months that were published before.
        checks_passed: Rules of gates and tests of models that hold.
        warnings: What was found but does not stop a run.
        release: Folder of the release.
        previous: Release that readers saw before.
        aside: For an earlier state, how it relates to what was and is published; readers do not see it.
        headlines: Headline metrics of the release.
        before: The same of the release before.
        restatements: Closed periods that changed, each with its cause.
        risk: Change of the red accounts.
        next_steps: Label and text of what to do next.
    """

    run_id: str
    seconds: float
    data_through: date
    currency: str
    landed: Mapping[str, int]
    quarantined: int
    late: Sequence[LateRows]
    checks_passed: int
    warnings: Sequence[str]
    release: Path
    previous: str | None
    headlines: Sequence[HeadlineValue]
    aside: str = ""
    before: Sequence[HeadlineValue] = ()
    restatements: Sequence[Mapping[str, Any]] = ()
    risk: RiskChange | None = None
    next_steps: Sequence[tuple[str, str]] = field(default_factory=tuple)


def success_text(summary: RunSummary) -> str:
    """The summary of a run that published a release."""
    took = duration(summary.seconds)
    lines = [
        f"Run {summary.run_id}   OK in {took}    data through {summary.data_through}",
        _line("loaded", _loaded(summary)),
        _line("checks", _checks(summary)),
        _published(summary),
        *_headline_lines(summary),
    ]
    if summary.restatements:
        lines.append(_line("restated", _restated(summary.restatements)))
    if summary.risk is not None and (summary.risk.new_accounts or summary.risk.recovered_accounts):
        mrr = write_value(summary.risk.new_mrr, "currency", summary.currency)
        lines.append(
            _line(
                "new risk",
                f"{summary.risk.new_accounts:+,} accounts ({mrr} MRR), "
                f"{summary.risk.recovered_accounts:,} recovered",
            )
        )
    return "\n".join([*lines, *(_line(label, text) for label, text in summary.next_steps)])


def failure_text(
    *,
    step: str,
    message: str,
    readers: str,
    next_steps: Sequence[tuple[str, str]],
    exit_code: int,
) -> str:
    """The end of a run that published nothing.

    Args:
        step: Step that stopped it.
        message: Why, in one sentence or a list.
        readers: What readers see, e.g. "readers still on r20261120-0213 (26 h old)".
        next_steps: Label and command of what to do next.
        exit_code: Exit code of the command.
    """
    steps = [_line(f"{label}:", text) for label, text in next_steps]
    return (
        "\n".join([f"FAILED at {step}: {message}", f"  nothing published; {readers}", *steps])
        + f"   exit {exit_code}"
    )


def duration(seconds: float) -> str:
    """4 m 12 s, or 48 s."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} m {rest} s" if minutes else f"{rest} s"


def shortened(message: str, width: int = 140) -> str:
    """The beginning of a long message, on one line."""
    line = " ".join(message.split())
    return line if len(line) <= width else f"{line[: width - 1].rstrip()}…"


def _line(label: str, text: str) -> str:
    return f"  {label:<{_WIDTH}}{text}".rstrip()


def _published(summary: RunSummary) -> str:
    if summary.aside:
        return _line("rebuilt", f"{summary.release}  ({summary.aside})")
    was = f"was {summary.previous}" if summary.previous else "the first"
    return _line("published", f"{summary.release}  ({was})")


def _loaded(summary: RunSummary) -> str:
    if summary.aside:
        return "nothing: an earlier state is built from what is landed"
    landed = [f"{domain} +{rows:,}" for domain, rows in summary.landed.items() if rows]
    parts = landed or ["nothing new"]
    if summary.quarantined:
        parts.append(f"quarantined {summary.quarantined:,}")
    late: Counter[date] = Counter()
    for rows in summary.late:
        late[rows.month] += rows.rows
    shown = [f"{count:,} rows for {month:%Y-%m}" for month, count in sorted(late.items())]
    if shown:
        more = f" and {len(shown) - _SHOWN} earlier months" if len(shown) > _SHOWN else ""
        parts.append(f"late: {', '.join(shown[-_SHOWN:])}{more}")
    return "   ".join(parts)


def _checks(summary: RunSummary) -> str:
    text = f"{summary.checks_passed:,} passed"
    if not summary.warnings:
        return text
    listed = "".join(
        f"\n{'':<{_WIDTH + 2}}{shortened(warning)}" for warning in summary.warnings[:_SHOWN]
    )
    more = len(summary.warnings) - _SHOWN
    tail = f"\n{'':<{_WIDTH + 2}}and {more} more: tenure status" if more > 0 else ""
    return f"{text}, {len(summary.warnings)} to look at{listed}{tail}"


def _headline_lines(summary: RunSummary) -> list[str]:
    before = {value.headline.metric: value for value in summary.before}
    parts = []
    for now in summary.headlines:
        change = write_change(now, before.get(now.headline.metric), summary.currency)
        month = f" {now.period:%Y-%m}" if now.headline.grain == "month" and now.period else ""
        value = write_value(now.value, now.headline.unit, summary.currency)
        parts.append(f"{now.headline.label}{month} {value} {change}".rstrip())
    return [
        _line("metrics" if number == 0 else "", "   ".join(parts[number : number + 3]))
        for number in range(0, len(parts), 3)
    ]


def _restated(restatements: Sequence[Mapping[str, Any]]) -> str:
    totals = [change for change in restatements if change["segment"] == "all"] or restatements
    shown = [
        f"{change['metric']} {str(change['period'])[:7]} {_signed(change['difference'])}"
        for change in totals[:_SHOWN]
    ]
    more = f" and {len(restatements) - len(shown)} more" if len(restatements) > len(shown) else ""
    causes = sorted({str(change["reason"] or change["cause"]) for change in totals[:_SHOWN]})
    return f"{'   '.join(shown)}{more}    why: {'; '.join(causes)}"


def _signed(value: object) -> str:
    number = float(str(value))
    return f"{number:+,.0f}" if abs(number) >= 1 else f"{number:+.4f}"
