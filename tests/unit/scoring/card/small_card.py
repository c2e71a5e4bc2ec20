"""A small card and frames of inputs for it, for tests to bend."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd

from orchestration.scoring.card.definition import CardDefinition, CardRules, Metric, ProfileWeight
from orchestration.scoring.card.seeds import card_from_seeds

SEEDS = Path(__file__).resolve().parents[4] / "dbt_project" / "seeds"
AS_OF = date(2025, 3, 31)

USE = Metric("usage", "use", "usage", at_0=0, at_100=10, weight=0.7)
TREND = Metric("usage", "trend", "usage", at_0=-1, at_100=1, weight=0.3)
NPS = Metric("sentiment", "nps", "survey", at_0=0, at_100=10, weight=1)
TICKETS = Metric("support", "tickets", "support", at_0=4, at_100=0, weight=1)


def small_card(**changes: Any) -> CardDefinition:
    """Usage half of the card, sentiment and support a quarter each; the trend is left out when young."""
    settings: dict[str, Any] = {
        "version": "test",
        "components": {"usage": 0.5, "sentiment": 0.25, "support": 0.25},
        "metrics": (USE, TREND, NPS, TICKETS),
        "profile_weights": (ProfileWeight("onboarding", "usage", "trend", 0),),
        "rules": CardRules(),
    }
    return CardDefinition(**(settings | changes))


def published_card() -> CardDefinition:
    """The card that the project's own seeds define."""
    names = ("health_cards", "health_components", "health_metrics", "health_profiles")
    return card_from_seeds(*(pd.read_csv(SEEDS / f"{name}.csv") for name in names))


def inputs(card: CardDefinition, *rows: dict[str, Any]) -> pd.DataFrame:
    """A frame of inputs; what a row does not say is: established, nothing open, nothing measured."""
    sources = sorted({metric.source for metric in card.metrics})
    blank: dict[str, Any] = {
        "customer_id": "acme:1",
        "as_of_date": pd.Timestamp(AS_OF),
        "tenure_days": 400,
        "renewal_days": None,
        "open_dunning_days": None,
    }
    blank |= {metric.name: None for metric in card.metrics}
    blank |= {f"has_{source}_source": True for source in sources}
    blank |= {f"{source}_fresh_at": pd.Timestamp(AS_OF) for source in sources}
    frame = pd.DataFrame([blank | row for row in rows], columns=list(blank))
    numbers = ["renewal_days", "open_dunning_days", *(metric.name for metric in card.metrics)]
    flags = [f"has_{source}_source" for source in sources]
    dates = ["as_of_date", *(f"{source}_fresh_at" for source in sources)]
    return frame.astype(
        dict.fromkeys(numbers, "float64")
        | dict.fromkeys(flags, "bool")
        | dict.fromkeys(dates, "datetime64[us]")
        | {"customer_id": "str", "tenure_days": "int64"}
    )


def weeks_before(weeks: int) -> pd.Timestamp:
    """The snapshot so many weeks before the last."""
    return pd.Timestamp(AS_OF - timedelta(weeks=weeks))
