"""Rows that a contract refuses: each with its file, position, column, value, reason and what to do.

`write_bad_rows` reads a dirty file a second time; `conversion` decides whether that is needed.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final, Literal

import duckdb

from data_quality.contracts import Column
from data_quality.quoting import literal, literals
from orchestration.ingestion.expressions import RowSql
from orchestration.ingestion.json_lines import UNPARSEABLE, UNPARSEABLE_MESSAGE
from orchestration.ingestion.json_paths import POSITION
from orchestration.ingestion.raw_table import RawTable, Refusal
from orchestration.ingestion.text_lines import blank_lines

CONFLICT: Final = "conflicting_duplicate"
COLUMNS: Final = (
    "object", "source_id", "load_id", "loaded_at", "file", "row_number", "column_name", "value",
    "reason", "message", "row_json",
)  # fmt: skip
CONFLICT_MESSAGE: Final = (
    "Another row of this delivery has the same key and says something else; one of them was landed. "
    "Remove one, or say loaded_at_from in the mapping when files are successive exports."
)


def message(column: Column, reason: str) -> str:  # noqa: PLR0911 - one return per reason
    """What a person should know and do about a bad value."""
    name = column.name
    if reason == "missing_required":
        return f"{name} is required but empty; fill it in the export or map another column."
    if reason == "unknown_value" and column.is_currency:
        return f"{name} is no ISO 4217 currency; correct it or translate it with 'values' in the mapping."
    if reason == "unknown_value" and column.values is None:
        return f"{name} holds a word that 'values' in the mapping does not translate; add it there."
    if reason == "unknown_value":
        allowed = ", ".join(column.values or ())
        return f"{name} must be one of: {allowed}; translate the word with 'values' in the mapping."
    if reason == "unknown_currency":
        return f"{name} needs the row's currency to become minor units, and that is unknown."
    if reason in ("fractional_minor_units", "fractional_number"):
        return f"{name} must be a whole number; for amounts in major units say 'unit: major' in the mapping."
    if reason == "too_many_digits":
        return f"{name} has more decimal places than {column.type} keeps, and is never rounded; correct it in the export."
    if reason == "out_of_range":
        return f"{name} is too large for {column.type}; correct it in the export."
    hints = {"timestamp": " ('format' in the mapping)", "date": " ('format' in the mapping)"}
    kind = "number" if column.type.startswith("decimal") else column.type
    return f"{name} is no {kind}; correct it or say how it is written{hints.get(column.type, '')}."


REASONS: Final = (
    "missing_required", "unknown_value", "unknown_currency", "fractional_minor_units",
    "fractional_number", "too_many_digits", "out_of_range", "wrong_type",
)  # fmt: skip


def write_bad_rows(
    connection: duckdb.DuckDBPyConnection, raw: RawTable, row: RowSql, target: Path, file: str
) -> None:
    """Write the bad rows and unparseable lines of an opened file to `target`, in file order."""
    failing = [(i, sql) for i, sql in enumerate(row.columns) if sql.can_fail]
    inner = ", ".join(
        f"{s.value} as v{i}, {s.text} as t{i}, {s.reason} as r{i}" for i, s in failing
    )

    def first(result: str) -> str:
        cases = " ".join(
            f"when {s.failed(i, 't')} then {result.format(i=i, n=literal(s.column.name))}"
            for i, s in failing
        )
        return f"case {cases} end" if cases else "cast(null as varchar)"

    reason = first("case when t{i} is null then 'missing_required' else r{i} end")
    messages = " ".join(
        f"when {literal(s.column.name + ':' + code)} then {literal(message(s.column, code))}"
        for _, s in failing
        for code in REASONS
    )
    relation = raw.relation(rows=True, keep_rejects=False)
    refusal = _first_of(row.refusals, [str(number) for number in range(len(row.refusals))])
    refused_value = _first_of(row.refusals, [found.value for found in row.refusals])
    element = POSITION if raw.is_listed else "null"
    bad = (
        f"select _row, column_name, value, reason, "
        f"case when _refusal is not null then {_nth(row.refusals, 'message')} "
        f"else coalesce('Element ' || _element || ' of the list: ', '') || "
        f"case column_name || ':' || reason {messages} end end as message, row_json "
        f"from (select _row, row_json, _refusal, _element, "
        f"case when _refusal is null then {first('{n}')} end as column_name, "
        f"case when _refusal is not null then _refused_value else {first('t{i}')} end as value, "
        f"case when _refusal is not null then {_nth(row.refusals, 'reason')} else {reason} end as reason "
        f"from (select {inner}, _row, {row.row_json} as row_json, {row.is_skipped} as _skipped, "
        f"cast({element} as varchar) as _element, {refused_value} as _refused_value, "
        f"cast({refusal} as integer) as _refusal from {relation}) "
        f"where _refusal is not null or (not _skipped and ({row.is_bad('t')})))"
    )
    connection.execute("set preserve_insertion_order = true")
    connection.execute(
        f"copy (select {literal(file)} as file, * from ({_with_positions(raw, bad)}) "
        f"order by row_number) to {literal(str(target))} (format parquet)"
    )


def _first_of(refusals: Sequence[Refusal], results: Sequence[str]) -> str:
    """SQL of the result that belongs to the first refusal whose condition is true."""
    cases = " ".join(
        f"when {refusal.condition} then {result}"
        for refusal, result in zip(refusals, results, strict=True)
    )
    return f"case {cases} end" if cases else "cast(null as varchar)"


def _nth(refusals: Sequence[Refusal], fact: Literal["reason", "message"]) -> str:
    """SQL of a fact about the refusal whose number is in `_refusal`."""
    cases = " ".join(
        f"when {number} then {literal(getattr(refusal, fact))}"
        for number, refusal in enumerate(refusals)
    )
    return f"case _refusal {cases} end" if cases else "cast(null as varchar)"


def merge(
    connection: duckdb.DuckDBPyConnection, parts: Sequence[Path], facts: str, target: Path
) -> None:
    """Put the bad rows of a load's files into one; `facts` is SQL of the load's own columns."""
    target.parent.mkdir(parents=True, exist_ok=True)
    files = literals(str(part) for part in parts)
    connection.execute("set preserve_insertion_order = true")
    connection.execute(
        f"copy (select {', '.join(COLUMNS)} from (select {facts}, * from read_parquet([{files}]))) "
        f"to {literal(str(target))} (format parquet)"
    )


def _with_positions(raw: RawTable, bad: str) -> str:
    """Number rows as they stand in the file, counting the lines that did not parse, and add those."""
    columns = "column_name, value, reason, message, row_json"
    if raw.rejects is None:
        return f"select _row as row_number, {columns} from ({bad})"
    blanks = blank_lines(raw.path) if raw.path is not None else []
    counted = f"len(list_filter({blanks}, lambda blank: blank < line))" if blanks else "0"
    rejects = (
        f"select line - {raw.header_lines} - {counted} as position, "
        f"row_number() over (order by line) as ordinal, "
        f"trim(any_value(csv_line), chr(13) || chr(10)) as csv_line from {raw.rejects} group by line"
    )
    before = (
        f"select position - ordinal as good_before, max(ordinal) as rejected "
        f"from ({rejects}) group by good_before"
    )
    return (
        f"select cast(_row + coalesce(rejected, 0) as bigint) as row_number, {columns} from ({bad}) as bad "
        f"asof left join ({before}) as before on bad._row > before.good_before "
        f"union all select cast(position as bigint), null, csv_line, {literal(UNPARSEABLE)}, "
        f"{literal(UNPARSEABLE_MESSAGE)}, csv_line from ({rejects})"
    )
