"""Raw gate: how many rows may be refused, and which of them are named."""

from __future__ import annotations

import pytest

from tests.integration.raw_gate import BILLING, broken, daily, gate
from tests.unit.data_quality.small_landing import Load, events, periods

pytestmark = pytest.mark.slow

REFUSED = {"row_number": 17, "column_name": "occurred_at", "value": "soon", "reason": "wrong_type"}


@pytest.mark.parametrize(
    ("rows", "refused", "passes"),
    [
        (495, 5, True),
        (494, 5, False),
        # Fewer than five refused rows are told and stop nothing, unless they are over a tenth.
        (98, 1, True),
        (9, 1, True),
        (8, 1, False),
    ],
)
def test_share_of_quarantined_rows(tmp_path, rows, refused, passes):
    refusals = tuple({**REFUSED, "row_number": number} for number in range(refused))
    load = Load(name="usage_events", day=10, rows=events(rows, "2026-01-10"), refused=refusals)
    result = gate(tmp_path, [BILLING, load])
    assert result.passed == passes
    assert "no row is in quarantine" in broken(result)
    if not passes:
        message = broken(result)["at least 99% of the rows of each object and load get in"]
        assert "object=usage_events" in message
        assert f"rows_quarantined={refused}" in message


def test_several_bad_elements_of_one_line_are_several_rows(tmp_path):
    load = Load(name="usage_events", day=10, rows=events(494, "2026-01-10"), refused=(REFUSED,) * 5)
    message = broken(gate(tmp_path, [BILLING, load]))
    assert (
        "rows_quarantined=5" in message["at least 99% of the rows of each object and load get in"]
    )


def test_one_bad_large_load_is_not_hidden_by_many_good_ones(tmp_path):
    bad = Load(
        name="usage_events",
        day=10,
        rows=events(195, "2026-01-10"),
        refused=tuple({**REFUSED, "row_number": number} for number in range(5)),
    )
    result = gate(tmp_path, [BILLING, *daily(range(1, 10)), bad])
    message = broken(result)["at least 99% of the rows of each object and load get in"]
    assert "load_id=l010" in message
    assert "load_id=all" not in message


def test_bad_file_stops_later_runs_too_until_it_is_loaded_again(tmp_path):
    refused = tuple({**REFUSED, "row_number": number} for number in range(9))
    bad = Load(
        name="usage_events", day=2, file="2.csv", rows=events(50, "2026-01-02"), refused=refused
    )
    later = daily(range(3, 11), 50)
    assert not gate(tmp_path, [BILLING, bad, *later]).passed
    again = Load(name="usage_events", day=11, file="2.csv", rows=events(59, "2026-01-02"))
    assert broken(gate(tmp_path / "again", [BILLING, bad, *later, again])) == {}


UNKNOWN = {"row_number": 4, "column_name": "status", "value": "zombie", "reason": "unknown_value"}


def test_unknown_value_stops_the_run_and_names_value_file_and_row(tmp_path):
    load = Load(
        name="billing_subscriptions",
        day=9,
        file="subs.csv",
        refused=(UNKNOWN, {**UNKNOWN, "row_number": 9}),
    )
    result = gate(tmp_path, [BILLING, load])
    message = broken(result)["every word of a column with allowed values is known"]
    assert "value=zombie, file=subs.csv, first_row=4, row_count=2" in message
    assert "source mapping" in message
    assert not result.passed


def test_rows_that_an_earlier_mapping_refused_are_told_but_stop_nothing(tmp_path):
    load = Load(name="support_tickets", day=2, file="gone.csv", refused=(UNKNOWN,))
    mapped = Load(name="support_tickets", day=3, status="unchanged", mapping="m2")
    result = gate(tmp_path, [BILLING, load, mapped])
    assert list(broken(result)) == ["no row is in quarantine"]
    assert result.passed


def test_later_full_export_replaces_the_quarantine_of_earlier_ones(tmp_path):
    refused = Load(name="billing_subscription_periods", day=2, file="a.csv", refused=(UNKNOWN,))
    clean = Load(name="billing_subscription_periods", day=3, file="b.csv", rows=periods(20))
    assert gate(tmp_path, [BILLING, refused, clean, *daily(range(1, 11))]).passed


def test_hostile_file_names_and_values_stay_data(tmp_path):
    hostile = "'); drop table loads; --{batch}:x"
    load = Load(
        name="support_tickets",
        day=2,
        file=hostile,
        source_id="it's",
        refused=({**UNKNOWN, "value": hostile},),
    )
    result = gate(tmp_path / "o'clock [a-z] *?", [BILLING, load])
    message = broken(result)["every word of a column with allowed values is known"]
    assert hostile in message
