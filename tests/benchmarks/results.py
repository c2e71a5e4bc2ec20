"""Results as dated JSON, one file for each measurement, and the table that is made of the newest ones."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

from tests.benchmarks.machine import describe_machine

FOLDER = Path(__file__).parent / "results"
FORMAT_VERSION = 1
FIELDS = ("format_version", "date", "benchmark", "size", "code", "machine", "costs", "ratios")


class ResultError(ValueError):
    """A result that is not what this module writes; the message names file and field."""


def result_of(
    benchmark: str, size: str, code: str, day: date, measured: dict[str, Any]
) -> dict[str, Any]:
    """A measurement with what it takes to read it later.

    Args:
        benchmark: nightly, against_hand, against_spine or landing.
        size: Name of the company that was measured.
        code: What was measured: `current`, or a word for an older state of the code.
        day: When.
        measured: costs, ratios and what else the measurement says.
    """
    return {
        "format_version": FORMAT_VERSION,
        "date": day.isoformat(),
        "benchmark": benchmark,
        "size": size,
        "code": code,
        "machine": describe_machine(),
        **measured,
    }


def save(result: dict[str, Any], folder: Path = FOLDER) -> Path:
    """Write a result, over an earlier one of the same day."""
    check(result, "the result")
    folder.mkdir(parents=True, exist_ok=True)
    parts = (result["date"], result["benchmark"], result["size"], result["code"])
    path = folder / ("_".join(parts) + ".json")
    path.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    return path


def check(result: dict[str, Any], name: str) -> None:
    """Raise unless a result is whole.

    Raises:
        ResultError: A field is missing, or a ratio is no positive number.
    """
    for field in FIELDS:
        if field not in result:
            raise ResultError(f"{name} has no {field}")
    if result["format_version"] != FORMAT_VERSION:
        raise ResultError(f"{name} has format {result['format_version']}")
    date.fromisoformat(result["date"])
    for ratio, value in result["ratios"].items():
        if not isinstance(value, int | float) or value < 0:
            raise ResultError(f"{name}: {ratio} is {value!r}")
    for cost, figures in result["costs"].items():
        if not figures.get("cpu_seconds", 0) > 0:
            raise ResultError(f"{name}: {cost} has no CPU seconds")


def load(folder: Path = FOLDER) -> list[dict[str, Any]]:
    """Every result in a folder, oldest first.

    Raises:
        ResultError: A file is not a whole result.
    """
    found = []
    for path in sorted(folder.glob("*.json")):
        try:
            result: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise ResultError(f"{path.name} is no JSON: {error}") from error
        check(result, path.name)
        found.append(result)
    return found


def newest(results: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The last result of each benchmark, size and state of the code."""
    kept = {(r["benchmark"], r["size"], r["code"]): r for r in results}
    return [kept[key] for key in sorted(kept)]
