"""Raw subscriptions and their items as a change log: several versions per identifier.

Reads the journal; which version came about and why was decided in the weekly steps.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from orchestration.ingestion.simulation.book import (
    INCOMPLETE,
    INCOMPLETE_EXPIRED,
    MAX_SUBSCRIPTIONS,
    REASONS,
    STATUSES,
)
from orchestration.ingestion.simulation.catalogue import CURRENCIES
from orchestration.ingestion.simulation.journal import (
    Journal,
    Rows,
    join_rows,
    take_rows,
)
from orchestration.ingestion.simulation.population import Population
from orchestration.ingestion.simulation.streams import Streams
from orchestration.ingestion.simulation.table import (
    Table,
    flags,
    ids,
    instants,
    numbers,
    words,
)
from orchestration.ingestion.simulation.timeline import DAY, HOUR, NONE, Ints

ITEM_KINDS = ("plan", "insights", "priority", "metered")
INCOMPLETE_PLACE = MAX_SUBSCRIPTIONS - 1
"""Place of a first attempt to subscribe whose payment never came."""


def customer_ids(numbers_: Ints) -> Any:
    """Billing identifiers of customers."""
    return ids("cus_", numbers_)


def subscription_ids(numbers_: Ints) -> Any:
    """Billing identifiers of subscriptions."""
    return ids("sub_", numbers_ // MAX_SUBSCRIPTIONS, numbers_ % MAX_SUBSCRIPTIONS)


def item_ids(subscriptions: Ints, kind: int) -> Any:
    """Billing identifiers of a subscription's items of one kind."""
    kinds = np.full(len(subscriptions), kind)
    return ids("si_", subscriptions // MAX_SUBSCRIPTIONS, subscriptions % MAX_SUBSCRIPTIONS, kinds)


def subscription_versions(journal: Journal, people: Population, streams: Streams) -> Table:
    """Object `billing_subscriptions`."""
    rows = journal.read("subscription")
    rows = join_rows(rows, _incomplete(rows, people, streams))
    rows = take_rows(rows, np.lexsort((rows["at"], rows["subscription"])))
    ended = rows["ended_at"]
    has_ended = rows["status"] == STATUSES.index("canceled")
    cancel_at = np.where(rows["leaving"], rows["period_end"], NONE)
    columns = {
        "subscription_id": subscription_ids(rows["subscription"]),
        "customer_id": customer_ids(rows["customer"]),
        "status": words(STATUSES, rows["status"]),
        "currency_code": words(CURRENCIES, people.currency[rows["customer"]]),
        "start_at": instants(rows["started"]),
        "trial_start_at": instants(rows["trial_start"]),
        "trial_end_at": instants(rows["trial_end"]),
        "current_period_start_at": instants(rows["period_start"]),
        "current_period_end_at": instants(rows["period_end"]),
        "is_cancel_at_period_end": flags(rows["leaving"]),
        "cancel_at": instants(cancel_at),
        "canceled_at": instants(rows["canceled_at"]),
        "ended_at": instants(np.where(has_ended, ended, NONE)),
        "cancellation_reason": words(REASONS, rows["reason"]),
        "collection_paused_at": instants(rows["paused_at"]),
        "collection_resumes_at": instants(rows["resumes_at"]),
        "updated_at": instants(rows["at"]),
    }
    return Table("billing_subscriptions", columns, rows["at"])


def item_versions(journal: Journal, prices: list[str]) -> Table:
    """Object `billing_subscription_items`: a version wherever price, quantity or presence changed."""
    rows = journal.read("items")
    rows = take_rows(rows, np.lexsort((rows["at"], rows["subscription"])))
    same = np.r_[False, rows["subscription"][1:] == rows["subscription"][:-1]]
    parts = [_versions_of(kind, rows, same, prices) for kind in range(len(ITEM_KINDS))]
    columns = {name: pa.concat_arrays([p[name] for p, _ in parts]) for name in parts[0][0]}
    return Table("billing_subscription_items", columns, np.concatenate([at for _, at in parts]))


def _versions_of(
    kind: int, rows: Rows, same: npt.NDArray[np.bool_], prices: list[str]
) -> tuple[dict[str, Any], Ints]:
    name = ITEM_KINDS[kind]
    present = np.ones(len(same), dtype=bool) if name == "plan" else rows[name]
    price = rows[f"{name}_price"]
    quantity = rows["seats"] if name in {"plan", "insights"} else np.ones(len(same), dtype=np.int64)
    before = np.r_[False, present[:-1]] & same
    changed = (np.roll(price, 1) != price) | (np.roll(quantity, 1) != quantity)
    added, removed = present & ~before, before & ~present
    keep = np.flatnonzero(added | removed | (present & before & changed))
    # An item that was dropped and taken again keeps its identifier and its first day.
    first = np.where(added, rows["at"], np.iinfo(np.int64).max)
    created = np.minimum.reduceat(first, np.flatnonzero(~same))[np.cumsum(~same) - 1]
    subscription, at = rows["subscription"][keep], rows["at"][keep]
    licensed = np.full(len(keep), name != "metered")
    columns = {
        "subscription_item_id": item_ids(subscription, kind),
        "subscription_id": subscription_ids(subscription),
        "price_id": words(prices, price[keep]),
        "quantity": numbers(quantity[keep].astype(np.float64), licensed),
        "current_period_start_at": instants(np.full(len(keep), NONE)),
        "current_period_end_at": instants(np.full(len(keep), NONE)),
        "is_removed": flags(removed[keep]),
        "created_at": instants(created[keep]),
        "updated_at": instants(at),
    }
    return columns, at


def _incomplete(rows: Rows, people: Population, streams: Streams) -> Rows:
    """First attempts whose payment never came: opened, and expired 23 hours later."""
    chosen = streams.of("incomplete").random(people.size) < 0.012
    i = np.flatnonzero(chosen & ~people.on_trial)
    opened = people.arrival[i] - 26 * HOUR
    versions = []
    for status, at in ((INCOMPLETE, opened), (INCOMPLETE_EXPIRED, opened + 23 * HOUR)):
        fill: Rows = {name: np.full(len(i), NONE, values.dtype) for name, values in rows.items()}
        fill |= {
            "subscription": i * MAX_SUBSCRIPTIONS + INCOMPLETE_PLACE,
            "customer": i,
            "at": at,
            "status": np.full(len(i), status),
            "started": opened,
            "period_start": opened,
            "period_end": opened + 30 * DAY,
            "leaving": np.zeros(len(i), dtype=bool),
        }
        versions.append(fill)
    return join_rows(*versions)
