"""Builds the current card from the rows of the seeds `health_cards`, `…_components`, `…_metrics`, `…_profiles`.

Belongs here: the seeds' columns. Not here: what makes a card valid (`definition.py`).
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from orchestration.scoring.card.definition import (
    CardDefinition,
    CardDefinitionError,
    CardRules,
    Metric,
    ProfileWeight,
)


def card_from_seeds(
    cards: pd.DataFrame, components: pd.DataFrame, metrics: pd.DataFrame, profiles: pd.DataFrame
) -> CardDefinition:
    """The card whose version `cards` marks as current.

    Raises:
        CardDefinitionError: no version or several are current, or the rows don't make a valid card.
    """
    current = cards[cards["is_current"].astype(bool)]
    if len(current) != 1:
        raise CardDefinitionError(
            "dbt_project/seeds/health_cards.csv must mark exactly one card_version as is_current; "
            f"it marks {len(current)}."
        )
    version = str(current["card_version"].iloc[0])
    return CardDefinition(
        version=version,
        components={row["component"]: float(row["weight"]) for row in _rows(components, version)},
        metrics=tuple(_metric(row) for row in _rows(metrics, version)),
        profile_weights=tuple(_profile_weight(row) for row in _rows(profiles, version)),
        rules=_rules(_rows(current, version)[0]),
    )


def _rows(seed: pd.DataFrame, version: str) -> list[dict[str, Any]]:
    chosen = seed[seed["card_version"] == version]
    return [{str(name): value for name, value in row.items()} for row in chosen.to_dict("records")]


def _metric(row: dict[str, Any]) -> Metric:
    return Metric(
        component=row["component"],
        name=row["metric"],
        source=row["source_name"],
        at_0=float(row["at_0"]),
        at_100=float(row["at_100"]),
        weight=float(row["weight"]),
        label=row["metric_label"],
    )


def _profile_weight(row: dict[str, Any]) -> ProfileWeight:
    return ProfileWeight(
        profile=row["profile"],
        component=row["component"],
        metric=None if pd.isna(row["metric"]) else row["metric"],
        weight=float(row["weight"]),
    )


def _rules(row: dict[str, Any]) -> CardRules:
    return CardRules(
        smoothing_weight=float(row["smoothing_weight"]),
        smoothing_snapshots=int(row["smoothing_snapshots"]),
        minimum_coverage_rate=float(row["minimum_coverage_rate"]),
        trend_dead_band_points=float(row["trend_dead_band_points"]),
        dunning_cap_days=int(row["dunning_cap_days"]),
        dunning_cap_score=float(row["dunning_cap_score"]),
        onboarding_profile_days=int(row["onboarding_profile_days"]),
        renewal_profile_days=int(row["renewal_profile_days"]),
        red_share=float(row["red_share"]),
        yellow_share=float(row["yellow_share"]),
    )
