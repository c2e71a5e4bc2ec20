"""Medians and p90 of time to value, computed anew with exact fractions from one row per customer.

The models sum logarithms of counts; here Kaplan-Meier's product is multiplied out as fractions, customer by customer,
for every cohort that has any, all together and by the industry that is a story's own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from tests.building.dbt_slot import Warehouse

GRAIN_MONTHS = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}
CUSTOMERS = """
select customer_id, source_id, started_date, observed_days, first_value_at is not null as is_there
from marts.fct_onboarding where started_at is not null and observed_days is not null
"""
PUBLISHED = """
select grain, period_start, segment_name, segment_value, median_time_to_value_days as median,
    p90_time_to_value_days as p90
from marts.fct_time_to_value
where segment_name in ('all', 'industry') and grain in ('month', 'quarter', 'half_year', 'year')
    and measured_customers_count > 0
"""
Times = list[tuple[int, bool]]


def quantile(times: Times, share: Fraction) -> int | None:
    """First day after which at least a share is there; None where it never comes to that."""
    not_there = Fraction(1)
    for day in sorted({days for days, is_there in times if is_there}):
        at_risk = sum(days >= day for days, _ in times)
        arrived = sum(days == day and is_there for days, is_there in times)
        not_there *= 1 - Fraction(arrived, at_risk)
        if not_there <= 1 - share:
            return day
    return None


def test_quantile_by_hand() -> None:
    """Two of four are exactly half; with one of them censored first, one of three is not."""
    half = [(4, True), (10, True), (300, False), (300, False)]
    assert quantile(half, Fraction(1, 2)) == 10
    assert quantile([(2, False), *half[1:]], Fraction(1, 2)) is None
    assert quantile([(3, True)], Fraction(9, 10)) == 3
    assert quantile([], Fraction(1, 2)) is None


@pytest.mark.slow
def test_every_cohort(golden: Callable[[dict[str, Any]], Warehouse]) -> None:
    cohorts: dict[tuple[str, date, str], Times] = defaultdict(list)
    for row in golden({}).rows(CUSTOMERS):
        started = row["started_date"]
        for grain, months in GRAIN_MONTHS.items():
            first = date(started.year, (started.month - 1) // months * months + 1, 1)
            for segment in ("all", row["source_id"]):
                cohorts[grain, first, segment].append((row["observed_days"], row["is_there"]))
    published = {
        (row["grain"], row["period_start"], row["segment_value"]): (row["median"], row["p90"])
        for row in golden({}).rows(PUBLISHED)
    }
    assert len(cohorts) > 40
    assert published == {
        key: (quantile(times, Fraction(1, 2)), quantile(times, Fraction(9, 10)))
        for key, times in cohorts.items()
    }
