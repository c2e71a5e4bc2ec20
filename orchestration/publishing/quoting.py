"""Names and texts inside SQL statements that take no bound parameter (ATTACH, COMMENT, COPY)."""

from __future__ import annotations


def identifier(name: str) -> str:
    """Quote a column, table or schema name."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: object) -> str:
    """Quote a text or path."""
    return "'" + str(text).replace("'", "''") + "'"
