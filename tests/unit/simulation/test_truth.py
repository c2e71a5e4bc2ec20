"""The true hazards agree with what happened, week by week and over 30 and 90 days."""

from __future__ import annotations

from pathlib import Path

import duckdb
import numpy as np
import pytest

from orchestration.ingestion.simulation.book import ACTIVE, CANCELED, REASONS, UNPAID
from orchestration.ingestion.simulation.timeline import DAY, WEEK
from tests.unit.simulation.conftest import Life


@pytest.fixture(scope="module")
def notices(large: Life) -> dict[int, np.ndarray]:
    """When each customer gave notice or was given up."""
    rows = large.chronicle.journal.read("subscription")
    clicked = rows["leaving"] & (rows["status"] == ACTIVE)
    failed = rows["reason"] == REASONS.index("payment_failure")
    unpaid = dict(
        zip(
            *(rows[c][rows["status"] == UNPAID].tolist() for c in ("subscription", "at")),
            strict=True,
        )
    )
    ends = (rows["status"] == CANCELED) & failed
    given_up = [
        unpaid.get(s, at) for s, at in zip(rows["subscription"][ends].tolist(), rows["at"][ends].tolist(), strict=True)
    ]  # fmt: skip
    found: dict[int, set[int]] = {}
    for customer, at in [
        *zip(
            rows["customer"][clicked].tolist(), rows["canceled_at"][clicked].tolist(), strict=True
        ),
        *zip(rows["customer"][ends].tolist(), given_up, strict=True),
    ]:
        found.setdefault(customer, set()).add(at)
    return {customer: np.array(sorted(times)) for customer, times in found.items()}


def _observed_over_expected(
    large: Life, notices: dict[int, np.ndarray], column: str, days: int, every: int
) -> float:
    observed = expected = 0.0
    last = large.timeline.weeks - -(-days // 7)
    for risk in large.chronicle.risks[8:last:every]:
        hazard = risk[column] if column in risk else risk["voluntary"] + risk["involuntary"]
        expected += float(hazard.sum())
        for customer, start in zip(
            risk["customer"].tolist(), risk["week_start"].tolist(), strict=True
        ):
            times = notices.get(customer)
            if times is not None:
                observed += bool(((times >= start) & (times < start + days * DAY)).any())
    assert observed > 300
    return observed / expected


def test_weekly_hazards(large: Life, notices: dict[int, np.ndarray]) -> None:
    assert 0.9 < _observed_over_expected(large, notices, "hazard", WEEK // DAY, 1) < 1.1


@pytest.mark.parametrize("days", [30, 90])
def test_probabilities_over_a_horizon(
    large: Life, notices: dict[int, np.ndarray], days: int
) -> None:
    assert 0.88 < _observed_over_expected(large, notices, f"p_{days}d", days, 3) < 1.12


def test_the_probabilities_rank_and_are_calibrated_where_risk_is_high(
    large: Life, notices: dict[int, np.ndarray]
) -> None:
    shares, means = [], []
    for risk in large.chronicle.risks[8:-14:4]:
        high = (risk["p_90d"] > 0.3) & (risk["p_90d"] < 0.8)
        for customer, start, p in zip(
            risk["customer"][high].tolist(), risk["week_start"][high].tolist(),
            risk["p_90d"][high].tolist(), strict=True,
        ):  # fmt: skip
            times = notices.get(customer, np.array([]))
            shares.append(bool(((times >= start) & (times < start + 90 * DAY)).any()))
            means.append(p)
    assert np.mean(shares) == pytest.approx(np.mean(means), rel=0.2)


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
