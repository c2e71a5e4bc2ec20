"""`make mutants`: plant every fault of faults/*.yml, say which proof catches it, and fail if one survives.

python -m tests.mutation [NAME ...] [--all] [--write]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from tests.mutation.fault import Fault, FaultError, read_faults
from tests.mutation.report import PAGE, line, page
from tests.mutation.verdict import Court, UnsoundProofError, Verdict


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="mutants", description="Show that the proofs bite.")
    parser.add_argument("names", nargs="*", help="faults to plant; all unless told")
    parser.add_argument("--all", action="store_true", help="ask every proof, not only the first")
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.name}; needs all faults")
    options = parser.parse_args()
    if options.names and options.write:
        parser.error("--write tells of all faults; leave the names out")
    try:
        verdicts = _heard(_chosen(options.names), ask_all=options.all)
    except (FaultError, UnsoundProofError) as error:
        print(error, file=sys.stderr)
        return 2
    survivors = [verdict.fault.name for verdict in verdicts if not verdict.is_caught]
    print(f"{len(verdicts)} faults, {len(survivors)} survive", *survivors)
    if options.write:
        PAGE.write_text(page(verdicts), encoding="utf-8")
    return 1 if survivors else 0


def _heard(faults: list[Fault], *, ask_all: bool) -> list[Verdict]:
    verdicts = []
    with tempfile.TemporaryDirectory(prefix="mutants-") as root:
        started = time.monotonic()
        for verdict in Court(Path(root), ask_all=ask_all).verdicts(faults):
            print(line(verdict, time.monotonic() - started), flush=True)
            verdicts.append(verdict)
            started = time.monotonic()
    return verdicts


def _chosen(names: list[str]) -> list[Fault]:
    faults = read_faults()
    unknown = set(names) - {fault.name for fault in faults}
    if unknown:
        raise FaultError(f"no fault is named {', '.join(sorted(unknown))}")
    return [fault for fault in faults if not names or fault.name in names]


if __name__ == "__main__":
    sys.exit(main())
