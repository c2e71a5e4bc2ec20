"""Where the marts beside revenue disagree with the oracle: one pass over all companies of a build."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

from tests.building.dbt_slot import Warehouse
from tests.oracle import (
    adoption,
    engagement,
    lifetime_value,
    onboarding,
    published_metrics,
    stages_counted,
    support,
    voice,
)
from tests.oracle.comparing import table_differences
from tests.oracle.domains import Cells, Key, Told
from tests.oracle.marts import read
from tests.oracle.segment_rows import BESIDE, lifespan
from tests.oracle.standing import Calendar, gridded, together

# The row that follows from the sums of each mart that is summed in segments.
SUMMED: dict[str, Callable[[Mapping[str, int]], Cells]] = {
    "fct_nps": voice.nps,
    "fct_feature_adoption_breadth": adoption.breadth_row, "fct_seat_utilisation": adoption.seats_row,
    "fct_time_to_value": onboarding.value_row,
    "fct_support": support.total_row, "fct_activity_churn": engagement.churn_row,
}  # fmt: skip
# Columns that name a row of each of the others.
KEYS: dict[str, tuple[str, ...]] = {
    "fct_feature_adoption_by_customer": ("customer_id", "feature_name", "usage_month"),
    "fct_seat_utilisation_by_customer": ("customer_id", "grain", "period_start"),
    "fct_customer_lifetime_value": ("customer_id",),
    "fct_onboarding": ("customer_id",),
    "fct_lifecycle_stages": ("company_id", "stage_number"),
    "fct_referrals": ("referral_id",),
    "fct_support_tickets": ("source_id", "ticket_id"),
    "fct_cost_allocated": (
        "source_id",
        "cost_month",
        "cost_category",
        "allocation_key",
        "ledger_currency_code",
        "customer_id",
    ),
    "fct_customer_profitability": ("grain", "period_start", "customer_id"),
    "fct_survey_answers": ("source_id", "answer_origin", "answer_id"),
    "fct_account_sentiment": ("grain", "period_start", "customer_id"),
    "fct_survey_scores": ("grain", "period_start", "survey_type", "scale_code", "score"),
}
# Whether these have rows of 0 for a segment value in which nothing ever happened is not defined.
SPARSE = frozenset({"fct_active_users", "fct_lifetime_value"})
SEGMENT = ("grain", "period_start", "segment_name", "segment_value")


def differences(
    warehouse: Warehouse, calendar: Calendar, told: Mapping[str, Told], others: str
) -> dict[str, list[str]]:
    """Cells in which the two disagree, by company; `others` are those of no single company."""
    found: dict[str, list[str]] = defaultdict(list)
    by_mart: dict[str, dict[Key, Cells]] = {}
    for mart, row_of in SUMMED.items():
        sums = gridded(together(own.parts.get(mart, {}) for own in told.values()), calendar)
        beside = together(own.beside.get(mart, {}) for own in told.values())
        for key, cells in sums.items():
            cells.update(beside.get(key, {}))
        if mart == "fct_support":
            seats = gridded(
                together(own.parts["fct_seat_utilisation"] for own in told.values()), calendar
            )
            for key in sums.keys() & seats.keys():
                sums[key]["seats"] = seats[key]["seats"]
        by_mart[mart] = {key: row_of(cells) for key, cells in sums.items()}
        for key, line in _table(warehouse, mart, SEGMENT, by_mart[mart]):
            found[_segment(key, told) or others].append(line)
    for mart, (name, rows_of) in BESIDE.items():
        names = (*SEGMENT, *([name] if name else []))
        by_mart[mart] = rows_of(told, calendar)
        for key, line in _table(warehouse, mart, names, by_mart[mart]):
            company = _segment(key, told)
            if mart in SPARSE and key not in by_mart[mart] and key[2] != "all" and _is_empty(line):
                continue
            found[company or others].append(line)
    found[others] += published_metrics.differences(warehouse, by_mart)
    for mart, names in KEYS.items():
        rows: dict[Key, Cells] = {}
        for own in told.values():
            rows |= own.rows.get(mart, {})
        rows |= _summed(own.counts.get(mart, {}) for own in told.values())
        if mart == "fct_customer_lifetime_value":
            stays = lifespan(told, calendar)
            rows = {key: lifetime_value.with_lifespan(cells, stays) for key, cells in rows.items()}
        for key, line in _table(warehouse, mart, names, rows):
            found[_company(names, key, told) or others].append(line)
    found[others] += _cohorts(warehouse, told)
    lives = [own.life for own in told.values() if own.life]
    names = ("grain", "period_start", "stage_name")
    expected = stages_counted.conversions(lives, calendar)
    lines = _table(warehouse, "fct_lifecycle_conversions", names, expected)
    found[others] += [line for _, line in lines]
    return found


def _is_empty(line: str) -> bool:
    """Whether the row that only the marts have tells of nothing, or of no customer who ever paid."""
    if "arpa_amount=None, starting_customers_count=0, lost_customers_count=0" in line:
        return True
    cells = line.partition("marts  ")[2].split(", ")
    return all(
        cell.endswith(("=0", "=None")) or cell.startswith(("observed_days", "trailing_days"))
        for cell in cells
    )


def _cohorts(warehouse: Warehouse, told: Mapping[str, Told]) -> list[str]:
    """Cohorts of users; of ages that are not reached the marts tell as many as they like."""
    expected = adoption.cohorts([own.usage for own in told.values() if own.usage])
    names = ("cohort_month", "age_months")
    lines = _table(warehouse, "fct_user_cohort_retention", names, expected)
    return [line for key, line in lines if key in expected or "is_reached=False" not in line]


def _segment(key: Key, told: Mapping[str, Told]) -> str | None:
    """The company that a segment is: each is an industry of its own."""
    return key[3] if key[2] == "industry" and key[3] in told else None


def _summed(counts: Iterable[dict[Key, Counter[str]]]) -> dict[Key, Cells]:
    found: dict[Key, Counter[str]] = defaultdict(Counter)
    for own in counts:
        for key, cells in own.items():
            found[key].update(cells)
    names = {name for cells in found.values() for name in cells}
    return {key: {name: cells[name] for name in names} for key, cells in found.items()}


def _table(
    warehouse: Warehouse, mart: str, names: Sequence[str], expected: Mapping[Key, Cells]
) -> list[tuple[Key, str]]:
    """Each row in which a mart differs, of the columns that the oracle speaks of."""
    columns = list(next(iter(expected.values()), {}))
    rows = read(warehouse, f"select {', '.join([*names, *columns])} from marts.{mart}")
    actual: dict[Key, Cells] = {}
    for row in rows:
        actual[tuple(row.pop(name) for name in names)] = row
    found = []
    for key in sorted({*expected, *actual}, key=str):
        if expected.get(key) != actual.get(key):
            one = [{key: table[key]} if key in table else {} for table in (expected, actual)]
            found += [(key, line) for line in table_differences(mart, *one)]
    return found


def _company(names: Sequence[str], key: Key, told: Mapping[str, Told]) -> str | None:
    """The company that a row is of."""
    for name, value in zip(names, key, strict=True):
        if name in {"source_id", "customer_id", "company_id"} and value:
            company: str = value.partition(":")[0]
            return company if company in told else None
    return None


MARTS = (
    *SUMMED,
    *BESIDE,
    *KEYS,
    "fct_user_cohort_retention",
    "fct_lifecycle_conversions",
    "dim_metrics",
)
