"""Which terms each rung of the ladder uses, and how far its coefficients may be expected from 0."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from orchestration.scoring.card.definition import CardDefinition
from orchestration.scoring.churn.design import (
    COMPONENT,
    CONTRACT,
    FLAG,
    HAT,
    LEVEL,
    LINE,
    LOST,
    METRIC,
    MISSING,
    PROFILE,
    WITHIN,
    Columns,
    Term,
    standardised,
)
from orchestration.scoring.churn.snapshots import Snapshots

RENEWAL_KNOTS = (0.0, 15.0, 30.0, 45.0, 60.0, 75.0, 90.0, 105.0, 120.0, 150.0, 180.0)
TENURE_KNOTS = (0.0, 90.0, 180.0, 365.0, 730.0, 1460.0)
DUNNING_KNOTS = (0.0, 7.0, 14.0, 21.0, 28.0)
# A level that fewer snapshots have teaches nothing that lasts.
MINIMUM_LEVEL_ROWS = 20
# What the data alone should decide; wide enough to be no opinion, narrow enough to end separation.
FREE = 3.0
# Whoever is bound hardly ever leaves, however bad its health: this effect may be large.
GATE = 10.0


def segment_terms() -> list[Term]:
    """Can leave or bound, short or long term."""
    return [
        Term(f"segment: {can}, {term}", CONTRACT, "segment", LEVEL, level=f"{can}, {term}")
        for can in ("can leave", "bound")
        for term in ("short term", "long term")
    ]


def lost_terms(components: Sequence[str]) -> list[Term]:
    """Points lost of each component; tied to one coefficient they are the card's score."""
    return [
        Term(f"{component} points lost", component, f"{LOST}{component}", LINE)
        for component in components
    ]


def gate_term() -> Term:
    """Whether the contract lets the customer leave within the horizon."""
    return Term("can leave", CONTRACT, "can_leave", FLAG, prior_deviation=GATE)


def contract_terms(deviation: float) -> list[Term]:
    """Contract state and tenure: also the model that a probability must beat to be published."""
    return [
        gate_term(),
        Term("long term", CONTRACT, "is_binding", FLAG, prior_deviation=deviation),
        *_hats("days to renewal", CONTRACT, "binding_days_left", RENEWAL_KNOTS, deviation),
        Term("renews by itself", CONTRACT, "auto_renews", FLAG, prior_deviation=deviation),
        Term("renewal unknown", CONTRACT, "auto_renews", MISSING, prior_deviation=deviation),
        *_hats("tenure", PROFILE, "tenure_days", TENURE_KNOTS, deviation),
    ]


def component_terms(components: Sequence[str], deviation: float) -> list[Term]:
    """Each component's score and, for rows without one, that it is missing."""
    return [
        term
        for component in components
        for term in (
            Term(component, component, component, COMPONENT, prior_deviation=deviation),
            Term(
                f"{component} missing", component, component, MISSING, prior_deviation=deviation / 2
            ),
        )
    ]


def metric_terms(card: CardDefinition, deviation: float) -> list[Term]:
    """Each metric of the card and, for rows without it, that it is missing.

    A value counts up to one width of its ramp beyond either end: the card stops at the ends, where the risk
    need not, and what lies further is noise.
    """
    terms = []
    for metric in card.metrics:
        width = metric.at_100 - metric.at_0
        low, high = sorted((metric.at_0 - width, metric.at_100 + width))
        column = f"{METRIC}{metric.name}"
        terms += [
            Term(
                metric.name,
                metric.component,
                column,
                WITHIN,
                knots=(low, metric.at_0, high),
                prior_deviation=deviation,
            ),
            Term(
                f"{metric.name} missing",
                metric.component,
                column,
                MISSING,
                prior_deviation=deviation / 2,
            ),
        ]
    return terms


def dunning_terms(deviation: float) -> list[Term]:
    """How long an invoice has been in dunning: its end within the horizon depends on it."""
    return _hats("days in dunning", "commercial", "open_dunning_days", DUNNING_KNOTS, deviation)


def level_terms(snapshots: Snapshots, column: str, driver: str, deviation: float) -> list[Term]:
    """Each frequent word of a column."""
    if column not in snapshots.frame.columns:
        return []
    counts = snapshots.frame[column].value_counts()
    levels = sorted(str(level) for level in counts[counts >= MINIMUM_LEVEL_ROWS].index)
    return [
        Term(f"{column}: {level}", driver, column, LEVEL, level=level, prior_deviation=deviation)
        for level in levels
    ]


def regression_terms(
    snapshots: Snapshots, horizon: int, contract: float, health: float, *, by_metric: bool = False
) -> list[Term]:
    """Contract state, plan, components (or their metrics) and dunning, standardised on the training rows.

    Args:
        snapshots: training rows.
        horizon: days.
        contract: prior deviation of what is not health, and of days in dunning.
        health: prior deviation of components or metrics: how far they may depart from the card.
        by_metric: metrics instead of components.
    """
    columns = Columns(snapshots, horizon)
    departures = (
        metric_terms(snapshots.card, health)
        if by_metric
        else component_terms(snapshots.components, health)
    )
    return standardised(
        [
            *contract_terms(contract),
            *level_terms(snapshots, "plan", PROFILE, contract),
            *departures,
            *dunning_terms(contract),
        ],
        columns,
    )


def _hats(
    name: str, driver: str, column: str, knots: Sequence[float], deviation: float
) -> list[Term]:
    around = [-np.inf, *knots, np.inf]
    middles = zip(pairwise(around[:-1]), around[2:], strict=True)
    return [
        Term(
            f"{name} at {knot:g}",
            driver,
            column,
            HAT,
            knots=(before, knot, after),
            prior_deviation=deviation,
        )
        for (before, knot), after in middles
    ]
