"""What snapshots are about besides: contracts, when invoices fell due, and rows that land night by night."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from data_quality.contracts import load_contract
from tests.oracle.chance import Chance, columns_of
from tests.oracle.people import EVENTS, FEATURES
from tests.oracle.policy import Policy
from tests.oracle.raw_rows import Company, Row

# Objects of which snapshots ask when a row was known.
NIGHTLY = (
    "billing_subscriptions", "billing_subscription_items", "billing_subscription_periods", "billing_payments", "billing_invoices",
    "crm_account_merges", "crm_accounts", "crm_contracts", "crm_onboarding_projects", "survey_responses",
    "support_tickets", "usage_users", "usage_identity_merges", "usage_events",
)  # fmt: skip
# From an event to its night; some come weeks late.
# Days before the last snapshot at which a week or a window begins.
EDGES = (0, 1, 2, 7, 8, 28, 29, 91, 92, 119, 120, 182, 183)
DELAYS = (timedelta(hours=1), timedelta(hours=8), timedelta(hours=23), timedelta(days=8))


def with_snapshots(company: Company, number: int, policy: Policy) -> Company:
    """A company with contracts and dunning; every other one lands night by night after a first pull."""
    subscriptions = company.rows.get("billing_subscriptions", [])
    moments = sorted({row["updated_at"] for row in subscriptions}) or [policy.as_of]
    chance = Chance(f"snapshots of {number} {company.name}", moments, policy)
    rows = {
        **company.rows,
        "crm_contracts": _contracts(chance, subscriptions),
        "billing_invoices": _dunned(chance, company.rows.get("billing_invoices", [])),
    }
    if chance.once_in(2):
        for name, own in _recent(chance, rows).items():
            rows[name] = [*rows.get(name, []), *own]
    if chance.once_in(2):
        pulled = chance.instant()
        for name in NIGHTLY:
            rows[name] = _night_by_night(chance, name, rows.get(name, []), pulled)
    return Company(company.name, rows)


def _contracts(chance: Chance, subscriptions: Sequence[Row]) -> list[Row]:
    """Contracts of some subscriptions, or of a customer as a whole."""
    contracts: list[Row] = []
    held = sorted({(row["customer_id"], row["subscription_id"]) for row in subscriptions})
    for customer, subscription in held:
        for _ in chance.some(0, 0, 1, 1, 2):
            start = chance.instant().date()
            months = chance.of([1, 3, 6, 12, 12, 24])
            end = start + timedelta(days=30 * months)
            contracts.append({
                "contract_id": f"k{len(contracts)}", "customer_id": customer,
                "subscription_id": chance.maybe(subscription, 3), "term_months": chance.maybe(months, 5),
                "start_date": start, "end_date": chance.maybe(end, 3), "renewal_date": chance.maybe(end, 3),
                "is_auto_renew": chance.of([None, True, False]),
                "notice_given_at": chance.instant() if chance.once_in(6) else None,
                "updated_at": chance.maybe(chance.after(datetime.combine(start, datetime.min.time())), 4),
            })  # fmt: skip
    return chance.delivered(
        "crm_contracts", contracts, {"term_months": 36}, {"is_auto_renew": False}
    )


def _dunned(chance: Chance, invoices: Sequence[Row]) -> list[Row]:
    """Invoices that fall due, and are paid or voided in time or not."""
    whens: dict[str, dict[str, Any]] = {}
    for row in invoices:
        issued = row["issued_at"]
        whens.setdefault(row["invoice_id"], {
            "due_at": chance.maybe(issued + timedelta(days=chance.of([0, 14, 30])), 5),
            "paid_at": chance.of([None, chance.after(issued)]),
            "voided_at": chance.of([None, None, None, chance.after(issued)]),
        })  # fmt: skip
    return [{**row, **whens[row["invoice_id"]]} for row in invoices]


def _recent(chance: Chance, rows: Mapping[str, Sequence[Row]]) -> dict[str, list[Row]]:
    """Much that happens within the windows that the last snapshots look at, and at their edges."""
    customers = sorted(set(columns_of(rows.get("crm_accounts", []), "customer_id")) - {None})
    users = sorted(set(columns_of(rows.get("usage_users", []), "user_id")))
    someone = [{"customer_id": customer, "user_id": None} for customer in customers]
    someone += [{"customer_id": None, "user_id": user} for user in users]
    found: dict[str, list[Row]] = {
        "survey_definitions": [
            {"survey_id": "recent nps", "survey_name": "r", "survey_type": "nps", "scale_code": "nps_0_10"},
            {"survey_id": "recent csat", "survey_name": "r", "survey_type": "csat", "scale_code": "csat_4"},
        ],
        "usage_events": [
            {
                "event_id": f"recent {n}", "event_name": chance.of(EVENTS), "feature_name": chance.of(FEATURES),
                "occurred_at": at, "received_at": at, "event_count": chance.of([None, 1, 2]), **chance.of(someone),
            }
            for n, at in _instants(chance, (40, 80))
        ],
        "support_tickets": [
            {
                "ticket_id": f"recent {n}", "status": "open", "priority": chance.of([None, "low", "high", "urgent"]),
                "created_at": at, "updated_at": at, **chance.of(someone),
            }
            for n, at in _instants(chance, (3, 8))
        ],
        "survey_responses": [
            {
                "survey_response_id": f"recent {n}", "survey_id": chance.of(["recent nps", "recent csat"]),
                "score": Decimal(chance.of([1, 2, 3, 4])), "responded_at": at, "updated_at": at, **chance.of(someone),
            }
            for n, at in _instants(chance, (3, 8))
        ],
        "billing_invoices": [], "billing_payments": [],
    }  # fmt: skip
    for n, at in _instants(chance, (3, 6)):
        terms = {"customer_id": chance.of(customers), "currency_code": "USD", "updated_at": at}
        due = at + timedelta(days=chance.of([0, 14, 30]))
        settled = chance.of([None, due, at + timedelta(days=chance.of([1, 20, 45]))])
        found["billing_invoices"].append({
            **terms, "invoice_id": f"recent {n}", "issued_at": at, "due_at": due,
            "status": chance.of(["paid", "open"] if settled else ["open", "open", "uncollectible"]),
            "paid_at": settled, "subtotal_amount_minor": 1000, "total_amount_minor": chance.of([1000, 1000, 0]),
        })  # fmt: skip
        for k in chance.some(0, 1, 2):
            failed = at + timedelta(days=chance.of([0, 1, 15, 31]), hours=chance.of([0, 3]))
            found["billing_payments"].append({
                **terms, "payment_id": f"recent {n} {k}", "invoice_id": f"recent {n}", "status": "failed",
                "amount_minor": 1000, "attempted_at": failed, "updated_at": failed,
            })  # fmt: skip
    usual = chance.policy.as_of - timedelta(hours=6)
    return {
        name: [
            {**dict.fromkeys(load_contract(name).column_names), **row, "_loaded_at": usual, "_operation": "upsert"}
            for row in own
        ]
        for name, own in found.items()
    }  # fmt: skip


def _instants(chance: Chance, counts: Sequence[int]) -> Iterator[tuple[int, datetime]]:
    """Instants of half a year before the last snapshot, many of them at the edges of windows."""
    last = chance.policy.day_of(chance.policy.as_of)
    for n in chance.some(*counts):
        days = chance.of([*EDGES, *range(1, 200, 7), *range(4, 200, 9)])
        midnight = chance.policy.start_of(last - timedelta(days=days))
        yield n, midnight + chance.of([timedelta(), timedelta(seconds=-1), timedelta(hours=13)])


def _night_by_night(chance: Chance, name: str, rows: Sequence[Row], pulled: datetime) -> list[Row]:
    """Rows in nights of their own: what was there before the first pull came with it.

    What arrives more than once, or tells itself when it landed, keeps the order in which it arrived.
    """
    contract = load_contract(name)
    column = contract.effective_at or contract.event_time or ""
    alike = Counter(_thing(row, contract.key, column) for row in rows)
    found = []
    for row in rows:
        at = row[column]
        is_once = alike[_thing(row, contract.key, column)] == 1 and row["_operation"] != "delete"
        if at and is_once and row["_loaded_at"] <= chance.policy.known_at:
            night = pulled if at < pulled else at + chance.of(DELAYS)
            found.append({**row, "_loaded_at": min(row["_loaded_at"], night)})
        else:
            found.append(row)
    return found


def _thing(row: Mapping[str, Any], key: Sequence[str], column: str) -> tuple[Any, ...]:
    return (*(row[name] for name in key), row[column])
