"""When a customer left for the purpose of a label: by cancelling all that it pays for, or by not paying any more."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from tests.oracle.billing import Billing
from tests.oracle.health.contracts import HORIZONS
from tests.oracle.health.knowledge import Knowledge
from tests.oracle.health.paid import paid_intervals
from tests.oracle.ledger import Ledger
from tests.oracle.policy import CHURN_TYPES
from tests.oracle.raw_rows import LONG_AGO, Version

FOREVER = datetime.fromisoformat("9999-12-31")


@dataclass(frozen=True)
class Notice:
    """A subscription that is to end, from the click until it ends or the click is taken back."""

    subscription: str
    since: datetime
    until: datetime


class Labels:
    """When the customers of one company left, as the run knows it."""

    def __init__(self, knowledge: Knowledge, ledgers: Sequence[Ledger]) -> None:
        self.knowledge = knowledge
        self.policy = knowledge.policy
        notices = list(self._notices())
        # Instants by customer after all merges, with how it left.
        self.left: dict[str, list[tuple[datetime, str]]] = {}
        for ledger in ledgers:
            found = [(at, "voluntary") for at in _cancellations(ledger, notices)]
            for before, balance in zip(ledger.balances, ledger.balances[1:], strict=False):
                if balance.status == "churned" and before.status in {"paying", "paused"}:
                    kind = "involuntary" if balance.churn_type == "involuntary" else "voluntary"
                    found.append((balance.at, kind))
            # At one instant the click comes first.
            self.left[ledger.customer] = sorted(found, key=lambda event: event[0])

    def label(self, customer: str, day: date) -> dict[str, Any]:
        """What is known of the time after a snapshot."""
        current = self.knowledge.current(customer)
        at = self.policy.start_of(day)
        ahead = [event for event in self.left.get(current, []) if event[0] >= at]
        told: dict[str, Any] = {"current_customer_id": current}
        for days in HORIZONS:
            end = self.policy.start_of(day + timedelta(days=days))
            kind = ahead[0][1] if ahead and ahead[0][0] < end else None
            is_observed = end <= self.policy.as_of
            told |= {
                f"churn_kind_{days}": kind, f"is_observed_{days}": is_observed,
                f"churned_within_{days}": kind is not None if is_observed else None,
            }  # fmt: skip
        return told

    def _notices(self) -> Iterator[Notice]:
        """Clicks on cancel, and notices that the CRM recorded."""
        billing = Billing(self.knowledge.company, self.policy)
        found: list[Notice] = []
        for name, history in billing.subscriptions.items():
            found += _clicks(name, [version for version in history if not version.is_gone])
        rows = self.knowledge.known.last("crm_contracts", "contract_id", effective="updated_at")
        for row in rows:
            if row["subscription_id"] and row["notice_given_at"]:
                found.append(Notice(row["subscription_id"], row["notice_given_at"], FOREVER))
        last: dict[tuple[str, datetime], datetime] = defaultdict(lambda: LONG_AGO)
        for notice in found:
            key = (notice.subscription, notice.since)
            last[key] = max(last[key], notice.until)
        for (name, since), until in last.items():
            if since < self.policy.as_of:
                yield Notice(name, since, until)


def _clicks(name: str, history: Sequence[Version]) -> Iterator[Notice]:
    """What billing ended for want of payment is nobody's notice."""
    was_scheduled = False
    for n, version in enumerate(history):
        is_scheduled = _is_scheduled(version)
        reason = version.row["cancellation_reason"]
        if is_scheduled and not was_scheduled and CHURN_TYPES.get(reason) != "involuntary":
            later = (
                other.since
                for other in history[n + 1 :]
                if not _is_scheduled(other) and not _is_ending(other)
            )
            yield Notice(name, version.row["canceled_at"] or version.since, next(later, FOREVER))
        was_scheduled = is_scheduled


def _is_scheduled(version: Version) -> bool:
    row = version.row
    is_to_end = row["ended_at"] and row["ended_at"] > version.since
    return bool(row["cancel_at"] or row["is_cancel_at_period_end"] or is_to_end)


def _is_ending(version: Version) -> bool:
    return bool(version.row["ended_at"]) or version.row["status"] in {
        "canceled", "incomplete_expired",
    }  # fmt: skip


def _cancellations(ledger: Ledger, notices: Sequence[Notice]) -> Iterator[datetime]:
    """Clicks by which everything is cancelled that is paid for, and nothing begins before it ends."""
    spans: dict[str, list[tuple[datetime, datetime]]] = defaultdict(list)
    for item, since, until in paid_intervals(ledger):
        spans[item.subscription_id].append((since, until or FOREVER))
    own = []
    for notice in notices:
        held = spans.get(notice.subscription, [])
        last = max((until for _, until in held), default=None)
        if last and min(since for since, _ in held) <= notice.since < last:
            own.append(Notice(notice.subscription, notice.since, min(notice.until, last)))
    for notice in own:
        cancelled = {
            other.subscription for other in own if other.since <= notice.since < other.until
        } | {notice.subscription}
        goes_on = any(
            since <= notice.until and until > notice.since
            for name, held in spans.items()
            if name not in cancelled
            for since, until in held
        )
        if not goes_on:
            yield notice.since
