"""The flaws of real exports, put in on purpose: what a pipeline must survive.

Rows twice, deliveries repeated in part or whole, corrections of rows delivered before, a row that
vanishes from a full export, a few rows that no contract can accept, events from the future. Never a
word that a contract does not know: that stops a run by design, it is no flaw of an export.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from orchestration.ingestion.simulation.deliveries import Parts
from orchestration.ingestion.simulation.streams import Streams

DUPLICATED = (
    "billing_payments",
    "crm_accounts",
    "survey_responses",
    "usage_users",
    "support_tickets",
)
DUPLICATE_SHARE = 0.002
REPEATED_IN_PART = ("billing_invoices", "billing_subscriptions", "support_tickets", "survey_sends")
REPEATED_AT, REPEATED_ROWS = 6, 25
"""The seventh delivery begins with the last rows of the delivery before."""

REPEATED_WHOLE: Mapping[str, int] = {"billing_payments": 5, "usage_events": 8}
"""Deliveries whose file comes a second time a day later, under another name."""

VANISHED, VANISHES_AT = "LAUNCH-2022", 7
# Object: (column, new text, deliveries between a row and its correction).
CORRECTED: Mapping[str, tuple[str, str, int]] = {
    "billing_payments": ("failure_code", "do_not_honor", 4),
    "survey_responses": ("comment", "Comment removed at the respondent's request", 5),
    "cost_ledger": ("description", "Corrected after the provider's final statement", 6),
}
# Object: changes (under the export's names) that make a copy of a row unacceptable.
SPOILED: Mapping[str, tuple[dict[str, str | None], ...]] = {
    "billing_payments": ({"payment_id": "py_bad_0", "amount_minor": "12,5x"},),
    "billing_invoices": ({"invoice_id": "in_bad_0", "customer_id": None},),
    "survey_responses": ({"survey_response_id": "rsp_bad_0", "rating": "eleven"},),
    "support_tickets": ({"id": None}, {"id": "tic_bad_0", "created_at": "yesterday"}),
    "crm_accounts": ({"company_id": "acc_bad_0", "employees": "about fifty"},),
    "cost_ledger": ({"cost_entry_id": "cst_bad_0", "amount": "n/a"},),
}
SPOILED_AT = 3
FUTURE_SECONDS = 400 * 86_400
FUTURE_AT = 4


class Quirks:
    """Puts the flaws into the deliveries of one company."""

    def __init__(self, streams: Streams) -> None:
        self._streams = streams

    def distort(self, name: str, parts: Parts) -> Parts:
        """Deliveries of an object, with rows repeated, corrected or gone."""
        parts = dict(parts)
        if name == "billing_coupons":
            parts = {n: _without(p) if n >= VANISHES_AT else p for n, p in parts.items()}
        if name in CORRECTED:
            self._correct(name, parts)
        if name in DUPLICATED:
            parts = {n: self._duplicate(name, n, p) for n, p in parts.items()}
        if name in REPEATED_IN_PART:
            self._repeat(parts)
        return parts

    def _duplicate(self, name: str, number: int, part: Any) -> Any:
        if not part.num_rows:
            return part
        draw = self._streams.of(f"quirks.{name}", number).random(part.num_rows)
        times = 1 + (draw < DUPLICATE_SHARE)
        times[-1] += number == 0
        return part.take(pa.array(np.repeat(np.arange(part.num_rows), times)))

    @staticmethod
    def _repeat(parts: Parts) -> None:
        earlier = [n for n in sorted(parts) if n < REPEATED_AT and parts[n].num_rows]
        if not earlier:
            return
        source = parts[earlier[-1]]
        tail = source.slice(max(0, source.num_rows - REPEATED_ROWS))
        now = parts.get(REPEATED_AT)
        parts[REPEATED_AT] = tail if now is None else pa.concat_tables([tail, now])

    @staticmethod
    def _correct(name: str, parts: Parts) -> None:
        """The first row that has a text in the column comes again, later, with another text."""
        column, text, gap = CORRECTED[name]
        for number in sorted(parts):
            rows = parts[number].filter(pc.is_valid(parts[number][column]))
            if not rows.num_rows or number + gap not in range(1, 15):
                continue
            row = rows.slice(rows.num_rows - 1)
            row = row.set_column(row.column_names.index(column), column, pa.array([text]))
            now = parts.get(number + gap)
            parts[number + gap] = row if now is None else pa.concat_tables([now, row])
            return

    @staticmethod
    def spoil(name: str, number: int, raw: Any) -> Any:
        """The delivery of the third day, where there is one, gets rows that no contract accepts.

        Columns that are spoiled become text in the file, as they would in a real export.
        """
        if number != SPOILED_AT or name not in SPOILED or not raw.num_rows:
            return raw
        for changes in SPOILED[name]:
            row = raw.slice(raw.num_rows - 1)
            for column, text in changes.items():
                at = raw.column_names.index(column)
                raw = raw.set_column(at, column, raw[column].cast(pa.string()))
                row = row.set_column(at, column, pa.array([text], pa.string()))
            raw = pa.concat_tables([raw, row])
        return raw


def _without(part: Any) -> Any:
    return part.filter(pc.not_equal(part["coupon_id"], VANISHED))


def distort_events(number: int, events: Any, before: Any | None, streams: Streams) -> Any:
    """A day's events: some twice, some of the day before again, one corrected, one from the future."""
    draw = streams.of("quirks.usage_events", number).random(events.num_rows)
    parts = [events, events.filter(pa.array(draw < DUPLICATE_SHARE))]
    if before is not None and number % 3 == 0:
        parts.append(before.slice(max(0, before.num_rows - REPEATED_ROWS)))
    if before is not None and number == 5:
        parts.append(_renamed(before.slice(0, 1)))
    if number == FUTURE_AT:
        parts.append(_from_the_future(events.slice(0, 2)))
    if number == SPOILED_AT:
        row = events.slice(0, 1)
        at = row.column_names.index("event_name")
        parts.append(row.set_column(at, "event_name", pa.array([None], pa.string())))
    return pa.concat_tables(parts)


def _renamed(rows: Any) -> Any:
    """The same event with the feature it really was."""
    at = rows.column_names.index("feature_name")
    return rows.set_column(at, "feature_name", pa.array(["reports"] * rows.num_rows, pa.string()))


def _from_the_future(rows: Any) -> Any:
    """Two devices with a wrong clock."""
    moved = pc.add(rows["occurred_at"], pa.scalar(FUTURE_SECONDS, pa.duration("s")))
    names = pc.binary_join_element_wise(rows["event_id"], pa.scalar("f"), "")
    rows = rows.set_column(rows.column_names.index("event_id"), "event_id", names)
    return rows.set_column(rows.column_names.index("occurred_at"), "occurred_at", moved)
