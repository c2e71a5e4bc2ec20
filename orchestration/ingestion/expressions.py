"""SQL that turns one raw row into one landed row, and says which column of a bad row is to blame.

A column is bad when its value is NULL although it is required or although the raw row has a text for
it. Turning a single value is the business of `value_sql`; running the SQL that of `conversion`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from data_quality.contracts import Column
from data_quality.quoting import literal
from orchestration.ingestion import value_sql
from orchestration.ingestion.cells import Cells, MissingColumnsError, RawValue
from orchestration.ingestion.mapping import ColumnMapping, ObjectMapping
from orchestration.ingestion.raw_table import RawOptions, RawTable, Refusal

REFUSED: Final = "refused_by_mapping"


@dataclass(frozen=True)
class ColumnSql:
    """One landed column: its value, the raw text behind it, and why a value would be missing.

    `given` is NULL exactly where `text` is, and cheaper. `can_fail` is false where any value will do.
    """

    column: Column
    value: str
    text: str
    given: str
    reason: str
    can_fail: bool
    is_quick: bool = False

    @property
    def needs_given(self) -> bool:
        """True where what was given decides whether a NULL is an error."""
        return self.can_fail and not self.column.required

    def failed(self, number: int, given: str = "g") -> str:
        """SQL that is true where the column, selected as `v<n>` and `g<n>`, is bad."""
        bad = f"v{number} is null" + (
            f" and {given}{number} is not null" if self.needs_given else ""
        )
        senseless = value_sql.is_senseless(f"v{number}", self.column)
        if self.is_quick and self.column.is_time:
            senseless = None
        return f"({bad})" if senseless is None else f"({bad}) or ({senseless})"


@dataclass(frozen=True)
class RowSql:
    """A whole row. `missing` names optional source columns that the file lacks.

    `refusals` hold whatever its columns say; the first whose condition is true tells why.
    """

    columns: tuple[ColumnSql, ...]
    is_skipped: str
    refusals: tuple[Refusal, ...]
    row_json: str
    missing: tuple[str, ...]

    @property
    def is_refused(self) -> str:
        """SQL that is true where the row is refused as a whole."""
        return " or ".join(f"({refusal.condition})" for refusal in self.refusals) or "false"

    def is_bad(self, given: str = "g") -> str:
        """SQL that is true where any column is bad."""
        tests = [sql.failed(i, given) for i, sql in enumerate(self.columns) if sql.can_fail]
        return " or ".join(tests) or "false"


def row_sql(mapping: ObjectMapping, raw: RawTable, *, quick: bool = False) -> RowSql:
    """Build the SQL of an object's rows for one opened file.

    With `quick` rows in odd spellings count as bad, too, and dates beyond the calendar as good.

    Raises:
        MissingColumnsError: A column that is needed is not in the file.
    """
    cells = Cells(raw)
    present: dict[str, ColumnMapping] = {}
    optional: list[str] = []
    conditions = (*mapping.skip_rows_where, *mapping.refuse_rows_where)
    needed = [name for name in conditions if not cells.has(name)]
    for column in mapping.columns.values():
        lacking = [name for name in column.reads if not cells.has(name)]
        if not lacking:
            present[column.column] = column
        elif mapping.contract.column(column.column).required:
            needed += lacking
        else:
            optional += lacking
    if needed:
        raise MissingColumnsError(tuple(dict.fromkeys(needed)))
    columns = tuple(
        _column(column, present.get(column.name), present, mapping, cells, quick)
        for column in mapping.contract.columns
    )
    is_skipped = cells.matches(mapping.skip_rows_where) if mapping.skip_rows_where else "false"
    return RowSql(
        columns=columns,
        is_skipped=is_skipped,
        refusals=(*raw.refusals, *_refused(mapping, cells, is_skipped)),
        row_json=_row_json(raw, mapping, cells),
        missing=tuple(
            dict.fromkeys([*optional, *([raw.missing_list] if raw.missing_list else [])])
        ),
    )


def raw_options(mapping: ObjectMapping) -> RawOptions:
    """How the files of an object are to be opened."""
    return RawOptions(
        null_values=mapping.null_values,
        delimiter=mapping.delimiter,
        encoding=mapping.encoding,
        list_steps=mapping.list_steps,
        may_lack_list=not mapping.is_required,
    )


def _refused(mapping: ObjectMapping, cells: Cells, is_skipped: str) -> list[Refusal]:
    words = mapping.refuse_rows_where
    if not words:
        return []
    names = " and ".join(words)
    told = [f"coalesce({cells.text(name)}, '')" for name in words]
    return [
        Refusal(
            f"not {is_skipped} and {cells.matches(words)}",
            REFUSED,
            f"refuse_rows_where in the mapping refuses rows with this value of {names}; export them "
            "whole, or correct the mapping.",
            f"concat_ws(', ', {', '.join(told)})",
        )
    ]


def _row_json(raw: RawTable, mapping: ObjectMapping, cells: Cells) -> str:
    """SQL of the row as JSON: a line as it came, else the columns that are read."""
    if raw.is_json and not raw.is_listed:
        return "line"
    read = [name for name in mapping.reads if cells.has(name)]
    pairs = ", ".join(f"{literal(name)}, {cells.text(name)}" for name in read)
    columns = f"cast(json_object({pairs}) as varchar)"
    if not raw.is_listed:
        return columns
    return f"case when {raw.refusals[0].condition} then line else {columns} end"


def _column(
    column: Column,
    mapping: ColumnMapping | None,
    present: Mapping[str, ColumnMapping],
    whole: ObjectMapping,
    cells: Cells,
    quick: bool,
) -> ColumnSql:
    if mapping is None:
        nothing = f"cast(null as {column.duckdb_type})"
        return ColumnSql(column, nothing, "null", "null", "null", can_fail=False)
    if mapping.fingerprint:
        value = cells.fingerprint(mapping.fingerprint, whole.reads)
        return ColumnSql(column, value, value, value, "null", can_fail=False)
    raw = cells.value(mapping)
    currency = _currency(mapping, present, whole, cells)
    quickly = value_sql.quickly_typed(raw.sql, raw.type, column, mapping) if quick else None
    value = quickly or value_sql.typed(raw.sql, raw.type, column, mapping, currency)
    if mapping.first_by:
        group = ", ".join(cells.cell(name) for name in mapping.first_by)
        value = f"min({value}) over (partition by {group})"
    free = column.type == "string" and column.values is None and mapping.values is None
    return ColumnSql(
        column=column,
        value=value,
        text=raw.text,
        given=raw.given,
        reason=_reason(column, mapping, raw, currency),
        can_fail=column.required or not free,
        is_quick=quick,
    )


def _currency(
    mapping: ColumnMapping,
    present: Mapping[str, ColumnMapping],
    whole: ObjectMapping,
    cells: Cells,
) -> str | None:
    """SQL of the currency of an amount in major units, or None where the amount is in minor units."""
    if mapping.currency is None:
        return None
    if mapping.currency not in present:
        return literal(mapping.currency)
    source = present[mapping.currency]
    raw = cells.value(source)
    return value_sql.typed(raw.sql, raw.type, whole.contract.column(mapping.currency), source, None)


def _reason(column: Column, mapping: ColumnMapping, raw: RawValue, currency: str | None) -> str:
    """SQL of the reason code of a value that could not be turned but has a text."""
    if mapping.values is not None or column.values is not None:
        return literal("unknown_value")
    if column.type == "string":
        return literal("missing_required")
    if column.type != "integer" and not column.type.startswith("decimal"):
        return literal("wrong_type")
    number = value_sql.number(raw.sql, raw.type, mapping)
    is_number = f"isfinite({value_sql.number(raw.sql, raw.type, mapping, 'double')})"
    cases = f"when not coalesce({is_number}, false) then 'wrong_type' "
    if currency is not None:
        known = value_sql.currency_known(currency)
        cases += f"when not coalesce({known}, false) then 'unknown_currency' "
        number = value_sql.minor(number, currency)
    if column.type == "integer":
        fraction = "fractional_minor_units" if column.is_minor_units else "fractional_number"
        cases += f"when {number} <> trunc({number}) then {literal(fraction)} "
    elif column.is_exact:
        fitting = f"try_cast({number} as {column.duckdb_type})"
        cases += f"when {fitting} <> {number} then 'too_many_digits' "
    return f"case {cases}else 'out_of_range' end"
