"""The proofs, the cheapest first: each says by what names it catches the fault that is planted."""

from __future__ import annotations

import shutil
from typing import Protocol

from tests.building.dbt_slot import MARTS, DbtError, Warehouse
from tests.mutation.bench import Bench
from tests.mutation.fault import DoesNotRunError, Fault
from tests.mutation.golden_proofs import Group, groups
from tests.mutation.touched_models import models_with_unit_tests, touched_models
from tests.oracle.running import Batch, compare, generate_apart

ORACLE_COMPANIES = 160


class Proof(Protocol):
    """A kind of proof."""

    kind: str

    def catches(self, fault: Fault | None) -> list[str]:
        """What of it fails with the fault planted; None: on the project as it is."""


class UnitTests:
    """dbt's unit tests of the models in which the fault is: a few rows each, without a company."""

    kind = "unit test"

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.empty: Warehouse | None = None

    def catches(self, fault: Fault | None) -> list[str]:
        if self.empty is None:
            # Unit tests take the types of columns from tables, which need no rows.
            self.empty = self.bench.build(self.bench.landing("empty", []), {})
        manifest = self.bench.manifest
        tested = models_with_unit_tests(manifest) & set(self.empty.results)
        if fault is not None:
            tested &= touched_models(manifest, fault)
        if not tested:
            return []
        select = [f"{name},test_type:unit" for name in sorted(tested)]
        # A fault that reads one more table cannot run on a unit test's rows: the builds judge it.
        return self.bench.failures(self.empty, select, errors_too=fault is None)


class Golden:
    """All stories and worked examples of one policy, built together and compared."""

    def __init__(self, bench: Bench, group: Group, number: int) -> None:
        self.kind = "story" if not group.policy else f"story ({group.name})"
        self.bench = bench
        self.group = group
        self.number = number
        self.sound: Warehouse | None = None
        self.faulty: Warehouse | None = None

    def catches(self, fault: Fault | None) -> list[str]:
        if fault is None:
            landing = self.bench.landing(f"golden-{self.number}", self.group.deliveries)
            self.sound = self.bench.build(landing, self.group.policy)
            return self.group.broken(self.sound)
        assert self.sound, "a proof is first seen to be quiet"
        self.faulty, refused = self.bench.build_anew(self.sound, fault, self.group.policy)
        return self.group.broken(self.faulty) if self.faulty else [f"contract of {refused}"]


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
        return self.bench.failures(built, [f"{mart},test_type:data" for mart in MARTS])


class Oracle:
    """One batch of random companies, compared with the independent model cell by cell."""

    kind = "oracle"

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.batch: Batch | None = None

    def catches(self, fault: Fault | None) -> list[str]:
        if self.batch is None:
            self.batch = generate_apart(0, ORACLE_COMPANIES)
        folder = self.bench.root / "oracle"
        shutil.rmtree(folder, ignore_errors=True)
        try:
            found = compare(self.bench.slot, folder, self.batch)
        except DbtError as error:
            raise DoesNotRunError(f"{self.bench.planted_name}: {error}") from error
        wrong = [name for name, differences in found.items() if differences]
        return [f"{len(wrong)} of {len(found)} companies"] if wrong else []


def proofs(bench: Bench) -> list[Proof]:
    """Every proof of the models, the cheapest first."""
    found = [Golden(bench, group, number) for number, group in enumerate(groups())]
    default, *others = found
    return [UnitTests(bench), default, DataTests(bench, default), *others, Oracle(bench)]
