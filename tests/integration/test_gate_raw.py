"""Raw gate on small landings: each rule about deliveries fires on its story and stays quiet on a good one."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.integration.raw_gate import BILLING, broken, daily, gate
from tests.unit.data_quality.small_landing import Load

pytestmark = pytest.mark.slow


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


def test_empty_full_export_stops_the_run(tmp_path):
    empty = Load(name="billing_subscription_periods", day=5)
    result = gate(tmp_path, [BILLING, empty])
    rule = "a full export that had rows before is not empty now"
    assert "earlier_rows_read=20" in broken(result)[rule]
    assert not result.passed
