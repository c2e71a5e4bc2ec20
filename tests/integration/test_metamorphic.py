"""What may be done to a company's raw data without changing its metrics, or changing them by a factor.

Random companies are told in ten ways, each as a source of its own, in one build (metrics.md, section 13).
What happens to their rows is in `retold.py` and `reshaped.py`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from orchestration.settings import DBT_PROJECT_DIR
from tests.building.dbt_slot import Warehouse
from tests.integration import reshaped, retold
from tests.oracle.marts import build
from tests.oracle.policies import policy_of
from tests.oracle.raw_rows import Company
from tests.oracle.running import generate

pytestmark = pytest.mark.slow

BATCH = 0
COMPANIES = 24
# Way of telling: the base that it is told of, how, and the factor of all amounts.
DRAWN: dict[str, retold.Telling] = {
    "mixed": retold.shuffled_and_doubled,
    "later": retold.with_later_data,
}
EXACT: dict[str, retold.Telling] = {
    "split": reshaped.in_two_subscriptions,
    "pieces": reshaped.in_single_pieces,
    "scaled": retold.scaled,
    "yearly": reshaped.switching_to_yearly,
    "merged": retold.merged,
    "mixture": retold.shuffled_and_doubled,
}
FACTORS = {"scaled": 7, "francs": 3}
# Which of several subscriptions gives the reason of a churn depends on how large each of them is.
REASONS = {
    "churn_type", "churn_reason", "voluntarily_lost_customers_count", "voluntary_logo_churn_rate",
    "involuntarily_lost_customers_count", "involuntary_logo_churn_rate",
}  # fmt: skip
WITHOUT_REASONS = {"split", "pieces", "francs"}
NAMES = {"customer_id", "segment_value", "source_id", "customer"}
PLAIN = {**dict.fromkeys(DRAWN, "drawn"), **dict.fromkeys(EXACT, "exact"), "francs": "euros"}

QUERIES = {
    "movements": "select * from marts.fct_mrr_movements",
    "events": "select * from marts.fct_mrr_changes",
    "customers": (
        "select customer_id, first_paid_at, is_paying, is_paused, mrr_amount from marts.dim_customers"
        " where first_paid_at is not null"
    ),
    "roll-forward": "select * from marts.fct_mrr_roll_forward where segment_name = 'industry'",
    "retention": "select * from marts.fct_retention where segment_name = 'industry'",
}


@pytest.fixture(scope="module")
def warehouse(dbt_slot: Any, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    batch = generate(BATCH, COMPANIES)
    policy = batch.policy
    companies: list[Company] = []
    for drawn in batch.companies:
        exact = retold.exact(drawn, policy)
        companies += [
            retold.told(drawn, "drawn", retold.as_it_is, policy),
            retold.told(exact, "exact", retold.as_it_is, policy),
            *(retold.told(drawn, name, tell, policy) for name, tell in DRAWN.items()),
            *(retold.told(exact, name, tell, policy) for name, tell in EXACT.items()),
            retold.told(exact, "euros", retold.all_in("EUR"), policy),
            retold.told(exact, "francs", retold.all_in("CHF"), policy),
        ]
    rates = retold.rates_with_francs(batch.rates, FACTORS["francs"])
    # All marts, since every identity is held against these companies too.
    told = [*companies, rates]
    return build(dbt_slot, tmp_path_factory.mktemp("retold"), told, policy, ["path:models/marts"])


@pytest.fixture(scope="module")
def published(warehouse: Warehouse) -> dict[str, dict[str, list[dict[str, Any]]]]:
    """Rows by way of telling and query; each row says which company it is of."""
    found: dict[str, dict[str, list[dict[str, Any]]]] = defaultdict(lambda: defaultdict(list))
    for query, sql in QUERIES.items():
        for row in warehouse.rows(sql):
            source, _, rest = str(row.get("customer_id") or row["segment_value"]).partition(":")
            company, _, way = source.rpartition("_")
            found[way][query].append({**row, "customer": (company, rest)})
    return found


def cells(rows: list[dict[str, Any]], factor: int, without: set[str]) -> list[tuple[Any, ...]]:
    """Rows in a fixed order, without names of the telling, amounts times the factor."""
    return sorted(
        (
            tuple(row["customer"]),
            *(
                str(value * factor if column.endswith("_amount") and value is not None else value)
                for column, value in row.items()
                if column not in NAMES | without
            ),
        )
        for row in rows
    )


def test_the_companies_have_every_movement(
    published: dict[str, dict[str, list[dict[str, Any]]]],
) -> None:
    everything = {
        "new", "reactivation", "expansion", "contraction", "churn", "pause", "resume", "fx",
    }  # fmt: skip
    for way in ("drawn", "exact"):
        assert {row["movement_type"] for row in published[way]["movements"]} == everything
    rates = {row["net_revenue_retention_ratio"] for row in published["exact"]["retention"]}
    assert len(rates - {None, Decimal(0), Decimal(1)}) > 10


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("way", PLAIN)
def test_it_does_not_matter_how_it_is_told(
    published: dict[str, dict[str, list[dict[str, Any]]]], way: str, query: str
) -> None:
    without = REASONS if way in WITHOUT_REASONS else set()
    expected = cells(published[PLAIN[way]][query], FACTORS.get(way, 1), without)
    assert expected
    assert list(differences(expected, cells(published[way][query], 1, without))) == []


def differences(
    expected: list[tuple[Any, ...]], found: list[tuple[Any, ...]]
) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """A few rows that only one of the two has."""
    yield from (("missing", row) for row in sorted({*expected} - {*found})[:4])
    yield from (("unexpected", row) for row in sorted({*found} - {*expected})[:4])


def test_every_identity_holds_on_random_companies(dbt_slot: Any, warehouse: Warehouse) -> None:
    policy = policy_of(BATCH).variables()
    results = dbt_slot.test(warehouse, "path:tests/identities", policy=policy).results
    assert {path.stem for path in (DBT_PROJECT_DIR / "tests/identities").glob("*.sql")} == set(
        results
    )
    assert {name: r["message"] for name, r in results.items() if r["status"] != "pass"} == {}
