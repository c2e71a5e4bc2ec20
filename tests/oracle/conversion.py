"""At which rate an item is converted: that of the instant, or for good that of its subscription's start."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from fractions import Fraction

from tests.oracle.amounts import Digits, converted
from tests.oracle.billing import ItemMrr
from tests.oracle.exchange import Rates

# A currency, and since when the rate has been in force that is kept; none where the rate moves.
RateKey = tuple[str, datetime | None]
Local = Mapping[RateKey, Digits]


class Conversion:
    """Converts what one customer holds.

    Under the policy `at_start` a subscription keeps the rate of the instant at which it first paid
    anything in a currency. A trial, and who never pays, has that of its own beginning.
    """

    def __init__(self, rates: Rates, held: Iterable[tuple[datetime, Iterable[ItemMrr]]]) -> None:
        self.rates = rates
        self.keeps = rates.policy.fx_policy == "at_start"
        self.began: dict[tuple[str, str], datetime] = {}
        self.paid: dict[tuple[str, str], datetime] = {}
        for at, items in held if self.keeps else ():
            for item in items:
                own = (item.subscription_id, item.currency_code)
                self.began.setdefault(own, at)
                if item.state == "paying" and item.mrr:
                    self.paid.setdefault(own, at)

    def key(self, item: ItemMrr) -> RateKey:
        """Items of one key are summed before they are converted."""
        if not self.keeps:
            return item.currency_code, None
        own = (item.subscription_id, item.currency_code)
        since = self.began[own] if item.state == "trial" else self.paid.get(own, self.began[own])
        return item.currency_code, self.rates.since(item.currency_code, since)

    def of(self, amount: Digits, key: RateKey, instant: datetime) -> Digits:
        """An amount in the reporting currency, rounded."""
        currency, since = key
        return converted(amount, self.rates.at(currency, since or instant))

    def size(self, item: ItemMrr, instant: datetime) -> Fraction:
        """An item's MRR as it is compared with others, not rounded."""
        currency, since = self.key(item)
        return item.mrr * self.rates.at(currency, since or instant)
