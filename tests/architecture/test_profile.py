"""dbt's profile gives DuckDB its folder for spilling when the database is opened, never after.

dbt-duckdb sets each of `settings` for every cursor, and DuckDB refuses to set that folder once something
has spilled into it: a night with 20 million events stopped there.
"""

from __future__ import annotations

import yaml

from orchestration.settings import DBT_PROJECT_DIR


def test_the_folder_for_spilling_is_set_once() -> None:
    profile = yaml.safe_load((DBT_PROJECT_DIR / "profiles.yml").read_text(encoding="utf-8"))
    target = profile["tenure"]["outputs"]["duckdb"]
    assert "temp_directory" in target["config_options"]
    assert "temp_directory" not in target["settings"]
