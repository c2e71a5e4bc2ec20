"""The simulated company behaves like a subscription business: churn, retention, voice, start."""

from __future__ import annotations

import duckdb
import numpy as np
import pytest

from orchestration.ingestion.simulation.streams import Streams
from orchestration.ingestion.simulation.support import open_tickets
from orchestration.ingestion.simulation.surveys import NPS, Answers
from orchestration.ingestion.simulation.users import recruit
from tests.unit.simulation.lives import DEVELOPMENT, Life, lived


@pytest.fixture(scope="module")
def lives() -> list[Life]:
    return [lived(config) for config in DEVELOPMENT]


def _monthly_hazard(lives: list[Life], plan: int) -> float:
    events = weeks = 0.0
    for life in lives:
        for week, risk in enumerate(life.chronicle.risks):
            mine = life.chronicle.annual_plan[week][risk["customer"]] // 2 == plan
            hazard = risk["voluntary"] + risk["involuntary"]
            events, weeks = events + float(hazard[mine].sum()), weeks + int(mine.sum())
    return events / weeks * 30.4375 / 7


def test_starters_leave_at_about_four_percent_a_month_and_larger_plans_less(
    lives: list[Life],
) -> None:
    by_plan = [_monthly_hazard(lives, plan) for plan in range(4)]
    assert 0.036 < by_plan[0] < 0.044
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


def test_net_revenue_retention_is_between_100_and_105_percent(lives: list[Life]) -> None:
    ratios, floors = [], []
    for life in lives:
        mrr = life.chronicle.monthly_usd.astype(float)
        for week in range(91, 157, 13):
            before, after = mrr[week - 52], mrr[week]
            paying = before > 0
            ratios.append(after[paying].sum() / before[paying].sum())
            floors.append(np.minimum(before, after)[paying].sum() / before[paying].sum())
    assert 1.00 < np.mean(ratios) < 1.05
    assert 0.82 < np.mean(floors) < 0.95


def test_a_fifth_to_a_quarter_of_churn_is_involuntary(lives: list[Life]) -> None:
    risks = [risk for life in lives for risk in life.chronicle.risks]
    voluntary = sum(float(risk["voluntary"].sum()) for risk in risks)
    involuntary = sum(float(risk["involuntary"].sum()) for risk in risks)
    assert 0.20 < involuntary / (voluntary + involuntary) < 0.25


def test_annual_terms_trials_pauses_and_returns(large: Life) -> None:
    life = large.chronicle
    last = len(life.monthly_usd) - 1
    paying = life.monthly_usd[last] > 0
    assert 0.40 < (life.annual_plan[last][paying] % 2).mean() < 0.52
    versions = life.journal.read("subscription")
    trials = life.population.on_trial.sum()
    lost = ((versions["status"] == 7) & (versions["reason"] == 2)).sum()
    assert 0.40 < 1 - lost / trials < 0.65
    paused_weeks = ((life.access_until == 0) & (life.monthly_usd == 0)).sum()
    assert paused_weeks > 0
    returned = len(np.unique(versions["customer"][versions["subscription"] % 64 > 0]))
    assert returned > 0.02 * life.population.size


def test_nps_is_about_35_with_a_response_of_20_to_30_percent(lives: list[Life]) -> None:
    for life in lives:
        chronicle, timeline, streams = life.chronicle, life.timeline, Streams(life.config.seed)
        users = recruit(chronicle, timeline, streams)
        tickets = open_tickets(chronicle, users, timeline, streams)
        answers = Answers(chronicle, users, tickets, timeline, streams)
        given = answers.answers[answers.survey[answers.answers] == NPS]
        score = answers.score[given]
        assert 30 < 100 * ((score >= 9).mean() - (score < 7).mean()) < 40
        assert 0.20 < len(given) / (answers.survey == NPS).sum() < 0.30


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
