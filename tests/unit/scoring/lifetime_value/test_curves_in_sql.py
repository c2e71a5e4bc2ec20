"""Curves that SQL multiplies by summing logarithms are those of Python, to nine digits."""

from __future__ import annotations

import re

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import Environment, FileSystemLoader

from orchestration.scoring.lifetime_value import shifted_beta_geometric
from orchestration.scoring.lifetime_value.kaplan_meier import survive
from orchestration.settings import DBT_PROJECT_DIR

SURVIVED = DBT_PROJECT_DIR / "models/intermediate/onboarding/int_time_to_value_survived.sql"
MACROS = DBT_PROJECT_DIR / "macros" / "engine"
OF_ONE_COHORT = "'month' as grain, 'all' as segment_name, 'all' as segment_value, 0 as period_start"

# Of those watched on a day: how many left, and how many were last seen on it.
days = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), min_size=1, max_size=90)


def survival_of_the_model() -> str:
    """The end of the model, compiled: from customers at risk on each day to the share that is left after it."""
    model = re.split(r"\n\)\n\nselect", SURVIVED.read_text(encoding="utf-8"))
    macros = "{% from 'types.sql' import money %}"
    environment = Environment(loader=FileSystemLoader(MACROS), autoescape=False)
    return environment.from_string(macros + "select" + model[-1]).render()


MODEL = survival_of_the_model()


@settings(deadline=None, max_examples=60)
@given(days)
def test_kaplan_meier_of_the_model_is_that_of_python(counted: list[tuple[int, int]]) -> None:
    left, unwatched = np.array(counted).T
    at_risk = (left + unwatched)[::-1].cumsum()[::-1]
    there = pd.DataFrame(
        {"observed_days": np.arange(len(left)), "at_risk_count": at_risk, "valued_count": left}
    )
    with duckdb.connect() as connection:
        connection.register("there", there)
        rows = connection.execute(
            f"with at_risk as (select *, {OF_ONE_COHORT} from there where at_risk_count > 0) "
            f"select cast(not_yet_rate as double) from ({MODEL}) order by observed_days"
        ).fetchnumpy()
    survival = survive(at_risk.astype(float), left.astype(float)).survival
    (rates,) = rows.values()
    assert rates == pytest.approx(survival[at_risk > 0], abs=1e-9)


@settings(deadline=None, max_examples=60)
@given(st.floats(1e-4, 1e5), st.floats(1e-4, 1e5), st.integers(1, 120))
def test_projected_retention_is_that_of_python(alpha: float, beta: float, periods: int) -> None:
    with duckdb.connect() as connection:
        projected = connection.execute(
            """
            select exp(sum(ln((b + k - 1) / (a + b + k - 1))) over (order by k)) as survival
            from (select cast(? as double) as a, cast(? as double) as b, unnest(generate_series(1, ?)) as k)
            order by k
            """,
            [alpha, beta, periods],
        ).fetchnumpy()["survival"]
    curve = shifted_beta_geometric.Retention(np.array(alpha), np.array(beta), np.array(0.0))
    renewed = curve.renewal_rates(np.arange(1.0, periods + 1))
    assert projected == pytest.approx(np.cumprod(renewed), abs=1e-9)
