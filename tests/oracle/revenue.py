"""Money that came in or went back: collected, refunded and metered usage, without tax.

Each entry counts on its own date: a payment when it was made, a refund when it was made, usage when its
invoice was finalised. Credit notes move no money and are in none of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction

from tests.oracle.amounts import Digits, converted, rounded, rounded_to
from tests.oracle.exchange import Rates
from tests.oracle.policy import EXPONENTS, Policy
from tests.oracle.raw_rows import Company, Known, Row

COLLECTED = {"succeeded", "disputed"}


@dataclass(frozen=True)
class Entry:
    """An amount in the reporting currency; positive whatever its kind."""

    customer: str
    # usage, collected or refunded
    kind: str
    day: date
    amount: Digits


def entries(company: Company, rates: Rates, policy: Policy) -> list[Entry]:
    """Every entry of a company before the run's end."""
    known = Known(company, policy.as_of, policy.known_at)
    invoices = {
        row["invoice_id"]: row
        for row in known.last("billing_invoices", "invoice_id", effective="updated_at")
    }
    payments = {
        row["payment_id"]: row
        for row in known.last("billing_payments", "payment_id", effective="updated_at")
    }
    found = [
        *_usage(known, invoices),
        *(
            (
                row["customer_id"],
                "collected",
                row["attempted_at"],
                row,
                invoices.get(row["invoice_id"]),
            )
            for row in payments.values()
            if row["status"] in COLLECTED
        ),
        *_refunds(known, payments, invoices),
    ]
    return [
        Entry(customer, kind, policy.day_of(at), _amount(row, invoice, rates, at))
        for customer, kind, at, row, invoice in found
        if at < policy.as_of
    ]


def sums(own: Sequence[Entry], start: date, end: date) -> dict[str, Digits]:
    """What a period's entries come to."""
    inside = [entry for entry in own if start <= entry.day < end]
    if not inside:
        return {}
    collected, refunded, usage = (
        sum(entry.amount for entry in inside if entry.kind == kind)
        for kind in ("collected", "refunded", "usage")
    )
    return {
        "usage_revenue_amount": usage,
        "collected_amount": collected,
        "refunded_amount": refunded,
        "net_revenue_amount": collected - refunded,
    }


Found = Iterator[tuple[str, str, datetime, Row, Row | None]]


def _usage(known: Known, invoices: dict[str, Row]) -> Found:
    metered = {
        history[0].row["price_id"]
        for history in known.versions("billing_prices", "price_id").values()
        if history[0].row["usage_type"] == "metered"
    }
    for line in _events(known, "billing_invoice_lines", "invoice_line_id"):
        invoice = invoices.get(line["invoice_id"])
        made = line["created_at"]
        is_there = made is None or made < known.as_of
        is_metered = line["line_type"] == "subscription" and line["price_id"] in metered
        is_usage = line["line_type"] == "usage" or is_metered
        if is_usage and is_there and invoice and invoice["status"] != "void":
            yield invoice["customer_id"], "usage", invoice["issued_at"], line, None


def _refunds(known: Known, payments: dict[str, Row], invoices: dict[str, Row]) -> Found:
    for refund in _events(known, "billing_refunds", "refund_id"):
        payment = payments.get(refund["payment_id"])
        invoice = invoices.get(payment["invoice_id"]) if payment else None
        yield refund["customer_id"], "refunded", refund["refunded_at"], refund, invoice


def _events(known: Known, name: str, key: str) -> list[Row]:
    """The last landed row of each thing that happened once."""
    return list({row[key]: row for row in known.rows(name)}.values())


def _amount(row: Row, invoice: Row | None, rates: Rates, at: datetime) -> Digits:
    """A row's amount without its share of the invoice's tax, in the reporting currency."""
    amount = Fraction(row["amount_minor"])
    if invoice and invoice["total_amount_minor"]:
        tax = amount * (invoice["tax_amount_minor"] or 0) / invoice["total_amount_minor"]
        amount -= rounded_to(tax, 10)
    units = rounded(amount / 10 ** EXPONENTS[row["currency_code"]])
    return converted(units, rates.at(row["currency_code"], at))
