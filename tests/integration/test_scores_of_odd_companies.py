"""The scores step on companies that lack something: it says what, and makes nothing up.

All are built together, and each is then scored in a warehouse that holds nothing of the others. Everything is
landed in one load, so it is history: known as of its own time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.scoring.lifetime_value.seeds import SEED as VALUATION_SEED
from orchestration.scoring.warehouse.churn import ChurnSummary, score_churn
from orchestration.scoring.warehouse.churn_tables import MODEL, PROBABILITY
from orchestration.scoring.warehouse.health_card import (
    INPUTS,
    SEEDS,
    ScoringSummary,
    score_warehouse,
)
from orchestration.scoring.warehouse.lifetime_value import (
    MARGINS,
    MONTHS,
    NO_MARGIN,
    TERMS,
    TO_DATE,
    ValuationSummary,
)
from orchestration.scoring.warehouse.lifetime_value_tables import CUSTOMERS, SEGMENTS
from orchestration.scoring.warehouse.past_quarters import SNAPSHOTS
from orchestration.scoring.warehouse.tables import POINTS_LOST, SCORES
from orchestration.scoring.warehouse.valuation import value_warehouse
from tests.building.dbt_slot import DbtSlot, Warehouse
from tests.building.landing_writer import Delivery, Row, write_landing

pytestmark = pytest.mark.slow

AS_OF = datetime.fromisoformat("2025-07-01")
POLICY = {"as_of": str(AS_OF), "known_at": str(AS_OF)}
BUILT = (
    *SEEDS,
    "+int_churn_snapshots", "+int_health_card_inputs", "+int_customer_months_survived",
    "+int_customer_terms_dated", "+fct_lifetime_value", "+fct_customer_lifetime_value",
    VALUATION_SEED,
)  # fmt: skip


def paying(
    customer: str, start: str, end: str = "", interval: str = "month", cents: int = 5000
) -> Row:
    return {
        "subscription_id": customer, "customer_id": customer, "start_at": start, "end_at": end, "plan_name": "Plain",
        "currency_code": "USD", "amount_minor": cents, "billing_interval": interval, "quantity": 2,
    }  # fmt: skip


def used(customer: str, number: int, at: str) -> Row:
    return {
        "event_id": f"{customer}{number}", "event_name": "report_created", "user_id": f"user of {customer}",
        "customer_id": customer, "feature_name": ("reports", "exports")[number % 2], "occurred_at": at,
    }  # fmt: skip


def year_after(day: str) -> str:
    return str(int(day[:4]) + 1) + day[4:]


def days_before(days: int) -> str:
    return str((AS_OF - timedelta(days=days)).date())


def use_of(customer: str, weeks: int) -> list[Row]:
    """One event a week, until the day before the run."""
    return [used(customer, week, days_before(7 * week + 1)) for week in range(weeks)]


MONTHLY = {f"m{n:02}": (days_before(40 + 13 * n), days_before(9 * n + 5)) for n in range(48)}
ANNUAL = {f"a{n:02}": days_before(40 + 28 * n) for n in range(24)}
COMPANIES: dict[str, dict[str, list[Row]]] = {
    # Every fourth customer has left, after a month or more.
    "monthly": {
        "billing_subscription_periods": [
            paying(customer, start, end if n % 4 == 0 and n > 9 else "")
            for n, (customer, (start, end)) in enumerate(MONTHLY.items())
        ],
        "usage_events": [row for customer in MONTHLY for row in use_of(customer, 12)],
    },
    # Two of those whose first year is over did not renew.
    "annual": {
        "billing_subscription_periods": [
            paying(customer, start, year_after(start) if n in {15, 20} else "", "year", 60_000)
            for n, (customer, start) in enumerate(ANNUAL.items())
        ],
        "usage_events": [row for customer in ANNUAL for row in use_of(customer, 12)],
    },
    "plain": {
        "billing_subscription_periods": [
            paying(f"p{n}", days_before(100 + 50 * n)) for n in range(6)
        ],
    },
    "used": {"usage_events": [row for n in range(3) for row in use_of(f"u{n}", 12)]},
    "lone": {
        "billing_subscription_periods": [paying("only", days_before(200))],
        "usage_events": use_of("only", 20),
    },
    # The last of them three weeks ago, a day after a snapshot.
    "left": {
        "billing_subscription_periods": [
            paying(f"l{n}", days_before(400), days_before(20 + 10 * n)) for n in range(8)
        ],
        "usage_events": [row for n in range(8) for row in use_of(f"l{n}", 40)[12:]],
    },
    # Longer ago than the weeks that the card looks back on.
    "gone": {
        "billing_subscription_periods": [
            paying(f"g{n}", days_before(400), days_before(160 + 10 * n)) for n in range(8)
        ],
        "usage_events": [row for n in range(8) for row in use_of(f"g{n}", 50)[35:]],
    },
}


@dataclass(frozen=True)
class Scored:
    """A company's own warehouse after the scores step, and what each part of the step said."""

    warehouse: Warehouse
    card: ScoringSummary
    churn: ChurnSummary
    valued: ValuationSummary

    def rows(self, table: str) -> list[dict[str, Any]]:
        """Rows of the run's own day, not of weeks and months before it."""
        return self.warehouse.rows(
            f"from scores.{table} where as_of_date = ? order by all", [AS_OF.date()]
        )


@pytest.fixture(scope="module")
def together(dbt_slot: DbtSlot, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    deliveries = [
        Delivery(source, name, tuple(rows), str(AS_OF), f"{source}_{name}")
        for source, objects in COMPANIES.items()
        for name, rows in objects.items()
    ]
    landing = write_landing(tmp_path_factory.mktemp("odd") / "landing", deliveries)
    return dbt_slot.build(landing, select=BUILT, policy=POLICY)


@pytest.fixture(scope="module")
def scored(together: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Scored]:
    found = {}
    for source in COMPANIES:
        path = tmp_path_factory.mktemp(source) / "tenure.duckdb"
        _part_of(together, source, path)
        found[source] = Scored(
            Warehouse(path),
            score_warehouse(path, AS_OF),
            score_churn(path, as_of=AS_OF),
            value_warehouse(path, as_of=AS_OF),
        )
    return found


def _part_of(together: Warehouse, source: str, path: Path) -> None:
    """A warehouse of what the scores step reads, with the rows of one source."""
    of_source = dict.fromkeys((INPUTS, SNAPSHOTS, MONTHS, TERMS, TO_DATE), f"where starts_with(customer_id, '{source}:')")  # fmt: skip
    seeds = [f"reference.{seed}" for seed in (*SEEDS, VALUATION_SEED)]
    with duckdb.connect(str(path)) as connection:
        connection.execute(f"attach '{together.path}' as together (read_only)")
        for schema in ("intermediate", "marts", "reference"):
            connection.execute(f"create schema {schema}")
        for table in [*of_source, MARGINS, *seeds]:
            connection.execute(
                f"create table {table} as from together.{table} {of_source.get(table, '')}"
            )


def test_usage_alone_scores_nobody(scored: dict[str, Scored]) -> None:
    """Whom billing does not know is no customer."""
    _nothing_is_said(scored["used"])


def test_who_left_long_ago_is_not_scored(scored: dict[str, Scored]) -> None:
    _nothing_is_said(scored["gone"])


def test_who_has_just_left_was_scored_before_only(scored: dict[str, Scored]) -> None:
    """Weeks in which somebody was there are looked back on; of today there is nobody to speak of."""
    company = scored["left"]
    assert (company.card.customers, company.card.as_of_date) == (0, AS_OF.date())
    past = company.warehouse.rows("select distinct is_reconstructed from scores.fct_health_scores")
    assert past == [{"is_reconstructed": True}]
    assert company.churn == ChurnSummary(0, 0, "no snapshots")
    assert company.valued.valued_customers == 0
    for table in (POINTS_LOST, PROBABILITY, MODEL, CUSTOMERS, SEGMENTS):
        assert not company.warehouse.value(f"select count(*) from scores.{table}"), table


def _nothing_is_said(company: Scored) -> None:
    assert (company.card.customers, company.card.as_of_date) == (0, None)
    assert company.churn == ChurnSummary(0, 0, "no snapshots")
    assert company.valued.valued_customers == 0
    for table in (SCORES, POINTS_LOST, PROBABILITY, MODEL, CUSTOMERS, SEGMENTS):
        assert not company.warehouse.value(f"select count(*) from scores.{table}"), table


def test_billing_alone_is_too_little_for_a_score(scored: dict[str, Scored]) -> None:
    company = scored["plain"]
    assert company.card.insufficient_data == company.card.customers == 6
    for row in company.rows(SCORES):
        assert row["status"] == "insufficient data"
        assert row["coverage_rate"] < 0.5
        assert not any(
            row[name] for name in ("health_score", "health_band", "health_trend", "cap_reason")
        )
    points = company.rows(POINTS_LOST)
    assert {row["points_lost"] for row in points} == {None}
    # What was paid for is known, and nothing else.
    assert {row["source_name"] for row in points if row["missing_reason"] != "no source"} == {
        "subscriptions"
    }
    for row in company.rows(PROBABILITY):
        assert (row["churn_probability"], row["status"], row["conflict_flag"]) == (
            None,
            "withheld",
            False,
        )
        assert row["withheld_reason"]


def test_one_customer_says_nothing_of_chances(scored: dict[str, Scored]) -> None:
    company = scored["lone"]
    (score,) = company.rows(SCORES)
    # Nobody is lower or higher: the lowest tenth of one is nobody.
    assert (score["status"], score["health_band"]) == ("scored", "green")
    for row in company.rows(PROBABILITY):
        assert (row["churn_probability"], row["probability_lower"], row["churn_band"]) == (
            None,
            None,
            None,
        )
        assert row["withheld_reason"]
    models = company.rows(MODEL)
    assert [(row["rung"], row["training_churners"], row["is_published"]) for row in models] == [
        ("segment base rate", 0, False)
    ] * 2
    (valued,) = company.rows(CUSTOMERS)
    assert (valued["retention_source"], valued["is_spread_by_health"]) == (
        "of all customers",
        False,
    )


@pytest.mark.parametrize("source", ["plain", "lone", "annual", "monthly"])
def test_without_costs_there_is_revenue_and_no_value(
    scored: dict[str, Scored], source: str
) -> None:
    company = scored[source]
    rows = company.rows(CUSTOMERS)
    assert len(rows) == company.valued.valued_customers == company.card.customers
    assert company.valued.gross_margin is None
    for row in rows:
        assert row["status"] == NO_MARGIN
        assert row["residual_value_amount"] is None
        assert row["residual_value_lower"] is None
        assert row["residual_revenue_amount"] > row["mrr_amount"] == 100
    for row in company.rows(SEGMENTS):
        assert (row["residual_value_amount"], row["gross_margin_ratio"]) == (None, None)


@pytest.mark.parametrize("source", ["plain", "lone", "annual", "monthly"])
def test_few_departures_publish_no_probability(scored: dict[str, Scored], source: str) -> None:
    company = scored[source]
    rows = company.rows(PROBABILITY)
    assert len(rows) == 2 * company.card.customers
    for row in rows:
        assert row["churn_probability"] is None
        assert row["churn_logit"] is None
        assert row["withheld_reason"] in company.churn.verdicts
        assert row["reason_source"] == "card"


def test_annual_contracts_bind(scored: dict[str, Scored]) -> None:
    company = scored["annual"]
    assert {row["term_months"] for row in company.rows(CUSTOMERS)} == {12}
    inputs = company.warehouse.rows(
        f"select customer_id, period_end_days from {INPUTS} where as_of_date = ?", [AS_OF.date()]
    )
    ends = {row["customer_id"]: row["period_end_days"] for row in inputs}
    for row in company.rows(PROBABILITY):
        # Notice is given up to sixty days ahead of the end.
        assert row["can_leave"] == (ends[row["customer_id"]] <= row["horizon_days"] + 60)
    assert {row["term_kind"] for row in company.rows(SEGMENTS)} == {"all", "long"}


def test_who_pays_by_the_month_can_leave_at_once(scored: dict[str, Scored]) -> None:
    company = scored["monthly"]
    assert {row["can_leave"] for row in company.rows(PROBABILITY)} == {True}
    assert {row["profile"] for row in company.rows(SCORES)} <= {"onboarding", "established"}
    assert {row["term_kind"] for row in company.rows(SEGMENTS)} == {"all", "short"}
    assert all(0 < row["survival_12_months_rate"] < 1 for row in company.rows(CUSTOMERS))
