"""Every expected error has its exit code and speaks for itself; anything else leaves a trace."""

import ast
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from data_quality.results import GateFailed, GateResult
from orchestration.cli import failures
from orchestration.cli.failures import guarded, read_failure
from orchestration.ingestion.yaml_nodes import MappingError
from orchestration.instants import InstantError
from orchestration.locking import RunLockedError
from orchestration.publishing.errors import AuditFailedError, PublishingError
from orchestration.settings import Settings

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (RunLockedError(Path("data"), None), 5),
        (GateFailed(GateResult("raw", ())), 3),
        (AuditFailedError("r1", ["x"]), 3),
        (PublishingError("x"), 1),
        (MappingError("x"), 2),
        (InstantError("x"), 2),
        (KeyboardInterrupt(), 130),
    ],
)
def test_expected_errors_have_their_exit_code(error: BaseException, code: int) -> None:
    failure = read_failure(error)
    assert failure.exit_code == code
    assert failure.is_expected


def test_a_bad_setting_is_named_as_the_environment_has_it() -> None:
    with pytest.raises(ValidationError) as caught:
        Settings(threads=0)
    failure = read_failure(caught.value)
    assert failure.exit_code == 2
    assert "TENURE_THREADS" in failure.message


def test_every_name_in_the_list_is_an_error_of_the_project() -> None:
    """An error that is renamed would silently become an unexpected one."""
    defined = {"FileExistsError"}
    for package in ("orchestration", "data_quality"):
        for path in (ROOT / package).rglob("*.py"):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            defined |= {node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}
    assert set(failures._EXIT_CODES) - defined == set()


def work(error: BaseException | None) -> Any:
    def do() -> int:
        if error is not None:
            raise error
        return 4

    return do


def test_the_code_of_work_that_succeeds_is_kept() -> None:
    assert guarded(work(None), debug=False) == 4


def test_an_expected_error_is_told_without_a_trace(capsys: pytest.CaptureFixture[str]) -> None:
    assert guarded(work(MappingError("line 3: no column x")), debug=False) == 2
    captured = capsys.readouterr()
    assert captured.err == "line 3: no column x\n"
    assert captured.out == ""


def test_an_unexpected_error_keeps_its_trace_in_a_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "run.log"
    assert guarded(work(KeyError("oops")), debug=False, log=log) == 1
    told = capsys.readouterr().err
    assert "Traceback" not in told
    assert str(log) in told
    assert "Traceback" in log.read_text(encoding="utf-8")


def test_debug_shows_the_trace(capsys: pytest.CaptureFixture[str]) -> None:
    assert guarded(work(KeyError("oops")), debug=True) == 1
    assert "Traceback" in capsys.readouterr().err
