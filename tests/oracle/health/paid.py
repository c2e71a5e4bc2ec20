"""Since when and until when an item is paid for, as each snapshot could know it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise

from tests.oracle.billing import Billing, ItemMrr
from tests.oracle.health.knowledge import ALWAYS, Knowledge
from tests.oracle.ledger import Ledger
from tests.oracle.raw_rows import Row

# Columns in which versions tell when something begins or ends, beside when they take effect.
TELLING = {
    "billing_subscriptions": ("start_at", "ended_at", "collection_paused_at", "collection_resumes_at"),
    "billing_subscription_items": ("created_at",),
    "billing_subscription_periods": ("start_at", "end_at"),
}  # fmt: skip


@dataclass(frozen=True)
class Paid:
    """An item as long as it is paid for and stays the same, and the snapshots that know of it."""

    customer: str
    item: ItemMrr
    since: datetime
    until: datetime | None
    begun: date
    known_from: date
    known_to: date


class Payments:
    """What is paid for by the customers of one company, in parts that are known one by one."""

    def __init__(self, knowledge: Knowledge, ledgers: Sequence[Ledger]) -> None:
        self.knowledge = knowledge
        self.policy = knowledge.policy
        # From which snapshot on any version tells of an instant of a subscription.
        self.told: dict[tuple[str, datetime], date] = {}
        # Instants at which versions of each subscription and item take effect.
        self.versions: dict[str, set[datetime]] = defaultdict(set)
        self._tell()
        billing = Billing(knowledge.company, self.policy)
        # Parts of each item, the first one first.
        self.paid: dict[str, list[Paid]] = defaultdict(list)
        for ledger in ledgers:
            for item, since, until in paid_intervals(ledger):
                customer = _customer_of(billing, item.subscription_id)
                for paid in self._pieces(customer, item, since, until):
                    self.paid[item.item_id].append(paid)

    def _tell(self) -> None:
        """Go through all that versions say of beginnings and ends."""
        for name, columns in TELLING.items():
            for steps in self.knowledge.histories(name).values():
                for day, row in steps:
                    if row is None:
                        continue
                    told = {row[column] for column in columns}
                    if name == "billing_subscriptions":
                        # Whether a trial goes on to be paid for is told by what billing says next.
                        told |= self._trials_before(row)
                        if row["status"] != "trialing":
                            told.add(row["trial_end_at"])
                    if "updated_at" in row:
                        at = row["updated_at"] or row["_loaded_at"]
                        told.add(at)
                        own = row.get("subscription_item_id") or row["subscription_id"]
                        self.versions[own].add(at)
                    for at in told - {None}:
                        key = (row["subscription_id"], at)
                        self.told[key] = min(day, self.told.get(key, day))

    def _trials_before(self, row: Row) -> set[datetime]:
        """Ends of the trials of which earlier versions tell, as any snapshot has them."""
        steps = self.knowledge.histories("billing_subscriptions")[row["subscription_id"],]
        at = row["updated_at"] or row["_loaded_at"]
        return {
            trial["trial_end_at"]
            for _, trial in steps
            if trial and trial["status"] == "trialing" and row["status"] != "trialing"
            and (trial["updated_at"] or trial["_loaded_at"]) < at
        }  # fmt: skip

    def _pieces(
        self, customer: str, item: ItemMrr, since: datetime, until: datetime | None
    ) -> Iterator[Paid]:
        """An item from one version to the next.

        What no version tells of begins for whoever knows of what it follows, or else of the subscription;
        and such an end is known in time.
        """
        name = item.subscription_id
        versions = self.versions[name] | self.versions[item.item_id]
        inside = sorted(at for at in versions if since < at and (until is None or at < until))
        before = self.paid[item.item_id]
        follows = bool(before) and before[-1].until == since
        for start, end in pairwise([since, *inside, until]):
            assert start
            if (name, start) in self.told:
                begun = self.told[name, start]
            elif follows:
                begun = before[-1].begun
            else:
                told = (day for (own, _), day in self.told.items() if own == name)
                begun = min(told, default=ALWAYS)
            ended = self.told.get((name, end), ALWAYS) if end else date.max
            yield Paid(
                customer, item, start, end, begun,
                max(self._after(start), begun), max(self._after(end), ended) if end else ended,
            )  # fmt: skip

    def _after(self, at: datetime) -> date:
        """The first snapshot after an instant; one at a midnight belongs to the day that begins."""
        return self.policy.day_of(at) + timedelta(days=1)


def paid_intervals(ledger: Ledger) -> Iterator[tuple[ItemMrr, datetime, datetime | None]]:
    """Each item as long as it is paid for and stays the same."""
    running: dict[str, tuple[datetime, ItemMrr]] = {}
    for balance in ledger.balances:
        items = {
            name: item
            for name, item in balance.items.items()
            if item.state == "paying" and item.mrr > 0
        }
        for name, (since, item) in list(running.items()):
            if name not in items or not _is_same(items[name], item):
                yield item, since, balance.at
                del running[name]
        for name, item in items.items():
            running.setdefault(name, (balance.at, item))
    for since, item in running.values():
        yield item, since, None


def _is_same(one: ItemMrr, other: ItemMrr) -> bool:
    """Whether two differ by nothing but what of them is committed."""
    return {**vars(one), "committed": 0} == {**vars(other), "committed": 0}


def _customer_of(billing: Billing, subscription: str) -> str:
    if subscription in billing.subscriptions:
        return billing.subscriptions[subscription][0].row["customer_id"]  # type: ignore[no-any-return]
    (customer,) = {
        row["customer_id"] for row in billing.periods if row["subscription_id"] == subscription
    }
    return customer  # type: ignore[no-any-return]
