"""What became of each fault: which proof caught it, and by which of its tests."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from orchestration.settings import PROJECT_ROOT
from tests.mutation.bench import Bench
from tests.mutation.fault import DoesNotRunError, Fault, planted_text
from tests.mutation.proofs import Proof, proofs
from tests.mutation.python_tests import PythonTests
from tests.mutation.warm_dbt import WarmSlot


class UnsoundProofError(AssertionError):
    """A proof fails before any fault is planted, so that it would seem to catch everything."""


@dataclass
class Verdict:
    """What every proof that was asked says of a fault; `trouble` where it does not even run."""

    fault: Fault
    caught: dict[str, list[str]] = field(default_factory=dict)
    trouble: str = ""

    @property
    def is_caught(self) -> bool:
        """True where a proof caught the fault."""
        return any(self.caught.values())


class Court:
    """Plants one fault after another and asks the proofs, each of which is first seen to be quiet."""

    def __init__(self, root: Path, *, ask_all: bool) -> None:
        self.root = root
        self.ask_all = ask_all
        self.quiet: set[object] = set()
        self._python: PythonTests | None = None

    def verdicts(self, faults: Sequence[Fault]) -> Iterator[Verdict]:
        """What becomes of each fault.

        Raises:
            FaultError: A fault cannot be planted; seen before the first one is.
            UnsoundProofError: A proof fails without any fault.
        """
        for fault in faults:
            planted_text(fault, (PROJECT_ROOT / fault.file).read_text(encoding="utf-8"))
        of_models = [fault for fault in faults if not fault.tests]
        with WarmSlot(self.root) as slot:
            bench = Bench(self.root, slot)
            models = proofs(bench, of_models)
            for fault in faults:
                verdict = Verdict(fault)
                try:
                    if fault.tests:
                        self._ask_python(verdict)
                    else:
                        self._ask_models(verdict, bench, models)
                except DoesNotRunError as error:
                    verdict.trouble = str(error)
                yield verdict

    def _ask_models(self, verdict: Verdict, bench: Bench, models: Sequence[Proof]) -> None:
        for proof in models:
            self._see_quiet(proof)
            with bench.planted(verdict.fault):
                verdict.caught[proof.kind] = proof.catches(verdict.fault)
            if verdict.is_caught and not self.ask_all:
                return

    def _see_quiet(self, proof: Proof) -> None:
        if proof.kind in self.quiet:
            return
        try:
            _sound(proof.kind, proof.catches(None))
        except DoesNotRunError as error:
            raise UnsoundProofError(f"{proof.kind}: {error}") from error
        self.quiet.add(proof.kind)

    def _ask_python(self, verdict: Verdict) -> None:
        if self._python is None:
            self._python = PythonTests(self.root / "python")
        tests = verdict.fault.tests
        if tests not in self.quiet:
            _sound(" ".join(tests), self._python.failures(verdict.fault))
            self.quiet.add(tests)
        verdict.caught[self._python.kind] = self._python.catches(verdict.fault)


def _sound(proof: str, failing: list[str]) -> None:
    if failing:
        raise UnsoundProofError(f"{proof}: {failing} fail before anything is planted")
