"""Dagster's event log on SQLite with its connections kept open.

Dagster opens a new engine and a new connection for each of a night's 4,000 reads and writes, and so
compiles each statement anew. The files are the same, and any of Dagster's own tools can read them.
Where the log lies is said in `resources`.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._core.storage.event_log.sqlite.sqlite_event_log import INDEX_SHARD_NAME
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from dagster._serdes import ConfigurableClassData
from sqlalchemy import Connection, Engine, create_engine

# The index, the run under way, and some more for a page of the UI that looks at many runs.
MOST_ENGINES = 8


class EventLog(SqliteEventLogStorage):
    """One file a run and an index, as Dagster has them; the last few stay open."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._engines: OrderedDict[str, Engine] = OrderedDict()
        self._tables: set[str] = set()
        super().__init__(base_dir, inst_data)

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Any
    ) -> EventLog:
        """Called by Dagster with what `dagster.yaml` says."""
        return cls(inst_data=inst_data, **config_value)

    def run_connection(self, run_id: str | None = None) -> AbstractContextManager[Connection]:
        """A connection to the events of a run, in a transaction."""
        return self._kept(str(run_id))

    def index_connection(self) -> AbstractContextManager[Connection]:
        """A connection to what is known across runs, in a transaction."""
        return self._kept(INDEX_SHARD_NAME)

    def has_table(self, table_name: str) -> bool:
        """Whether the index has a table; asked once or twice for each event, and one that is there stays."""
        if table_name not in self._tables and super().has_table(table_name):
            self._tables.add(table_name)
        return table_name in self._tables

    def wipe(self) -> None:
        """Delete every event."""
        self._close()
        super().wipe()

    def dispose(self) -> None:
        """Close what is open."""
        self._close()
        super().dispose()

    @contextmanager
    def _kept(self, shard: str) -> Iterator[Connection]:
        if shard not in self._initialized_dbs:
            with super()._connect(shard):
                pass
        with self._db_lock, self._engine(shard).begin() as connection:
            yield connection

    def _engine(self, shard: str) -> Engine:
        if shard not in self._engines:
            self._engines[shard] = create_engine(
                self.conn_string_for_shard(shard),
                connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS},
            )
        self._engines.move_to_end(shard)
        while len(self._engines) > MOST_ENGINES:
            self._engines.popitem(last=False)[1].dispose()
        return self._engines[shard]

    def _close(self) -> None:
        with self._db_lock:
            while self._engines:
                self._engines.popitem()[1].dispose()
