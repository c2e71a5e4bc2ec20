"""Writes docs/benchmarks.md from the newest results. Made by `make bench`; nothing in it is typed by hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

TITLES = {
    "against_hand": "The revenue marts against hand-written SQL",
    "against_spine": "The MRR ledger against a row for every customer and month",
    "churn": "Churn probabilities on one thread against plain scikit-learn",
    "engagement": "A night of usage against a full build and against hand-written SQL",
    "health": "Health card and churn probability against the truth of simulated companies",
    "landing": "Landing files against a bare typed COPY",
    "nightly": "A night with one new day against a full build",
}
NOTES = {
    "against_hand": (
        "dbt builds all revenue marts at all grains; the SQL (tests/benchmarks/by_hand) months only: movements, "
        "roll-forward, NRR and GRR of every segment, equal to the marts in every cell. `dbt_without_start` leaves "
        "out imports and parsing."
    ),
    "against_spine": (
        "Both start from the same priced items and agree in every movement by month. `ledger` gives seven grains "
        "and twelve-month windows, `ledger_by_month` months alone, as the spine does. Start-up is taken off the "
        "CPU ratio, not off the peak."
    ),
    "churn": (
        "One horizon, as many snapshots to learn from as customers to score. Ours: card components, time split, "
        "contract-only model, challenger where it is tried, bootstrap, publish gate, fit on everything, then "
        "probabilities with intervals, bands and reasons. Plain: one LogisticRegression on the finished matrix and "
        "`predict_proba`. Above 300,000 snapshots whole accounts are drawn; the plain one learns from the same."
    ),
    "engagement": (
        "Models of usage and engagement without start-up of dbt, gates without imports. The SQL "
        "(tests/benchmarks/engagement.sql) counts daily, weekly, 28-day and monthly users once, from the raw events; "
        "it has no lifecycle, segments, features, cohorts or late corrections, and equals the mart on every day and "
        "month. `engagement from nothing` is the state of the night built once more, of which every mart has as many "
        "rows as after the night and the same sums of their hashes. `others` is the whole process that builds what is "
        "needed besides. Bytes are those asked of the system, of files and of spilling."
    ),
    "health": (
        "The pipeline scores a simulated company; then its side file with the true probabilities is read. Every figure "
        "is the mean over all outcomes that the truth allows. `ceiling`: AUC of the true probability itself; `signal`: "
        "AUC beyond one half as a share of the ceiling's; `green churners`: those expected to leave among the safest "
        "70 %; reasons are asked of the others, against the driver that raises their true risk most."
    ),
    "landing": "Hashing, typing, checking, quarantine and fsync over what DuckDB's own COPY of the file costs.",
    "nightly": (
        "`tenure run` from end to end. The shares are of the night's CPU seconds; imports and dbt's parsing are "
        "taken out of the phases in which they happen. `orchestration` is Dagster, records and summary."
    ),
}
HEAD = """# Benchmarks

Written by `make bench` from the newest file of each kind in `tests/benchmarks/results`; do not edit.

Ratios of CPU seconds, because wall time on a shared machine measures the neighbours. Costs are medians where
a run is short. Before anything is compared its results are: a faster way to other numbers is no way.
"""


def table_of(results: Sequence[dict[str, Any]]) -> str:
    """The page."""
    parts = [HEAD]
    for benchmark in sorted({result["benchmark"] for result in results}):
        mine = [result for result in results if result["benchmark"] == benchmark]
        parts += [f"## {TITLES[benchmark]}\n\n{NOTES[benchmark]}\n", _ratios(mine), _costs(mine)]
        parts += [f"{_column(result)}: {result['note']}.\n" for result in mine if "note" in result]
    parts.append(_machines(results))
    return "\n".join(parts)


def _ratios(results: Sequence[dict[str, Any]]) -> str:
    names = list(dict.fromkeys(name for result in results for name in result["ratios"]))
    head = [_column(result) for result in results]
    goals = {name: goal for result in results for name, goal in result.get("goals", {}).items()}
    rows = [
        [_name(name, goals.get(name)), *(_figure(result["ratios"].get(name)) for result in results)]
        for name in names
    ]
    return _table(["ratio", *head], rows)


def _name(figure: str, goal: str | None) -> str:
    name = figure.replace("_", " ")
    return name if goal is None else f"{name} (goal: {goal})"


def _costs(results: Sequence[dict[str, Any]]) -> str:
    is_read = any(cost.get("read_megabytes") for r in results for cost in r["costs"].values())
    rows = [
        [
            _column(result),
            name.replace("_", " "),
            _figure(cost["cpu_seconds"]),
            _figure(cost["wall_seconds"] or None),
            _figure(cost.get("peak_megabytes") or None),
            *([_figure(cost.get("read_megabytes") or None)] if is_read else []),
        ]
        for result in results
        for name, cost in result["costs"].items()
    ]
    head = ["measured", "what", "CPU s", "wall s", "peak MB", *(["read MB"] if is_read else [])]
    return _table(head, rows)


def _machines(results: Sequence[dict[str, Any]]) -> str:
    lines = ["## Machines\n"]
    described: dict[str, list[str]] = {}
    for result in results:
        machine = result["machine"]
        versions = ", ".join(f"{name} {number}" for name, number in machine["versions"].items())
        text = (
            f"{machine['cores']} cores ({machine['processor']}), {machine['memory_gigabytes']} GB, "
            f"{machine['system']} {machine['architecture']}; {versions}"
        )
        measured = f"{_column(result)} {result['benchmark']} (load {machine['load_average']})"
        described.setdefault(text, []).append(f"{measured} {result['date']}")
    for text, measured in described.items():
        lines.append(f"* {text}: " + "; ".join(measured) + ".")
    return "\n".join(lines) + "\n"


def _column(result: dict[str, Any]) -> str:
    size = str(result["size"])
    return size if result["code"] == "current" else f"{size}, {result['code']}"


def _figure(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if value >= 100 else f"{value:g}"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    texts = {"what"}
    rule = ["---", *("---" if name in texts else "---:" for name in head[1:])]
    lines = [head, rule, *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"
