"""`tenure demo`: the whole pipeline on a small simulated company, in a folder of its own."""

from __future__ import annotations

from pathlib import Path

from orchestration.cli.failures import guarded, tell
from orchestration.cli.output import settings_with
from orchestration.cli.run import run_once
from orchestration.run_request import SIMULATED, RunRequest
from orchestration.settings import Settings

FOLDER = "demo"
# Small enough for half a minute, old enough for twelve-month retention.
CUSTOMERS, MONTHS, EVENTS = 250, 18, 50_000


def run_demo(data_dir: Path | None, *, as_json: bool, debug: bool) -> int:
    """Run the pipeline on the demo company."""

    def work() -> int:
        settings = demo_settings(settings_with(None, data_dir))
        tell(
            f"A simulated company of {CUSTOMERS} customers over {MONTHS} months, "
            f"in {settings.data_dir}."
        )
        request = RunRequest(command=f"tenure demo --data-dir {settings.data_dir.parent}")
        return run_once(settings, request, is_strict=False, as_json=as_json, debug=debug)

    return guarded(work, debug=debug)


def demo_settings(settings: Settings) -> Settings:
    """The settings of the demo: the same machine, another folder and company."""
    return settings.model_copy(
        update={
            "data_dir": settings.data_dir / FOLDER,
            "source": SIMULATED,
            "simulated_customers": CUSTOMERS,
            "simulated_months": MONTHS,
            "simulated_events": EVENTS,
        }
    )
