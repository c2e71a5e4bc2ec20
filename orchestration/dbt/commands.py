"""What dbt is asked to do: arguments, variables and environment, built without running anything."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from orchestration.instants import warehouse_text
from orchestration.settings import DBT_PROJECT_DIR, Settings

# Set per run; a mapping's policy has no say in them.
RUN_VARIABLES = frozenset({"as_of", "known_at"})
SECRETS = ("TENURE_PERSONAL_DATA_SALT", "TENURE_ALERT_WEBHOOK_URL")


class PolicyError(ValueError):
    """A policy that the dbt project does not know; the message lists those that it does."""


@dataclass(frozen=True)
class DbtStep:
    """One invocation of dbt in a run.

    Attributes:
        name: Name of the step, of its log and of its results in the run's folder.
        select: Selectors of the nodes; a test runs with the step that builds its last model.
        exclude: Selectors of those of them that a later step builds.
    """

    name: str
    select: tuple[str, ...]
    exclude: tuple[str, ...] = ()

    @property
    def run_step(self) -> str:
        """Name of the step in a run's records."""
        return f"dbt_{self.name}"

    @property
    def selection(self) -> str:
        """The selectors as one text."""
        return " ".join(self.select)


STAGING = DbtStep("staging", ("resource_type:seed", "tag:staging"))
MARTS = DbtStep("marts", ("tag:intermediate", "tag:marts"), exclude=("tag:scored",))
# What reads scores, and the metrics of all marts with it.
SCORED = DbtStep("scored", ("tag:scored",))
STEPS = (STAGING, MARTS, SCORED)
# Unit tests prove the code, not the data: they run in CI, not every night.
NOT_NIGHTLY = "unit_test"


def build_arguments(
    step: DbtStep, variables: Mapping[str, Any], select: Sequence[str] = ()
) -> list[str]:
    """Arguments of `dbt build` for a step.

    Args:
        step: The step.
        variables: Values of the project's vars.
        select: Selectors of a part of the step; all of it when empty.
    """
    return [
        "build",
        "--select",
        *(select or step.select),
        *(["--exclude", *step.exclude] if step.exclude else []),
        "--exclude-resource-type",
        NOT_NIGHTLY,
        # A test waits for the step in which all of its models are there.
        "--indirect-selection",
        "buildable",
        "--vars",
        json.dumps(variables, sort_keys=True, default=str),
    ]


def dbt_command(arguments: Sequence[str]) -> list[str]:
    """The whole command line, with the dbt of this Python."""
    program = "from dbt.cli.main import cli; cli(prog_name='dbt')"
    return [sys.executable, "-c", program, "--no-use-colors", *arguments]


def run_instants(as_of: datetime, known_at: datetime) -> dict[str, str]:
    """What a run measures, for dbt's environment.

    Not for its vars: those of the run before must be the same for dbt to keep its parsed project.
    """
    return {
        "TENURE_AS_OF": warehouse_text(as_of),
        "TENURE_KNOWN_AT": warehouse_text(known_at),
    }


def policy_of(changes: Mapping[str, Any], project_dir: Path = DBT_PROJECT_DIR) -> dict[str, Any]:
    """The project's business policy with a mapping's overrides.

    Raises:
        PolicyError: An override names no policy of the project.
    """
    policy = _project_policy(project_dir)
    unknown = sorted(name for name in changes if name not in policy or name in RUN_VARIABLES)
    if unknown:
        raise PolicyError(
            f"The mapping's policy has {', '.join(unknown)}, which the project does not know. "
            f"Policies are: {', '.join(sorted(policy))}."
        )
    return policy | {name: _like(name, policy[name], value) for name, value in changes.items()}


def overrides(policy: Mapping[str, Any], project_dir: Path = DBT_PROJECT_DIR) -> dict[str, Any]:
    """The part of a policy that differs from the project's.

    Only this is handed on: a company with the project's policy starts from the project as prepared.
    """
    defaults = _project_policy(project_dir)
    return {
        name: value
        for name, value in policy.items()
        if name not in defaults or value != defaults[name]
    }


def environment(settings: Settings, base: Mapping[str, str], target_dir: Path) -> dict[str, str]:
    """Environment of a dbt process: where data lives, what it may use, and nothing secret.

    Args:
        settings: Deployment settings.
        base: Environment of this process.
        target_dir: Folder for dbt's artifacts.
    """
    return {
        **{name: value for name, value in base.items() if name not in SECRETS},
        "TENURE_LANDING_DIR": str(settings.landing_dir),
        "TENURE_WAREHOUSE_PATH": str(settings.warehouse_path),
        "TENURE_THREADS": str(settings.threads),
        "TENURE_MEMORY_LIMIT": settings.memory_limit,
        "TENURE_TEMP_DIR": str(settings.temp_dir),
        "DBT_PROJECT_DIR": str(DBT_PROJECT_DIR),
        "DBT_PROFILES_DIR": str(DBT_PROJECT_DIR),
        "DBT_TARGET_PATH": str(target_dir),
        "DBT_LOG_PATH": str(target_dir),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DO_NOT_TRACK": "1",
    }


def _project_policy(project_dir: Path) -> dict[str, Any]:
    project = yaml.safe_load((project_dir / "dbt_project.yml").read_text(encoding="utf-8"))
    return dict(project.get("vars") or {})


def _like(name: str, default: object, value: object) -> object:
    """A mapping's word, typed like the project's default."""
    if isinstance(default, list):
        raise PolicyError(f"{name} is a list: set it in dbt_project.yml, not in a mapping.")
    if isinstance(default, bool) or not isinstance(default, int | float):
        return value
    try:
        return type(default)(str(value))
    except ValueError as error:
        raise PolicyError(
            f"The mapping's policy sets {name} to '{value}', where a number like {default} is due."
        ) from error
