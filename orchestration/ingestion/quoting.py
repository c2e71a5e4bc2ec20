"""Names and texts put into SQL. Column names, values and paths come from strangers: all pass here."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime


def identifier(name: str) -> str:
    """A column or table name, quoted."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text value, quoted."""
    return "'" + text.replace("'", "''") + "'"


def literals(texts: Iterable[str]) -> str:
    """Text values, quoted and separated by commas, for `in (…)` or `[…]`."""
    return ", ".join(literal(text) for text in texts)


def instant(value: datetime) -> str:
    """A naive UTC timestamp literal."""
    return f"TIMESTAMP '{value:%Y-%m-%d %H:%M:%S.%f}'"
