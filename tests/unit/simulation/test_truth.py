"""The true hazards agree with what happened, week by week and over 30 and 90 days."""

from __future__ import annotations

import shutil
from datetime import datetime
from pathlib import Path

import duckdb
import numpy as np
import pytest

from orchestration.ingestion.ingest import ingest
from orchestration.ingestion.mapping_parser import load_mapping
from orchestration.ingestion.simulation import SimulationConfig, simulate
from orchestration.ingestion.simulation.book import ACTIVE, CANCELED, REASONS, UNPAID
from orchestration.ingestion.simulation.journal import Rows
from orchestration.ingestion.simulation.latent import DRIVERS, TENURE_EFFECT
from orchestration.ingestion.simulation.timeline import DAY
from orchestration.settings import PROJECT_ROOT, Settings
from tests.unit.simulation.lives import DEVELOPMENT, Life, lived
from tests.unit.simulation.raw_company import digest

AGES = 10**11
"""More seconds than there are since 1970: a customer's instants lie apart from the next one's."""


def _notices(life: Life) -> np.ndarray:
    """When who gave notice or was given up: customer × AGES + instant, sorted."""
    rows = life.chronicle.journal.read("subscription")
    clicked = rows["leaving"] & (rows["status"] == ACTIVE)
    marked = rows["status"] == UNPAID
    unpaid = dict(zip(rows["subscription"][marked], rows["at"][marked], strict=True))
    ends = (rows["status"] == CANCELED) & (rows["reason"] == REASONS.index("payment_failure"))
    given_up = [
        unpaid.get(subscription, at)
        for subscription, at in zip(rows["subscription"][ends], rows["at"][ends], strict=True)
    ]
    who = np.r_[rows["customer"][clicked], rows["customer"][ends]]
    when = np.r_[rows["canceled_at"][clicked], np.array(given_up, dtype=np.int64)]
    return np.sort(who * AGES + when)


def _left(notices: np.ndarray, risk: Rows, days: int) -> np.ndarray:
    """Who at risk left within so many days of the week's start."""
    start = risk["customer"] * AGES + risk["week_start"]
    return np.searchsorted(notices, start + days * DAY) > np.searchsorted(notices, start)


@pytest.fixture(scope="module")
def notices(large: Life) -> np.ndarray:
    return _notices(large)


def test_weekly_hazards(large: Life, notices: np.ndarray) -> None:
    risks = large.chronicle.risks[8:-1]
    expected = sum(float((risk["voluntary"] + risk["involuntary"]).sum()) for risk in risks)
    observed = sum(int(_left(notices, risk, 7).sum()) for risk in risks)
    assert observed > 300
    assert 0.9 < observed / expected < 1.1


@pytest.mark.parametrize("days", [30, 90])
def test_probabilities_over_a_horizon_are_calibrated_at_every_level(days: int) -> None:
    """Windows do not overlap, so that counts are as random as they look."""
    weeks = -(-days // 7)
    probability, left = [], []
    for config in DEVELOPMENT:
        life = lived(config)
        times = _notices(life)
        for risk in life.chronicle.risks[20 : life.timeline.weeks - weeks : weeks]:
            probability.append(risk[f"p_{days}d"])
            left.append(_left(times, risk, days))
    p, y = np.concatenate(probability), np.concatenate(left)
    assert abs(y.sum() / p.sum() - 1) < 0.1
    # Halves and tenths of the customers, from the safest to those most at risk.
    parts = np.split(np.argsort(p), [int(share * len(p)) for share in (0.5, 0.7, 0.8, 0.9, 0.95)])
    for part in parts:
        expected = float(p[part].sum())
        assert abs(int(y[part].sum()) - expected) < 0.15 * expected + 3.5 * np.sqrt(expected)


def test_the_truth_moves_with_the_contract(large: Life) -> None:
    """Who cannot leave within the horizon can only be lost to a failed payment."""
    for week in range(60, 150, 15):
        risk = large.chronicle.risks[week]
        bound = ~risk["can_leave_90d"]
        assert 0.2 < bound.mean() < 0.5
        assert risk["p_90d"][bound].mean() < 0.2 * risk["p_90d"][~bound].mean()
        assert (risk["can_leave_90d"] | ~risk["can_leave_30d"]).all()
        monthly = large.chronicle.annual_plan[week][risk["customer"]] % 2 == 0
        assert not (monthly & bound).any()


def test_drivers_add_up_to_the_hazard(large: Life) -> None:
    """Two monthly starters of one age differ by the sum of their drivers and nothing else."""
    life, week = large.chronicle, 120
    risk = life.risks[week]
    who = risk["customer"]
    first = life.population.arrival[who]
    same = (
        (life.annual_plan[week][who] == 0)
        & (risk["voluntary"] > 0)
        & ~life.population.on_trial[who]
    )
    tenure = np.log1p((risk["week_start"] - first) / 7 / DAY / 26)
    total = np.log(-np.log1p(-risk["voluntary"][same]))
    rest = total - risk["contributions"][same].sum(axis=1) + TENURE_EFFECT * tenure[same]
    # Those who are billed this week are asked a little less often.
    assert np.median(np.abs(rest - np.median(rest))) < 1e-5


def test_payments_that_may_be_lost_add_to_the_hazard_of_who_owes_or_pays_badly(large: Life) -> None:
    """Beside a customer of the same plan who owes nothing and pays like most."""
    people = large.chronicle.population
    for week in range(60, 150, 15):
        risk = large.chronicle.risks[week]
        adds, who = risk["adds_by_payments"], risk["customer"]
        assert np.isfinite(adds).all()
        given_up = risk["involuntary"] > 0
        assert (adds[given_up] > 0.5).all()
        assert adds[people.pays_by_invoice[who]] == pytest.approx(0, abs=1e-9)
        monthly = (large.chronicle.annual_plan[week][who] % 2 == 0) & ~people.pays_by_invoice[who]
        risky, safe = people.payment_risk[who] > 1, people.payment_risk[who] < -1
        assert (adds[monthly & risky] >= 0).all()
        assert adds[monthly & risky].mean() > 0.1
        assert (adds[monthly & safe & ~given_up] < 0).mean() > 0.9


def test_the_true_driver_is_what_adds_most(folder: Path) -> None:
    adds = ", ".join(f"adds_{driver}" for driver in DRIVERS)
    found = duckdb.sql(
        f"select count(*), count_if(true_driver = 'commercial'), "
        f"count_if(true_driver is null), count_if((true_driver is null) <> (greatest({adds}) <= 0.1)), "
        f"count_if(list_extract([{adds}], list_position({list(DRIVERS)}, true_driver)) < greatest({adds})) "
        f"from read_parquet('{folder}/truth/hazards.parquet')"
    ).fetchone()
    assert found is not None
    assert found[0] > found[2] > 0
    assert 0.03 < found[1] / (found[0] - found[2]) < 0.25
    assert found[3:] == (0, 0)


def test_annual_contracts_cannot_leave_outside_the_window(large: Life) -> None:
    for week, risk in enumerate(large.chronicle.risks[60:150:10], start=60):
        annual = large.chronicle.annual_plan[week][risk["customer"]] % 2 == 1
        assert (risk["voluntary"][annual] == 0).mean() > 0.7


def test_annual_contracts_leave_only_at_renewal(large: Life) -> None:
    rows = large.chronicle.journal.read("subscription")
    year = rows["period_end"] - rows["period_start"] > 300 * DAY
    choice = ~np.isin(rows["reason"], [REASONS.index(r) for r in ("payment_failure", "migration")])
    left = (rows["status"] == CANCELED) & year & choice
    assert left.sum() >= 10
    assert (rows["ended_at"][left] == rows["period_end"][left]).all()
    assert (rows["ended_at"][left] - rows["canceled_at"][left]).max() > 20 * DAY


def test_the_side_file_covers_who_pays_and_no_mapping_names_it(folder: Path) -> None:
    row = duckdb.sql(
        f"select count(*), count(distinct (customer_id, week_start)), min(hazard), max(hazard), "
        f"min(p_churn_90d - p_churn_30d), count(distinct true_driver), bool_or(customer_id = 'cus_000000') "
        f"from read_parquet('{folder}/truth/hazards.parquet')"
    ).fetchone()
    assert row is not None
    assert row[0] == row[1] > 10_000
    assert row[2] >= 0
    assert row[3] <= 1
    assert row[4] > -0.05
    assert row[5] == 7
    assert row[6] is False
    assert "truth" not in (folder / "mapping.yml").read_text()


def test_no_step_of_the_pipeline_names_the_side_file() -> None:
    """Code, models and mappings outside the simulation, tests and what is made from them apart."""
    found = [
        path
        for part in ("orchestration", "data_quality", "dbt_project")
        for path in (PROJECT_ROOT / part).rglob("*")
        if path.suffix in {".py", ".sql", ".yml", ".yaml"}
        and "simulation" not in path.parts
        and not {"target", "logs", "dbt_packages"} & set(path.parts)
        and any(
            word in path.read_text(encoding="utf-8")
            for word in ("truth/", "hazards.parquet", "p_churn_")
        )
    ]
    assert found == []


def test_the_landing_is_the_same_without_the_side_file(tmp_path: Path) -> None:
    config = SimulationConfig(seed=3, customers=60, months=6, events=2000)
    with_truth = simulate(config, tmp_path / "with").directory
    shutil.copytree(with_truth, tmp_path / "without")
    shutil.rmtree(tmp_path / "without" / "truth")
    landed = []
    for name in ("with", "without"):
        settings = Settings(data_dir=tmp_path / f"data_{name}", threads=1)
        mapping = load_mapping(tmp_path / name / "mapping.yml")
        assert ingest(mapping, settings, datetime(2024, 1, 1)).is_ok  # noqa: DTZ001
        files = digest(settings.landing_dir)
        landed.append({k: v for k, v in files.items() if k.endswith(".parquet")})
    assert len(landed[0]) > 20
    assert landed[0] == landed[1]
