"""Retention curves against published fits: Fader and Hardie's two segments, and a package's projections."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from orchestration.scoring.lifetime_value import beta_discrete_weibull, shifted_beta_geometric
from orchestration.scoring.lifetime_value.kaplan_meier import survive

pytestmark = pytest.mark.third_party

FITTED_YEARS = 7
PUBLISHED = {
    "high_end": (0.6681, 3.8061, -1611.16, 0.03),
    "regular": (0.7041, 1.1820, -1680.27, 0.02),
}
"""Alpha, beta, log-likelihood of 1,000 customers, and the largest mean error allowed in years 8 to 12."""


@pytest.fixture(scope="module")
def folder(third_party_data: Path) -> Path:
    return third_party_data / "sbg_fader_hardie"


def counts(folder: Path, segment: str, years: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    with (folder / "fader_hardie_2007_table1.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    alive = np.array([float(row[f"{segment}_pct_surviving"]) * 10 for row in rows])
    return alive[:years], alive[:years] - alive[1 : years + 1], alive / 1000


@pytest.mark.parametrize("segment", PUBLISHED)
def test_the_published_parameters_and_what_they_project(folder: Path, segment: str) -> None:
    alpha, beta, log_likelihood, largest_error = PUBLISHED[segment]
    at_risk, lost, surviving = counts(folder, segment, FITTED_YEARS)
    curve = shifted_beta_geometric.fit(at_risk, lost)
    assert float(curve.alpha) == pytest.approx(alpha, abs=1e-3)
    assert float(curve.beta) == pytest.approx(beta, abs=1e-3)
    assert float(curve.log_likelihood) == pytest.approx(log_likelihood, abs=1e-2)
    projected = np.cumprod(curve.renewal_rates(np.arange(1.0, 13.0)))
    errors = np.abs(projected[7:] / surviving[8:] - 1)
    assert errors.mean() <= largest_error


def test_several_cohorts_are_one_set_of_counts() -> None:
    """Fader and Hardie (2010): four cohorts, watched for four to one renewals."""
    cohorts = [
        [10000, 8000, 6480, 5307, 4391], [10000, 8000, 6480, 5307], [10000, 8000, 6480], [10000, 8000],
    ]  # fmt: skip
    at_risk, lost = np.zeros(4), np.zeros(4)
    for cohort in cohorts:
        alive = np.array(cohort, dtype=float)
        at_risk[: len(cohort) - 1] += alive[:-1]
        lost[: len(cohort) - 1] += alive[:-1] - alive[1:]
    curve = shifted_beta_geometric.fit(at_risk, lost)
    assert float(curve.alpha) == pytest.approx(3.80, abs=0.01)
    assert float(curve.beta) == pytest.approx(15.19, abs=0.01)


@pytest.mark.parametrize("model", ["sBG", "BdW"])
def test_the_projections_of_another_package(folder: Path, model: str) -> None:
    expected = json.loads((folder / "expected_retenmod.json").read_text(encoding="utf-8"))
    compared = 0
    for case in expected:
        if case["model"] != model:
            continue
        at_risk, lost, _ = counts(folder, case["segment"], case["calibration_years"])
        horizon = np.arange(1.0, len(case["proj"]))
        if model == "sBG":
            fitted = shifted_beta_geometric.fit(at_risk, lost)
            survival = np.cumprod(fitted.renewal_rates(horizon))
            likelihood = float(fitted.log_likelihood)
        else:
            weibull = beta_discrete_weibull.fit(at_risk, lost)
            if weibull is None:  # Too few years for this model here.
                continue
            survival, likelihood = weibull.survival(horizon), weibull.log_likelihood
        # Both maximise one likelihood; that package counts 100 customers where we count 1,000.
        assert -likelihood / 10 <= case["negLL_retenmod_scale100"] + 1e-3
        assert survival * 100 == pytest.approx(np.array(case["proj"][1:]), abs=0.35)
        compared += 1
    assert compared >= 2


def test_kaplan_meier_of_a_cohort_watched_to_the_end_is_its_share(folder: Path) -> None:
    at_risk, lost, surviving = counts(folder, "regular", 12)
    curve = survive(at_risk, lost)
    assert curve.survival == pytest.approx(surviving[1:13], abs=1e-9)
    # Without censoring Greenwood's error is the binomial one.
    assert curve.standard_error == pytest.approx(
        np.sqrt(surviving[1:13] * (1 - surviving[1:13]) / 1000), abs=1e-9
    )
