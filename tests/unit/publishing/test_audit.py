"""A staged copy that breaks a promise is not published, and readers stay where they are."""

from __future__ import annotations

import dataclasses

import pytest

from orchestration.publishing.errors import AuditFailedError, PublishingError
from orchestration.publishing.publish import publish
from tests.unit.publishing.small_warehouse import (
    FACTS,
    build,
    change,
    nothing_restated,
    request_for,
)

BROKEN = {
    "repeated key": (
        "insert into scores.fct_health_scores from scores.fct_health_scores limit 1",
        r"fct_health_scores: the key \(customer_id, as_of_date\) is not unique: customer_id=acme:c0",
    ),
    "empty key": (
        "update marts.dim_customers set customer_id = null where customer_id = 'acme:c1'",
        "dim_customers: 1 rows have an empty key",
    ),
    "roll-forward off by a hair": (
        "update marts.fct_mrr_roll_forward set churn_mrr_amount = churn_mrr_amount - 0.0000000002",
        "fct_mrr_roll_forward: start plus movements is not the end in 1 rows",
    ),
    "roll-forward with an unknown part": (
        "update marts.fct_mrr_roll_forward set fx_mrr_amount = null",
        "fct_mrr_roll_forward: start plus movements is not the end in 1 rows",
    ),
    "roll-forward without a movement": (
        "alter table marts.fct_mrr_roll_forward drop column pause_mrr_amount",
        "column pause_mrr_amount is missing",
    ),
    "no roll-forward": (
        "drop table marts.fct_mrr_roll_forward",
        "fct_mrr_roll_forward: the table is missing",
    ),
    "key column renamed": (
        "alter table scores.fct_health_scores rename customer_id to cust",
        "fct_health_scores: key column customer_id is missing",
    ),
    "half of the rows gone": (
        "delete from scores.fct_health_scores where customer_id <> 'acme:c0'",
        "fct_health_scores: 1 rows, 3 in the last release",
    ),
    "table became empty": (
        "delete from scores.fct_health_scores",
        "fct_health_scores: 0 rows, 3 in the last release",
    ),
    "table vanished": (
        "drop table scores.fct_health_scores",
        "fct_health_scores: was in the last release and is gone",
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_failing_audit_leaves_current(root, publish_run, read, case):
    publish_run("r1")
    statement, message = BROKEN[case]
    # `create view … from dim_customers` would keep the table from being altered.
    change(root / "warehouse" / "tenure.duckdb", "drop view marts.customers_view", statement)
    with pytest.raises(AuditFailedError, match=message):
        publish_run("r2")
    releases = root / "releases"
    assert (releases / "current").readlink().name == "r1"
    assert sorted(path.name for path in releases.iterdir()) == ["current", "r1"]
    assert read(
        releases / "current" / "tenure_bi.duckdb", "select run_id from marts.meta_refresh"
    ) == [("r1",)]


def test_all_failures_are_listed_at_once(root, publish_run):
    change(
        root / "warehouse" / "tenure.duckdb",
        "update marts.fct_mrr_roll_forward set new_mrr_amount = 11",
        "insert into scores.fct_health_scores from scores.fct_health_scores limit 1",
    )
    with pytest.raises(AuditFailedError) as caught:
        publish_run("r1")
    assert len(caught.value.failures) == 2


def test_fewer_rows_pass_when_accepted(root, publish_run):
    publish_run("r1")
    change(root / "warehouse" / "tenure.duckdb", "delete from scores.fct_health_scores")
    accepted = dataclasses.replace(FACTS, accepted_row_changes=frozenset({"fct_health_scores"}))
    assert publish_run("r2", tables=accepted).is_current


def test_losing_exactly_half_is_not_an_accident(root, publish_run):
    build(root / "warehouse" / "tenure.duckdb", customers=4)
    publish_run("r1")
    build(root / "warehouse" / "tenure.duckdb", customers=2)
    assert publish_run("r2").is_current


def test_restatement_without_cause_is_refused_and_with_cause_recorded(root, publish_run):
    publish_run("r1")
    changed = {"metric": "mrr", "period": "2026-08-01", "difference": "350.00", "cause": None}
    with pytest.raises(AuditFailedError, match="restated without a cause"):
        publish(request_for(root, "r2"), compare=lambda staged, previous: [changed])
    release = publish(
        request_for(root, "r2"),
        compare=lambda staged, previous: [{**changed, "cause": "late data"}],
    )
    assert release.manifest["restatements"] == [{**changed, "cause": "late data"}]


def test_comparison_that_raises_leaves_current(root, publish_run):
    publish_run("r1")

    def refuse(staged, previous):
        raise RuntimeError("2026-08 changed without a reason")

    with pytest.raises(RuntimeError, match="without a reason"):
        publish(request_for(root, "r2"), compare=refuse)
    assert sorted(p.name for p in (root / "releases").iterdir()) == ["current", "r1"]


def test_added_parts_are_in_the_manifest_and_can_stop_the_release(root, publish_run):
    def report(staging):
        (staging / "report").mkdir()
        (staging / "report" / "index.html").write_text("<p>report</p>")

    release = publish(request_for(root, "r1"), compare=nothing_restated, add_parts=[report])
    assert "report/index.html" in release.manifest["files"]

    def broken(staging):
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        publish(request_for(root, "r2"), compare=nothing_restated, add_parts=[broken])
    assert (root / "releases" / "current").readlink().name == "r1"


def test_keep_below_three_is_refused_before_anything_happens(root, publish_run):
    with pytest.raises(PublishingError, match="at least 3"):
        publish_run("r1", keep=2)
    assert not (root / "releases").exists()
