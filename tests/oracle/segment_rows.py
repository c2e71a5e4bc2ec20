"""Marts of segments that follow from several sums, or have a column more in their key: what they should say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date

from tests.oracle import (
    adoption,
    costs,
    engagement,
    growth,
    lifetime_value,
    onboarding,
    stages_counted,
    voice,
)
from tests.oracle.calendar_periods import months_later
from tests.oracle.domains import Cells, Key, Told
from tests.oracle.standing import Calendar, gridded, together
from tests.oracle.surveys import KINDS
from tests.oracle.usage import NOTIONS


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


def _satisfaction(told: Mapping[str, Told], calendar: Calendar) -> dict[Key, Cells]:
    """The kinds of surveys side by side, each from its own first period on."""
    kinds = {
        kind: gridded(together(own.parts.get(kind, {}) for own in told.values()), calendar)
        for kind in KINDS[1:]
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
    whole = {
        notion: together(own.parts[f"{mart} {notion}"] for own in told.values())
        for notion in NOTIONS
    }
    firsts = sorted({key[:2] for parts in whole.values() for key in parts}, reverse=True)
    for notion, parts in whole.items() if began else ():
        if mart == "fct_user_lifecycle" and parts:
            # Life is told of from the first period on in which anybody was active under any notion.
            for first in {grain: (grain, start) for grain, start in firsts}.values():
                parts.setdefault((*first, "all", "all"), Counter())
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


def _stages(told: Mapping[str, Told], calendar: Calendar) -> dict[Key, Cells]:
    """Companies in each stage that any of them ever was in."""
    lives = [own.life for own in told.values() if own.life]
    known = {stage.name for life in lives for own in life.companies for stage in own.stages}
    sums = gridded(together(own.parts["fct_lifecycle_periods"] for own in told.values()), calendar)
    return {key: stages_counted.row_of(cells, known) for key, cells in sums.items()}


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


def _purchases(told: Mapping[str, Told], calendar: Calendar) -> dict[Key, Cells]:
    """What was bought, in periods of which the marts of revenue speak."""
    worth = _lifetime(told, calendar)
    billed = {key[:2] for key in worth}
    sums = gridded(together(own.parts["fct_purchases"] for own in told.values()), calendar)
    ends = {period[:2]: period[2] for own in calendar.periods.values() for period in own}
    return {
        key: lifetime_value.purchases_row(
            cells, (ends[key[:2]] - key[1]).days, worth.get(key, {}), calendar.policy
        )
        for key, cells in sums.items()
        if key[:2] in billed
    }


def lifespan(told: Mapping[str, Told], calendar: Calendar) -> int | None:
    """Days that a customer stays, by the last three complete months."""
    worth = _lifetime(told, calendar)
    policy = calendar.policy
    months = [
        key
        for key in worth
        if key[0] == "month" and key[2] == "all"
        and policy.start_of(months_later(key[1], 1)) <= policy.as_of
    ]  # fmt: skip
    last = max(months, key=lambda key: key[1], default=None)
    return lifetime_value.lifespan(worth[last] if last else {}, policy)


Rows = Callable[[Mapping[str, Told], Calendar], dict[Key, Cells]]
# Marts of segments that have a column more in their key, or follow from several sums.
BESIDE: dict[str, tuple[str | None, Rows]] = {
    "fct_satisfaction": (None, _satisfaction), "fct_active_users": ("activity_notion", _active),
    "fct_user_lifecycle": ("activity_notion", _life),
    "fct_feature_adoption": ("feature_name", _features),
    "fct_cost": (None, _costs), "fct_growth": (None, _growth), "fct_lifetime_value": (None, _lifetime),
    "fct_onboarding_funnel": ("milestone_name", _funnel), "fct_purchases": (None, _purchases),
    "fct_lifecycle_periods": (None, _stages),
}  # fmt: skip
