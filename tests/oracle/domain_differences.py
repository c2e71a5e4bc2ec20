"""Where the marts beside revenue disagree with the oracle: one pass over all companies of a build."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date

from tests.building.dbt_slot import Warehouse
from tests.oracle import (
    adoption,
    costs,
    engagement,
    growth,
    lifetime_value,
    onboarding,
    published_metrics,
    support,
    voice,
)
from tests.oracle.comparing import table_differences
from tests.oracle.domains import Cells, Key, Told
from tests.oracle.marts import read
from tests.oracle.standing import Calendar, gridded, together
from tests.oracle.usage import NOTIONS

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
        for key, line in _table(warehouse, mart, names, rows):
            found[_company(names, key, told) or others].append(line)
    if "fct_user_cohort_retention" in MARTS:
        found[others] += _cohorts(warehouse, told)
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


def _costs(told: Mapping[str, Told], calendar: Calendar) -> dict[Key, Cells]:
    """Costs of the periods in which anybody's ledger has anything."""
    parts = together(own.parts["fct_cost"] for own in told.values())
    retained = together(own.beside["fct_cost"] for own in told.values())
    booked = {key[:2] for key, cells in parts.items() if key[2] == "all" and cells["booked"]}
    for key, cells in retained.items():
        if key[:2] in booked:
            parts.setdefault(key, Counter()).update(cells)
    sums = gridded(parts, calendar)
    return {key: costs.total_row(cells) for key, cells in sums.items() if key[:2] in booked}


def _cohorts(warehouse: Warehouse, told: Mapping[str, Told]) -> list[str]:
    """Cohorts of users; of ages that are not reached the marts tell as many as they like."""
    expected = adoption.cohorts([own.usage for own in told.values() if own.usage])
    names = ("cohort_month", "age_months")
    lines = _table(warehouse, "fct_user_cohort_retention", names, expected)
    return [line for key, line in lines if key in expected or "is_reached=False" not in line]


def _satisfaction(told: Mapping[str, Told], calendar: Calendar) -> dict[Key, Cells]:
    """The kinds of surveys side by side, each from its own first period on."""
    kinds = {
        kind: gridded(together(own.parts.get(kind, {}) for own in told.values()), calendar)
        for kind in voice.KINDS[1:]
    }
    return {
        key: voice.satisfaction(
            sum((own.get(key, Counter()) for own in kinds.values()), Counter()),
            {kind for kind, own in kinds.items() if key in own},
        )
        for key in {key for own in kinds.values() for key in own}
    }


def _active(told: Mapping[str, Told], calendar: Calendar) -> dict[Key, Cells]:
    """Active users under each notion of being active, one below the other."""
    return _noted("fct_active_users", told, calendar)


def _life(told: Mapping[str, Told], calendar: Calendar) -> dict[Key, Cells]:
    """Where users are in their life, under each notion."""
    return _noted("fct_user_lifecycle", told, calendar)


def _noted(mart: str, told: Mapping[str, Told], calendar: Calendar) -> dict[Key, Cells]:
    """Rows of each notion of being active, one below the other."""
    found: dict[Key, Cells] = {}
    began = min((own.usage_began for own in told.values() if own.usage_began), default=None)
    for notion in NOTIONS if began else ():
        parts = together(own.parts[f"{mart} {notion}"] for own in told.values())
        sums = gridded(parts, calendar)
        rows = (
            engagement.active_rows(sums, calendar, began)
            if mart == "fct_active_users"
            else ((key, engagement.life_row(cells)) for key, cells in sums.items())
        )
        found |= {(*key, notion): row for key, row in rows}
    return found


def _features(told: Mapping[str, Told], calendar: Calendar) -> dict[Key, Cells]:
    """Each feature from its first use in a segment on, over who was active there."""
    active = together(own.parts["fct_feature_adoption"] for own in told.values())
    found: dict[Key, Cells] = {}
    for feature in sorted({feature for own in told.values() for feature in own.features}):
        used = together(own.features.get(feature, {}) for own in told.values())
        firsts: dict[Key, date] = {}
        for grain, start, *segment in used:
            place = (grain, *segment)
            firsts[place] = min(start, firsts.get(place, start))
        for place, first in firsts.items():
            for grain, start, _ in calendar.periods[place[0]]:
                key = (grain, start, *place[1:])
                if start >= first:
                    cells = Counter(used.get(key, Counter()))
                    cells.update(active.get(key, {}))
                    found[*key, feature] = adoption.feature_row(cells)
    return found


def _funnel(told: Mapping[str, Told], calendar: Calendar) -> dict[Key, Cells]:
    """Each milestone that any customer reached, over who started in each period."""
    found: dict[Key, Cells] = {}
    names = sorted({name for own in told.values() for name in own.funnel})
    steps = {name: together(own.funnel.get(name, {}) for own in told.values()) for name in names}
    # Periods begin with the first start of anybody, whatever was reached.
    firsts = {
        key[0]: key[1] for key in sorted({key[:2] for own in steps.values() for key in own})[::-1]
    }
    for name, parts in steps.items():
        for first in firsts.items():
            parts.setdefault((*first, "all", "all"), Counter())
        sums = gridded(parts, calendar)
        found |= {(*key, name): onboarding.funnel_row(cells) for key, cells in sums.items()}
    return found


def _growth(told: Mapping[str, Told], calendar: Calendar) -> dict[Key, Cells]:
    """Word of mouth from the first period on in which anybody was invited."""
    sums = gridded(together(own.parts["fct_growth"] for own in told.values()), calendar)
    began: dict[str, date] = {}
    for (grain, start, *_), cells in sums.items():
        if cells["invites"]:
            began[grain] = min(start, began.get(grain, start))
    return {
        key: growth.row_of(cells)
        for key, cells in sums.items()
        if key[0] in began and key[1] >= began[key[0]]
    }


def _lifetime(told: Mapping[str, Told], calendar: Calendar) -> dict[Key, Cells]:
    """What a customer is worth, wherever retention is told of."""
    # A period in which nobody's ledger has anything has no row of costs.
    sums, spent = (
        gridded(together(own.parts[mart] for own in told.values()), calendar)
        for mart in ("fct_lifetime_value", "fct_cost")
    )
    return lifetime_value.rows(sums, spent, calendar)


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
        if name in {"source_id", "customer_id"} and value:
            company: str = value.partition(":")[0]
            return company if company in told else None
    return None


Rows = Callable[[Mapping[str, Told], Calendar], dict[Key, Cells]]
# Marts of segments that have a column more in their key, or follow from several sums.
BESIDE: dict[str, tuple[str | None, Rows]] = {
    "fct_satisfaction": (None, _satisfaction), "fct_active_users": ("activity_notion", _active),
    "fct_user_lifecycle": ("activity_notion", _life),
    "fct_feature_adoption": ("feature_name", _features),
    "fct_cost": (None, _costs), "fct_growth": (None, _growth), "fct_lifetime_value": (None, _lifetime),
    "fct_onboarding_funnel": ("milestone_name", _funnel),
}  # fmt: skip
MARTS = (*SUMMED, *BESIDE, *KEYS, "fct_user_cohort_retention", "dim_metrics")
