"""Raw referrals and merges of customers: who invited whom, and who turned out to be one company."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from orchestration.ingestion.simulation.dynamics import Chronicle
from orchestration.ingestion.simulation.journal import Rows
from orchestration.ingestion.simulation.naming import company_domains
from orchestration.ingestion.simulation.population import REFERRAL, Population
from orchestration.ingestion.simulation.streams import Streams
from orchestration.ingestion.simulation.subscriptions import customer_ids
from orchestration.ingestion.simulation.table import Table, ids, instants, where
from orchestration.ingestion.simulation.timeline import DAY, HOUR, NONE, WEEK, Ints, Timeline
from orchestration.ingestion.simulation.users import Users, user_ids

INVITE_RATE, SENTIMENT_EFFECT, ACCEPT_SHARE = 0.012, 0.5, 0.13
MERGE_SHARE = 0.007


def referrals(life: Chronicle, users: Users, timeline: Timeline, streams: Streams) -> Table:
    """Object `growth_referrals`: invitations that came to nothing, were accepted, or led to a customer."""
    rng = streams.of("invites")
    open_ = (life.access_from == 0) & (life.access_until == WEEK)
    eagerness = np.exp(SENTIMENT_EFFECT * life.sentiment) * open_
    counts = rng.poisson(INVITE_RATE * eagerness * np.sqrt(np.maximum(life.active_users, 1)))
    week, referrer = (np.repeat(axis, counts[counts > 0]) for axis in np.nonzero(counts))
    referee = np.full(len(week), NONE)
    at = timeline.start + week * WEEK + (rng.random(len(week)) * WEEK).astype(np.int64)
    arrivals = _referred(life, timeline, streams, eagerness)
    week = np.r_[week, arrivals["week"]]
    referrer, referee = np.r_[referrer, arrivals["referrer"]], np.r_[referee, arrivals["referee"]]
    at = np.r_[at, arrivals["at"]]
    order = np.lexsort((referrer, at))
    week, referrer, referee, at = (a[order] for a in (week, referrer, referee, at))
    draw = streams.of("invites.accepted").random((len(at), 3))
    accepts = (draw[:, 0] < ACCEPT_SHARE) | (referee >= 0)
    accepted = at + (draw[:, 1] ** 2 * 12 * DAY).astype(np.int64) + HOUR
    joined = np.where(referee >= 0, life.population.arrival[referee], NONE)
    accepted = np.where(referee >= 0, np.minimum(accepted, joined - 60), accepted)
    place = life.champions_lost[week, referrer]
    place = place + (life.active_users[week, referrer] * draw[:, 2] ** 1.4).astype(np.int64)
    user = users.number[users.position(referrer, place)]
    second, third = np.flatnonzero(accepts), np.flatnonzero(referee >= 0)
    i = np.r_[np.arange(len(at)), second, third]
    step = np.repeat([0, 1, 2], [len(at), len(second), len(third)])
    updated = np.choose(step, [at[i], accepted[i], joined[i]])
    mailbox = pc.binary_join_element_wise("friend", pa.array(i).cast(pa.string()), "")
    columns = {
        "referral_id": ids("ref_", i, width=7),
        "referrer_customer_id": customer_ids(referrer[i]),
        "referrer_user_id": user_ids(user[i]),
        "invitee_email": pc.binary_join_element_wise(
            mailbox, company_domains(np.where(referee[i] >= 0, referee[i], 10**6 + i)), "@"
        ),
        "invited_at": instants(at[i]),
        "accepted_at": instants(np.where(step > 0, accepted[i], NONE)),
        "referred_customer_id": where(customer_ids(np.maximum(referee[i], 0)), step == 2),
        "updated_at": instants(updated),
    }
    return Table("growth_referrals", columns, updated)


def _referred(
    life: Chronicle, timeline: Timeline, streams: Streams, eagerness: np.ndarray[tuple[int, ...], np.dtype[np.floating]]
) -> Rows:  # fmt: skip
    """Customers who came by referral: invited in the weeks before by an eager customer."""
    people = life.population
    referee = np.flatnonzero(people.channel == REFERRAL)
    ahead = ((1 + 20 * streams.of("invites.ahead").random(people.size))[referee] * DAY).astype(int)
    at = people.arrival[referee] - ahead
    week = (at - timeline.start) // WEEK
    some = (week >= 0) & (eagerness[np.maximum(week, 0)].sum(axis=1) > 0)
    referee, at, week = referee[some], at[some], week[some]
    draw = streams.of("invites.who").random(people.size)[referee]
    referrer = np.zeros(len(referee), dtype=np.int64)
    for one in np.unique(week):
        chosen = week == one
        edges = np.cumsum(eagerness[one], dtype=np.float64)
        referrer[chosen] = np.searchsorted(edges, draw[chosen] * edges[-1], side="right")
    keep = referrer != referee
    rows: Rows = {"week": week, "referrer": referrer, "referee": referee, "at": at}
    return {name: values[keep] for name, values in rows.items()}


def account_merges(invoices: Rows, people: Population, streams: Streams) -> Table:
    """Object `crm_account_merges`: pairs of paying customers that are one, and one chain of three."""
    first = np.full(people.size, NONE, dtype=np.int64)
    order = np.argsort(invoices["at"], kind="stable")[::-1]
    first[invoices["customer"][order]] = invoices["at"][order]
    paid = (first >= 0) & (people.numbers > 0)
    # Among the older half, so that the merges come within the span.
    paying = np.flatnonzero(paid & (first <= np.median(first[paid]) if paid.any() else paid))
    rng = streams.of("merges")
    shuffled = paying[np.argsort(rng.random(people.size)[paying], kind="stable")]
    pairs = min(max(2, int(people.size * MERGE_SHARE)), len(shuffled) // 3)
    chosen = shuffled[: 2 * pairs].reshape(pairs, 2)
    # The one that paid first goes on.
    older = np.argsort(first[chosen], axis=1)
    survivor = np.take_along_axis(chosen, older[:, :1], axis=1).ravel()
    merged = np.take_along_axis(chosen, older[:, 1:], axis=1).ravel()
    at: Ints = first[merged] + ((40 + 200 * rng.random(pairs)) * DAY).astype(np.int64)
    if pairs >= 2:
        # The first survivor is later found to be part of a third customer.
        merged = np.r_[merged, survivor[:1]]
        survivor = np.r_[survivor, shuffled[2 * pairs : 2 * pairs + 1]]
        later = np.maximum(at[:1], first[survivor[-1:]])
        at = np.r_[at, later + 30 * DAY]
    columns = {
        "merged_customer_id": customer_ids(merged),
        "surviving_customer_id": customer_ids(survivor),
        "merged_at": instants(at),
    }
    return Table("crm_account_merges", columns, at)
