"""dbt's manifest: prepared once per state of the project, read by everything that needs its facts.

Definitions load from the prepared file, so that no database and no dbt call is needed to load them.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from orchestration.dbt.commands import dbt_command, environment
from orchestration.dbt.process import DbtError, error_lines, run_process
from orchestration.settings import DBT_PROJECT_DIR, Settings

# The parsed project, as dbt keeps it; parsing it anew is the largest part of its start.
PARSED = "partial_parse.msgpack"
_PARTS = ("models", "macros", "seeds", "snapshots", "tests", "*.yml")
_SUFFIXES = {".sql", ".yml", ".yaml", ".csv", ".md"}


class ManifestMissingError(Exception):
    """The manifest was not prepared, or the project changed since; the message names the command."""


def dbt_dir(settings: Settings) -> Path:
    """Folder of dbt's artifacts; nothing is written into the project itself."""
    return settings.data_dir / "dbt"


def build_target_dir(settings: Settings) -> Path:
    """Folder of the artifacts of builds, shared by all runs, so that dbt finds its parsed project."""
    return dbt_dir(settings) / "target"


def manifest_path(settings: Settings) -> Path:
    """Where the prepared manifest lies."""
    return dbt_dir(settings) / "manifest.json"


def project_fingerprint(project_dir: Path = DBT_PROJECT_DIR) -> str:
    """Changes with every change of the project's files and of dbt."""
    digest = hashlib.sha256(version("dbt-core").encode())
    for path in _project_files(project_dir):
        digest.update(str(path.relative_to(project_dir)).encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def code_version() -> str:
    """Version of this program and of the project, as a release tells it."""
    return f"{version('tenure')}+{project_fingerprint()[:12]}"


def prepare_manifest(settings: Settings) -> Path:
    """Run `dbt parse` when the project changed since the last time; return the manifest's path.

    Raises:
        DbtError: The project does not parse.
    """
    path, mark = manifest_path(settings), _mark(settings)
    fingerprint = project_fingerprint()
    if path.is_file() and mark.is_file() and mark.read_text(encoding="utf-8") == fingerprint:
        return path
    target = dbt_dir(settings) / "parse"
    target.mkdir(parents=True, exist_ok=True)
    log = target / "output.log"
    env = environment(settings, os.environ, target)
    if run_process(dbt_command(["parse"]), env, log) != 0:
        raise DbtError(f"The dbt project does not parse:\n{error_lines(log)}")
    mark.unlink(missing_ok=True)
    (target / "manifest.json").replace(path)
    _hand_over(target / PARSED, build_target_dir(settings) / PARSED)
    mark.write_text(fingerprint, encoding="utf-8")
    return path


def read_manifest(settings: Settings) -> dict[str, Any]:
    """Read the prepared manifest.

    Raises:
        ManifestMissingError: It was never prepared.
    """
    path = manifest_path(settings)
    try:
        manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ManifestMissingError(
            f"{path} is missing: the definitions are made from it. Run `tenure prepare` once, "
            "then load again."
        ) from error
    return manifest


def models_of(manifest: Mapping[str, Any], schema: str | None = None) -> dict[str, dict[str, Any]]:
    """Models by unique id, of one schema or of all."""
    return {
        unique_id: node
        for unique_id, node in manifest["nodes"].items()
        if node["resource_type"] == "model" and schema in {None, node["schema"]}
    }


def _hand_over(parsed: Path, to: Path) -> None:
    """Let the next build start from what was parsed here; whole or not at all, as one may be running."""
    to.parent.mkdir(parents=True, exist_ok=True)
    copy = to.with_suffix(".new")
    copy.write_bytes(parsed.read_bytes())
    copy.replace(to)


def _mark(settings: Settings) -> Path:
    return dbt_dir(settings) / "manifest.fingerprint"


def _project_files(project_dir: Path) -> list[Path]:
    found: set[Path] = set()
    for part in _PARTS:
        for path in project_dir.glob(part):
            found.update(path.rglob("*") if path.is_dir() else [path])
    return sorted(path for path in found if path.is_file() and path.suffix in _SUFFIXES)
