"""The bench on which faults are planted: one slot of dbt, with faults in its copy of the project.

Every dbt command here tells a fault that a proof has caught (tests that fail) from one that does not
even run (an error), since a fault that cannot run proves nothing.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.building.dbt_slot import MARTS, DbtSlot, Warehouse
from tests.building.landing_writer import Delivery, write_landing
from tests.mutation.fault import DoesNotRunError, Fault, planted
from tests.mutation.touched_models import Manifest

GOOD = {"pass", "success"}
NOTHING = "nothing"
FAULTY = "faulty"
WITHOUT_TESTS = ("--exclude-resource-type", "unit_test", "--exclude-resource-type", "test")
CONTRACT = "enforced contract"


Policy = Mapping[str, object]


class Bench:
    """A slot of dbt and the folder for the landings and warehouses that are built in it."""

    def __init__(self, root: Path, slot: DbtSlot) -> None:
        self.root = root
        self.slot = slot
        self.planted_name = NOTHING
        self.manifest: Manifest = {}

    @contextmanager
    def planted(self, fault: Fault) -> Iterator[None]:
        """A fault of a model in the slot's copy of the project."""
        self.planted_name = fault.name
        try:
            with planted(fault, self.slot.project.parent):
                yield
        finally:
            self.planted_name = NOTHING

    def landing(self, name: str, deliveries: Sequence[Delivery]) -> Path:
        """Deliveries as a landing, written once and built from again and again."""
        return write_landing(self.root / name / "landing", deliveries)

    def build(self, landing: Path, policy: Policy, select: Sequence[str] = MARTS) -> Warehouse:
        """All models of a landing, or those selected, without any fault.

        Raises:
            DoesNotRunError: dbt cannot read the project, or a model ends with an error.
        """
        self._forget()
        with self._read_project():
            built = self.slot.build(landing, select=select, policy=policy, check=False, scored=True)
        if self._refused(built.results):
            raise DoesNotRunError(f"a contract refuses {sorted(built.results)}")
        left_out = sorted(n for n, r in built.results.items() if r["status"] not in GOOD)
        if left_out:
            raise DoesNotRunError(f"not built: {left_out}")
        # What dbt knows of the sound project: where a fault lies is looked up here.
        self.manifest = json.loads((self.slot.root / "target" / "manifest.json").read_text())
        return built

    def build_anew(
        self, sound: Warehouse, models: Sequence[str], policy: Policy
    ) -> tuple[Warehouse | None, str]:
        """A warehouse with some models built anew, beside it or, where it is there already, on it.

        None and the mart's name where the contract of a mart refuses what the fault makes of it.

        Raises:
            DoesNotRunError: dbt cannot read the project, or a model ends with an error.
        """
        self._forget()
        slot = self.slot
        slot.landing.unlink(missing_ok=True)
        slot.landing.symlink_to(sound.path.parent / "landing")
        shutil.copy(sound.path, slot.warehouse)
        # What is kept from night to night would else be kept as it was.
        kinds = (*WITHOUT_TESTS, "--full-refresh")
        told = slot.dbt("build", *kinds, "--select", *models, policy=policy, check=False)
        faulty = sound.path
        if faulty.parent.name != FAULTY:
            faulty = sound.path.parent / FAULTY / sound.path.name
            faulty.parent.mkdir(exist_ok=True)
            (faulty.parent / "landing").unlink(missing_ok=True)
            (faulty.parent / "landing").symlink_to(sound.path.parent / "landing")
        shutil.move(slot.warehouse, faulty)
        with self._read_project(told.stdout):
            refused = self._refused(slot.results())
        return (None, refused) if refused else (Warehouse(faulty, sound.results), "")

    def failures(
        self, built: Warehouse, select: Sequence[str], *, errors_too: bool = True
    ) -> list[str]:
        """Names of the tests of dbt, of those that are selected, that fail on a warehouse.

        Raises:
            DoesNotRunError: dbt cannot read the project or, with `errors_too`, run one of the tests.
        """
        self._forget()
        with self._read_project():
            results = self.slot.test(built, *select).results
        if errors_too:
            self._refused(results)
        return sorted(name for name, result in results.items() if result["status"] == "fail")

    def _refused(self, results: Mapping[str, Mapping[str, Any]]) -> str:
        """The mart whose contract refuses what is built.

        Raises:
            DoesNotRunError: Something ended with another error.
        """
        errors = {n: r["message"] or "" for n, r in results.items() if r["status"] == "error"}
        for name, message in errors.items():
            if CONTRACT not in message:
                raise DoesNotRunError(f"{self.planted_name}: {name} does not run: {message[:600]}")
        return min(errors, default="")

    @contextmanager
    def _read_project(self, told: str = "") -> Iterator[None]:
        try:
            yield
        except FileNotFoundError as error:
            raise DoesNotRunError(
                f"{self.planted_name}: dbt cannot read the project {told[-600:]}"
            ) from error

    def _forget(self) -> None:
        # Else a command that ends before it runs anything would seem to say what the one before said.
        (self.slot.root / "target" / "run_results.json").unlink(missing_ok=True)
