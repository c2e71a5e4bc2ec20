"""What a random company invoices: lines, payments, refunds and credit notes."""

from __future__ import annotations

from datetime import datetime

from hypothesis import strategies as st

from tests.oracle.catalogues import CURRENCIES
from tests.oracle.raw_rows import Row

amounts = st.sampled_from([0, 1, 333, 1000, 11900, 50001])


def invoices(
    draw: st.DrawFn, rows: dict[str, list[Row]], moments: list[datetime], customers: list[str]
) -> None:
    """Invoices of some customers, and payments with or without one.

    Lines have no service period: nothing of MRR is to be rebuilt from them.
    """
    prices = [row["price_id"] for row in rows["billing_prices"]]
    for n in range(draw(st.sampled_from([0, 0, 1, 2, 4]))):
        customer, at = draw(st.sampled_from(customers)), draw(st.sampled_from(moments))
        terms = {"customer_id": customer, "currency_code": draw(st.sampled_from(CURRENCIES))}
        net = draw(amounts)
        tax = draw(st.sampled_from([None, 0, net // 5, net // 13]))
        rows["billing_invoices"].append({
            **terms, "invoice_id": f"in{n}", "issued_at": at, "updated_at": draw(st.sampled_from([None, at])),
            "status": draw(st.sampled_from(["paid", "paid", "open", "void", "uncollectible", "draft"])),
            "subtotal_amount_minor": net, "tax_amount_minor": tax, "total_amount_minor": net + (tax or 0),
        })  # fmt: skip
        kinds = ["usage", "usage", "one_off", "subscription", "proration", "tax"]
        for k in range(draw(st.integers(0, 2))):
            rows["billing_invoice_lines"].append({
                "invoice_line_id": f"in{n}l{k}", "invoice_id": f"in{n}",
                "line_type": draw(st.sampled_from(kinds)), "currency_code": terms["currency_code"],
                "price_id": draw(st.sampled_from([None, *prices])),
                "amount_minor": draw(amounts), "created_at": draw(st.sampled_from([None, at, at, *moments])),
            })  # fmt: skip
        if draw(st.booleans()):
            rows["billing_credit_notes"].append({
                **terms, "credit_note_id": f"cn{n}", "invoice_id": f"in{n}", "amount_minor": draw(amounts),
                "issued_at": draw(st.sampled_from(moments)),
            })  # fmt: skip
        for k in range(draw(st.integers(0, 2))):
            _payment(draw, rows, moments, terms, (f"in{n}", f"in{n}p{k}"))


def _payment(
    draw: st.DrawFn,
    rows: dict[str, list[Row]],
    moments: list[datetime],
    terms: Row,
    names: tuple[str, str],
) -> None:
    """A payment, and its refund."""
    invoice, payment = names
    at = draw(st.sampled_from(moments))
    rows["billing_payments"].append({
        **terms, "payment_id": payment, "invoice_id": draw(st.sampled_from([invoice, invoice, None])),
        "status": draw(st.sampled_from(["succeeded", "succeeded", "disputed", "failed", "pending"])),
        "amount_minor": draw(amounts), "attempted_at": at,
        "updated_at": draw(st.sampled_from([None, at, at, *moments])),
    })  # fmt: skip
    if not draw(st.integers(0, 2)):
        rows["billing_refunds"].append({
            **terms, "refund_id": f"{payment}r", "payment_id": draw(st.sampled_from([payment, None])),
            "amount_minor": draw(amounts), "refunded_at": draw(st.sampled_from(moments)),
        })  # fmt: skip
