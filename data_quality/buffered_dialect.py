"""DuckDB for SQLAlchemy with cursors that keep their rows: what Great Expectations needs.

Works around https://github.com/great-expectations/great_expectations/issues/10738; the test
`test_buffered_dialect.py` turns red when an upgrade makes it needless. Nothing else belongs here.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import duckdb
from duckdb_sqlalchemy import ConnectionWrapper, Dialect
from sqlalchemy.dialects import registry

_DRIVER = "tenure_buffered"
_connections: dict[str, duckdb.DuckDBPyConnection] = {}


class BufferedCursor:
    """Cursor that keeps its rows, for readers who fetch after closing the connection.

    Great Expectations does; DuckDB drops a pending result with its connection, and every
    expectation then looks failed.
    """

    arraysize = 1

    def __init__(self, cursor: Any) -> None:
        self._cursor = cursor
        self._rows: deque[tuple[Any, ...]] = deque()
        self.description: Any = None

    def execute(self, statement: str, parameters: Any = None, context: Any = None) -> None:
        """Run a statement and take all of its rows."""
        self._cursor.execute(statement, parameters, context)
        self.description = self._cursor.description
        self._rows = deque(self._cursor.fetchall() if self.description else ())

    def fetchone(self) -> tuple[Any, ...] | None:
        """Return the next row."""
        return self._rows.popleft() if self._rows else None

    def fetchmany(self, size: int | None = None) -> list[tuple[Any, ...]]:
        """Return the next rows."""
        return [self._rows.popleft() for _ in range(min(size or self.arraysize, len(self._rows)))]

    def fetchall(self) -> list[tuple[Any, ...]]:
        """Return the remaining rows."""
        rows = list(self._rows)
        self._rows.clear()
        return rows

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cursor, name)


class _BufferedConnection(ConnectionWrapper):  # type: ignore[misc] # the base is read as Any
    def cursor(self) -> BufferedCursor:
        return BufferedCursor(super().cursor())


class BufferedDialect(Dialect):  # type: ignore[misc] # the base is read as Any
    """DuckDB's dialect on a connection that is open already, with cursors that keep their rows."""

    supports_statement_cache = False

    def connect(self, *_arguments: Any, **parameters: Any) -> _BufferedConnection:
        """Return a second handle on the connection that the address names."""
        return _BufferedConnection(_connections[parameters["database"]].cursor())


registry.register(f"duckdb.{_DRIVER}", __name__, "BufferedDialect")


@contextmanager
def offered(connection: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """Give an open connection an address that SQLAlchemy can connect to, while the block lasts."""
    database = f":memory:{id(connection)}"
    _connections[database] = connection
    try:
        yield f"duckdb+{_DRIVER}:///{database}"
    finally:
        del _connections[database]
