"""What an error means for the person at the prompt: exit code, message, next command.

Expected errors are told in their own words. Anything else is a defect of Tenure: its trace goes to a
file, or to the screen with --debug.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from orchestration.cli import exit_codes

# By name, so that telling an error apart imports nothing.
_EXIT_CODES = {
    "RunLockedError": exit_codes.LOCKED,
    "GateFailed": exit_codes.CHECKS_FAILED,
    "DataTestsFailedError": exit_codes.CHECKS_FAILED,
    "AuditFailedError": exit_codes.CHECKS_FAILED,
    "MappingError": exit_codes.USAGE,
    "ContractError": exit_codes.USAGE,
    "PolicyError": exit_codes.USAGE,
    "InstantError": exit_codes.USAGE,
    "RunRecordError": exit_codes.USAGE,
    "PlanError": exit_codes.USAGE,
    "SettingsError": exit_codes.USAGE,
    "ManifestMissingError": exit_codes.USAGE,
    "SourceProblem": exit_codes.USAGE,
    "FileProblem": exit_codes.USAGE,
    "IngestFailedError": exit_codes.FAILED,
    "LoadFailed": exit_codes.FAILED,
    "DbtError": exit_codes.FAILED,
    "PublishingError": exit_codes.FAILED,
    "WorkspaceError": exit_codes.FAILED,
    "StaleInputsError": exit_codes.FAILED,
    "CardDefinitionError": exit_codes.FAILED,
    "NothingToVouchForError": exit_codes.FAILED,
    "FileExistsError": exit_codes.FAILED,
}


class SettingsError(ValueError):
    """A setting that cannot be used; the message names it."""


@dataclass(frozen=True)
class Failure:
    """An error, read for people.

    Attributes:
        exit_code: Exit code of the command.
        message: What to tell.
        is_expected: False for a defect of Tenure itself.
    """

    exit_code: int
    message: str
    is_expected: bool = True


def read_failure(error: BaseException) -> Failure:
    """Say what an error means."""
    if isinstance(error, KeyboardInterrupt):
        return Failure(exit_codes.INTERRUPTED, "interrupted")
    if isinstance(error, ValidationError):
        problems = "; ".join(
            f"TENURE_{'_'.join(str(part) for part in problem['loc']).upper()}: {problem['msg']}"
            for problem in error.errors()
        )
        return Failure(exit_codes.USAGE, f"A setting cannot be used: {problems}.")
    for kind in type(error).__mro__:
        if kind.__name__ in _EXIT_CODES:
            return Failure(_EXIT_CODES[kind.__name__], str(error))
    return Failure(exit_codes.FAILED, f"{type(error).__name__}: {error}", is_expected=False)


def guarded(work: Callable[[], int], *, debug: bool, log: Path | None = None) -> int:
    """Do a command's work and turn an error into a message and an exit code.

    Args:
        work: The work; returns the exit code.
        debug: Whether an error shows its stack trace.
        log: Where the trace of an unexpected error is kept.
    """
    try:
        return work()
    except BrokenPipeError:
        raise
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - the last one to see it
        if debug:
            traceback.print_exc()
        failure = read_failure(error)
        tell(failure.message)
        if not failure.is_expected and not debug:
            tell(where_the_trace_is(error, log))
        return failure.exit_code


def where_the_trace_is(error: BaseException, log: Path | None) -> str:
    """Keep the trace of an unexpected error and say where."""
    if log is None or not log.parent.is_dir():
        return "This should not happen. Run it again with --debug to see where."
    with log.open("a", encoding="utf-8") as file:
        file.write("".join(traceback.format_exception(error)))
    return f"This should not happen. The details are in {log}; --debug shows them here."


def tell(line: str) -> None:
    """Write a line for people."""
    print(line, file=sys.stderr, flush=True)  # noqa: T201 - the command line's own output
