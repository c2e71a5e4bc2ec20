"""The definitions load from a prepared manifest alone, and the graph follows the data."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from dagster import AssetKey, Definitions

from data_quality.contracts import load_contracts
from orchestration.assets.naming import asset_path
from orchestration.dbt.manifest import ManifestMissingError, prepare_manifest, read_manifest
from orchestration.definitions import build_defs
from orchestration.resources import prepare_dagster_home
from orchestration.settings import Settings

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of a data directory that holds a prepared manifest and nothing else."""
    settings = Settings(data_dir=tmp_path_factory.mktemp("definitions") / "data")
    prepare_manifest(settings)
    return settings


@pytest.fixture(scope="module")
def manifest(settings: Settings) -> dict[str, Any]:
    return read_manifest(settings)


@pytest.fixture(scope="module")
def defs(settings: Settings, manifest: dict[str, Any]) -> Definitions:
    return build_defs(settings, manifest=manifest)


def test_loading_needs_no_database_no_network_and_no_process(settings: Settings) -> None:
    program = """
import socket, sqlite3, subprocess
import dagster, duckdb
def refuse(*arguments, **options):
    raise AssertionError(f"opened while loading: {arguments}")
duckdb.connect = sqlite3.connect = refuse
socket.socket.connect = refuse
subprocess.Popen.__init__ = refuse
import orchestration.definitions as d
print(len(d.defs.load_fn().resolve_asset_graph().get_all_asset_keys()))
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env=os.environ | {"TENURE_DATA_DIR": str(settings.data_dir)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 70
    assert not settings.warehouse_path.exists()


def test_without_a_manifest_the_command_to_run_is_named(tmp_path: Path) -> None:
    with pytest.raises(ManifestMissingError, match="tenure prepare"):
        read_manifest(Settings(data_dir=tmp_path))


def test_the_manifest_is_prepared_once_per_state_of_the_project(settings: Settings) -> None:
    path = prepare_manifest(settings)
    before = path.stat().st_mtime_ns
    assert prepare_manifest(settings) == path
    assert path.stat().st_mtime_ns == before


def test_one_asset_per_contract_model_and_seed(defs: Definitions, manifest: dict[str, Any]) -> None:
    keys = {tuple(key.path) for key in defs.resolve_asset_graph().get_all_asset_keys()}
    nodes = {
        tuple(asset_path(node))
        for node in manifest["nodes"].values()
        if node["resource_type"] in {"model", "seed"}
    }
    landing = {("landing", name) for name in load_contracts()}
    assert nodes <= keys
    assert {key for key in keys if key[0] == "landing"} == landing
    assert {key[0] for key in keys - nodes - landing} == {"scores", "release", "simulated"}


def test_the_graph_is_connected_and_ends_in_the_release(defs: Definitions) -> None:
    graph = defs.resolve_asset_graph()
    release = AssetKey(["release", "current"])
    upstream = graph.get_ancestor_asset_keys(release)
    landing = {key for key in graph.get_all_asset_keys() if key.path[0] == "landing"}
    used = {
        key
        for key in landing
        if any(child.path[0] == "staging" for child in graph.get(key).child_keys)
    }
    assert used == landing  # every raw object has a staging model
    assert AssetKey(["simulated", "raw_files"]) in upstream
    assert not graph.get(release).child_keys
    assert not any(node.is_external for node in graph.asset_nodes)


LAYERS = [
    "simulated",
    "landing",
    "reference",
    "staging",
    "intermediate",
    "marts",
    "scores",
    "scored",
    "release",
]


@pytest.fixture(scope="module")
def scored(manifest: dict[str, Any]) -> set[AssetKey]:
    """Models that read scores, and so are built after them."""
    return {
        AssetKey(asset_path(node))
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model" and "scored" in node["tags"]
    }


def test_data_flows_one_way(defs: Definitions, scored: set[AssetKey]) -> None:
    def layer(key: AssetKey) -> int:
        return LAYERS.index("scored" if key in scored else key.path[0])

    backwards = {
        f"{parent.to_user_string()} -> {node.key.to_user_string()}"
        for node in defs.resolve_asset_graph().asset_nodes
        for parent in node.parent_keys
        if layer(parent) > layer(node.key)
    }
    assert backwards == set()
    assert scored


def test_every_asset_has_a_group_a_kind_and_a_description(defs: Definitions) -> None:
    graph = defs.resolve_asset_graph()
    bare = {
        node.key.to_user_string()
        for node in graph.asset_nodes
        if node.group_name in {None, "default"}
        or not node.description
        or not any(tag.startswith("dagster/kind/") for tag in node.tags)
    }
    assert bare == set()


@pytest.mark.parametrize(
    ("layer", "schema"),
    [("raw", "landing"), ("staging", "staging"), ("marts", "marts"), ("scores", "scores")],
)
def test_every_table_of_a_layer_is_behind_its_gate(
    defs: Definitions, scored: set[AssetKey], layer: str, schema: str
) -> None:
    graph = defs.resolve_asset_graph()
    tables = {key for key in graph.get_all_asset_keys() if key.path[0] == schema} - scored
    gated = {key.asset_key for key in graph.asset_check_keys if key.name == f"gate_{layer}"}
    assert gated == tables
    for key in graph.asset_check_keys:
        if key.name == f"gate_{layer}":
            assert graph.get_check_spec(key).blocking


def test_what_reads_scores_has_a_gate_before_it_is_published(
    defs: Definitions, scored: set[AssetKey]
) -> None:
    graph = defs.resolve_asset_graph()
    gated = {key.asset_key for key in graph.asset_check_keys if key.name == "gate_metrics"}
    assert gated == {key for key in scored if key.path[0] == "marts"}
    assert AssetKey(["marts", "fct_metrics"]) in gated


def test_tests_of_models_are_asset_checks(defs: Definitions, manifest: dict[str, Any]) -> None:
    checks = {key.name for key in defs.resolve_asset_graph().asset_check_keys}
    attached = {
        node["name"]
        for node in manifest["nodes"].values()
        if node["resource_type"] == "test" and node.get("attached_node", "").startswith("model.")
    }
    assert len(attached) > 100
    assert attached <= checks


def test_jobs_run_in_one_process_and_one_at_a_time(defs: Definitions) -> None:
    for name in ("nightly", "backfill"):
        assert defs.resolve_job_def(name).executor_def.name == "in_process"
    pools = {
        op.pool
        for op in defs.resolve_job_def("nightly").graph.node_defs
        if op.name != "simulated__raw_files"
    }
    assert pools == {"warehouse"}


def test_without_the_simulated_company_nothing_precedes_the_landing(
    settings: Settings, manifest: dict[str, Any]
) -> None:
    real = settings.model_copy(update={"source": "mapping.yml"})
    graph = build_defs(real, manifest=manifest).resolve_asset_graph()
    assert AssetKey(["simulated", "raw_files"]) not in graph.get_all_asset_keys()
    assert not graph.get(AssetKey(["landing", "billing_customers"])).parent_keys


def test_schedule_and_sensor_are_there(defs: Definitions, settings: Settings) -> None:
    repository = defs.get_repository_def()
    (schedule,) = repository.schedule_defs
    assert (schedule.cron_schedule, schedule.execution_timezone) == (settings.nightly_cron, "UTC")
    assert [sensor.name for sensor in repository.sensor_defs] == ["failed_runs"]


def test_dagster_writes_into_the_data_directory_and_reports_nothing(settings: Settings) -> None:
    home = prepare_dagster_home(settings)
    assert home.is_relative_to(settings.data_dir)
    text = (home / "dagster.yaml").read_text(encoding="utf-8")
    assert "telemetry:\n  enabled: false" in text
    assert str(settings.data_dir) in text
    assert json.dumps(str(Path.home())) not in text
