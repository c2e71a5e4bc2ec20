"""The commands and their options. What a command does is in the module of its name."""

# ruff: noqa: PLC0415 - a command imports its module when it runs, so that --help takes 0.1 s

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import click
import typer

from orchestration.cli import exit_codes

app = typer.Typer(
    name="tenure",
    help="Customer-success metrics warehouse: raw billing, usage, survey, support, CRM and cost "
    "data in, trusted metrics out.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

DataDir = Annotated[
    Path | None, typer.Option("--data-dir", help="Directory under which everything is written.")
]
Source = Annotated[
    str | None, typer.Option("--source", help="'simulated', or the path of a source mapping.")
]
Json = Annotated[bool, typer.Option("--json", help="Write the result as JSON to stdout.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show the stack trace of an error.")]
Reason = Annotated[
    str | None,
    typer.Option("--reason", "--restatement-reason", help="Why closed months may change."),
]


@app.command()
def run(  # noqa: PLR0913, PLR0917 - one parameter per option
    as_of: Annotated[
        str | None,
        typer.Option(
            help="Measure up to the end of this date (2026-11-20), or to this instant. A day before "
            "that of the current release is built again beside it, as it was published."
        ),
    ] = None,
    known_at: Annotated[
        str | None, typer.Option(help="Read only what was landed up to this instant.")
    ] = None,
    until: Annotated[
        str | None, typer.Option(help="Leave out deliveries after this date or instant.")
    ] = None,
    source: Source = None,
    data_dir: DataDir = None,
    reason: Reason = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with 4 when published with warnings.")
    ] = False,
    resume: Annotated[
        str | None, typer.Option(help="Continue this run: same instants, finished steps kept.")
    ] = None,
    as_json: Json = False,
    debug: Debug = False,
) -> int:
    """Run the nightly pipeline once: load, build, check, score, publish."""
    from orchestration.cli.run import RunOptions, run_nightly

    options = RunOptions(
        as_of=as_of,
        known_at=known_at,
        until=until,
        source=source,
        data_dir=data_dir,
        reason=reason,
        is_strict=strict,
        resume=resume,
    )
    return run_nightly(options, as_json=as_json, debug=debug)


@app.command()
def backfill(  # noqa: PLR0913, PLR0917 - one parameter per option
    start: Annotated[
        str | None, typer.Option(help="First day of deliveries to read again.")
    ] = None,
    end: Annotated[str | None, typer.Option(help="Last day of deliveries to read again.")] = None,
    reason: Reason = None,
    plan: Annotated[
        bool, typer.Option("--plan", help="Show what would be done (the default).")
    ] = False,
    apply: Annotated[str | None, typer.Option(help="Carry out this plan.")] = None,
    source: Source = None,
    data_dir: DataDir = None,
    as_json: Json = False,
    debug: Debug = False,
) -> int:
    """Read the deliveries of a range of days again: first a plan, then --apply PLAN_ID."""
    from orchestration.cli.backfill import apply_plan, make_plan

    if apply is not None:
        if plan or start or end:
            raise click.UsageError(
                "--apply carries out a plan; leave out --plan, --start and --end."
            )
        return apply_plan(apply, reason, data_dir, as_json=as_json, debug=debug)
    if start is None or end is None:
        raise click.UsageError("Name --start and --end, e.g. --start 2025-01-01 --end 2025-03-31.")
    return make_plan((start, end), reason, (source, data_dir), as_json=as_json, debug=debug)


@app.command()
def check(
    source: Source = None, data_dir: DataDir = None, as_json: Json = False, debug: Debug = False
) -> int:
    """Run the gates on what is there; publish nothing."""
    from orchestration.cli.check import run_checks

    return run_checks(source, data_dir, as_json=as_json, debug=debug)


@app.command()
def status(data_dir: DataDir = None, as_json: Json = False, debug: Debug = False) -> int:
    """Show the last run, what readers see, and a run under way."""
    from orchestration.cli.status import show_status

    return show_status(data_dir, as_json=as_json, debug=debug)


@app.command()
def rollback(
    run_id: Annotated[
        str | None, typer.Argument(help="Release to go back to; by default the one before.")
    ] = None,
    data_dir: DataDir = None,
    as_json: Json = False,
    debug: Debug = False,
) -> int:
    """Show readers an earlier release."""
    from orchestration.cli.rollback import roll_back

    return roll_back(run_id, data_dir, as_json=as_json, debug=debug)


@app.command()
def doctor(
    mapping: Annotated[
        Path | None, typer.Argument(help="Source mapping; by default that of the settings.")
    ] = None,
    data_dir: DataDir = None,
    as_json: Json = False,
    debug: Debug = False,
) -> int:
    """Check settings, tools and a source mapping before a run."""
    from orchestration.cli.doctor import examine

    return examine(mapping, data_dir, as_json=as_json, debug=debug)


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="Folder with exported files.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="File to write.")] = Path(
        "mapping.yml"
    ),
    as_json: Json = False,
    debug: Debug = False,
) -> int:
    """Write a source mapping for a folder of files, to be looked over."""
    from orchestration.cli.init import write_proposal

    return write_proposal(folder, output, as_json=as_json, debug=debug)


@app.command()
def demo(data_dir: DataDir = None, as_json: Json = False, debug: Debug = False) -> int:
    """Run the pipeline on a small simulated company, apart from your data."""
    from orchestration.cli.demo import run_demo

    return run_demo(data_dir, as_json=as_json, debug=debug)


@app.command()
def prepare(data_dir: DataDir = None, as_json: Json = False, debug: Debug = False) -> int:
    """Prepare dbt's manifest and Dagster's home, so that `dagster dev` can load the definitions."""
    from orchestration.cli.prepare import prepare_all

    return prepare_all(data_dir, as_json=as_json, debug=debug)


def run_app(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code.

    Args:
        arguments: Words after `tenure`; those of this process when None.
    """
    try:
        result = app(args=arguments, prog_name="tenure", standalone_mode=False)
    except click.ClickException as error:
        error.show(file=sys.stderr)
        return exit_codes.USAGE
    except (click.Abort, KeyboardInterrupt):
        return exit_codes.INTERRUPTED
    except BrokenPipeError:
        # The reader of our output has seen enough (| head): nothing more is written.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return exit_codes.OK
    return result if isinstance(result, int) else exit_codes.OK
