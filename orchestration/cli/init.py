"""`tenure init`: proposes a source mapping for a folder of exported files."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from orchestration.cli import exit_codes
from orchestration.cli.failures import SettingsError, guarded
from orchestration.cli.output import write, write_json
from orchestration.ingestion.propose import propose_mapping

_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9_-]+")


def write_proposal(folder: Path, output: Path, *, as_json: bool, debug: bool) -> int:
    """Write the proposal and say what a person has to look at. Never overwrites a file."""

    def work() -> int:
        if not folder.is_dir():
            raise SettingsError(f"{folder} is no folder; name the one that holds the exports.")
        if output.exists():
            raise SettingsError(f"{output} is there already; name another file with --output.")
        text, notes = propose_mapping(folder.resolve(), _source_id(folder))
        output.write_text(text, encoding="utf-8")
        following = f"tenure doctor {shlex.quote(str(output))}"
        if as_json:
            write_json({"mapping": str(output), "notes": notes, "next": following})
        else:
            write("\n".join([f"Wrote {output}.", *(f"  {note}" for note in notes)]))
            write(f"Look at every TODO in it, then: {following}")
        return exit_codes.OK

    return guarded(work, debug=debug)


def _source_id(folder: Path) -> str:
    """The folder's name, as far as it can name a source."""
    name = _NOT_IN_A_NAME.sub("-", folder.resolve().name).strip("-_")
    return name if name and name[0].isalnum() else "my_source"
