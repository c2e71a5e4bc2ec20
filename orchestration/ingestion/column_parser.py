"""Reads one column of a source mapping: `contract_column: source column` or the long form."""

from __future__ import annotations

import zoneinfo
from functools import cache
from typing import Final

import duckdb

from data_quality.contracts import Column, Contract, currency_exponents
from orchestration.ingestion.mapping import ColumnMapping, Words
from orchestration.ingestion.yaml_nodes import Node, suggest

EPOCHS: Final = {"epoch_s": 1_000_000, "epoch_ms": 1_000, "epoch_us": 1}
_ORIGINS: Final = ("from", "constant", "fingerprint")
_TIME_KEYS: Final = ("format", "timezone", "inclusive_end")
_NUMBER_KEYS: Final = ("decimal", "thousands")
_MONEY_KEYS: Final = ("unit", "currency")
_OTHER_KEYS: Final = ("separator", "empty_as", "values", "default", "when", "first_by")


def parse_column(contract: Contract, column: Column, node: Node, zone: str) -> ColumnMapping:
    """Read the mapping of one contract column; `zone` is the timezone of instants without offset.

    Raises:
        MappingError: An option is unknown, contradicts another or does not fit the column's type.
    """
    if node.entries is None:
        return ColumnMapping(column.name, sources=(node.word(),), timezone=zone)
    entries = node.only(*_ORIGINS, *_TIME_KEYS, *_NUMBER_KEYS, *_MONEY_KEYS, *_OTHER_KEYS)
    if sum(origin in entries for origin in _ORIGINS) != 1:
        raise node.error(f"needs exactly one of {', '.join(_ORIGINS)}")
    _refuse_misfits(column, entries)
    major = "unit" in entries and entries["unit"].choice(("minor", "major")) == "major"
    values = _values(column, entries.get("values"))
    if "default" in entries and values is None:
        raise entries["default"].error("'default' goes with 'values'")
    sources = entries["from"].words() if "from" in entries else ()
    if "empty_as" in entries and len(sources) < 2:
        raise entries["empty_as"].error("'empty_as' goes with several columns in 'from'")
    return ColumnMapping(
        column.name,
        sources=sources,
        constant=_allowed(column, entries["constant"], "constant")
        if "constant" in entries
        else None,
        fingerprint=entries["fingerprint"].words() if "fingerprint" in entries else (),
        separator=entries["separator"].word_or_empty() if "separator" in entries else "",
        empty_as=entries["empty_as"].word_or_empty() if "empty_as" in entries else None,
        formats=_formats(entries.get("format")),
        timezone=parse_timezone(entries["timezone"]) if "timezone" in entries else zone,
        inclusive_end="inclusive_end" in entries and entries["inclusive_end"].flag(),
        unit="major" if major else "minor",
        currency=_currency(contract, column, node, entries.get("currency")) if major else None,
        values=values,
        default=_target_word(column, entries["default"]) if "default" in entries else None,
        has_default="default" in entries,
        decimal=_decimal_mark(entries.get("decimal")),
        thousands=_thousands_mark(entries),
        when=parse_words(entries["when"]) if "when" in entries else {},
        first_by=entries["first_by"].words() if "first_by" in entries else (),
    )


def parse_timezone(node: Node) -> str:
    """The name of a timezone, or an error where there is no such zone."""
    name = node.word()
    if name not in zoneinfo.available_timezones():
        meant = suggest(name, zoneinfo.available_timezones()).split("allowed:", maxsplit=1)[0]
        raise node.error(
            f"there is no timezone '{name}'; {meant}use an IANA name, e.g. Europe/Berlin"
        )
    return name


def parse_words(node: Node) -> Words:
    """`{column: [word, …]}`; a row matches when every column holds one of its words."""
    return {column: words.words() for column, words in node.mapping().items()}


def _refuse_misfits(column: Column, entries: dict[str, Node]) -> None:
    is_number = column.type == "integer" or column.type.startswith("decimal")
    for keys, fits, kind in (
        (_TIME_KEYS, column.is_time, "timestamps and dates"),
        (_NUMBER_KEYS, is_number, "numbers"),
        (_MONEY_KEYS, column.is_minor_units, "money in minor units"),
    ):
        for key in keys:
            if key in entries and not fits:
                raise entries[key].error(f"'{key}' is for {kind}; {column.name} is {column.type}")


def _values(column: Column, node: Node | None) -> dict[str, str | None] | None:
    if node is None:
        return None
    return {word: _target_word(column, target) for word, target in node.mapping().items()}


def _target_word(column: Column, node: Node) -> str | None:
    return _allowed(column, node, "word") if node.word_or_empty() else None


def _allowed(column: Column, node: Node, kind: str) -> str:
    word = node.word()
    if column.values is not None and word not in column.values:
        raise node.error(
            f"the {kind} '{word}' is not in the contract; {suggest(word, column.values)}"
        )
    return word


def _currency(contract: Contract, column: Column, node: Node, given: Node | None) -> str:
    columns = [c.name for c in contract.columns if c.is_currency]
    if given is None:
        if "currency_code" in columns:
            return "currency_code"
        raise node.error(
            f"{column.name} is in major units and {contract.name} has no currency_code; "
            "say 'currency:' with an ISO 4217 code"
        )
    if given.word() not in columns and given.word() not in currency_exponents():
        raise given.error(f"'{given.word()}' is neither an ISO 4217 code nor a currency column")
    return given.word()


def _formats(node: Node | None) -> tuple[str, ...]:
    if node is None:
        return ()
    for text in node.words():
        problem = None if text in EPOCHS else _format_problem(text)
        if problem:
            raise node.error(f"'{text}' is no date format: {problem}; or use {', '.join(EPOCHS)}")
    return node.words()


@cache
def _format_problem(text: str) -> str | None:
    if "%" not in text:
        return "it has no % part, e.g. %Y-%m-%d"
    try:
        with duckdb.connect() as connection:
            connection.execute("select try_strptime('', ?)", [text])
    except duckdb.Error as error:
        return str(error).rsplit(": ", maxsplit=1)[-1]
    return None


def _decimal_mark(node: Node | None) -> str:
    return "." if node is None else node.choice((".", ","))


def _thousands_mark(entries: dict[str, Node]) -> str:
    if "thousands" not in entries:
        return ""
    mark = entries["thousands"].choice((",", ".", " ", "'"))
    if mark == _decimal_mark(entries.get("decimal")):
        raise entries["thousands"].error(f"'{mark}' is already the decimal mark")
    return mark
