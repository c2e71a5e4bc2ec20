"""A fault: one exact piece of the code, what replaces it, and what that means in finance's words.

The faults stand in faults/*.yml. A piece must occur exactly once in its file: when the code moves on,
the list stops with an error instead of planting nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path

import yaml

DBT = "dbt_project/"
FAULTS = Path(__file__).parent / "faults"


class FaultError(ValueError):
    """A fault of the list cannot be planted; the message names it."""


class DoesNotRunError(ValueError):
    """With the fault in it the project does not run at all, so that nothing is proven."""


@dataclass(frozen=True)
class Fault:
    """One fault.

    Attributes:
        name: A name that says what is done wrong.
        means: What a reader of the numbers would see, in the words of finance.
        file: The file it lies in, relative to the project.
        find: The piece of that file, which occurs exactly once.
        replace: What stands there instead.
        tests: pytest files and tests that are to kill it, where one build of the models would not: of Python, and
            of what is kept from night to night.
    """

    name: str
    means: str
    file: str
    find: str
    replace: str
    tests: tuple[str, ...] = ()

    @property
    def is_in_models(self) -> bool:
        """True where dbt runs the code, and not Python."""
        return self.file.startswith(DBT)


def file_in_dbt(fault: Fault) -> str:
    """The file of a fault of a model as dbt names it."""
    return fault.file.removeprefix(DBT)


def read_faults(folder: Path = FAULTS) -> list[Fault]:
    """All faults, in the order of the files and within them.

    Raises:
        FaultError: A fault lacks an entry or has one that nobody knows, or two have one name.
    """
    faults = [
        _fault(entry, path)
        for path in sorted(folder.glob("*.yml"))
        for entry in yaml.safe_load(path.read_text(encoding="utf-8"))
    ]
    names = [fault.name for fault in faults]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise FaultError(f"more than one fault is named {', '.join(repeated)}")
    return faults


def _fault(entry: dict[str, object], path: Path) -> Fault:
    known = {field.name for field in fields(Fault)}
    missing = known - {"tests"} - set(entry)
    if missing or set(entry) - known:
        wrong = sorted(missing | (set(entry) - known))
        raise FaultError(f"{path.name}: {entry.get('name')}: missing or unknown: {wrong}")
    tests = entry.get("tests", [])
    texts = {name: str(value) for name, value in entry.items() if name != "tests"}
    fault = Fault(**texts, tests=tuple(tests) if isinstance(tests, list) else ())
    if not fault.is_in_models and not fault.tests:
        raise FaultError(f"{path.name}: {fault.name}: lies in no model, so it needs tests")
    return fault


def planted_text(fault: Fault, text: str) -> str:
    """The text of the fault's file with the fault in it.

    Raises:
        FaultError: The piece does not occur exactly once, or nothing would change.
    """
    found = text.count(fault.find)
    if found != 1:
        raise FaultError(f"{fault.name}: its piece occurs {found} times in {fault.file}, not once")
    if fault.find == fault.replace:
        raise FaultError(f"{fault.name}: changes nothing")
    return text.replace(fault.find, fault.replace)


@contextmanager
def planted(fault: Fault, root: Path) -> Iterator[None]:
    """The fault in a copy of the project at `root`, taken out again at the end."""
    path = root / fault.file
    text = path.read_text(encoding="utf-8")
    path.write_text(planted_text(fault, text), encoding="utf-8")
    try:
        yield
    finally:
        path.write_text(text, encoding="utf-8")
