"""The oracle and the marts agree in every cell, company by company.

`make test` compares one batch under the default policy and a small one under another;
ORACLE_COMPANIES=20000 (and ORACLE_FIRST_BATCH to go on elsewhere) compares as many companies as asked
for, in builds of 500, each of which has a policy of its own.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.building.dbt_slot import DbtSlot
from tests.oracle.comparing import report
from tests.oracle.raw_rows import Company
from tests.oracle.running import TOGETHER, Batch, compare, culprits, generate
from tests.oracle.shrinking import shrink, weight

pytestmark = pytest.mark.slow

# Companies of each batch that `make test` compares.
USUAL = {0: 140, 11: 40}
LARGEST = 500
COMPANIES = int(os.environ.get("ORACLE_COMPANIES", "0"))
FIRST = int(os.environ.get("ORACLE_FIRST_BATCH", "0"))
ASKED = range(FIRST, FIRST + -(-COMPANIES // LARGEST))
SIZES = {number: min(COMPANIES, LARGEST) for number in ASKED} or USUAL


@pytest.mark.parametrize("number", SIZES)
def test_oracle_and_marts_agree(dbt_slot: DbtSlot, tmp_path: Path, number: int) -> None:
    batch = generate(number, SIZES[number])
    found = compare(dbt_slot, tmp_path / "batch", batch)
    wrong = [company for company in batch.companies if found[company.name]]
    if not wrong and found[TOGETHER]:
        batch = culprits(dbt_slot, tmp_path / "half", batch)
        wrong = list(batch.companies)
        found = compare(dbt_slot, tmp_path / "few", batch)
        found |= {company.name: found[TOGETHER] for company in wrong}
    if wrong:
        company, differences = _smallest(dbt_slot, tmp_path, batch, found)
        pytest.fail(
            f"{len(wrong)} of {len(batch.companies)} companies of batch {number} differ\n"
            f"under {batch.policy}\n" + report(company, differences)
        )


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
        return compare(slot, directory / "smaller", batch.of(companies))

    (shrunk,) = shrink([smallest], judge, rounds, batch.policy)
    return shrunk, judge([shrunk])[shrunk.name]
