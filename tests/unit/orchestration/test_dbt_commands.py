"""Arguments, variables and environment of dbt, without dbt."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from orchestration.dbt.commands import (
    MARTS,
    SECRETS,
    STAGING,
    PolicyError,
    build_arguments,
    environment,
    overrides,
    policy_of,
    run_instants,
)
from orchestration.settings import Settings

AS_OF = datetime(2026, 11, 21, tzinfo=UTC)


def project(tmp_path: Path) -> Path:
    text = "vars: {reporting_currency: USD, past_due_grace_days: 30, reach_rate: 0.2, grains: [a]}"
    (tmp_path / "dbt_project.yml").write_text(text, encoding="utf-8")
    return tmp_path


def value_of(arguments: list[str], option: str) -> str:
    return arguments[arguments.index(option) + 1]


def test_a_step_builds_its_selection_without_unit_tests() -> None:
    arguments = build_arguments(STAGING, {})
    assert arguments[:4] == ["build", "--select", "resource_type:seed", "tag:staging"]
    assert value_of(arguments, "--exclude-resource-type") == "unit_test"
    assert value_of(arguments, "--indirect-selection") == "buildable"


def test_a_part_of_a_step_replaces_its_selection() -> None:
    arguments = build_arguments(MARTS, {}, ["fct_metrics", "dim_customers"])
    assert arguments[:4] == ["build", "--select", "fct_metrics", "dim_customers"]
    assert "tag:marts" not in arguments


def test_variables_hold_the_policy_and_nothing_that_changes_each_night() -> None:
    written = json.loads(value_of(build_arguments(MARTS, {"reporting_currency": "EUR"}), "--vars"))
    assert written == {"reporting_currency": "EUR"}


def test_the_environment_holds_the_instants() -> None:
    assert run_instants(AS_OF, AS_OF) == {
        "TENURE_AS_OF": "2026-11-21 00:00:00",
        "TENURE_KNOWN_AT": "2026-11-21 00:00:00",
    }


def test_a_hostile_policy_value_stays_one_argument() -> None:
    hostile = '"; drop table x; -- {{ env_var("HOME") }}'
    arguments = build_arguments(MARTS, {"reporting_timezone": hostile})
    assert json.loads(value_of(arguments, "--vars"))["reporting_timezone"] == hostile
    assert len(arguments) == len(build_arguments(MARTS, {}))


def test_a_mapping_overrides_policy_in_the_projects_type(tmp_path: Path) -> None:
    policy = policy_of({"past_due_grace_days": "7", "reach_rate": "0.5"}, project(tmp_path))
    assert policy == {
        "reporting_currency": "USD",
        "past_due_grace_days": 7,
        "reach_rate": 0.5,
        "grains": ["a"],
    }


def test_dbt_is_told_only_what_a_policy_changes(tmp_path: Path) -> None:
    policy = policy_of({"past_due_grace_days": "7"}, project(tmp_path))
    assert overrides(policy, project(tmp_path)) == {"past_due_grace_days": 7}
    assert overrides(policy_of({}, project(tmp_path)), project(tmp_path)) == {}


@pytest.mark.parametrize("name", ["grace", "as_of", "known_at"])
def test_an_unknown_policy_is_refused_with_the_known_ones(tmp_path: Path, name: str) -> None:
    with pytest.raises(PolicyError, match=rf"{name}.*grains, past_due_grace_days"):
        policy_of({name: "1"}, project(tmp_path))


def test_a_number_must_be_one(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match="'soon'"):
        policy_of({"past_due_grace_days": "soon"}, project(tmp_path))


def test_a_list_is_not_set_by_a_word(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match="grains is a list"):
        policy_of({"grains": "month"}, project(tmp_path))


def test_dbt_gets_places_and_limits_but_no_secret(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, threads=3, memory_limit="1GB")
    base = {"PATH": "/bin", **dict.fromkeys(SECRETS, "s3cret")}
    env = environment(settings, base, tmp_path / "target")
    assert env["PATH"] == "/bin"
    assert env["TENURE_WAREHOUSE_PATH"] == str(settings.warehouse_path)
    assert env["TENURE_THREADS"] == "3"
    assert env["TENURE_MEMORY_LIMIT"] == "1GB"
    assert env["DBT_TARGET_PATH"] == str(tmp_path / "target")
    assert env["DBT_SEND_ANONYMOUS_USAGE_STATS"] == "false"
    assert "s3cret" not in env.values()


def test_every_secret_setting_is_kept_from_dbt() -> None:
    secret = {
        f"TENURE_{name.upper()}"
        for name, field in Settings.model_fields.items()
        if "Secret" in str(field.annotation)
    }
    assert secret == set(SECRETS)
