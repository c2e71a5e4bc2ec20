"""The simulated company behaves like a subscription business: churn, retention, voice, start."""

from __future__ import annotations

import duckdb
import numpy as np
import pytest

from tests.unit.simulation.conftest import Life


def _monthly_hazard(life: Life, plan: int, *, involuntary: bool) -> float:
    risks = life.chronicle.risks
    events = weeks = 0.0
    for week, risk in enumerate(risks):
        mine = life.chronicle.annual_plan[week][risk["customer"]] // 2 == plan
        hazard = risk["voluntary"] + (risk["involuntary"] if involuntary else 0.0)
        events, weeks = events + float(hazard[mine].sum()), weeks + int(mine.sum())
    return events / weeks * 30.4375 / 7


def test_starters_leave_at_about_four_percent_a_month_and_larger_plans_less(large: Life) -> None:
    by_plan = [_monthly_hazard(large, plan, involuntary=True) for plan in range(4)]
    assert 0.035 < by_plan[0] < 0.052
    assert by_plan == sorted(by_plan, reverse=True)
    assert by_plan[3] < 0.012


def test_churn_falls_with_tenure(large: Life) -> None:
    """Only the hazard's own effect of tenure would do; survivors being fitter adds to it."""
    arrival = large.chronicle.population.arrival
    young: list[float] = []
    old: list[float] = []
    for risk in large.chronicle.risks:
        age = (risk["week_start"] - arrival[risk["customer"]]) / 86_400
        young += list(risk["voluntary"][age < 180])
        old += list(risk["voluntary"][age > 540])
    assert np.mean(old) < 0.6 * np.mean(young)


def test_net_revenue_retention_is_about_102_percent(large: Life) -> None:
    mrr = large.chronicle.monthly_usd.astype(float)
    ratios, floors = [], []
    for week in range(91, 157, 13):
        before, after = mrr[week - 52], mrr[week]
        paying = before > 0
        ratios.append(after[paying].sum() / before[paying].sum())
        floors.append(np.minimum(before, after)[paying].sum() / before[paying].sum())
    assert 0.98 < np.mean(ratios) < 1.08
    assert 0.82 < np.mean(floors) < 0.95


def test_a_fifth_to_a_quarter_of_churn_is_involuntary(large: Life) -> None:
    voluntary = sum(float(risk["voluntary"].sum()) for risk in large.chronicle.risks)
    involuntary = sum(float(risk["involuntary"].sum()) for risk in large.chronicle.risks)
    assert 0.18 < involuntary / (voluntary + involuntary) < 0.28


def test_annual_terms_trials_pauses_and_returns(large: Life) -> None:
    life = large.chronicle
    last = len(life.monthly_usd) - 1
    paying = life.monthly_usd[last] > 0
    assert 0.11 < (life.annual_plan[last][paying] % 2).mean() < 0.20
    versions = life.journal.read("subscription")
    trials = life.population.on_trial.sum()
    lost = ((versions["status"] == 7) & (versions["reason"] == 2)).sum()
    assert 0.40 < 1 - lost / trials < 0.65
    paused_weeks = ((life.access_until == 0) & (life.monthly_usd == 0)).sum()
    assert paused_weeks > 0
    returned = len(np.unique(versions["customer"][versions["subscription"] % 64 > 0]))
    assert returned > 0.02 * life.population.size


@pytest.fixture(scope="module")
def nps(company: duckdb.DuckDBPyConnection) -> tuple[int, float, float]:
    row = company.execute(
        "with answers as (select distinct survey_send_id, cast(score as double) score "
        "from survey_responses where survey_id = 'svy_nps' and try_cast(score as double) is not null) "
        "select count(*), 100 * (avg((score >= 9)::int) - avg((score < 7)::int)), "
        "count(*) / (select count(distinct survey_send_id) from survey_sends where survey_id = 'svy_nps') "
        "from answers"
    ).fetchone()
    assert row is not None
    return int(row[0]), float(row[1]), float(row[2])


def test_nps_is_about_35_with_a_response_of_20_to_30_percent(nps: tuple[int, float, float]) -> None:
    answers, score, rate = nps
    assert answers > 300
    assert 25 < score < 45
    assert 0.20 < rate < 0.31


def test_about_37_percent_are_activated_within_30_days(company: duckdb.DuckDBPyConnection) -> None:
    row = company.execute(
        "with starts as (select customer_id, min(cast(start_at as timestamp)) s from "
        "billing_subscriptions where status not like 'incomplete%' group by all), "
        "reached as (select coalesce(v.customer_id, u.customer_id) customer_id, "
        "min(cast(v.occurred_at as timestamp)) r from usage_events v left join usage_users u "
        "using (user_id) where v.event_name = 'first_value_reached' group by all) "
        "select avg((r is not null and r < s + interval 30 day)::int) from starts "
        "left join reached using (customer_id) where s < timestamp '2024-11-01'"
    ).fetchone()
    assert row is not None
    assert 0.31 < row[0] < 0.43
