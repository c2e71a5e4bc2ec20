"""Which models a fault has a say in: that in which it lies, or all that use its macro, seed or definition."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.mutation.fault import Fault, file_in_dbt

DEFINITIONS = "macro.tenure.metrics_of"
Manifest = Mapping[str, Mapping[str, Mapping[str, Any]]]


def touched_models(manifest: Manifest, fault: Fault) -> set[str]:
    """Names of the models whose SQL a fault goes into."""
    within = _nodes(manifest, fault)
    used = _with_their_users(manifest, within | _readers_of_definitions(fault))
    return {
        node["name"]
        for name, node in manifest["nodes"].items()
        if node["resource_type"] == "model"
        and (name in within or used & _parents(node) or _reads_seed(within, node))
    }


def built_anew(manifest: Manifest, fault: Fault, marts: set[str]) -> list[str]:
    """Names of what dbt is to build so that all of these marts that a fault may change are anew."""
    named = {node["name"]: name for name, node in manifest["nodes"].items() if _is_built(node)}
    seeds = {name for name in _nodes(manifest, fault) if name.startswith("seed.")}
    changed = seeds | {named[name] for name in touched_models(manifest, fault)}
    after = _reached(manifest["child_map"], changed)
    before = _reached(manifest["parent_map"], {named[name] for name in marts})
    nodes = manifest["nodes"]
    return sorted(nodes[name]["name"] for name in after & before & set(named.values()))


def all_marts(manifest: Manifest) -> set[str]:
    """Names of all published models."""
    return {
        node["name"]
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model" and node["path"].startswith("marts/")
    }


def models_with_unit_tests(manifest: Manifest) -> set[str]:
    """Names of the models that have unit tests of their own."""
    return set(unit_tests_by_model(manifest))


def unit_tests_by_model(manifest: Manifest) -> dict[str, set[str]]:
    """Names of the unit tests of each model that has any."""
    found: dict[str, set[str]] = {}
    for node in manifest["unit_tests"].values():
        found.setdefault(node["model"], set()).add(node["name"])
    return found


def _with_their_users(manifest: Manifest, macros: set[str]) -> set[str]:
    """Macros, and whatever macros call them, over any number of others."""
    found = set(macros)
    while True:
        users = {name for name, node in manifest["macros"].items() if _parents(node) & found}
        if users <= found:
            return found
        found |= users


def _is_built(node: Mapping[str, Any]) -> bool:
    return node["resource_type"] in ("model", "seed")


def _reached(neighbours: Mapping[str, Any], starts: set[str]) -> set[str]:
    """Nodes, and all that are reached from them over any number of others."""
    found: set[str] = set()
    ahead = set(starts)
    while ahead:
        found |= ahead
        ahead = {name for start in ahead for name in neighbours.get(start, ())} - found
    return found


def _readers_of_definitions(fault: Fault) -> set[str]:
    """The macro by which models read the definitions of metrics, of a fault that lies in these."""
    return {DEFINITIONS} if fault.file.endswith(".yml") else set()


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
