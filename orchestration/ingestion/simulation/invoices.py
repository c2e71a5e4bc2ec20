"""Raw invoices and their lines: what was billed, discounts taken off, and when it was paid."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from orchestration.ingestion.simulation.book import BILLING_REASONS
from orchestration.ingestion.simulation.catalogue import CURRENCIES, PriceList
from orchestration.ingestion.simulation.discounts import Discounts
from orchestration.ingestion.simulation.journal import Rows
from orchestration.ingestion.simulation.population import Population
from orchestration.ingestion.simulation.renewals import GIVE_UP_DAYS, RETRY_DAYS
from orchestration.ingestion.simulation.streams import Streams
from orchestration.ingestion.simulation.subscriptions import (
    customer_ids,
    item_ids,
    subscription_ids,
)
from orchestration.ingestion.simulation.table import (
    Table,
    constant,
    ids,
    instants,
    integers,
    numbers,
    where,
    words,
)
from orchestration.ingestion.simulation.timeline import (
    DAY,
    HOUR,
    NONE,
    Bools,
    Floats,
    Ints,
    add_months,
)

INVOICE_STATUSES = ("open", "paid", "uncollectible", "void")
OPEN, PAID, UNCOLLECTIBLE, VOID = range(4)
CREATE, CYCLE, UPDATE = range(3)


@dataclass(frozen=True)
class Line:
    """One kind of line: a row of arrays for the invoices that have it."""

    name: str
    line_type: str
    invoice: Ints
    amount: Ints
    quantity: Floats
    price: Ints
    item_kind: int
    starts: Ints
    ends: Ints


class Billing:
    """All invoices in order of issue, with their lines and totals in minor units."""

    def __init__(
        self,
        rows: Rows,
        people: Population,
        prices: PriceList,
        discounts: Discounts,
        streams: Streams,
    ) -> None:
        self.rows, self.people, self._prices, self._discounts = rows, people, prices, discounts
        self.size = len(rows["at"])
        self.currency = people.currency[rows["customer"]]
        self.lines = self._licensed_lines()
        self.lines.append(self._usage_line(streams))
        self.lines.append(self._onboarding_line())
        before = self._sum()
        self.lines.append(self._proration_line(before))
        self.subtotal = self._sum()
        rate = people.tax_rate[rows["customer"]]
        self.tax = np.round(self.subtotal * rate).astype(np.int64)
        self.total = self.subtotal + self.tax
        taxed = np.flatnonzero(self.tax)
        self.lines.append(self._line("tax", "tax", taxed, self.tax[taxed]))
        self.settled_at, self.status = self._settle(streams)

    def ids(self, invoices: Ints) -> Any:
        """Identifiers of invoices."""
        return ids("in_", invoices, width=8)

    def _sum(self) -> Ints:
        total = np.zeros(self.size, dtype=np.int64)
        for line in self.lines:
            total[line.invoice] += line.amount
        return total

    def _line(self, name: str, line_type: str, invoice: Ints, amount: Ints, **more: Any) -> Line:
        none = np.full(len(invoice), NONE, dtype=np.int64)
        return Line(
            name, line_type, invoice, amount,
            more.get("quantity", np.ones(len(invoice))), more.get("price", none),
            more.get("item_kind", NONE),
            more.get("starts", self.rows["period_start"][invoice]),
            more.get("ends", self.rows["period_end"][invoice]),
        )  # fmt: skip

    def _licensed_lines(self) -> list[Line]:
        rows, lines = self.rows, []
        billed = rows["reason"] != UPDATE
        ones = np.ones(self.size, dtype=np.int64)
        for kind, name in enumerate(("plan", "insights", "priority")):
            present = billed if name == "plan" else billed & rows[name]
            quantity = ones if name == "priority" else rows["seats"]
            price = rows[f"{name}_price"]
            gross = np.round(self._prices.charge(price, quantity))
            net = gross - self._discounts.taken_off(rows, gross, is_plan=name == "plan")
            i = np.flatnonzero(present)
            lines.append(
                self._line(
                    name, "subscription", i, net[i].astype(np.int64),
                    quantity=quantity[i].astype(np.float64), price=price[i], item_kind=kind,
                )
            )  # fmt: skip
        return lines

    def _usage_line(self, streams: Streams) -> Line:
        """Metered calls of the period that ended."""
        rows = self.rows
        spread = streams.of("metered").standard_normal(self.size)
        i = np.flatnonzero(rows["metered"] & (rows["reason"] == CYCLE))
        months = np.where(rows["annual"][i], 12, 1)
        calls = np.round(rows["seats"][i] * 90 * months * np.exp(0.6 * spread[i]))
        price = rows["metered_price"][i]
        amount = np.round(self._prices.charge(price, calls.astype(np.int64))).astype(np.int64)
        ends = rows["period_start"][i]
        return self._line(
            "metered", "usage", i, amount, quantity=calls, price=price, item_kind=3,
            starts=add_months(ends, -months), ends=ends,
        )  # fmt: skip

    def _onboarding_line(self) -> Line:
        rows = self.rows
        first = np.unique(rows["customer"], return_index=True)[1]
        i = np.sort(first[self.people.buys_onboarding[rows["customer"][first]]])
        price = rows["onboarding_price"][i]
        amount = np.round(self._prices.unit[price, 0]).astype(np.int64)
        return self._line(
            "onboarding", "one_off", i, amount, price=price, ends=rows["at"][i] + 30 * DAY
        )

    def _proration_line(self, before: Ints) -> Line:
        """Changes inside a period; a credit never makes an invoice negative."""
        rows = self.rows
        amount = np.maximum(rows["proration"], -before)
        i = np.flatnonzero(amount)
        inside = rows["reason"][i] == UPDATE
        months = np.where(rows["annual"][i], 12, 1)
        start = rows["period_start"][i]
        return self._line(
            "proration", "proration", i, amount[i],
            starts=np.where(inside, rows["at"][i], add_months(start, -months)),
            ends=np.where(inside, rows["period_end"][i], start),
        )  # fmt: skip

    def _settle(self, streams: Streams) -> tuple[Ints, Ints]:
        rows = self.rows
        at, retry = rows["at"], rows["retry"]
        draw = streams.of("settlement").random((self.size, 2))
        # Direct debits in euros are pending for three days.
        debit = (self.currency == 1) & (draw[:, 0] < 0.35)
        self.pending: Bools = debit & ~rows["fails"] & ~rows["by_invoice"]
        settled = at + HOUR + np.where(self.pending, 3 * DAY, 0)
        settled = np.where(rows["fails"], at + RETRY_DAYS[retry] * DAY + HOUR, settled)
        settled = np.where(rows["lost"], at + GIVE_UP_DAYS * DAY + HOUR, settled)
        by_transfer = at + 30 * DAY + (rows["days_late"] * DAY).astype(np.int64)
        settled = np.where(rows["by_invoice"], by_transfer, settled)
        lost = np.where(draw[:, 1] < 0.8, UNCOLLECTIBLE, VOID)
        status = np.where(rows["lost"], lost, PAID)
        free = self.total == 0
        return np.where(free, at + 60, settled), np.where(free, PAID, status)

    def invoices(self) -> Table:
        """Object `billing_invoices`: as issued, and as paid or given up."""
        rows = self.rows
        both = np.repeat(np.arange(self.size), 2)
        final = np.tile([False, True], self.size)
        at = np.where(final, self.settled_at[both], rows["at"][both])
        status = np.where(final, self.status[both], OPEN)
        paid = status == PAID
        attempts = np.where(rows["fails"], np.where(rows["lost"], 5, rows["retry"] + 2), 1)
        attempts = np.where(self.total == 0, 0, attempts)
        due = rows["at"] + np.where(rows["by_invoice"], 30 * DAY, 0)
        customer = rows["customer"][both]
        columns = {
            "invoice_id": self.ids(both),
            "customer_id": customer_ids(customer),
            "subscription_id": subscription_ids(rows["subscription"][both]),
            "invoice_number": ids("TN-", both + 1),
            "status": words(INVOICE_STATUSES, status),
            "billing_reason": words(BILLING_REASONS, rows["reason"][both]),
            "currency_code": words(CURRENCIES, self.currency[both]),
            "subtotal_amount_minor": integers(self.subtotal[both]),
            "tax_amount_minor": integers(self.tax[both]),
            "total_amount_minor": integers(self.total[both]),
            "amount_paid_minor": integers(np.where(paid, self.total[both], 0)),
            "attempt_count": integers(np.where(final, attempts[both], 0)),
            "issued_at": instants(rows["at"][both]),
            "due_at": instants(due[both]),
            "paid_at": instants(np.where(paid, at, NONE)),
            "voided_at": instants(np.where(status == VOID, at, NONE)),
            "updated_at": instants(at),
        }
        return Table("billing_invoices", columns, at)

    def invoice_lines(self) -> Table:
        """Object `billing_invoice_lines`."""
        parts = [self._line_columns(number, line) for number, line in enumerate(self.lines)]
        columns = {name: pa.concat_arrays([p[name] for p in parts]) for name in parts[0]}
        at = np.concatenate([self.rows["at"][line.invoice] for line in self.lines])
        return Table("billing_invoice_lines", columns, at)

    def _line_columns(self, number: int, line: Line) -> dict[str, Any]:
        i, n = line.invoice, len(line.invoice)
        subscription = self.rows["subscription"][i]
        is_item = np.full(n, line.item_kind >= 0)
        return {
            "invoice_line_id": ids("il_", i, np.full(n, number), width=8),
            "invoice_id": self.ids(i),
            "subscription_id": where(
                subscription_ids(subscription), np.full(n, line.name != "tax")
            ),
            "subscription_item_id": where(item_ids(subscription, max(line.item_kind, 0)), is_item),
            "price_id": words(self._prices.ids, line.price),
            "line_type": constant(line.line_type, n),
            "description": constant(line.name.replace("_", " ").capitalize(), n),
            "currency_code": words(CURRENCIES, self.currency[i]),
            "amount_minor": integers(line.amount),
            "quantity": numbers(line.quantity, np.full(n, line.name != "tax")),
            "period_start_at": instants(line.starts),
            "period_end_at": instants(line.ends),
            "created_at": instants(self.rows["at"][i]),
        }
