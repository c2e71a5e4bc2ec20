"""The raw files of a simulated company as tables under the contracts' names, for the tests.

Reads the mapping file itself, with nothing of the pipeline in between, so that a fault of either
shows. Values stay as exported: major units, words and dates are not translated.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import duckdb
import yaml

READERS = {
    ".csv.gz": "read_csv('{}', header = true, all_varchar = true, union_by_name = true, filename = true)",
    ".jsonl.gz": "read_json('{}', format = 'newline_delimited', filename = true, columns = {})",
    ".parquet": "read_parquet('{}', union_by_name = true, filename = true)",
}


def read_mapping(folder: Path) -> dict[str, Any]:
    """The objects of a company's mapping file."""
    objects: dict[str, Any] = yaml.safe_load((folder / "mapping.yml").read_text())["objects"]
    return objects


def source_of(entry: Any) -> str | None:
    """The source column of a mapping's entry; None for a constant."""
    if isinstance(entry, str):
        return entry
    source: str | None = entry.get("from")
    return source


def open_company(folder: Path) -> duckdb.DuckDBPyConnection:
    """A connection with a table of texts per object, and the file each row came from."""
    connection = duckdb.connect()
    connection.execute("set threads = 1; set timezone = 'UTC'")
    for name, entry in read_mapping(folder).items():
        pattern = entry["files"]
        suffix = next(s for s in READERS if pattern.endswith(s))
        sources = {c: s for c, e in entry["columns"].items() if (s := source_of(e)) is not None}
        reader = READERS[suffix].format(
            folder / "raw" / pattern, dict.fromkeys(sources.values(), "VARCHAR")
        )
        columns = ", ".join(f'cast("{s}" as varchar) as {c}' for c, s in sources.items())
        connection.execute(f"create table {name} as select {columns}, filename from {reader}")
    return connection


def digest(folder: Path) -> dict[str, str]:
    """Hash of each file below a folder, by relative path."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
