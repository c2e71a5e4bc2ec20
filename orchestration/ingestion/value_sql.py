"""SQL that turns one raw value into a value of a contract type, or NULL where it cannot.

Each function takes SQL of the raw value and its DuckDB type and returns SQL. Which column is read and
what happens to a value that cannot be turned is the business of `expressions`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from data_quality.contracts import Column, currency_exponents
from data_quality.quoting import literal, literals
from orchestration.ingestion.column_parser import EPOCHS
from orchestration.ingestion.mapping import ColumnMapping

_INTEGERS: Final = frozenset(
    {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT"}
    | {"UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT"}
)
_FLOATS: Final = frozenset({"FLOAT", "DOUBLE"})
_TIMESTAMPS: Final = frozenset({"TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS", "DATE"})
_WITH_ZONE: Final = "TIMESTAMP WITH TIME ZONE"
_HAS_OFFSET: Final = literal(r":[0-9.]+\s*[-+A-Za-z]")
# Beyond these, dates are slips of a key, and Python and BI tools cannot hold them.
_FIRST, _END = "TIMESTAMP '0001-01-01'", "TIMESTAMP '10000-01-01'"


def text_of(raw: str, raw_type: str) -> str:
    """The value as text, as a CSV export would write it; whole floats without a fraction."""
    if raw_type == "VARCHAR":
        return raw
    if raw_type in _FLOATS:
        whole = f"{raw} = trunc({raw}) and abs({raw}) < 1e15"
        return f"case when {whole} then cast(try_cast({raw} as bigint) as varchar) else cast({raw} as varchar) end"
    return f"cast({raw} as varchar)"


def typed(  # noqa: PLR0911 - one return per type
    raw: str, raw_type: str, column: Column, mapping: ColumnMapping, currency: str | None
) -> str:
    """The value in the column's type, or NULL; `currency` is the SQL of the amount's currency."""
    if column.type == "string":
        return _word(text_of(raw, raw_type), column)
    if column.type == "boolean":
        return (
            raw if raw_type == "BOOLEAN" else f"try_cast(trim({text_of(raw, raw_type)}) as boolean)"
        )
    if column.type == "timestamp":
        return _instant(raw, raw_type, mapping)
    if column.type == "date":
        return f"cast({_local(raw, raw_type, mapping)} as date)"
    if mapping.unit == "major" and currency is not None:
        return _fitting(minor(number(raw, raw_type, mapping), currency), column)
    if column.type == "integer":
        return _integer(raw, raw_type, column, mapping)
    if column.is_exact:
        return _fitting(number(raw, raw_type, mapping), column)
    return _fitting(number(raw, raw_type, mapping, column.duckdb_type), column)


def quickly_typed(raw: str, raw_type: str, column: Column, mapping: ColumnMapping) -> str | None:
    """A cheaper `typed` that is NULL for odd spellings of values, too; None where there is none."""
    if raw_type != "VARCHAR":
        return None
    if column.type == "timestamp" and mapping.timezone == "UTC" and not mapping.inclusive_end:
        return None if mapping.formats else _utc(f"try_cast({raw} as timestamptz)")
    if column.type == "integer" and mapping.unit == "minor" and not mapping.thousands:
        return f"case when regexp_full_match({raw}, '-?[0-9]+') then try_cast({raw} as bigint) end"
    return None


def is_senseless(value: str, column: Column) -> str | None:
    """True for a typed value that no export means: a blank identifier, the year 20024; None: never."""
    if column.is_time:
        return f"not ({value} >= {_FIRST} and {value} < {_END})"
    if column.type == "string" and column.required and column.values is None:
        return f"starts_with({value}, ' ') and trim({value}) = ''"
    return None


def number(raw: str, raw_type: str, mapping: ColumnMapping, as_type: str = "decimal(28,10)") -> str:
    """The value as an exact number, or NULL; digits beyond the scale are rounded half away from 0."""
    if raw_type in _INTEGERS or raw_type in _FLOATS or raw_type.startswith("DECIMAL"):
        return f"try_cast({raw} as {as_type})"
    text = text_of(raw, raw_type)
    mark, group = re.escape(mapping.decimal), re.escape(mapping.thousands)
    whole = rf"([0-9]+|[0-9]{{1,3}}({group}[0-9]{{2,3}})+)" if group else "[0-9]+"
    pattern = rf"\s*[+-]?({whole}({mark}[0-9]*)?|{mark}[0-9]+)([eE][+-]?[0-9]+)?\s*"
    plain = text
    if mapping.thousands:
        plain = f"replace({plain}, {literal(mapping.thousands)}, '')"
    if mapping.decimal != ".":
        plain = f"replace({plain}, {literal(mapping.decimal)}, '.')"
    return f"case when regexp_full_match({text}, {literal(pattern)}) then try_cast({plain} as {as_type}) end"


def currency_known(currency: str) -> str:
    """True where the currency has a known minor unit."""
    return f"{currency} in ({literals(currency_exponents())})"


def minor(amount: str, currency: str) -> str:
    """An amount in minor units of its currency; NULL where that is unknown."""
    by_exponent: dict[int, list[str]] = {}
    for code, exponent in currency_exponents().items():
        by_exponent.setdefault(exponent, []).append(code)
    cases = " ".join(
        f"when {currency} in ({literals(codes)}) then {amount} * {10**exponent}"
        for exponent, codes in sorted(by_exponent.items())
    )
    return f"case {cases} end"


def _integer(raw: str, raw_type: str, column: Column, mapping: ColumnMapping) -> str:
    if raw_type in _INTEGERS:
        return f"try_cast({raw} as bigint)"
    fitting = _fitting(number(raw, raw_type, mapping), column)
    if raw_type != "VARCHAR":
        return fitting
    digits = f"regexp_full_match({raw}, '\\s*[+-]?[0-9]+\\s*')"  # beyond decimal(28,10)
    return f"case when {digits} then try_cast({raw} as bigint) else {fitting} end"


def _fitting(amount: str, column: Column) -> str:
    if column.is_exact:
        typed = f"try_cast({amount} as {column.duckdb_type})"
        return f"case when {typed} = {amount} then {typed} end"
    if column.type != "integer":
        return f"try_cast({amount} as {column.duckdb_type})"
    return f"case when {amount} = trunc({amount}) then try_cast({amount} as bigint) end"


def _word(text: str, column: Column) -> str:
    if column.is_currency:
        text = f"upper(trim({text}))"
    elif column.values is not None:
        text = f"trim({text})"
    if column.values is not None:
        return f"case when {text} in ({literals(column.values)}) then {text} end"
    return text


def _utc(instant: str) -> str:
    # epoch_us of an infinite instant is NULL, and this is twice as fast as `at time zone 'UTC'`
    return f"make_timestamp(epoch_us({instant}))"


def _to_utc(local: str, zone: str) -> str:
    return local if zone == "UTC" else f"timezone('UTC', timezone({literal(zone)}, {local}))"


def _instant(raw: str, raw_type: str, mapping: ColumnMapping) -> str:
    """UTC instant. Of an hour that a clock change repeats, local times mean the second pass."""
    zone = mapping.timezone
    if mapping.inclusive_end:
        return _to_utc(_local(raw, raw_type, mapping), zone)
    if raw_type == _WITH_ZONE:
        return _utc(raw)
    if raw_type in _TIMESTAMPS:
        return _to_utc(f"cast({raw} as timestamp)", zone)
    text = text_of(raw, raw_type)
    if mapping.formats:
        return _coalesce(_formatted(text, form, zone) for form in mapping.formats)
    offset = _utc(f"try_cast({text} as timestamptz)")
    trimmed = _utc(f"try_cast({_with_seconds(text)} as timestamptz)")
    if zone == "UTC":
        return f"coalesce({offset}, {trimmed})"
    local = _to_utc(f"try_cast(trim({text}) as timestamp)", zone)
    return f"case when regexp_matches({text}, {_HAS_OFFSET}) then {trimmed} else {local} end"


def _with_seconds(text: str) -> str:
    """Trimmed, and with the seconds that DuckDB wants before an offset: 10:00Z becomes 10:00:00Z."""
    pattern, fuller = literal(r"([T ]\d{2}:\d{2})\s*([zZ+-])"), literal(r"\1:00\2")
    return f"regexp_replace(trim({text}), {pattern}, {fuller})"


def _formatted(text: str, form: str, zone: str) -> str:
    if form in EPOCHS:
        return f"try(make_timestamp(try_cast(try_cast({text} as decimal(28,6)) * {EPOCHS[form]} as bigint)))"
    parsed = f"try_strptime(trim({text}), {literal(form)})"
    return _utc(parsed) if _has_zone(form) else _to_utc(parsed, zone)


def _has_zone(form: str) -> bool:
    return re.search(r"(?<!%)(%%)*%[zZ]", form) is not None


def _local(raw: str, raw_type: str, mapping: ColumnMapping) -> str:
    """Wall-clock time in the mapping's timezone; an inclusive end becomes the next midnight."""
    zone = mapping.timezone
    if raw_type in _TIMESTAMPS:
        local = f"cast({raw} as timestamp)"
    elif raw_type == _WITH_ZONE:
        local = _wall_clock(_utc(raw), zone)
    else:
        text = text_of(raw, raw_type)
        if mapping.formats:
            local = _coalesce(
                _wall_clock(_formatted(text, form, "UTC"), zone)
                if form in EPOCHS or _has_zone(form)
                else _formatted(text, form, "UTC")
                for form in mapping.formats
            )
        else:
            instant = _wall_clock(_utc(f"try_cast({_with_seconds(text)} as timestamptz)"), zone)
            plain = f"try_cast(trim({text}) as timestamp)"
            local = (
                f"case when regexp_matches({text}, {_HAS_OFFSET}) then {instant} else {plain} end"
            )
    return f"date_trunc('day', {local}) + interval 1 day" if mapping.inclusive_end else local


def _wall_clock(utc: str, zone: str) -> str:
    return utc if zone == "UTC" else f"timezone({literal(zone)}, timezone('UTC', {utc}))"


def _coalesce(choices: Iterable[str]) -> str:
    return f"coalesce({', '.join(choices)})"
