"""Writes the mapping that tells the pipeline how to read the simulated company's files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from data_quality.contracts import load_contracts
from orchestration.ingestion.simulation.exports import EXPORTS, FILES, LOADED_AT_FROM

SOURCE_ID = "sim"
LEFT_OUT = "billing_subscription_periods"
"""The simple shape for companies without item versions; this company has them."""


def write_mapping(path: Path, objects: list[str]) -> None:
    """Write the mapping of objects that the company exports."""
    document = {
        "version": 1,
        "source_id": SOURCE_ID,
        "root": "./raw",
        "timezone": "UTC",
        "policy": {"reporting_currency": "USD", "reporting_timezone": "UTC"},
        "objects": {name: _object(name) for name in sorted(objects)},
    }
    text = yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=100)
    path.write_text("# The simulated company's exports.\n" + text, encoding="utf-8")


def _object(name: str) -> dict[str, Any]:
    export = EXPORTS[name]
    columns = load_contracts()[name].column_names
    return {
        "files": f"{name}/{FILES[export.file_format]}",
        "loaded_at_from": dict(LOADED_AT_FROM),
        "columns": {column: export.rule(column).mapping(column) for column in columns},
    }
