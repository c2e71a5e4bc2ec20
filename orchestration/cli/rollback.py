"""`tenure rollback`: shows readers an earlier release."""

from __future__ import annotations

from pathlib import Path

from orchestration.cli import exit_codes
from orchestration.cli.failures import guarded
from orchestration.cli.output import clock, settings_with, write, write_json
from orchestration.locking import only_run
from orchestration.publishing.catalog import PREVIOUS, current_release
from orchestration.publishing.catalog import rollback as go_back


def roll_back(run_id: str | None, data_dir: Path | None, *, as_json: bool, debug: bool) -> int:
    """Point readers to another release; the next run publishes on top of it."""

    def work() -> int:
        settings = settings_with(None, data_dir)
        with only_run(settings.data_dir, "tenure rollback", clock()):
            before = current_release(settings.releases_dir)
            release = go_back(settings.releases_dir, run_id or PREVIOUS)
        was = before.run_id if before else None
        if as_json:
            write_json({"current": release.run_id, "was": was, "path": str(release.path)})
        else:
            write(
                f"Readers are on {release.run_id} (data through "
                f"{release.manifest['data_through']}); before: {was}.\n"
                "The next `tenure run` publishes anew; correct what was wrong first."
            )
        return exit_codes.OK

    return guarded(work, debug=debug)
