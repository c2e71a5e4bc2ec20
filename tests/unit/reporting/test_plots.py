import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest

from orchestration.reporting.plots.__main__ import ENDING, FOLDER, specification_text, write_plot
from orchestration.reporting.plots.plot_data import QUERIES, MissingRowsError, read_rows
from orchestration.reporting.plots.specifications import DRAWN
from orchestration.scoring.lifetime_value.kaplan_meier import survive

WIDEST = 800


@pytest.fixture
def warehouse(tmp_path: Path) -> Path:
    """Two month starts of ten customers; whoever has the number 0 leaves, and 9 within 90 days alone."""
    path = tmp_path / "warehouse.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("""
            create schema scores; create schema intermediate; create schema marts;
            create table days as
                select unnest([date '2025-01-01', date '2025-02-01']) as as_of_date;
            create table customers as select range as number, 'c' || range as customer_id from range(10);
            create table scores.fct_churn_probability as
                select customer_id, as_of_date, horizon_days,
                    case when number < 9 then (10 - number) / 20 end as churn_probability
                from customers, days, (select unnest([30, 90]) as horizon_days) as horizons;
            create table intermediate.int_churn_snapshots as
                select customer_id, as_of_date, true as is_observed_30, as_of_date < '2025-02-01' as is_observed_90,
                    number = 0 as churned_within_30, number in (0, 8) as churned_within_90
                from customers, days;
            create table marts.fct_health_migrations as
                select * from (values
                    ('health_score', date '2025-01-01', 'red', 'green', 5),
                    ('health_score', date '2025-01-08', 'red', 'red', 3),
                    ('health_score', date '2025-01-08', 'red', 'green', 1)
                ) as rows (score_kind, as_of_date, from_band, to_band, customers_count);
            create table intermediate.int_customer_months_survived as
                select 'Team' as plan, 1 as term_months, period, 10.0 + customer as opening_mrr,
                    customer = period as is_lost
                from range(1, 4) as periods (period), range(40) as people (customer)
                where customer >= period;
        """)
    return path


def test_calibration_takes_observed_and_published_rows_only(warehouse: Path) -> None:
    rows = read_rows(warehouse, "calibration")
    by_horizon = {
        days: sum(row["predictions"] for row in rows if row["horizon_days"] == days)
        for days in (30, 90)
    }
    assert by_horizon == {30: 18, 90: 9}
    observed = sum(row["observed_rate"] * row["predictions"] for row in rows)
    assert observed == pytest.approx(2 + 2, abs=1e-4)
    for row in rows:
        assert row["plausible_lower"] <= row["expected_rate"] <= row["plausible_upper"]


def test_lift_counts_from_the_highest_probability(warehouse: Path) -> None:
    rows = read_rows(warehouse, "lift")
    curve = {(row["horizon_days"], row["customer_share"]): row["departure_share"] for row in rows}
    assert curve[30, 0.0] == 0
    # One of nine a month: the first ends in the sixth of fifty steps.
    assert curve[30, 0.12] == 1
    assert [share for (days, _), share in curve.items() if days == 90][-2:] == [0.5, 1]


def test_migration_is_the_latest_one(warehouse: Path) -> None:
    rows = read_rows(warehouse, "health_migration")
    assert [(row["to_band"], row["share_of_from"]) for row in rows] == [
        ("green", 0.25),
        ("red", 0.75),
    ]


def test_survival_is_kaplan_and_meier_weighted_by_mrr(warehouse: Path) -> None:
    people = np.arange(40)
    at_risk = np.array([(10.0 + people[people >= period]).sum() for period in (1, 2, 3)])
    expected = survive(at_risk, np.array([11.0, 12.0, 13.0])).survival
    found = [row["survival"] for row in read_rows(warehouse, "survival")]
    assert found == pytest.approx([1, *expected], abs=1e-6)


def test_missing_tables_and_rows_say_what_to_do(tmp_path: Path, warehouse: Path) -> None:
    empty = tmp_path / "empty.duckdb"
    duckdb.connect(str(empty)).close()
    with pytest.raises(MissingRowsError, match="Run the pipeline first"):
        read_rows(empty, "lift")
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("update scores.fct_churn_probability set churn_probability = null")
    with pytest.raises(MissingRowsError, match="no rows for the plot calibration"):
        read_rows(warehouse, "calibration")


@pytest.mark.parametrize("plot", QUERIES)
def test_same_rows_give_the_same_file(warehouse: Path, plot: str, tmp_path: Path) -> None:
    first = write_plot(warehouse, plot, "a company", tmp_path).read_bytes()
    assert write_plot(warehouse, plot, "a company", tmp_path).read_bytes() == first


@pytest.mark.parametrize("plot", DRAWN)
def test_kept_specification_is_what_the_code_draws(plot: str) -> None:
    path = FOLDER / f"{plot}{ENDING}"
    kept = json.loads(path.read_text(encoding="utf-8"))
    drawn = specification_text(plot, kept["data"]["values"], kept["usermeta"]["about"])
    assert path.read_text(encoding="utf-8") == drawn, f"{path.name} is stale: make docs WAREHOUSE=…"


@pytest.mark.parametrize("plot", DRAWN)
def test_every_axis_is_named_and_no_line_is_told_by_colour_alone(plot: str) -> None:
    spec = json.loads((FOLDER / f"{plot}{ENDING}").read_text(encoding="utf-8"))
    assert spec["background"] == "white"
    units = list(encodings(spec))
    assert units
    for encoding in units:
        for side in {"x", "y"} & set(encoding):
            assert encoding[side]["axis"]["title"], (plot, side)
        if encoding.get("color", {}).get("type") == "nominal":
            assert encoding["strokeDash"]["field"] == encoding["color"]["field"]


@pytest.mark.parametrize("plot", DRAWN)
def test_picture_lies_beside_its_specification_and_fits_a_page(plot: str) -> None:
    picture = (FOLDER / f"{plot}.svg").read_text(encoding="utf-8")
    spec = json.loads((FOLDER / f"{plot}{ENDING}").read_text(encoding="utf-8"))
    assert spec["title"]["text"] in picture
    assert float(picture.split('width="')[1].split('"')[0]) <= WIDEST


def test_pictures_are_what_the_specifications_draw(tmp_path: Path) -> None:
    pytest.importorskip("vl_convert", reason="make docs installs what draws the plots")
    from orchestration.reporting.plots.rendering import render

    for path in FOLDER.glob(f"*{ENDING}"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    for picture in render(tmp_path):
        assert picture.read_bytes() == (FOLDER / picture.name).read_bytes(), picture.name


def encodings(part: Any) -> Iterator[dict[str, Any]]:
    """Every encoding of a specification, wherever it stands."""
    if isinstance(part, dict):
        if "encoding" in part:
            yield part["encoding"]
        for value in part.values():
            yield from encodings(value)
    elif isinstance(part, list):
        for value in part:
            yield from encodings(value)
