"""Raw gate on small landings: each rule fires on its story and stays quiet on a good one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from data_quality.gates import run_gate
from data_quality.results import GateResult
from data_quality.suites.thresholds import Thresholds
from data_quality.workspace import GateInputs
from tests.unit.data_quality.small_landing import Load, events, periods, write

pytestmark = pytest.mark.slow

BILLING = Load(name="billing_subscription_periods", day=1, rows=periods(20))
AS_OF = datetime(2026, 1, 11, tzinfo=UTC)


def gate(root: Path, loads: Sequence[Load], **changes: object) -> GateResult:
    landing = write(root, loads)
    values = {"as_of": AS_OF, "known_at": datetime(2027, 1, 1, tzinfo=UTC), "landing_dir": landing}
    return run_gate("raw", GateInputs(**{**values, **changes}))


def broken(result: GateResult) -> dict[str, str]:
    assert not [check.message for check in result.checks if check.crashed]
    return {check.rule: check.message for check in result.checks if not check.success}


def daily(days: range, count: int = 120, **values: object) -> list[Load]:
    return [
        Load(name="usage_events", day=day, rows=events(count, f"2026-01-{day:02d}", **values))
        for day in days
    ]


def test_good_company_passes_without_a_word(tmp_path):
    result = gate(tmp_path, [BILLING, *daily(range(1, 11))])
    assert broken(result) == {}
    assert result.passed
    assert len(result.checks) == 11


def test_billing_alone_is_a_company(tmp_path):
    result = gate(tmp_path, [BILLING], as_of=datetime(2025, 1, 2, tzinfo=UTC))
    assert broken(result) == {}


def test_no_billing_stops_the_run(tmp_path):
    result = gate(tmp_path, daily(range(1, 11)))
    assert "billing has delivered subscriptions" in broken(result)
    assert not result.passed
    assert not gate(tmp_path / "empty", []).passed


def test_rows_that_got_lost_stop_the_run(tmp_path):
    lost = Load(name="support_tickets", day=2, rows_read=5)
    result = gate(tmp_path, [BILLING, lost])
    (message,) = (m for rule, m in broken(result).items() if rule.startswith("rows read"))
    assert "support_tickets" in message
    assert "rows_read=5" in message
    assert not result.passed


def test_failed_object_stops_the_run_until_it_loads(tmp_path):
    failed = Load(
        name="cost_ledger", day=2, status="failed", message="costs.csv: no column 'amount'."
    )
    result = gate(tmp_path, [BILLING, failed])
    assert "no column 'amount'" in broken(result)["every object of the mapping was loaded"]
    assert not result.passed
    repaired = Load(name="cost_ledger", day=3, status="unchanged")
    assert gate(tmp_path / "later", [BILLING, failed, repaired]).passed


def test_loads_after_known_at_do_not_exist(tmp_path):
    failed = Load(name="cost_ledger", day=20, status="failed")
    result = gate(
        tmp_path,
        [BILLING, *daily(range(1, 11)), failed],
        known_at=datetime(2026, 1, 15, tzinfo=UTC),
    )
    assert broken(result) == {}


@pytest.mark.parametrize(
    ("count", "fires"), [(120, False), (300, False), (50, False), (1500, True), (20, True)]
)
def test_volume_against_history(tmp_path, count, fires):
    loads = [BILLING, *daily(range(1, 10)), *daily(range(10, 11), count)]
    result = gate(tmp_path, loads)
    rule = "a load is not 3 times larger or smaller than usual"
    assert (rule in broken(result)) == fires
    assert result.passed  # a warning
    if fires:
        assert f"row_count={count}" in broken(result)[rule]
        assert "usual_row_count=120" in broken(result)[rule]


def test_volume_needs_five_earlier_loads(tmp_path):
    loads = [BILLING, *daily(range(6, 10)), *daily(range(10, 11), 2000)]
    assert broken(gate(tmp_path, loads)) == {}


def test_weekends_are_compared_with_weekends(tmp_path):
    days = range(1, 57)
    dates = [date.fromisoformat(Load(name="-", day=day).loaded_at[:10]) for day in days]
    loads = [
        Load(
            name="usage_events",
            day=day,
            rows=events(40 if date.isoweekday() > 5 else 400, date.isoformat()),
        )
        for day, date in zip(days, dates, strict=True)
    ]
    last_weekend = max(n for n, date in enumerate(dates) if date.isoweekday() > 5)
    result = gate(tmp_path, [BILLING, *loads[: last_weekend + 1]])
    assert "a load is not 3 times larger or smaller than usual" not in broken(result)
    few = gate(tmp_path / "few", [BILLING, *loads[:10]])
    assert dates[9].isoweekday() == 6
    assert "a load is not 3 times larger or smaller than usual" in broken(few)


def test_empty_full_export_stops_the_run(tmp_path):
    empty = Load(name="billing_subscription_periods", day=5)
    result = gate(tmp_path, [BILLING, empty])
    rule = "a full export that had rows before is not empty now"
    assert "earlier_rows_read=20" in broken(result)[rule]
    assert not result.passed


@pytest.mark.parametrize(("day", "fires"), [(8, False), (7, True)])
def test_freshness_warns_after_two_days(tmp_path, day, fires):
    result = gate(tmp_path, [BILLING, *daily(range(1, day + 1))])
    rule = "each domain's newest event is as recent as usual"
    assert (rule in broken(result)) == fires
    if fires:
        assert "domain=usage" in broken(result)[rule]
        assert "age_days=3" in broken(result)[rule]
    assert result.passed


def test_freshness_knows_a_monthly_rhythm(tmp_path):
    costs = [
        Load(
            name="cost_ledger",
            day=1,
            rows=tuple(
                {
                    "cost_entry_id": f"e{month}",
                    "cost_category": "support",
                    "allocation_key": "per_customer",
                    "amount_minor": "100",
                    "currency_code": "USD",
                    "service_start_date": f"2025-{month:02d}-01",
                    "service_end_date": f"2025-{month:02d}-28",
                    "booked_at": f"2025-{month:02d}-05 00:00:00",
                }
                for month in range(1, 13)
            ),
        )
    ]
    result = gate(tmp_path, [BILLING, *daily(range(1, 11)), *costs])
    assert "each domain's newest event is as recent as usual" not in broken(result)
    strict = Thresholds(stale_error_days={"cost": 30})
    failed = gate(tmp_path / "strict", [BILLING, *daily(range(1, 11)), *costs], thresholds=strict)
    assert not failed.passed
    assert "object=cost_ledger" in broken(failed)["no domain is older than its configured limit"]


def test_events_from_the_future_are_not_fresh(tmp_path):
    future = Load(name="usage_events", day=9, rows=events(120, "2026-01-30"))
    result = gate(tmp_path, [BILLING, *daily(range(1, 6)), future])
    assert "each domain's newest event is as recent as usual" in broken(result)


def test_column_that_became_empty_is_told(tmp_path):
    loads = [BILLING, *daily(range(1, 10)), *daily(range(10, 11), feature_name=None)]
    result = gate(tmp_path, loads)
    message = broken(result)["columns are as often empty as in earlier loads"]
    assert "column_name=feature_name, null_rate=1.0, usual_null_rate=0.0" in message
    assert result.passed


def tickets(day: int, statuses: Sequence[str]) -> Load:
    rows = tuple(
        {
            "ticket_id": f"t{day}-{number}",
            "customer_id": "c1",
            "status": statuses[number % len(statuses)],
            "created_at": f"2026-01-{day:02d} 01:00:00",
            "updated_at": f"2026-01-{day:02d} 01:00:00",
        }
        for number in range(120)
    )
    return Load(name="support_tickets", day=day, rows=rows)


def test_categories_that_moved_are_told(tmp_path):
    usual = [tickets(day, ["solved", "open"]) for day in range(1, 10)]
    quiet = gate(tmp_path, [BILLING, *usual, tickets(10, ["open", "solved"])])
    assert broken(quiet) == {}
    moved = gate(tmp_path / "moved", [BILLING, *usual, tickets(10, ["hold"])])
    message = broken(moved)["columns with allowed values are distributed as in earlier loads"]
    assert "object=support_tickets, column_name=status, moved_share=1.0, value=hold" in message


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


def test_named_loads_are_judged_instead_of_the_latest(tmp_path):
    loads = [BILLING, *daily(range(1, 9)), *daily(range(9, 10), 2000), *daily(range(10, 11))]
    rule = "a load is not 3 times larger or smaller than usual"
    assert rule not in broken(gate(tmp_path, loads))
    assert rule in broken(gate(tmp_path / "named", loads, load_ids=["l009", "l010"]))


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
