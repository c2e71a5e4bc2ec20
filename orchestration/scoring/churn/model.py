"""What a fit returns: one model per horizon with the facts that its card needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from orchestration.scoring.churn.forest import Forest
from orchestration.scoring.churn.linear import LinearModel


@dataclass(frozen=True)
class HorizonModel:
    """A model of one horizon.

    Attributes:
        horizon: days.
        as_of_date: day by which everything it has learnt from was known.
        rung: rung of the ladder.
        linear: the rung's model; gives the interval also where a forest gives the probability.
        forest: the challenger, where it has won.
        withheld_reason: why its probability may not be published; None where it may.
        card_version: version of the health card behind the components.
        version: horizon, day and a digest of the coefficients.
        facts: span, counts and figures of the model card (`train.py` lists them).
    """

    horizon: int
    as_of_date: date
    rung: str
    linear: LinearModel
    forest: Forest | None
    withheld_reason: str | None
    card_version: str
    version: str
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def scorer(self) -> LinearModel | Forest:
        """What gives contributions and, with them, the probability."""
        return self.linear if self.forest is None else self.forest


@dataclass(frozen=True)
class ChurnModel:
    """The models of all horizons, by days."""

    horizons: Mapping[int, HorizonModel]
