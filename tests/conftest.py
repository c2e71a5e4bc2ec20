"""Fixtures that tests of every kind share: a place in which dbt builds small warehouses."""

from __future__ import annotations

import pytest

from tests.building.dbt_slot import DbtSlot


@pytest.fixture(scope="session")
def dbt_slot(tmp_path_factory: pytest.TempPathFactory) -> DbtSlot:
    """A copy of the dbt project with fixed paths, used by one build after another."""
    return DbtSlot(tmp_path_factory.mktemp("dbt"))
