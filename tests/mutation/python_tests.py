"""Unit tests of Python as proofs: pytest in a copy of the whole project, since modules stay loaded."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from orchestration.settings import PROJECT_ROOT
from tests.mutation.fault import DoesNotRunError, Fault, planted

COPIED = ("orchestration", "data_quality", "dbt_project", "tests", "pyproject.toml")
UNUSED = shutil.ignore_patterns("target", "logs", "__pycache__")
FAILED = re.compile(r"^FAILED (\S+?)(?:\[.*)?(?: - .*)?$", re.MULTILINE)
SOME_FAILED = 1


class PythonTests:
    """The tests that a fault names."""

    kind = "Python test"

    def __init__(self, root: Path) -> None:
        self.root = root
        for name in COPIED:
            source = PROJECT_ROOT / name
            if source.is_dir():
                shutil.copytree(source, root / name, ignore=UNUSED)
            else:
                shutil.copy(source, root / name)

    def catches(self, fault: Fault) -> list[str]:
        """The first of its tests that fails with the fault planted."""
        with planted(fault, self.root):
            return self.failures(fault)

    def failures(self, fault: Fault) -> list[str]:
        """The first of its tests that fails as the copy is.

        Raises:
            DoesNotRunError: pytest could not run the tests.
        """
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *fault.tests],
            cwd=self.root,
            env=os.environ | {"PYTHONPATH": str(self.root), "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )
        failed = sorted(set(FAILED.findall(done.stdout)))
        if done.returncode not in (0, SOME_FAILED) or bool(failed) != bool(done.returncode):
            raise DoesNotRunError(
                f"{fault.name}: pytest says {(done.stdout + done.stderr)[-1500:]}"
            )
        return [name.rpartition("::")[2] for name in failed]
