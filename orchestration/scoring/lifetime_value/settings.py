"""What a valuation assumes; every figure is published with the values."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ValuationSettings:
    """Policies of the predicted lifetime value.

    Attributes:
        horizon_months: months ahead that are counted.
        discount_rate: a year; an amount in m months is worth (1 + rate)^(−m/12) of it today.
        minimum_churners: a segment with fewer borrows the retention of the segments above it.
        health_half_life_months: after so long half of what sets a customer's risk apart is gone, where past risks
            don't reach far enough back to tell.
        draws: resamples of the customers behind each interval.
        interval: share of the resamples that an interval holds.
        seed: of the resamples.
        version: of all of them, on every row that they make.
    """

    horizon_months: int = 60
    discount_rate: float = 0.10
    minimum_churners: int = 30
    health_half_life_months: float = 6.0
    draws: int = 200
    interval: float = 0.90
    seed: int = 1
    version: str = "unnamed"

    def __post_init__(self) -> None:
        if self.horizon_months < 1:
            raise ValueError(f"horizon_months is {self.horizon_months}; it has to be 1 or more")
        if not self.discount_rate >= 0:
            raise ValueError(f"discount_rate is {self.discount_rate}; it has to be 0 or more")
        if not 0 < self.interval < 1:
            raise ValueError(f"interval is {self.interval}; it has to lie between 0 and 1")
        if not self.health_half_life_months > 0:
            raise ValueError(
                f"health_half_life_months is {self.health_half_life_months}; it has to be above 0"
            )
        if self.draws < 20:
            raise ValueError(f"draws is {self.draws}; fewer than 20 make no interval")
