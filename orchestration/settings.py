"""Deployment settings: where data lives and what a run may use.

Only what differs from one machine to the next belongs here (paths, threads, memory, secrets).
Business policy (currency, discount policy, grace days) lives in dbt vars and seeds; the mapping of
source files lives in the YAML that the user owns.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

PROJECT_ROOT = Path(__file__).resolve().parent.parent
DBT_PROJECT_DIR = PROJECT_ROOT / "dbt_project"


class Settings(BaseSettings):
    """Settings read from the environment (`TENURE_…`) or from a `.env` file in the current folder."""

    model_config = SettingsConfigDict(
        env_prefix="TENURE_", env_file=".env", extra="ignore", frozen=True
    )

    data_dir: Path = Field(
        Path("data"), description="The one directory under which everything is written."
    )
    source: str = Field(
        "simulated", description="'simulated', or the path of a source mapping (YAML)."
    )
    threads: int = Field(2, ge=1, description="Threads for DuckDB and dbt.")
    memory_limit: str = Field(
        "3GB",
        description="Memory limit of each DuckDB connection; a process takes about half a gigabyte more.",
    )
    keep_releases: int = Field(3, ge=3, description="Releases kept for rollback.")
    personal_data: Literal["omit", "hash", "include"] = Field(
        "omit", description="What a release does with columns that a contract flags as personal."
    )
    personal_data_salt: SecretStr = Field(
        SecretStr(""), description="Secret mixed into hashes of personal data."
    )
    alert_webhook_url: SecretStr = Field(
        SecretStr(""), description="Address that gets a JSON message when a run fails; empty: none."
    )
    nightly_cron: str = Field("0 2 * * *", description="Schedule of the nightly run, in UTC.")
    simulated_customers: int = Field(600, ge=1, description="Customers of the simulated company.")
    simulated_months: int = Field(36, ge=1, description="Months that the simulated company spans.")
    simulated_start: date = Field(date(2023, 1, 1), description="First day of the simulation.")
    simulated_events: int = Field(
        1_000_000, ge=0, description="About how many usage events are simulated in all."
    )
    simulated_seed: int = Field(20, description="Seed of the simulated company.")

    @field_validator("data_dir")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().resolve()

    @property
    def landing_dir(self) -> Path:
        """Raw Parquet by object and load."""
        return self.data_dir / "landing"

    @property
    def quarantine_dir(self) -> Path:
        """Rows that a contract refused, with their reason."""
        return self.data_dir / "quarantine"

    @property
    def simulated_dir(self) -> Path:
        """Raw files of the simulated company."""
        return self.data_dir / "simulated"

    @property
    def warehouse_path(self) -> Path:
        """The DuckDB file that dbt builds."""
        return self.data_dir / "warehouse" / "tenure.duckdb"

    @property
    def releases_dir(self) -> Path:
        """Published releases and the link to the current one."""
        return self.data_dir / "releases"

    @property
    def runs_dir(self) -> Path:
        """One folder per run: its record, dbt's logs and artifacts."""
        return self.data_dir / "runs"

    @property
    def dagster_home(self) -> Path:
        """Dagster's instance: run history, event log, schedules."""
        return self.data_dir / "dagster"

    @property
    def temp_dir(self) -> Path:
        """Spill files of DuckDB."""
        return self.data_dir / "tmp"
