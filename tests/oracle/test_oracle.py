"""The oracle and the marts agree in every cell, company by company.

`make test` compares one batch; ORACLE_COMPANIES=20000 (and ORACLE_FIRST_BATCH to go on elsewhere)
compares as many companies as asked for, in builds of 500.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.building.dbt_slot import DbtSlot
from tests.oracle.comparing import report
from tests.oracle.raw_rows import Company
from tests.oracle.running import Batch, compare, generate_apart
from tests.oracle.shrinking import shrink, weight

pytestmark = pytest.mark.slow

USUAL = 160
LARGEST = 500
COMPANIES = int(os.environ.get("ORACLE_COMPANIES", str(USUAL)))
FIRST = int(os.environ.get("ORACLE_FIRST_BATCH", "0"))
BATCHES = range(FIRST, FIRST + -(-COMPANIES // LARGEST))


@pytest.mark.parametrize("number", BATCHES)
def test_oracle_and_marts_agree(dbt_slot: DbtSlot, tmp_path: Path, number: int) -> None:
    batch = generate_apart(number, min(COMPANIES, LARGEST))
    found = compare(dbt_slot, tmp_path / "batch", batch)
    wrong = [company for company in batch.companies if found[company.name]]
    if wrong:
        company, differences = _smallest(dbt_slot, tmp_path, batch, found)
        pytest.fail(
            f"{len(wrong)} of {len(batch.companies)} companies of batch {number} differ\n"
            + report(company, differences)
        )
    assert found["cohorts"] == []


def _smallest(
    slot: DbtSlot, directory: Path, batch: Batch, found: dict[str, list[str]]
) -> tuple[Company, list[str]]:
    """The smallest that differs, shrunk for as many rounds (a build each) as ORACLE_SHRINK says."""
    wrong = [company for company in batch.companies if found[company.name]]
    smallest = min(wrong, key=weight)
    rounds = int(os.environ.get("ORACLE_SHRINK", "0"))
    if not rounds:
        return smallest, found[smallest.name]

    def judge(companies: Sequence[Company]) -> dict[str, list[str]]:
        return compare(slot, directory / "smaller", Batch(tuple(companies), batch.rates))

    (shrunk,) = shrink([smallest], judge, rounds)
    return shrunk, judge([shrunk])[shrunk.name]
