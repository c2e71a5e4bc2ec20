"""Which models a fault has a say in: that in which it lies, or all that use its macro or its seed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.mutation.fault import Fault, file_in_dbt

Manifest = Mapping[str, Mapping[str, Mapping[str, Any]]]


def touched_models(manifest: Manifest, fault: Fault) -> set[str]:
    """Names of the models whose SQL a fault goes into."""
    within = _nodes(manifest, fault)
    used = _with_their_users(manifest, within)
    return {
        node["name"]
        for name, node in manifest["nodes"].items()
        if node["resource_type"] == "model"
        and (name in within or used & _parents(node) or _reads_seed(within, node))
    }


def downstream(manifest: Manifest, fault: Fault) -> list[str]:
    """What dbt is to select so that all that a fault may change is built anew."""
    file = file_in_dbt(fault)
    if any(node["original_file_path"] == file for node in manifest["nodes"].values()):
        return [f"path:{file}+"]
    return [f"{name}+" for name in sorted(touched_models(manifest, fault))]


def models_with_unit_tests(manifest: Manifest) -> set[str]:
    """Names of the models that have unit tests of their own."""
    return {node["model"] for node in manifest["unit_tests"].values()}


def _with_their_users(manifest: Manifest, macros: set[str]) -> set[str]:
    """Macros, and whatever macros call them, over any number of others."""
    found = set(macros)
    while True:
        users = {name for name, node in manifest["macros"].items() if _parents(node) & found}
        if users <= found:
            return found
        found |= users


def _nodes(manifest: Manifest, fault: Fault) -> set[str]:
    """The nodes of the fault's file; of macros those alone in which its piece is."""
    nodes = {**manifest["nodes"], **manifest["macros"]}
    file = file_in_dbt(fault)
    found = {name for name, node in nodes.items() if node["original_file_path"] == file}
    holders = {name for name in found if fault.find in nodes[name].get("macro_sql", "")}
    return holders or found


def _reads_seed(within: set[str], node: Mapping[str, Any]) -> bool:
    seeds = {name for name in within if name.startswith("seed.")}
    return bool(seeds & set(node["depends_on"]["nodes"]))


def _parents(node: Mapping[str, Any]) -> set[str]:
    return set(node["depends_on"]["macros"])
