"""What can be chosen about the probabilities; the defaults are those of the documentation."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

HORIZONS = (30, 90)


@dataclass(frozen=True)
class Ladder:
    """From how many distinct past churners on each kind of model is tried."""

    calibrated_card: int = 5
    shrunken_regression: int = 15
    full_regression: int = 301
    challenger: int = 701


@dataclass(frozen=True)
class PublishRules:
    """Bounds that a model must keep on the time split before anybody sees a probability."""

    observed_to_expected: tuple[float, float] = (0.8, 1.25)
    slope: tuple[float, float] = (0.7, 1.3)
    # Ranking the past far better than the months after it, or almost perfectly, is not foresight.
    training_auc_gap: float = 0.10
    implausible_auc: float = 0.985
    leak_check_churners: int = 30


@dataclass(frozen=True)
class ChurnSettings:
    """Horizons in days, shares of 1, counts.

    Attributes:
        seed: of the bootstrap and of the challenger.
        test_share: newest part of the observed months that models are judged on.
        maximum_test_months: of these at most so many.
        bootstrap_samples: resamplings of accounts.
        confidence: of every published interval.
        backfill_months: past months that a first run scores with models of their time.
        maximum_training_rows: beyond, whole accounts are drawn by a digest of their identifier.
        red_share, yellow_share: bands by rank of probability.
    """

    horizons: tuple[int, ...] = HORIZONS
    seed: int = 20_240_229
    test_share: float = 0.3
    maximum_test_months: int = 12
    bootstrap_samples: int = 200
    confidence: float = 0.90
    backfill_months: int = 24
    maximum_training_rows: int = 300_000
    red_share: float = 0.10
    yellow_share: float = 0.20
    ladder: Ladder = Ladder()
    publish: PublishRules = PublishRules()

    @property
    def z(self) -> float:
        """Standard deviations on either side of a normal interval of `confidence`."""
        return NormalDist().inv_cdf(0.5 + self.confidence / 2)
