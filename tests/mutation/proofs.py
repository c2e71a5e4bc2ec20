"""The proofs, the cheapest first: each says by what names it catches the fault that is planted."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Protocol

from tests.building.dbt_slot import MARTS, DbtError, Warehouse
from tests.mutation.bench import Bench
from tests.mutation.fault import DoesNotRunError, Fault
from tests.mutation.golden_proofs import Group, groups
from tests.mutation.touched_models import (
    all_marts,
    built_anew,
    models_with_unit_tests,
    touched_models,
    unit_tests_by_model,
)
from tests.oracle.running import Batch, compare, generate

ORACLE_COMPANIES = 160
# Some models are read by what is scored in Python and by no mart.
ALL_MODELS = ("+path:models",)
# Made of all other marts, and as costly as many of them: built only where these show nothing.
OF_ALL_MARTS = {"fct_metrics", "dim_metrics"}


class Proof(Protocol):
    """A kind of proof."""

    kind: str

    def catches(self, fault: Fault | None) -> list[str]:
        """What of it fails with the fault planted; None: on the project as it is."""


class UnitTests:
    """dbt's unit tests of the models in which the fault is: a few rows each, without a company.

    A unit test sees one model and no other, so faults of several models are planted together, one in each:
    what fails can only be its own model's.
    """

    kind = "unit test"

    def __init__(self, bench: Bench, faults: Sequence[Fault]) -> None:
        self.bench = bench
        self.faults = faults
        self.empty: Warehouse | None = None
        self.found: dict[Fault, list[str]] = {}

    def catches(self, fault: Fault | None) -> list[str]:
        if fault is None:
            failing = self._failing(self.faults, errors_too=True)
            for together in self._rounds():
                self._plant_together(together)
            return failing
        return self.found[fault] if fault in self.found else self._failing([fault])

    def _failing(self, faults: Sequence[Fault], *, errors_too: bool = False) -> list[str]:
        """Unit tests that fail as the project is, of the models that some faults touch."""
        if self.empty is None:
            # Unit tests take the types of columns from tables, which need no rows.
            empty = self.bench.landing("empty", [])
            self.empty = self.bench.build(empty, {}, ALL_MODELS)
        manifest = self.bench.manifest
        tested = models_with_unit_tests(manifest) & set(self.empty.results)
        tested &= {name for fault in faults for name in touched_models(manifest, fault)}
        if not tested:
            return []
        select = [f"{name},test_type:unit" for name in sorted(tested)]
        # A fault that reads one more table cannot run on a unit test's rows: the builds judge it.
        return self.bench.failures(self.empty, select, errors_too=errors_too)

    def _rounds(self) -> list[list[Fault]]:
        """Faults of models, each in a round in which no other lies in its model."""
        rounds: list[dict[str, Fault]] = []
        for fault in self.faults:
            if fault.file.endswith(".sql") and "/models/" in fault.file:
                free = next((one for one in rounds if fault.file not in one), None)
                if free is None:
                    rounds.append(free := {})
                free[fault.file] = fault
        return [list(one.values()) for one in rounds]

    def _plant_together(self, faults: Sequence[Fault]) -> None:
        """What of each model's unit tests fails; nothing is found where dbt cannot read one of them."""
        with ExitStack() as stack:
            for fault in faults:
                stack.enter_context(self.bench.planted(fault))
            try:
                failing = self._failing(faults)
            except DoesNotRunError:
                return  # each is then tried by itself, and told by its name
        tests_of = unit_tests_by_model(self.bench.manifest)
        for fault in faults:
            (model,) = touched_models(self.bench.manifest, fault)
            self.found[fault] = [name for name in failing if name in tests_of.get(model, ())]


class Golden:
    """All stories and worked examples of one policy, built together and compared."""

    def __init__(self, bench: Bench, group: Group, number: int) -> None:
        self.kind = "story" if not group.policy else f"story ({group.name})"
        self.bench = bench
        self.group = group
        self.number = number
        self.sound: Warehouse | None = None
        self.faulty: Warehouse | None = None
        self.rebuilt: list[str] = []

    def catches(self, fault: Fault | None) -> list[str]:
        if fault is None:
            landing = self.bench.landing(f"golden-{self.number}", self.group.deliveries)
            looked_at = sorted(f"+{mart}" for mart in self.group.marts)
            select = looked_at if self.group.policy else MARTS
            self.sound = self.bench.build(landing, self.group.policy, select)
            return self.group.broken(self.sound, self.group.marts)
        assert self.sound, "a proof is first seen to be quiet"
        manifest = self.bench.manifest
        marts = self.group.marts if self.group.policy else all_marts(manifest)
        self.faulty, self.rebuilt = self.sound, []
        models = built_anew(manifest, fault, marts)
        first = [name for name in models if name not in OF_ALL_MARTS]
        for part in (first, [name for name in models if name in OF_ALL_MARTS]):
            broken = self._broken_by(part)
            if broken:
                return broken
        return []

    def _broken_by(self, models: Sequence[str]) -> list[str]:
        """What of it breaks once some more models are built with the fault."""
        if not models or self.faulty is None:
            return []
        self.rebuilt += models
        self.faulty, refused = self.bench.build_anew(self.faulty, models, self.group.policy)
        if self.faulty is None:
            return [f"contract of {refused}"]
        return self.group.broken(self.faulty, set(models))


class DataTests:
    """The project's data tests, on the companies that the stories of the default policy made."""

    kind = "data test"

    def __init__(self, bench: Bench, golden: Golden) -> None:
        self.bench = bench
        self.golden = golden

    def catches(self, fault: Fault | None) -> list[str]:
        built = self.golden.faulty if fault else self.golden.sound
        if built is None:
            return []
        looked_at = self.golden.rebuilt if fault else MARTS
        if not looked_at:
            return []
        return self.bench.failures(built, [f"{name},test_type:data" for name in looked_at])


class Oracle:
    """One batch of random companies, compared with the independent model cell by cell."""

    kind = "oracle"

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.batch: Batch | None = None

    def catches(self, fault: Fault | None) -> list[str]:
        if self.batch is None:
            self.batch = generate(0, ORACLE_COMPANIES)
        folder = self.bench.root / "oracle"
        shutil.rmtree(folder, ignore_errors=True)
        try:
            found = compare(self.bench.slot, folder, self.batch)
        except DbtError as error:
            raise DoesNotRunError(f"{self.bench.planted_name}: {error}") from error
        wrong = [name for name, differences in found.items() if differences]
        return [f"{len(wrong)} of {len(found)} companies"] if wrong else []


def proofs(bench: Bench, faults: Sequence[Fault]) -> list[Proof]:
    """Every proof of the models, the cheapest first."""
    found = [Golden(bench, group, number) for number, group in enumerate(groups())]
    default, *others = found
    return [UnitTests(bench, faults), default, DataTests(bench, default), *others, Oracle(bench)]
