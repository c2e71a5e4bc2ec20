"""One good run of the nightly, for the tests of this folder to copy."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from orchestration.cli.app import run_app
from tests.integration.nightly.company import COMPANY, Told


@pytest.fixture
def tenure(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Callable[..., Told]:
    """Runs a command of `tenure` in this process, with an empty home directory."""
    for name, value in COMPANY.items():
        monkeypatch.setenv(name, value)
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))

    def call(*words: object) -> Told:
        capsys.readouterr()
        code = run_app([str(word) for word in words])
        captured = capsys.readouterr()
        return Told(code, captured.out, captured.err)

    return call


@pytest.fixture(scope="session")
def first_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data directory after one good run, for others to copy."""
    data = tmp_path_factory.mktemp("company") / "data"
    with pytest.MonkeyPatch.context() as patch:
        for name, value in COMPANY.items():
            patch.setenv(name, value)
        home = data.parent / "home"
        home.mkdir()
        patch.setenv("HOME", str(home))
        assert run_app(["run", "--data-dir", str(data)]) == 0
        assert list(home.iterdir()) == []  # nothing is written but data
    return data


@pytest.fixture
def data(first_run: Path, tmp_path: Path) -> Path:
    """A copy of the first run's data directory."""
    copy = tmp_path / "data"
    shutil.copytree(first_run, copy, symlinks=True)
    return copy
