"""The people who use the product at each customer: raw users, and merges of their identities.

A user is numbered customer × 100,000 + place; places are handed out as more people join. The
lowest place still there is the customer's champion.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from orchestration.ingestion.simulation.dynamics import Chronicle
from orchestration.ingestion.simulation.naming import company_domains, person_names
from orchestration.ingestion.simulation.population import TEST_CUSTOMER
from orchestration.ingestion.simulation.streams import Streams
from orchestration.ingestion.simulation.subscriptions import customer_ids
from orchestration.ingestion.simulation.table import Table, flags, instants, words
from orchestration.ingestion.simulation.timeline import (
    DAY,
    NONE,
    WEEK,
    Bools,
    Ints,
    Timeline,
)

PLACES = 100_000
ROLES = ("admin", "member", "viewer")
MERGE_AFTER = 60 * DAY
IDENTIFY_AFTER = 2 * DAY


@dataclass(frozen=True)
class Users:
    """All users by customer and place; `first[c]` is where customer c begins."""

    first: Ints
    customer: Ints
    place: Ints
    created: Ints
    deactivated: Ints
    internal: Bools
    has_alias: Bools
    """Whether a second account of the same person exists, merged later."""
    was_anonymous: Bools
    """Whether first events carry only a device, identified later."""

    @property
    def number(self) -> Ints:
        """Numbers from which identifiers are made."""
        numbers: Ints = self.customer * PLACES + self.place
        return numbers

    def position(self, customer: Ints, place: Ints) -> Ints:
        """Where a user is in the arrays."""
        positions: Ints = self.first[customer] + place
        return positions


def user_ids(numbers: Ints) -> Any:
    """Identifiers of users."""
    return pc.binary_join_element_wise("usr_", pa.array(numbers).cast(pa.string()), "")


def user_emails(numbers: Ints) -> Any:
    """Addresses of users, at their customer's domain."""
    local = pa.array(numbers).cast(pa.string())
    return pc.binary_join_element_wise(
        pc.binary_join_element_wise("user", local, ""), company_domains(numbers // PLACES), "@"
    )


def recruit(life: Chronicle, timeline: Timeline, streams: Streams) -> Users:
    """Derive who must exist so that every week's active users do."""
    weeks, n = life.active_users.shape
    open_ = life.access_until > life.access_from
    needed = np.where(open_, life.champions_lost + life.active_users, 0)
    highest = np.maximum.accumulate(needed, axis=0)
    new = np.diff(highest, axis=0, prepend=np.zeros((1, n), dtype=highest.dtype))
    per_customer = highest[-1].astype(np.int64)
    first = np.r_[0, np.cumsum(per_customer)[:-1]]
    customer = np.repeat(np.arange(n, dtype=np.int64), per_customer)
    place = np.arange(len(customer), dtype=np.int64) - first[customer]
    week = np.repeat(np.tile(np.arange(weeks), n), new.T.ravel())
    begins = timeline.start + week * WEEK + life.access_from[week, customer]
    # Someone who joins a running customer was invited some days before the first use.
    ahead = (streams.of("users.ahead").random(len(customer)) * 6 * DAY).astype(np.int64)
    running = (week > 0) & (life.access_from[week, customer] == 0)
    running &= life.access_until[np.maximum(week - 1, 0), customer] == WEEK
    running &= life.access_from[np.maximum(week - 1, 0), customer] == 0
    created = np.where(running, begins - ahead, begins)
    gone = _left_at(life, timeline, first, len(customer))
    gone = np.where(gone > created, gone, np.where(gone >= 0, created, NONE))
    rng = streams.of("users.kinds")
    kinds = rng.random((len(customer), 3))
    internal = (kinds[:, 0] < 0.002) | (customer == TEST_CUSTOMER)
    return Users(
        first, customer, place, created, gone, internal,
        has_alias=(kinds[:, 1] < 0.008) & ~internal, was_anonymous=kinds[:, 2] < 0.03,
    )  # fmt: skip


def _left_at(life: Chronicle, timeline: Timeline, first: Ints, size: int) -> Ints:
    lost = np.diff(life.champions_lost, axis=0, prepend=np.zeros_like(life.champions_lost[:1]))
    week, customer = np.nonzero(lost)
    position = first[customer] + life.champions_lost[week, customer] - 1
    left = np.full(size, NONE, dtype=np.int64)
    counts = np.diff(np.r_[first, size])
    exists = life.champions_lost[week, customer] - 1 < counts[customer]
    left[position[exists]] = timeline.start + week[exists] * WEEK
    return left


def user_versions(users: Users, streams: Streams) -> Table:
    """Object `usage_users`: a version at sign-up, one when access was lost; aliases are users too."""
    size = len(users.customer)
    rng = streams.of("users.names")
    role = np.where(users.place == 0, 0, 1 + (rng.random(size) < 0.2))
    names = person_names(rng, size)
    left = np.flatnonzero(users.deactivated >= 0)
    alias = np.flatnonzero(users.has_alias)
    rows = np.concatenate([np.arange(size), left, alias])
    at = np.concatenate([users.created, users.deactivated[left], users.created[alias]])
    at[size : size + len(left)] += 1
    is_alias = np.arange(len(rows)) >= size + len(left)
    is_left = (np.arange(len(rows)) >= size) & ~is_alias
    columns = {
        "user_id": alias_or_user(users.number[rows], is_alias),
        "customer_id": customer_ids(users.customer[rows]),
        "email": user_emails(users.number[rows]),
        "user_name": names.take(pa.array(rows)),
        "role_name": words(ROLES, role[rows]),
        "is_internal": flags(users.internal[rows]),
        "created_at": instants(users.created[rows]),
        "deactivated_at": instants(np.where(is_left, at, NONE)),
        "updated_at": instants(at),
    }
    return Table("usage_users", columns, at)


def alias_or_user(numbers: Ints, is_alias: Bools) -> Any:
    """Identifiers of users, those of second accounts with a `b` at the end."""
    plain = user_ids(numbers)
    if not is_alias.any():
        return plain
    second = pc.binary_join_element_wise(plain, pa.scalar("b"), "")
    return pc.if_else(pa.array(is_alias), second, plain)


def identity_merges(users: Users) -> Table:
    """Object `usage_identity_merges`: second accounts and devices that became known users."""
    alias, device = np.flatnonzero(users.has_alias), np.flatnonzero(users.was_anonymous)
    at = np.r_[users.created[alias] + MERGE_AFTER, users.created[device] + IDENTIFY_AFTER]
    merged = [
        alias_or_user(users.number[alias], np.ones(len(alias), bool)),
        device_ids(users.number[device]),
    ]
    columns = {
        "merged_user_id": pa.concat_arrays(merged),
        "surviving_user_id": user_ids(np.r_[users.number[alias], users.number[device]]),
        "merged_at": instants(at),
    }
    return Table("usage_identity_merges", columns, at)


def device_ids(numbers: Ints) -> Any:
    """Identifiers of the devices that users were seen on before they were known."""
    return pc.binary_join_element_wise("dev_", pa.array(numbers).cast(pa.string()), "")
