"""The lock, the Makefile and the tracked files hold what a fresh checkout anywhere relies on."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
DOCS_LOCK = (ROOT / "requirements-docs.lock").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PROJECT = PYPROJECT["project"]

# Written in pieces, so that this file does not name what it looks for.
REGISTRY_HOSTS = [
    "py" + "pi.org",
    "python" + "hosted.org",
    "registry.npm" + "js.org",
    "deb.deb" + "ian.org",
    "/" + "simple/",
]
MACHINE_PATH = re.compile(r"(?<![\w.$}/~<-])/(?:work|root|home/\w+)/")

# Import names that differ from the distribution's.
DISTRIBUTIONS = {
    "dbt": "dbt-core",
    "sklearn": "scikit-learn",
    "vl_convert": "vl-convert-python",
    "yaml": "pyyaml",
}


def distributions(requirements: list[str]) -> set[str]:
    """Names without bounds, markers and extras."""
    return {re.split(r"[<>=!~ ;\[]", requirement)[0] for requirement in requirements}


DIRECT = distributions(PROJECT["dependencies"])
# What draws the plots is no part of a run.
OPTIONAL = distributions(PYPROJECT["dependency-groups"]["docs"])


def locked_requirements(lock: str = LOCK) -> list[str]:
    """Each requirement of a lock on one line, comments dropped."""
    lines = "\n".join(line for line in lock.splitlines() if not line.lstrip().startswith("#"))
    return [line for line in lines.replace("\\\n", " ").splitlines() if line.strip()]


def tracked_files() -> Iterator[Path]:
    """Files in git and those about to be; text only."""
    try:
        listing = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT,
            capture_output=True,
            check=True,
            text=True,
        ).stdout
    except (FileNotFoundError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout")
    for name in filter(None, listing.split("\0")):
        path = ROOT / name
        if path.is_file() and path.suffix not in {".parquet", ".png", ".gz", ".duckdb"}:
            yield path


@pytest.mark.parametrize("lock", [LOCK, DOCS_LOCK], ids=["run", "docs"])
def test_lock_names_no_registry(lock: str) -> None:
    assert not re.search(r"://|^\s*(-i|-f|--(extra-)?index-url|--find-links)\b", lock, re.MULTILINE)


@pytest.mark.parametrize("lock", [LOCK, DOCS_LOCK], ids=["run", "docs"])
def test_every_locked_requirement_is_pinned_and_hashed(lock: str) -> None:
    unpinned = [
        line
        for line in locked_requirements(lock)
        if not re.match(r"[\w.-]+(\[[\w,-]+\])?==\S+.* --hash=sha256:[0-9a-f]{64}", line)
    ]
    assert locked_requirements(lock)
    assert unpinned == []


def test_lock_holds_every_direct_dependency() -> None:
    assert DIRECT - distributions(locked_requirements()) == set()
    assert OPTIONAL - distributions(locked_requirements(DOCS_LOCK)) == set()


@pytest.mark.parametrize("package", ["orchestration", "data_quality"])
def test_every_third_party_import_is_declared(package: str) -> None:
    own = {"orchestration", "data_quality"}
    undeclared = {
        f"{path.relative_to(ROOT)}: {module}"
        for path in (ROOT / package).rglob("*.py")
        for module in imported_modules(path)
        if module not in own | sys.stdlib_module_names
        and DISTRIBUTIONS.get(module, module).replace("_", "-") not in DIRECT | OPTIONAL
    }
    assert undeclared == set()


def imported_modules(path: Path) -> set[str]:
    """Top-level names of the modules that a file imports, wherever in the file."""
    modules = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            modules |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            modules.add(node.module.split(".")[0])
    return modules


def test_no_tracked_file_names_a_registry_or_a_path_of_one_machine() -> None:
    found = []
    for path in tracked_files():
        text = path.read_text(encoding="utf-8", errors="replace")
        hosts = [host for host in REGISTRY_HOSTS if host in text]
        paths = MACHINE_PATH.findall(text)
        if hosts or paths:
            found.append(f"{path.relative_to(ROOT)}: {hosts + paths}")
    assert found == []


@pytest.mark.parametrize(
    ("text", "fires"),
    [
        ("see /" + "work/main", True),
        ('"/' + 'root/.cache"', True),
        ("rm -rf $HOME/work/x", False),
        ("network/root/x", False),
        ("https://example.com/work/", False),
    ],
)
def test_machine_path_pattern(text: str, fires: bool) -> None:
    assert bool(MACHINE_PATH.search(text)) == fires


@pytest.mark.parametrize(
    "switch",
    [
        "export GX_ANALYTICS_ENABLED := false",
        "export DAGSTER_DISABLE_TELEMETRY := 1",
        "export DBT_SEND_ANONYMOUS_USAGE_STATS := false",
        "export DO_NOT_TRACK := 1",
    ],
)
def test_makefile_switches_telemetry_off(switch: str) -> None:
    assert switch in MAKEFILE.splitlines()


def test_dbt_project_switches_telemetry_off() -> None:
    project = yaml.safe_load((ROOT / "dbt_project/dbt_project.yml").read_text(encoding="utf-8"))
    assert project["flags"]["send_anonymous_usage_stats"] is False


def test_makefile_help_lists_every_target() -> None:
    declared = re.search(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)
    assert declared
    shown = subprocess.run(
        ["make", "--silent", "help"], cwd=ROOT, capture_output=True, check=True, text=True
    ).stdout
    listed = [line.split()[0] for line in shown.splitlines()]
    assert sorted(listed) == sorted(declared.group(1).split())


@pytest.mark.parametrize("written", ["data/landing/a.parquet", ".venv/x", "dbt_project/target/x"])
def test_what_the_project_writes_is_ignored(written: str) -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    ignored = subprocess.run(["git", "check-ignore", "--quiet", written], cwd=ROOT, check=False)
    assert ignored.returncode == 0
