"""Fixtures that tests of every kind share, and how several processes divide the tests among themselves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

from tests.building.dbt_slot import DbtSlot

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def dbt_slot(tmp_path_factory: pytest.TempPathFactory) -> DbtSlot:
    """A copy of the dbt project with fixed paths, used by one build after another."""
    return DbtSlot(tmp_path_factory.mktemp("dbt"))


class BySharedFixtures(LoadScopeScheduling):
    """Gives one process a whole module, or a whole folder where its modules share a conftest.

    So whatever is built for several tests is built once, and not once in each process.
    """

    def _split_scope(self, nodeid: str) -> str:
        module = nodeid.partition("::")[0]
        folder = Path(module).parent.as_posix()
        shares = folder != "tests" and (ROOT / folder / "conftest.py").is_file()
        return folder if shares else module


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> BySharedFixtures:
    # Else the modules of most tests would come first, which are the quick ones.
    config.option.loadscopereorder = False
    return BySharedFixtures(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With several processes the slow modules come first, so that all of them end at the same time."""
    if hasattr(config, "workerinput"):
        slow = {item.path for item in items if item.get_closest_marker("slow")}
        items.sort(key=lambda item: item.path not in slow)
