"""What a gate found, in a form that can be stored, printed and read back.

Plain frozen data: no engine, no database. Values of rows are reduced to what JSON holds, so that a
result read back equals the one that was written.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Literal

Severity = Literal["error", "warning"]
Plain = str | int | float | bool | None

SHOWN_ROWS = 10


@dataclass(frozen=True, kw_only=True)
class CheckResult:
    """Outcome of one rule on one table.

    Attributes:
        layer: Gate that ran it: raw, staging, marts, scores or release.
        table: What was looked at, as people name it.
        rule: What should hold, in English.
        severity: Whether a failure stops the run.
        success: True when the rule holds.
        crashed: True when the rule could not be tested; says nothing about the data.
        observed: What was seen, in a few words.
        failing_rows: Up to ten rows that break the rule.
        failing_row_count: How many rows break it; None where the rule is about the whole table.
        message: One sentence for people, with what to do when it failed.
    """

    layer: str
    table: str
    rule: str
    severity: Severity
    success: bool
    crashed: bool = False
    observed: str = ""
    failing_rows: tuple[Mapping[str, Plain], ...] = ()
    failing_row_count: int | None = None
    message: str = ""

    @property
    def stops_the_run(self) -> bool:
        """A failed error does, and so does any check that crashed: nobody can vouch for the data."""
        return not self.success and (self.crashed or self.severity == "error")


@dataclass(frozen=True)
class GateResult:
    """Outcome of all checks of one layer."""

    layer: str
    checks: tuple[CheckResult, ...]

    @property
    def errors(self) -> tuple[CheckResult, ...]:
        """Checks that stop the run."""
        return tuple(check for check in self.checks if check.stops_the_run)

    @property
    def warnings(self) -> tuple[CheckResult, ...]:
        """Checks that failed and are only told."""
        return tuple(
            check for check in self.checks if not check.success and not check.stops_the_run
        )

    @property
    def passed(self) -> bool:
        """True when nothing stops the run."""
        return not self.errors

    def summary(self) -> dict[str, Any]:
        """Counts and messages, for a release's manifest and the run's record."""
        return {
            "passed": self.passed,
            "checks": len(self.checks),
            "errors": [check.message for check in self.errors],
            "warnings": [check.message for check in self.warnings],
        }

    def to_json(self) -> str:
        """Return the result as JSON."""
        content = {
            "layer": self.layer,
            **self.summary(),
            "checks": [asdict(check) for check in self.checks],
        }
        return json.dumps(content, indent=2, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> GateResult:
        """Read a result that `to_json` wrote."""
        content = json.loads(text)
        return cls(
            layer=content["layer"],
            checks=tuple(
                CheckResult(**{**check, "failing_rows": tuple(check["failing_rows"])})
                for check in content["checks"]
            ),
        )


class GateFailed(Exception):  # noqa: N818 - the name that the run, the docs and the exit code use
    """A gate found errors; nothing downstream may run.

    Attributes:
        result: What the gate found.
    """

    def __init__(self, result: GateResult) -> None:
        self.result = result
        listed = "\n".join(f"  - {check.message}" for check in result.errors)
        super().__init__(f"The {result.layer} gate failed; nothing was published:\n{listed}")


def raise_if_failed(result: GateResult) -> GateResult:
    """Return the result, or raise `GateFailed` when it holds errors."""
    if not result.passed:
        raise GateFailed(result)
    return result


def plain_rows(
    names: Sequence[str], rows: Iterable[Sequence[object]]
) -> tuple[dict[str, Plain], ...]:
    """Turn database rows into what a result may hold."""
    return tuple(
        {name: plain(value) for name, value in zip(names, row, strict=True)} for row in rows
    )


def plain(value: object) -> Plain:
    """Reduce a database value to JSON: exact numbers and instants become text."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        # JSON has no infinity and no not-a-number.
        return value if value - value == 0 else str(value)
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    if isinstance(value, datetime | date | time):
        return value.isoformat(sep=" ") if isinstance(value, datetime) else value.isoformat()
    if isinstance(value, timedelta):
        return str(value)
    return str(value)


def told_rows(rows: Sequence[Mapping[str, Plain]], limit: int = 3) -> str:
    """Write a few rows as `column=value` for a message."""
    told = "; ".join(
        ", ".join(f"{name}={value}" for name, value in row.items()) for row in rows[:limit]
    )
    return f"{told}; …" if len(rows) > limit else told
