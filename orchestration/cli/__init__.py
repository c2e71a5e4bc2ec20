"""The command line: thin, quick to start, and the only place that reads the clock.

Data goes to stdout, progress to stderr. `failures.py` says which exit code an error has; each
command is a module of its own and imports what it needs when it runs, so that `--help` is instant.
"""

from __future__ import annotations


def main() -> None:
    """Run `tenure` and exit with its code."""
    from orchestration.cli.app import run_app  # noqa: PLC0415 - the entry point stays light

    raise SystemExit(run_app())
