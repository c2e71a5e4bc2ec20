"""A closed month may change only with a cause: late data, a correction, a definition, or a reason."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from data_quality.restatement import find_restatements, restatement_gate
from data_quality.restatement_causes import ReleaseChange
from data_quality.results import GateFailed, raise_if_failed
from data_quality.workspace import GateInputs
from tests.unit.data_quality.small_landing import Load, events, periods, write

# Loads of day 1 and 2 were known to the previous release; later ones are news.
KNOWN_AT = datetime(2026, 1, 2, 12, tzinfo=UTC)
OLD = [
    Load(name="billing_subscription_periods", day=1, rows=periods(3)),
    Load(name="usage_events", day=2, rows=events(5, "2025-11-03")),
]
VALUES = {
    ("mrr", "2025-10-01", "all", "all"): "100.50",
    ("mrr", "2025-11-01", "all", "all"): "200",
    ("mrr", "2025-11-01", "plan", "pro"): "200",
    ("mrr", "2025-12-01", "all", "all"): "300",
    ("nrr", "2025-11-01", "all", "all"): None,
}


def release(
    path: Path,
    values: dict[tuple[str, str, str, str], str | None],
    *,
    complete_to: str = "2025-11-01",
    formula: str = "ending_mrr_amount",
    matures: bool = False,
) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(path)) as database:
        database.execute("create schema marts")
        database.execute(
            "create table marts.fct_metrics (metric_name varchar, grain varchar, period_start date,"
            " period_end date, is_complete boolean, segment_name varchar, segment_value varchar,"
            " value decimal(38, 10))"
        )
        for (metric, start, name, value), number in values.items():
            database.execute(
                "insert into marts.fct_metrics values (?, 'month', ?, cast(?::date + interval 1 month"
                " as date), ?::date <= ?::date, ?, ?, ?)",
                [metric, start, start, start, complete_to, name, value, number],
            )
        database.execute(
            "create table marts.dim_metrics as select unnest(['mrr', 'nrr']) as metric_name,"
            " 'fct_mrr_roll_forward' as mart, ? as numerator, null::varchar as denominator,"
            " metric_name = 'nrr' and ? as is_maturing",
            [formula, matures],
        )
        database.execute(
            "create table marts.meta_refresh as select ?::timestamp as known_at,"
            " timestamp '2026-01-01' as as_of",
            [KNOWN_AT.replace(tzinfo=None)],
        )
    return path


def restated(
    root: Path,
    staged: dict[tuple[str, str, str, str], str | None],
    news: Sequence[Load] = (),
    **changes: object,
):
    landing = write(root, [*OLD, *news])
    formula = str(changes.pop("formula", "ending_mrr_amount"))
    matures = bool(changes.pop("matures", False))
    staged_to = str(changes.pop("staged_to", "2025-11-01"))
    before = changes.pop("before", VALUES)
    change = ReleaseChange(
        staged=release(
            root / "new" / "tenure_bi.duckdb",
            staged,
            formula=formula,
            complete_to=staged_to,
            matures=matures,
        ),
        previous=release(root / "old" / "tenure_bi.duckdb", before),  # type: ignore[arg-type]
        **changes,  # type: ignore[arg-type]
    )
    inputs = GateInputs(
        as_of=datetime(2026, 1, 10, tzinfo=UTC),
        known_at=datetime(2026, 1, 10, tzinfo=UTC),
        landing_dir=landing,
    )
    return find_restatements(change, inputs)


def with_value(month: str, value: str | None, metric: str = "mrr"):
    return {**VALUES, (metric, month, "all", "all"): value}


LATE = Load(
    name="billing_subscription_periods",
    day=5,
    rows=periods(2, subscription_id="new", start_at="2025-11-10 00:00:00")[:1],
)


def test_same_values_and_open_months_restate_nothing(tmp_path):
    assert restated(tmp_path, with_value("2025-12-01", "999")) == []


def test_change_without_a_cause_fails_and_says_what_to_do(tmp_path):
    found = restated(tmp_path, with_value("2025-10-01", "90.25"))
    (one,) = found
    assert (one.metric, one.period, one.segment) == ("mrr", date(2025, 10, 1), "all")
    assert (one.old, one.new) == (Decimal("100.50"), Decimal("90.25"))
    assert one.difference == Decimal("-10.25")
    assert one.cause is None
    with pytest.raises(GateFailed, match=r"metric=mrr, period=2025-10-01.*--restatement-reason"):
        raise_if_failed(restatement_gate(found))


def test_late_data_explains_its_month_and_later_ones_only(tmp_path):
    staged = {**with_value("2025-11-01", "210"), ("mrr", "2025-10-01", "all", "all"): "1"}
    october, november = restated(tmp_path, staged, [LATE])
    assert (november.cause, november.reason) == (
        "late data",
        "1 rows of billing_subscription_periods from 2025-11-10 on",
    )
    assert october.cause is None
    assert not restatement_gate([october, november]).passed
    assert restatement_gate([november]).passed


def test_new_row_of_a_known_key_is_a_correction(tmp_path):
    corrected = Load(
        name="billing_subscription_periods", day=5, rows=periods(1, amount_minor="2000")
    )
    (found,) = restated(tmp_path, with_value("2025-10-01", "110.50"), [corrected])
    assert found.cause == "correction"
    assert "billing_subscription_periods" in found.reason


def test_update_of_an_old_thing_counts_from_the_update(tmp_path):
    def subscription(day: int, updated: str) -> Load:
        row = {"subscription_id": "s1", "customer_id": "c1", "status": "active"}
        row |= {"start_at": "2025-01-01 00:00:00", "updated_at": updated}
        return Load(name="billing_subscriptions", day=day, rows=(row,))

    known = subscription(1, "2025-01-01 00:00:00")
    recent = subscription(5, "2026-01-04 00:00:00")
    (found,) = restated(tmp_path, with_value("2025-10-01", "1"), [known, recent])
    assert found.cause is None
    backdated = subscription(6, "2025-10-04 00:00:00")
    (found,) = restated(tmp_path / "b", with_value("2025-10-01", "1"), [known, recent, backdated])
    assert found.cause == "correction"
    (found,) = restated(tmp_path / "c", with_value("2025-10-01", "1"), [recent])
    assert found.cause == "late data"  # the subscription itself was unknown and began in January


def test_late_usage_does_not_excuse_a_change_of_mrr(tmp_path):
    usage = Load(name="usage_events", day=5, rows=events(3, "2025-11-04"))
    needs = {"fct_mrr_roll_forward": frozenset({"billing_subscription_periods"})}
    staged = with_value("2025-11-01", "210")
    (found,) = restated(tmp_path, staged, [usage], objects_of_mart=needs)
    assert found.cause is None
    (found,) = restated(tmp_path / "b", staged, [usage])
    assert found.cause == "late data"  # unless nobody says what the mart is built from


def test_changed_definition_explains_that_metric(tmp_path):
    (found,) = restated(tmp_path, with_value("2025-10-01", "1"), formula="starting_mrr_amount")
    assert (found.cause, found.reason) == ("definition change", "the definition of mrr changed")


def test_changed_policy_explains_everything(tmp_path):
    (found,) = restated(
        tmp_path,
        with_value("2025-10-01", "1"),
        policy={"past_due_grace_days": 14, "discount_policy": "none"},
        previous_policy={"past_due_grace_days": 30, "discount_policy": "none"},
    )
    assert found.cause == "definition change"
    assert found.reason == "the policy changed: past_due_grace_days"


def test_a_persons_reason_explains_what_nothing_else_does(tmp_path):
    staged = {**with_value("2025-11-01", "210"), ("mrr", "2025-10-01", "all", "all"): "1"}
    october, november = restated(tmp_path, staged, [LATE], reason="Import of October was wrong.")
    assert (october.cause, october.reason) == ("correction", "Import of October was wrong.")
    assert november.cause == "late data"
    assert restatement_gate([october, november]).passed


def test_values_that_appear_or_vanish_are_restatements(tmp_path):
    staged = with_value("2025-11-01", "0.5", metric="nrr")
    del staged["mrr", "2025-11-01", "plan", "pro"]
    staged["mrr", "2025-10-01", "plan", "basic"] = "7"
    found = {(one.metric, one.segment): (one.old, one.new) for one in restated(tmp_path, staged)}
    assert found == {
        ("nrr", "all"): (None, Decimal("0.5")),
        ("mrr", "plan=pro"): (Decimal(200), None),
        ("mrr", "plan=basic"): (None, Decimal(7)),
    }


def test_a_new_segment_value_that_was_nothing_restates_nothing(tmp_path):
    staged = {**VALUES, ("mrr", "2025-10-01", "plan", "basic"): "0"}
    staged["nrr", "2025-10-01", "plan", "basic"] = None
    assert restated(tmp_path, staged) == []


def test_new_and_retired_metrics_restate_nothing(tmp_path):
    staged = {key: value for key, value in VALUES.items() if key[0] != "nrr"}
    staged["arpa", "2025-10-01", "all", "all"] = "5"
    assert restated(tmp_path, staged) == []


def test_month_that_was_open_before_is_not_compared(tmp_path):
    staged = {**with_value("2025-12-01", "301")}
    assert restated(tmp_path, staged, staged_to="2025-12-01") == []


def test_earlier_as_of_does_not_make_later_months_vanish(tmp_path):
    staged = {key: value for key, value in VALUES.items() if key[1] == "2025-10-01"}
    staged["nrr", "2025-10-01", "all", "all"] = None
    assert restated(tmp_path, staged, staged_to="2025-10-01") == []


def test_a_billionth_is_no_restatement(tmp_path):
    assert restated(tmp_path, with_value("2025-10-01", "100.5000000009")) == []
    assert len(restated(tmp_path / "b", with_value("2025-10-01", "100.5000000011"))) == 1


def test_rows_are_plain_for_the_manifest(tmp_path):
    (found,) = restated(tmp_path, with_value("2025-11-01", "210"), [LATE])
    assert found.as_row() == {
        "metric": "mrr",
        "period": "2025-11-01",
        "segment": "all",
        "old": "200",
        "new": "210",
        "difference": "10",
        "cause": "late data",
        "reason": "1 rows of billing_subscription_periods from 2025-11-10 on",
    }


def test_loads_merged_by_month_are_still_found(tmp_path):
    landing_of = tmp_path / "landing" / "billing_subscription_periods"

    def merge_by_month(*_: object) -> None:
        (landing_of / "load_id=l005").rename(landing_of / "load_id=month-202601")

    landing = write(tmp_path, [*OLD, LATE])
    merge_by_month()
    change = ReleaseChange(
        staged=release(tmp_path / "new.duckdb", with_value("2025-11-01", "210")),
        previous=release(tmp_path / "old.duckdb", VALUES),
    )
    instant = datetime(2026, 1, 10, tzinfo=UTC)
    (found,) = find_restatements(
        change, GateInputs(as_of=instant, known_at=instant, landing_dir=landing)
    )
    assert found.cause == "late data"


def test_what_became_of_a_cohort_may_change_without_late_rows(tmp_path):
    staged = {**with_value("2025-10-01", "0.5", "nrr"), ("mrr", "2025-10-01", "all", "all"): "1"}
    found = {one.metric: one for one in restated(tmp_path, staged, matures=True)}
    assert (found["nrr"].cause, found["mrr"].cause) == ("maturing", None)
    assert "those who began in the month" in found["nrr"].reason


def test_a_cost_booked_later_counts_from_its_service_period(tmp_path):
    booked = Load(
        name="cost_ledger",
        day=5,
        rows=[
            {
                "cost_entry_id": "rent",
                "cost_category": "support",
                "currency_code": "USD",
                "amount_minor": 100,
                "service_start_date": "2025-10-01",
                "service_end_date": "2025-11-01",
                "booked_at": "2026-01-04 00:00:00",
            }
        ],
    )
    staged = with_value("2025-10-01", "90.25")
    (found,) = restated(tmp_path, staged, [booked])
    assert (found.cause, found.reason) == ("late data", "1 rows of cost_ledger from 2025-10-01 on")


def tickets(created_at: str, ticket_id: str = "t1") -> tuple[dict[str, Any], ...]:
    return ({"ticket_id": ticket_id, "created_at": created_at, "updated_at": created_at},)


def test_first_rows_ever_explain_the_days_before_that_they_decide(tmp_path):
    first = Load(name="support_tickets", day=5, rows=tickets("2026-01-05 09:00:00"))
    mart = "fct_mrr_roll_forward"
    needs = {"objects_of_mart": {mart: frozenset({"support_tickets"})}}
    staged = {**with_value("2025-11-01", "210"), ("mrr", "2025-10-01", "all", "all"): "1"}
    october, november = restated(tmp_path, staged, [first], **needs, reach_of_mart={mart: 40})
    assert november.cause == "first data"
    assert november.reason == (
        "1 rows of support_tickets from 2026-01-05 on, the first ever: they decide what "
        "fct_mrr_roll_forward says of up to 40 days before"
    )
    assert october.cause is None  # too long before
    (elsewhere, _) = restated(tmp_path / "b", staged, [first], **needs, reach_of_mart={"other": 90})
    assert elsewhere.cause is None
    known = Load(name="support_tickets", day=2, rows=tickets("2026-01-01 09:00:00", ticket_id="t0"))
    found = restated(tmp_path / "c", staged, [known, first], **needs, reach_of_mart={mart: 90})
    assert [one.cause for one in found] == [None, None]  # the domain had begun
    other = Load(name="support_tickets", day=2, rows=known.rows, source_id="other")
    found = restated(tmp_path / "d", staged, [other, first], **needs, reach_of_mart={mart: 90})
    assert [one.cause for one in found] == ["first data"] * 2  # once for each source


def test_late_rows_of_a_cohort_are_told_and_not_its_maturing(tmp_path):
    (found,) = restated(tmp_path, with_value("2025-11-01", "0.5", "nrr"), [LATE], matures=True)
    assert (found.metric, found.cause) == ("nrr", "late data")


def test_a_release_of_the_first_version_is_compared_as_well(tmp_path):
    first = release(tmp_path / "first" / "tenure_bi.duckdb", VALUES)
    with duckdb.connect(str(first)) as database:
        database.execute("alter table marts.dim_metrics rename to metric_definitions")
    staged = release(
        tmp_path / "new" / "tenure_bi.duckdb",
        with_value("2025-10-01", "90.25"),
        formula="another_amount",
    )
    inputs = GateInputs(
        as_of=datetime(2026, 1, 10, tzinfo=UTC),
        known_at=datetime(2026, 1, 10, tzinfo=UTC),
        landing_dir=write(tmp_path, OLD),
    )
    (found,) = find_restatements(ReleaseChange(staged=staged, previous=first), inputs)
    assert found.cause == "definition change"
