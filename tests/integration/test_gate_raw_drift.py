"""Raw gate: volume, freshness and distribution are held against what was usual before."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pytest

from data_quality.suites.thresholds import Thresholds
from tests.integration.raw_gate import BILLING, broken, daily, gate
from tests.unit.data_quality.small_landing import Load, events

pytestmark = pytest.mark.slow


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


def test_named_loads_are_judged_instead_of_the_latest(tmp_path):
    loads = [BILLING, *daily(range(1, 9)), *daily(range(9, 10), 2000), *daily(range(10, 11))]
    rule = "a load is not 3 times larger or smaller than usual"
    assert rule not in broken(gate(tmp_path, loads))
    assert rule in broken(gate(tmp_path / "named", loads, load_ids=["l009", "l010"]))
