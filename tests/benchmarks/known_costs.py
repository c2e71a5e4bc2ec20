"""Costs of a long measurement step by step: each is written down as soon as it is known and never measured twice.

A step that broke off begins anew from what there was before it, so that its cost is that of all its work. What was
measured of other code is forgotten.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.benchmarks.costs import Cost


@dataclass
class KnownCosts:
    """The steps that are done, in a folder of their own."""

    folder: Path
    code: str
    costs: dict[str, Cost] = field(default_factory=dict)
    loads: dict[str, float] = field(default_factory=dict)
    begun: str | None = None

    @classmethod
    def in_folder(cls, folder: Path, code: str, *, again: bool = False) -> KnownCosts:
        """What is known of this code; nothing where it is to be measured again."""
        path = folder / "known.json"
        kept: dict[str, Any] = json.loads(path.read_text("utf-8")) if path.exists() else {}
        if again or kept.get("code") != code:
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            return cls(folder, code)
        costs = {name: Cost(**cost) for name, cost in kept["costs"].items()}
        return cls(folder, code, costs, kept["loads"], kept["begun"])

    @property
    def is_fresh(self) -> bool:
        """Nothing was ever begun."""
        return not self.costs and self.begun is None

    def step(self, name: str, work: Callable[[], Cost], changes: Path | None = None) -> None:
        """Measure a step unless its cost is known.

        Args:
            name: Name of the cost.
            work: Does the step.
            changes: The warehouse or the folder of files never changed in place that the step writes to.
        """
        if name in self.costs:
            return
        before = self.folder / f"before_{name}"
        if changes and self.begun == name:
            _remove(changes)
            if before.exists():
                _copy(before, changes)
        elif changes and changes.exists():
            _remove(before)
            _copy(changes, before)
        self._write(begun=name)
        self.costs[name] = work()
        self.loads[name] = round(os.getloadavg()[0], 1)
        self._write(begun=None)
        _remove(before)

    def _write(self, *, begun: str | None) -> None:
        self.begun = begun
        kept = {
            "code": self.code,
            "begun": begun,
            "costs": {name: vars(cost) for name, cost in self.costs.items()},
            "loads": self.loads,
        }
        beside = self.folder / "known.json.new"
        beside.write_text(json.dumps(kept, indent=2), encoding="utf-8")
        beside.replace(self.folder / "known.json")


def code_in(paths: Iterable[Path]) -> str:
    """A text that differs whenever a source file in one of the folders does."""
    digest = hashlib.sha256()
    for path in sorted(_sources(paths)):
        digest.update(f"{path.name}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def _sources(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        for file in [path] if path.is_file() else path.rglob("*"):
            if (
                file.suffix in {".py", ".sql", ".csv", ".yml", ".yaml"}
                and "target" not in file.parts
            ):
                yield file


def _copy(one: Path, other: Path) -> None:
    """Copy a file, or link the files of a folder."""
    beside = other.with_name(f"{other.name}.copied")
    _remove(beside)
    if one.is_dir():
        shutil.copytree(one, beside, copy_function=os.link)
    else:
        shutil.copy(one, beside)
    beside.replace(other)


def _remove(path: Path) -> None:
    """Remove a folder, or a warehouse with what was not written into it yet."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
        path.with_name(f"{path.name}.wal").unlink(missing_ok=True)
