"""The mutation check itself: it plants, it sees a proof catch the fault, and it refuses what it cannot plant.

`make mutants` plants every fault; here are one of them and the rules of the list.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from orchestration.settings import PROJECT_ROOT
from tests.building.dbt_slot import DbtSlot
from tests.mutation.bench import Bench
from tests.mutation.fault import Fault, FaultError, planted, planted_text, read_faults
from tests.mutation.proofs import UnitTests
from tests.mutation.report import page
from tests.mutation.verdict import Verdict

FAULTS = {fault.name: fault for fault in read_faults()}
SWAPPED = FAULTS["expansion_tested_before_reactivation"]


@pytest.mark.parametrize("fault", FAULTS.values(), ids=lambda fault: fault.name)
def test_every_fault_can_be_planted(fault: Fault) -> None:
    text = (PROJECT_ROOT / fault.file).read_text(encoding="utf-8")
    assert planted_text(fault, text) != text
    assert all((PROJECT_ROOT / test.partition("::")[0]).is_file() for test in fault.tests)


def test_there_are_faults_enough() -> None:
    assert len(FAULTS) >= 60


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"find": "what nobody wrote"}, "occurs 0 times"),
        ({"find": "when"}, "occurs [1-9][0-9]* times"),
        ({"replace": SWAPPED.find}, "changes nothing"),
    ],
)
def test_what_cannot_be_planted_is_refused(
    tmp_path: Path, change: dict[str, str], message: str
) -> None:
    path = tmp_path / SWAPPED.file
    path.parent.mkdir(parents=True)
    path.write_text((PROJECT_ROOT / SWAPPED.file).read_text(encoding="utf-8"), encoding="utf-8")
    with pytest.raises(FaultError, match=message), planted(replace(SWAPPED, **change), tmp_path):
        pytest.fail("it was planted")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[{name: a, means: b, file: f, find: x, replace: y}]", "needs tests"),
        ("[{name: a, means: b, file: dbt_project/f, find: x}]", "replace"),
        ("[{name: a, means: b, file: dbt_project/f, find: x, replace: y, found: z}]", "found"),
        ("[&a {name: a, means: b, file: dbt_project/f, find: x, replace: y}, *a]", "more than one"),
    ],
)
def test_a_list_with_a_slip_is_refused(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "faults.yml").write_text(text, encoding="utf-8")
    with pytest.raises(FaultError, match=message):
        read_faults(tmp_path)


def test_a_survivor_is_told() -> None:
    caught = Verdict(SWAPPED, {"unit test": ["first_money_is_new"]})
    survivor = Verdict(SWAPPED, {"unit test": [], "story": []})
    assert caught.is_caught
    assert not survivor.is_caught
    assert "| unit test: first money is new |" in page([caught])
    assert "| nothing: it survives |" in page([caught, survivor])


@pytest.mark.slow
def test_a_fault_is_caught_by_a_proof_that_is_quiet_without_it(
    dbt_slot: DbtSlot, tmp_path: Path
) -> None:
    bench = Bench(tmp_path, dbt_slot)
    file = dbt_slot.root / SWAPPED.file
    before = file.read_text(encoding="utf-8")
    proof = UnitTests(bench, [SWAPPED])
    assert proof.catches(SWAPPED) == []
    with bench.planted(SWAPPED):
        assert "return_is_a_reactivation_and_not_an_expansion" in proof.catches(SWAPPED)
    assert file.read_text(encoding="utf-8") == before
