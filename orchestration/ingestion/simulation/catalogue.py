"""What the simulated company sells: products, prices with their tiers, currencies, coupons.

Fixed lists and the arithmetic of a charge. Who buys what belongs in `population`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from orchestration.ingestion.simulation.timeline import Floats, Ints

CURRENCIES = ("USD", "EUR", "GBP", "JPY", "KWD")
EXPONENTS: Ints = np.array([2, 2, 2, 0, 3])
LOCAL_PER_USD: Floats = np.array([1.0, 0.9, 0.8, 150.0, 0.31])
"""Rates at which list prices were set; exchange rates move, list prices do not."""

PLANS = ("starter", "team", "business", "enterprise")
ADD_ONS = ("insights", "priority_support", "api_calls")
PRODUCTS = {
    "prod_starter": ("Starter", "plan"),
    "prod_team": ("Team", "plan"),
    "prod_business": ("Business", "plan"),
    "prod_enterprise": ("Enterprise", "plan"),
    "prod_insights": ("Insights", "add_on"),
    "prod_priority_support": ("Priority support", "add_on"),
    "prod_api_calls": ("API calls", "add_on"),
    "prod_onboarding": ("Onboarding service", "service"),
}
ONBOARDING = len(PLANS) + len(ADD_ONS)
"""Number of the one-time product."""
INSIGHTS, PRIORITY, API_CALLS = 4, 5, 6
"""Numbers of the add-on products; plans are 0 to 3."""

_UNLIMITED = 10**9
# USD cents a month by product: (mode, [(last unit of the tier, unit price, flat price)]).
_LIST: tuple[tuple[str, list[tuple[int, float, float]]], ...] = (
    ("per_unit", [(_UNLIMITED, 1200, 0)]),
    ("per_unit", [(_UNLIMITED, 2000, 0)]),
    ("per_unit", [(_UNLIMITED, 3400, 0)]),
    ("graduated", [(25, 5200, 25_000), (100, 4400, 0), (_UNLIMITED, 3600, 0)]),
    ("volume", [(10, 500, 0), (50, 400, 0), (_UNLIMITED, 300, 0)]),
    ("per_unit", [(_UNLIMITED, 9900, 0)]),
    ("per_unit", [(_UNLIMITED, 0.5, 0)]),
    ("per_unit", [(_UNLIMITED, 150_000, 0)]),
)
NEW_TEAM_PRICE = 2300
"""USD cents: Team for those who subscribe after the price rise; earlier subscribers keep 2000."""
MODES = ("per_unit", "graduated", "volume")


@dataclass(frozen=True)
class Coupon:
    """Terms of a discount; `amount` is in USD cents."""

    coupon_id: str
    name: str
    percent: float
    amount: int
    duration: str
    months: int


COUPONS = (
    Coupon("WELCOME20", "20 % off the first bill", 20, 0, "once", 0),
    Coupon("SPRING25", "25 % for three months", 25, 0, "repeating", 3),
    Coupon("HALFYEAR10", "10 % for half a year", 10, 0, "repeating", 6),
    Coupon("NONPROFIT", "Nonprofit rate", 15, 0, "forever", 0),
    Coupon("TEN-USD-OFF", "10 dollars off", 0, 1000, "repeating", 6),
    Coupon("LAUNCH-2022", "Launch offer, never used", 50, 0, "once", 0),
)


class PriceList:
    """Every price as arrays; a price is addressed by product, interval, currency, generation."""

    def __init__(self) -> None:
        ids: list[str] = []
        self.product: list[int] = []
        self.interval: list[int] = []
        self.currency: list[int] = []
        self.generation: list[int] = []
        mode: list[int] = []
        upto, unit, flat = [], [], []
        self._index = np.full((8, 2, len(CURRENCIES), 2), -1, dtype=np.int64)
        for product, interval, currency, generation in np.ndindex(*self._index.shape):
            if product == ONBOARDING and interval:
                continue
            if generation and product != 1:
                self._index[product, interval, currency, 1] = len(ids) - 1
                continue
            name, tiers = _LIST[product]
            if generation:
                tiers = [(_UNLIMITED, NEW_TEAM_PRICE, 0)]
            self._index[product, interval, currency, generation] = len(ids)
            label = list(PRODUCTS)[product].removeprefix("prod_")
            period = "once" if product == ONBOARDING else ("month", "year")[interval]
            suffix = "_v2" if generation else ""
            ids.append(f"price_{label}_{period}_{CURRENCIES[currency].lower()}{suffix}")
            self.product.append(product)
            self.interval.append(interval)
            self.currency.append(currency)
            self.generation.append(generation)
            mode.append(MODES.index(name))
            # A year costs ten months, except where each call is counted.
            months = 10 if interval and product != API_CALLS else 1
            padded = (tiers + [(_UNLIMITED, 0.0, 0.0)] * 2)[:3]
            upto.append([t[0] for t in padded])
            unit.append([localise(t[1] * months, currency) for t in padded])
            flat.append([localise(t[2] * months, currency) for t in padded])
        self.ids = ids
        self.mode: Ints = np.array(mode)
        self.upto: Ints = np.array(upto)
        self.unit: Floats = np.array(unit)
        self.flat: Floats = np.array(flat)

    def of(self, product: Ints | int, annual: Ints, currency: Ints, generation: Ints) -> Ints:
        """Numbers of the prices for products, intervals (0 month, 1 year), currencies, versions."""
        prices: Ints = self._index[product, annual, currency, generation]
        return prices

    def charge(self, price: Ints, quantity: Ints) -> Floats:
        """Amounts in minor units for one billing period, not rounded."""
        upto, unit, flat = self.upto[price], self.unit[price], self.flat[price]
        wanted = quantity.astype(np.float64)[:, None]
        floor = np.concatenate([np.zeros((len(price), 1)), upto[:, :-1]], axis=1)
        inside = np.clip(np.minimum(wanted, upto) - floor, 0, None)
        graduated = (inside * unit + np.where(inside > 0, flat, 0)).sum(axis=1)
        reached = np.argmax(wanted <= upto, axis=1)
        rows = np.arange(len(price))
        volume = quantity * unit[rows, reached] + flat[rows, reached]
        amounts: Floats = np.where(self.mode[price] == 1, graduated, volume)
        return amounts


def localise(usd_cents: float, currency: int) -> float:
    """A list price in the minor units of another currency, rounded the way price lists are."""
    exponent = int(EXPONENTS[currency])
    local = usd_cents / 100 * float(LOCAL_PER_USD[currency]) * 10**exponent
    step = 10 if local >= 100 else 0.01
    return float(round(round(local / step) * step, 2))
