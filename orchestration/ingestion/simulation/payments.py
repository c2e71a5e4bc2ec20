"""Raw payments, refunds and credit notes: attempts to collect invoices, and money given back."""

from __future__ import annotations

import numpy as np

from orchestration.ingestion.simulation.catalogue import CURRENCIES
from orchestration.ingestion.simulation.invoices import PAID, Billing
from orchestration.ingestion.simulation.renewals import RETRY_DAYS
from orchestration.ingestion.simulation.streams import Streams
from orchestration.ingestion.simulation.subscriptions import customer_ids
from orchestration.ingestion.simulation.table import Table, ids, instants, integers, words
from orchestration.ingestion.simulation.timeline import DAY, HOUR, NONE, Ints

PAYMENT_STATUSES = ("succeeded", "failed", "pending", "disputed")
SUCCEEDED, FAILED, PENDING, DISPUTED = range(4)
FAILURE_CODES = ("card_declined", "insufficient_funds", "expired_card", "authentication_required")
REFUND_REASONS = ("requested_by_customer", "duplicate", "goodwill")
CREDIT_REASONS = ("order_change", "service_outage", "billing_error")
DISPUTE_SHARE, REFUND_SHARE, CREDIT_SHARE = 0.003, 0.012, 0.01


def payments(billing: Billing, streams: Streams) -> Table:
    """Object `billing_payments`: every attempt; direct debits are pending first, few are disputed."""
    rows = billing.rows
    n = billing.size
    draw = streams.of("payments").random((n, 3))
    failures = np.where(rows["fails"], np.where(rows["lost"], 5, rows["retry"] + 1), 0)
    failures = np.where(billing.total > 0, failures, 0)
    invoice = np.repeat(np.arange(n), failures)
    attempt = np.arange(len(invoice)) - np.repeat(np.cumsum(failures) - failures, failures)
    wait: Ints = np.r_[0, RETRY_DAYS]
    failed_at = rows["at"][invoice] + wait[attempt] * DAY + HOUR
    paid = np.flatnonzero((billing.status == PAID) & (billing.total > 0))
    pending = paid[billing.pending[paid]]
    disputed = paid[draw[paid, 1] < DISPUTE_SHARE]
    tried = np.where(billing.pending, rows["at"] + HOUR, billing.settled_at)
    disputed_at = billing.settled_at[disputed] + 18 * DAY
    parts = (
        (invoice, attempt, FAILED, failed_at, failed_at),
        (paid, failures[paid], SUCCEEDED, tried[paid], billing.settled_at[paid]),
        (pending, failures[pending], PENDING, tried[pending], tried[pending]),
        (disputed, failures[disputed], DISPUTED, tried[disputed], disputed_at),
    )
    i = np.concatenate([p[0] for p in parts])
    status = np.concatenate([np.full(len(p[0]), p[2]) for p in parts])
    at = np.concatenate([p[4] for p in parts])
    code = (draw[i, 2] * len(FAILURE_CODES)).astype(np.int64)
    columns = {
        "payment_id": payment_ids(i, np.concatenate([p[1] for p in parts])),
        "customer_id": customer_ids(rows["customer"][i]),
        "invoice_id": billing.ids(i),
        "status": words(PAYMENT_STATUSES, status),
        "failure_code": words(FAILURE_CODES, np.where(status == FAILED, code, NONE)),
        "currency_code": words(CURRENCIES, billing.currency[i]),
        "amount_minor": integers(billing.total[i]),
        "attempted_at": instants(np.concatenate([p[3] for p in parts])),
        "updated_at": instants(at),
    }
    return Table("billing_payments", columns, at)


def payment_ids(invoices: Ints, attempts: Ints) -> object:
    """Identifiers of payments: the invoice's number and the attempt's, from 0."""
    return ids("py_", invoices, attempts, width=8)


def refunds(billing: Billing, streams: Streams) -> Table:
    """Object `billing_refunds`: part or all of a payment, some days later."""
    rows = billing.rows
    draw = streams.of("refunds").random((billing.size, 4))
    chosen = (draw[:, 0] < REFUND_SHARE) & (billing.status == PAID) & (billing.total > 0)
    i = np.flatnonzero(chosen)
    amount = np.ceil(billing.total[i] * np.where(draw[i, 1] < 0.4, 1, draw[i, 1]))
    at = billing.settled_at[i] + ((1 + 20 * draw[i, 2]) * DAY).astype(np.int64)
    attempts = np.where(rows["fails"], rows["retry"] + 1, 0)[i]
    columns = {
        "refund_id": ids("re_", i, width=8),
        "customer_id": customer_ids(rows["customer"][i]),
        "payment_id": payment_ids(i, attempts),
        "currency_code": words(CURRENCIES, billing.currency[i]),
        "amount_minor": integers(amount.astype(np.int64)),
        "reason": words(REFUND_REASONS, (draw[i, 3] * len(REFUND_REASONS)).astype(np.int64)),
        "refunded_at": instants(at),
    }
    return Table("billing_refunds", columns, at)


def credit_notes(billing: Billing, streams: Streams) -> Table:
    """Object `billing_credit_notes`: part of an invoice is credited, before tax."""
    rows = billing.rows
    draw = streams.of("credit_notes").random((billing.size, 4))
    i = np.flatnonzero((draw[:, 0] < CREDIT_SHARE) & (billing.subtotal > 0))
    amount = np.ceil(billing.subtotal[i] * (0.1 + 0.4 * draw[i, 1])).astype(np.int64)
    at = rows["at"][i] + ((1 + 25 * draw[i, 2]) * DAY).astype(np.int64)
    columns = {
        "credit_note_id": ids("cn_", i, width=8),
        "customer_id": customer_ids(rows["customer"][i]),
        "invoice_id": billing.ids(i),
        "currency_code": words(CURRENCIES, billing.currency[i]),
        "amount_minor": integers(amount),
        "reason": words(CREDIT_REASONS, (draw[i, 3] * len(CREDIT_REASONS)).astype(np.int64)),
        "issued_at": instants(at),
    }
    return Table("billing_credit_notes", columns, at)
