"""What dbt's manifest knows about the published tables: keys, descriptions, personal data, lineage."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orchestration.dbt.manifest import models_of
from orchestration.publishing.request import TableDescription, TableFacts


def table_facts(manifest: Mapping[str, Any]) -> TableFacts:
    """Collect the facts that a release needs of the marts that dbt builds and the scores beside them."""
    tables = {_name(node): node for node in models_of(manifest, "marts").values()}
    tables |= score_tables_of(manifest)
    return TableFacts(
        primary_keys={
            name: list(node["config"]["meta"]["grain"])
            for name, node in tables.items()
            if node["config"].get("meta", {}).get("grain")
        },
        descriptions={
            name: TableDescription(
                description=node["description"],
                columns={
                    column["name"]: column["description"] for column in node["columns"].values()
                },
            )
            for name, node in tables.items()
        },
        personal_columns={
            name: personal for name, node in tables.items() if (personal := _personal(node))
        },
    )


def score_tables_of(manifest: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Score tables by name: dbt does not build them, but describes them as a source."""
    return {
        node["name"]: node
        for node in manifest["sources"].values()
        if node["source_name"] == "scores"
    }


def objects_of_marts(
    manifest: Mapping[str, Any], schema: str = "marts"
) -> dict[str, frozenset[str]]:
    """Raw objects that each mart is built from, directly or not."""
    return {
        _name(node): frozenset(_objects(manifest, unique_id))
        for unique_id, node in models_of(manifest, schema).items()
    }


def reach_of_marts(manifest: Mapping[str, Any], schema: str = "marts") -> dict[str, int]:
    """Days before the first rows ever of an object that they change in a mart, of marts that say so."""
    return {
        _name(node): int(days)
        for node in models_of(manifest, schema).values()
        if (days := node["config"].get("meta", {}).get("first_rows_reach_back_days"))
    }


def _objects(manifest: Mapping[str, Any], unique_id: str) -> set[str]:
    found: set[str] = set()
    waiting, seen = [unique_id], {unique_id}
    while waiting:
        for parent in manifest["parent_map"].get(waiting.pop(), []):
            if parent in manifest["sources"]:
                found.add(manifest["sources"][parent]["name"])
            elif parent not in seen:
                seen.add(parent)
                waiting.append(parent)
    return found


def _name(node: Mapping[str, Any]) -> str:
    return str(node.get("alias") or node["name"])


def _personal(node: Mapping[str, Any]) -> list[str]:
    return [
        column["name"]
        for column in node["columns"].values()
        if (column.get("config", {}).get("meta") or column.get("meta") or {}).get("personal")
    ]
