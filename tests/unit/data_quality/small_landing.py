"""A landing with load records and quarantine, as the gates read them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from tests.building.landing_writer import Delivery, Row, write_landing


@dataclass(frozen=True, kw_only=True)
class Load:
    """One load of one object: its rows, and what its record says where that differs from them."""

    name: str
    day: int
    rows: tuple[Row, ...] = ()
    file: str = ""
    source_id: str = "acme"
    status: str = "landed"
    message: str = ""
    mapping: str = "m"
    filtered: int = 0
    already_landed: int = 0
    rows_read: int | None = None
    refused: tuple[dict[str, Any], ...] = ()

    @property
    def load_id(self) -> str:
        return f"l{self.day:03d}"

    @property
    def loaded_at(self) -> str:
        """Midnight of a day of 2026, counted from 1."""
        month, day = divmod(self.day - 1, 28)
        return f"2026-{month + 1:02d}-{day + 1:02d} 00:00:00"

    @property
    def file_name(self) -> str:
        return self.file or f"{self.name}-{self.day}.csv"

    def record(self) -> dict[str, Any]:
        read = len(self.rows) + self.filtered + self.already_landed + len(self.refused)
        return {
            "load_id": self.load_id,
            "object": self.name,
            "source_id": self.source_id,
            "loaded_at": self.loaded_at,
            "files": [{"name": self.file_name, "sha256": "0", "rows_read": read, "size": 1}],
            "mapping_hash": self.mapping,
            "contract_hash": "c",
            "status": self.status,
            "rows_read": read if self.rows_read is None else self.rows_read,
            "rows_landed": len(self.rows),
            "rows_already_landed": self.already_landed,
            "rows_filtered": self.filtered,
            "rows_deleted": 0,
            "rows_quarantined": len(self.refused),
            "message": self.message,
            "new_columns": [],
        }


def write(root: Path, loads: Sequence[Load]) -> Path:
    """Write landing, load records and quarantine below `root`; return the landing."""
    landing = root / "landing"
    write_landing(
        landing,
        [
            Delivery(load.source_id, load.name, load.rows, load.loaded_at, load.load_id)
            for load in loads
            if load.rows
        ],
    )
    (landing / "_loads").mkdir()
    for load in loads:
        record = landing / "_loads" / f"{load.load_id}.{load.name}.json"
        record.write_text(json.dumps(load.record()))
        if load.refused:
            _quarantine(root / "quarantine" / load.name / f"load_id={load.load_id}", load)
    return landing


def _quarantine(folder: Path, load: Load) -> None:
    folder.mkdir(parents=True)
    with duckdb.connect() as connection:
        connection.execute(
            "create table refused (object varchar, source_id varchar, load_id varchar,"
            " loaded_at timestamp, file varchar, row_number bigint, column_name varchar,"
            " value varchar, reason varchar, message varchar, row_json varchar)"
        )
        for number, row in enumerate(load.refused, start=1):
            connection.execute(
                "insert into refused values (?, ?, ?, ?, ?, ?, ?, ?, ?, 'what to do', '{}')",
                [
                    load.name,
                    load.source_id,
                    load.load_id,
                    load.loaded_at,
                    load.file_name,
                    row.get("row_number", number),
                    row.get("column_name", "occurred_at"),
                    row.get("value", "x"),
                    row.get("reason", "wrong_type"),
                ],
            )
        target = str(folder / "rows.parquet").replace("'", "''")
        connection.execute(f"copy refused to '{target}' (format parquet)")


def events(count: int, day: str, **values: object) -> tuple[Row, ...]:
    """Usage events of one day."""
    return tuple(
        {
            "event_id": f"{day}-{number}",
            "event_name": "report_run",
            "user_id": f"u{number % 7}",
            "feature_name": "reports",
            "occurred_at": f"{day} 12:00:00",
            **values,
        }
        for number in range(count)
    )


def periods(count: int, **values: object) -> tuple[Row, ...]:
    """Subscription periods, so that billing has delivered something."""
    return tuple(
        {
            "subscription_id": f"s{number}",
            "customer_id": f"c{number}",
            "start_at": "2025-01-01 00:00:00",
            "amount_minor": "1000",
            "billing_interval": "month",
            "currency_code": "USD",
            **values,
        }
        for number in range(count)
    )
