"""Raw contracts for annual terms, and who looks after which customer."""

from __future__ import annotations

import numpy as np

from orchestration.ingestion.simulation.book import MAX_SUBSCRIPTIONS
from orchestration.ingestion.simulation.journal import Journal, Rows
from orchestration.ingestion.simulation.population import Population
from orchestration.ingestion.simulation.streams import Streams
from orchestration.ingestion.simulation.subscriptions import (
    customer_ids,
    subscription_ids,
)
from orchestration.ingestion.simulation.table import (
    Table,
    days,
    flags,
    ids,
    instants,
    integers,
    words,
)
from orchestration.ingestion.simulation.timeline import DAY, NONE, Ints

MANAGERS = (
    "Amina Okafor", "Ben Carter", "Clara Neumann", "Diego Ramos", "Elif Kaya", "Finn O'Neill",
    "Gita Rao", "Haruka Mori",
)  # fmt: skip
AUTO_RENEW_SHARE = 0.8


def contract_versions(invoices: Rows, journal: Journal, streams: Streams) -> Table:
    """Object `crm_contracts`: a contract per annual term, a second version when notice is given."""
    term = np.flatnonzero(invoices["annual"] & (invoices["reason"] != 2))
    subscription, starts = invoices["subscription"][term], invoices["period_start"][term]
    changes = journal.read("subscription")
    notice = changes["leaving"]
    notices = dict(
        zip(
            zip(changes["subscription"][notice].tolist(), changes["period_end"][notice].tolist(), strict=True),
            changes["canceled_at"][notice].tolist(),
            strict=True,
        )
    )  # fmt: skip
    ends = invoices["period_end"][term]
    given: Ints = np.array(
        [notices.get(key, NONE) for key in zip(subscription.tolist(), ends.tolist(), strict=True)],
        dtype=np.int64,
    )
    with_notice = np.flatnonzero(given >= 0)
    i = np.r_[np.arange(len(term)), with_notice]
    noticed = np.arange(len(i)) >= len(term)
    at = np.where(noticed, given[i], starts[i])
    renews = streams.of("auto_renew").random(int(invoices["customer"].max(initial=0)) + 1)
    auto = renews[invoices["customer"][term][i]] < AUTO_RENEW_SHARE
    columns = {
        "contract_id": ids(
            "con_", subscription[i] // MAX_SUBSCRIPTIONS, subscription[i] % MAX_SUBSCRIPTIONS,
            starts[i] // DAY,
        ),
        "customer_id": customer_ids(invoices["customer"][term][i]),
        "subscription_id": subscription_ids(subscription[i]),
        "term_months": integers(np.full(len(i), 12)),
        "start_date": days(starts[i]),
        "end_date": days(ends[i]),
        "renewal_date": days(ends[i]),
        "is_auto_renew": flags(auto & ~noticed),
        "notice_given_at": instants(np.where(noticed, given[i], NONE)),
        "updated_at": instants(at),
    }  # fmt: skip
    return Table("crm_contracts", columns, at)


def manager_assignments(invoices: Rows, people: Population, streams: Streams) -> Table:
    """Object `crm_csm_assignments`: larger customers have a manager; some get another one later."""
    draw = streams.of("managers").random((people.size, 4))
    paid = np.full(people.size, np.iinfo(np.int64).max)
    np.minimum.at(paid, invoices["customer"], invoices["at"])
    looked_after = (people.plan >= 2) | (people.seats >= 15)
    i = np.flatnonzero(looked_after & (paid < np.iinfo(np.int64).max))
    first = paid[i] + ((1 + 4 * draw[i, 0]) * DAY).astype(np.int64)
    moves = draw[i, 1] < 0.3
    moved = first + ((150 + 400 * draw[i, 2]) * DAY).astype(np.int64)
    manager = (draw[i, 3] * len(MANAGERS)).astype(np.int64)
    again = np.flatnonzero(moves)
    next_manager = (manager[again] + 1 + again % (len(MANAGERS) - 1)) % len(MANAGERS)
    managers = np.r_[manager, next_manager]
    assigned = np.r_[first, moved[again]]
    columns = {
        "customer_id": customer_ids(np.r_[i, i[again]]),
        "csm_id": ids("csm_", managers, width=2),
        "csm_name": words(MANAGERS, managers),
        "assigned_at": instants(assigned),
        "unassigned_at": instants(np.r_[np.where(moves, moved, NONE), np.full(len(again), NONE)]),
    }
    return Table("crm_csm_assignments", columns, assigned)
