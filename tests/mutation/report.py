"""Verdicts as a table on the terminal and as docs/proofs.md."""

from __future__ import annotations

from collections.abc import Sequence

from orchestration.settings import PROJECT_ROOT
from tests.mutation.verdict import Verdict

PAGE = PROJECT_ROOT / "docs" / "proofs.md"
SURVIVES = "nothing: it survives"
OPENING = """# Proofs

Do the proofs bite? Each row is a realistic fault that was planted in the code, one at a time, and the
first proof that caught it. The cheapest proof is asked first, and later ones only where it is quiet:

* **unit test**: a model on a few rows, beside the models in `dbt_project`; it sees that model alone, so faults
  of several models are planted together, one in each
* **story**: a small company with the rows that finance expects (`tests/golden/stories`), or a cited
  worked example (`tests/golden/examples.yml`)
* **data test**: the identities, such as start + movements = end
* **oracle**: a second, independent model, compared on 160 random companies (`tests/oracle`)
* **Python test**: a test of the code around the models

`make mutants` plants all of them and writes this page; a fault that survives is an error. The faults
stand in `tests/mutation/faults`.

| fault | what it would do to the numbers | caught by |
|---|---|---|
"""


def line(verdict: Verdict, seconds: float) -> str:
    """One verdict on one line of the terminal."""
    return f"{verdict.fault.name:<46} {seconds:5.1f} s  {caught_by(verdict)}"


def caught_by(verdict: Verdict) -> str:
    """The proofs that caught a fault, each by the name of what failed."""
    if verdict.trouble:
        return f"does not run: {verdict.trouble}"
    if not verdict.is_caught:
        return SURVIVES
    return "; ".join(f"{kind}: {_few(names)}" for kind, names in verdict.caught.items() if names)


def page(verdicts: Sequence[Verdict]) -> str:
    """The page of all verdicts."""
    rows = [
        f"| {_words(verdict.fault.name)} | {' '.join(verdict.fault.means.split())} "
        f"| {caught_by(verdict)} |"
        for verdict in verdicts
    ]
    survivors = sum(not verdict.is_caught for verdict in verdicts)
    return OPENING + "\n".join(rows) + f"\n\n{len(verdicts)} faults, {survivors} survive.\n"


def _few(names: Sequence[str]) -> str:
    shown = ", ".join(_words(name) for name in names[:2])
    return shown if len(names) <= 2 else f"{shown} and {len(names) - 2} more"


def _words(name: str) -> str:
    return name.replace("_", " ")
