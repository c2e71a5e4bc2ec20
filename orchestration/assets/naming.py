"""How tables, models and seeds appear as assets: keys, groups and kinds. Pure functions.

An asset key is schema/table; its group is the domain, so that the graph reads as the data flows.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# The health card's tables; who reads them finds them where the marts of that domain are.
SCORES_GROUP = "health"
RELEASE = ("release", "current")
SIMULATED = ("simulated", "raw_files")


def asset_path(node: Mapping[str, Any]) -> list[str]:
    """Key of a dbt model, seed or source: its schema and table."""
    if node["resource_type"] == "source":
        return [node["source_name"], node["name"]]
    return [node["schema"], node.get("alias") or node["name"]]


def group_of(node: Mapping[str, Any]) -> str:
    """Group of a dbt model or seed.

    Intermediate and marts share the group of their domain; staging models join the source they read.
    """
    if node["resource_type"] == "seed":
        return "reference"
    folders = node["fqn"][1:-1]
    return str(folders[1] if len(folders) > 1 else folders[0])


def kinds_of(node: Mapping[str, Any]) -> set[str]:
    """What the UI shows as the kinds of a dbt node."""
    if node["resource_type"] == "seed":
        return {"dbt", "csv"}
    return {"dbt", "duckdb", node["config"]["materialized"]}
