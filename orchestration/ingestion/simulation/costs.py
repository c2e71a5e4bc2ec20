"""The raw cost ledger: what it costs to serve customers, month by month."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from orchestration.ingestion.simulation.catalogue import CURRENCIES
from orchestration.ingestion.simulation.dynamics import Chronicle
from orchestration.ingestion.simulation.streams import Streams
from orchestration.ingestion.simulation.subscriptions import customer_ids
from orchestration.ingestion.simulation.table import (
    Table,
    days,
    ids,
    instants,
    integers,
    where,
    words,
)
from orchestration.ingestion.simulation.timeline import DAY, HOUR, NONE, WEEK, Timeline, add_months

CATEGORIES = (
    "customer_success", "account_management", "support", "onboarding_training",
    "customer_marketing", "adoption_engineering", "product_development", "hosting", "payment_fees",
)  # fmt: skip
KEYS = ("per_customer", "mrr", "tickets", "usage")
_KEY_OF_CATEGORY = np.array([0, 1, 2, 0, 0, 3, 1, 3, 1])
_SHARE_OF_MRR = np.array([0.07, 0.03, 0.06, 0.02, 0.02, 0.015, 0.16, 0.08, 0.029])
_FIXED_USD = np.array([2500, 0, 2000, 500, 400, 800, 9000, 1500, 0])
HOSTING, MARKETING, SUCCESS = 7, 4, 0
CREDIT_MONTHS = 6


def ledger(life: Chronicle, timeline: Timeline, streams: Streams) -> Table:
    """Object `cost_ledger`: entries per month and category, one for one customer, some credits."""
    months = np.arange(len(timeline.month_starts))
    starts = timeline.month_starts
    ends = add_months(starts, 1)
    week = np.minimum((ends - timeline.start) // WEEK - 1, len(life.monthly_usd) - 1).clip(0)
    revenue = life.monthly_usd.sum(axis=1, dtype=np.float64)[week]
    noise = 1 + 0.05 * streams.of("costs").standard_normal((len(months), len(CATEGORIES)))
    usd = (_SHARE_OF_MRR * revenue[:, None] + _FIXED_USD) * noise
    month, category = (a.ravel() for a in np.indices(usd.shape))
    amount = np.round(usd.ravel() * 100)
    currency = np.where(category == MARKETING, 1, 0)
    amount = np.where(currency == 1, np.round(amount * 0.9), amount)
    key = _KEY_OF_CATEGORY[category]
    # The largest customer has a dedicated manager; hosting is credited back twice a year.
    largest = life.monthly_usd[week].argmax(axis=1)
    credited = months[CREDIT_MONTHS - 1 :: CREDIT_MONTHS]
    month = np.r_[month, months, credited]
    category = np.r_[category, np.full(len(months), SUCCESS), np.full(len(credited), HOSTING)]
    dedicated = np.round(revenue * 0.4 + 20_000)
    amount = np.r_[amount, dedicated, -np.round(usd[credited, HOSTING] * 12)]
    currency = np.r_[currency, np.zeros(len(months) + len(credited), dtype=np.int64)]
    key = np.r_[key, np.full(len(months), NONE), np.full(len(credited), 3)]
    customer = np.r_[np.full(usd.size, NONE), largest, np.full(len(credited), NONE)]
    text = np.r_[category[: usd.size], np.full(len(months), 9), np.full(len(credited), 10)]
    booked = ends[month] + 3 * DAY + 9 * HOUR
    texts = [c.replace("_", " ").capitalize() for c in CATEGORIES]
    texts += ["Dedicated manager", "Credit of the hosting provider"]
    columns = {
        "cost_entry_id": ids("cst_", month, text, width=4),
        "cost_category": words(CATEGORIES, category),
        "currency_code": words(CURRENCIES, currency),
        "amount_minor": integers(amount.astype(np.int64)),
        "service_start_date": days(starts[month]),
        "service_end_date": days(ends[month]),
        "customer_id": where(customer_ids(np.maximum(customer, 0)), customer >= 0),
        "allocation_key": words(KEYS, key),
        "description": pa.array(texts).take(pa.array(text)),
        "booked_at": instants(booked),
    }
    return Table("cost_ledger", columns, booked)
