"""Plans of backfills: what a range holds, what it costs, and that only a shown plan can run."""

import os
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from orchestration.backfill_plan import (
    BackfillPlan,
    DomainReload,
    PlanError,
    estimate,
    load_plan,
    plan_id_of,
    plan_text,
    reload_of,
    save_plan,
)
from orchestration.ingestion.mapping_parser import load_mapping
from orchestration.runs import RunRecord, StepRecord

START, END = date(2025, 1, 1), date(2025, 1, 3)
RELOAD = (DomainReload(domain="usage", files=3, undated_files=0, size=2_000_000),)


def run(status: str, seconds: float, landing_seconds: float, size: int) -> RunRecord:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    record = RunRecord(
        run_id="r1", command="x", started_at=now, as_of=now, known_at=now, source="simulated"
    )
    record.status = status  # type: ignore[assignment]
    record.seconds = seconds
    record.steps["landing"] = StepRecord("landing", "done", landing_seconds, facts={"bytes": size})
    return record


def plan(**changes: object) -> BackfillPlan:
    facts: dict[str, object] = {
        "plan_id": plan_id_of(START, END, "simulated", RELOAD),
        "start": START,
        "end": END,
        "source": "simulated",
        "reason": None,
        "reload": RELOAD,
        "models": 42,
        "estimate_seconds": 370.0,
        "readers": "r20261121-0214",
    }
    return BackfillPlan(**{**facts, **changes})  # type: ignore[arg-type]


def test_a_range_lists_dated_deliveries_inside_it_and_all_undated_ones(tmp_path: Path) -> None:
    for day in ("2024-12-31", "2025-01-01", "2025-01-03", "2025-01-04"):
        (tmp_path / f"{day}.csv").write_text("id,at\n", encoding="utf-8")
    (tmp_path / "products.csv").write_text("id,name\n", encoding="utf-8")
    (tmp_path / "mapping.yml").write_text(
        """
version: 1
source_id: acme
objects:
  billing_customers:
    files: "20*.csv"
    loaded_at_from: {regex: '(\\d{4}-\\d{2}-\\d{2})', format: '%Y-%m-%d'}
    columns: {customer_id: id, created_at: at}
  billing_products:
    files: products.csv
    columns: {product_id: id, product_name: name}
""",
        encoding="utf-8",
    )
    (billing,) = reload_of(load_mapping(tmp_path / "mapping.yml"), START, END)
    assert (billing.domain, billing.files, billing.undated_files) == ("billing", 3, 1)
    assert billing.size == sum(
        os.path.getsize(tmp_path / name)  # noqa: PTH202
        for name in ("2025-01-01.csv", "2025-01-03.csv", "products.csv")
    )


def test_the_estimate_scales_loading_and_keeps_the_rest() -> None:
    runs = [run("failed", 999, 1, 1), run("succeeded", 100, 20, 1_000_000)]
    assert estimate(runs, RELOAD) == pytest.approx(80 + 40)


def test_a_run_that_read_nothing_tells_nothing_about_the_pace_of_loading() -> None:
    runs = [run("succeeded", 60, 1, 0), run("succeeded", 100, 20, 1_000_000)]
    assert estimate(runs, RELOAD) == pytest.approx(59 + 40)


def test_no_run_no_estimate() -> None:
    assert estimate([], RELOAD) is None
    assert "no run yet" in plan_text(plan(estimate_seconds=None), "tenure …")


def test_a_saved_plan_is_read_back(tmp_path: Path) -> None:
    save_plan(tmp_path, plan())
    assert load_plan(tmp_path, plan().plan_id) == plan()


@pytest.mark.parametrize("plan_id", ["bf-0", "../bf-7c1e", ""])
def test_only_a_plan_that_was_shown_can_run(tmp_path: Path, plan_id: str) -> None:
    save_plan(tmp_path, plan())
    with pytest.raises(PlanError, match=plan().plan_id):
        load_plan(tmp_path, plan_id)


def test_a_plan_is_named_after_what_it_does() -> None:
    assert plan_id_of(START, END, "simulated", RELOAD) == plan().plan_id
    assert plan_id_of(START, END, "other.yml", RELOAD) != plan().plan_id
    assert plan_id_of(START, END, "simulated", ()) != plan().plan_id


def test_the_plan_says_what_readers_see_meanwhile() -> None:
    text = plan_text(plan(), "tenure backfill --apply bf-1")
    assert "2025-01-01 .. 2025-01-03   3 days" in text
    assert "usage 3 files (2.0 MB)" in text
    assert "estimate   6 m 10 s" in text
    assert "stay on r20261121-0214 until all checks pass" in text
    assert text.endswith("Run it:  tenure backfill --apply bf-1")
