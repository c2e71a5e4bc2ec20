"""Names and texts put into SQL that takes no bound parameter (COPY, ATTACH, COMMENT, table functions).

Column names, values and paths come from strangers: in the whole project all of them pass here, so that
there is one place to get it right. SQL itself does not belong here.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime


def identifier(name: str) -> str:
    """A column or table name, quoted."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: object) -> str:
    """A text value or path, quoted."""
    return "'" + str(text).replace("'", "''") + "'"


def literals(texts: Iterable[object]) -> str:
    """Text values, quoted and separated by commas, for `in (…)` or `[…]`."""
    return ", ".join(literal(text) for text in texts)


def instant(value: datetime) -> str:
    """A naive UTC timestamp literal."""
    return f"TIMESTAMP '{value:%Y-%m-%d %H:%M:%S.%f}'"
