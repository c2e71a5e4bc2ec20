"""How the simulated company's systems export: other names, units, words and date formats.

One declaration per object drives both sides: the raw files are made with it, and the mapping that
the pipeline reads is written from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

FileFormat = Literal["csv", "jsonl", "parquet"]


@dataclass(frozen=True)
class Rule:
    """How one contract column is exported; by default under its own name, unchanged."""

    source: str | None = None
    major: bool = False
    words: Mapping[str, str] = field(default_factory=dict)
    """Word of the export by word of the contract."""
    constant: str | None = None
    format: str | None = None
    inclusive_end: bool = False
    timezone: str | None = None

    def mapping(self, column: str) -> Any:
        """The column's entry in the mapping file."""
        if self.constant is not None:
            return {"constant": self.constant}
        entry: dict[str, Any] = {"from": self.source or column}
        if self.major:
            entry["unit"] = "major"
        if self.words:
            entry["values"] = {raw: word for word, raw in self.words.items()}
        if self.format:
            entry["format"] = self.format
        if self.timezone:
            entry["timezone"] = self.timezone
        if self.inclusive_end:
            entry["inclusive_end"] = True
        return entry["from"] if len(entry) == 1 else entry


@dataclass(frozen=True)
class Export:
    """File format of an object and the columns that are exported in another shape."""

    rules: Mapping[str, Rule] = field(default_factory=dict)
    file_format: FileFormat = "csv"
    hides_after: str | None = None
    """Column of a full export that shows an instant only once it has come."""

    def rule(self, column: str) -> Rule:
        """The rule of a column."""
        return self.rules.get(column, Rule())


def named(**sources: str) -> dict[str, Rule]:
    """Rules that only rename."""
    return {column: Rule(source) for column, source in sources.items()}


GERMAN_DATE = "%d.%m.%Y"
PRIORITIES = {"urgent": "P1", "high": "P2", "normal": "P3", "low": "P4"}
STAGES = {
    "subscriber": "Subscriber",
    "lead": "Lead",
    "marketing_qualified_lead": "MQL",
    "sales_qualified_lead": "SQL",
    "opportunity": "Opportunity",
    "customer": "Customer",
    "evangelist": "Evangelist",
}
EXPORTS: Mapping[str, Export] = {
    "billing_products": Export(named(product_name="name", is_active="active")),
    "billing_prices": Export(
        named(currency_code="currency", created_at="created")
        | {"unit_amount_minor": Rule("unit_amount", major=True)}
    ),
    "billing_price_tiers": Export(named(up_to_quantity="up_to")),
    "billing_coupons": Export(named(coupon_name="name", currency_code="currency")),
    "billing_discounts": Export(),
    "billing_exchange_rates": Export(named(exchange_rate="rate", valid_from_date="valid_from")),
    "billing_customers": Export(
        named(
            customer_id="id", customer_name="name", country_code="country", is_test="test_account"
        )
    ),
    "billing_subscriptions": Export(
        named(
            subscription_id="id",
            customer_id="customer",
            currency_code="currency",
            start_at="start_date",
            is_cancel_at_period_end="cancel_at_period_end",
            updated_at="changed_at",
        )
    ),
    "billing_subscription_items": Export(
        named(subscription_item_id="id", subscription_id="subscription", price_id="price")
    ),
    "billing_invoices": Export(named(currency_code="currency", invoice_number="number")),
    "billing_invoice_lines": Export(
        named(currency_code="currency")
        | {"amount_minor": Rule("amount", major=True), "line_type": Rule("type")}
    ),
    "billing_payments": Export(named(currency_code="currency")),
    "billing_refunds": Export(
        named(currency_code="currency") | {"amount_minor": Rule("amount", major=True)}
    ),
    "billing_credit_notes": Export(
        named(currency_code="currency") | {"amount_minor": Rule("amount", major=True)}
    ),
    "usage_events": Export(
        named(event_name="event", occurred_at="timestamp", received_at="received_timestamp"),
        file_format="parquet",
    ),
    "usage_users": Export(named(user_id="id", customer_id="account", user_name="name")),
    "usage_identity_merges": Export(
        named(merged_user_id="previous_id", surviving_user_id="user_id", merged_at="timestamp")
    ),
    "survey_definitions": Export(),
    "survey_sends": Export(
        {
            "channel": Rule(constant="email"),
            "sent_at": Rule("sent", timezone="Europe/Berlin", format="%d.%m.%Y %H:%M:%S"),
        }
    ),
    "survey_responses": Export(named(score="rating"), file_format="jsonl"),
    "support_tickets": Export(
        named(ticket_id="id", customer_id="organization_id", user_id="requester_id")
        | {"priority": Rule(words=PRIORITIES)},
        file_format="jsonl",
    ),
    "crm_accounts": Export(
        named(account_id="company_id", account_name="name", employee_count="employees")
    ),
    "crm_account_merges": Export(),
    "crm_lifecycle_stages": Export({"stage_name": Rule("stage", words=STAGES)}),
    "crm_csm_assignments": Export(hides_after="unassigned_at"),
    "crm_contracts": Export(
        {
            "start_date": Rule("begins", format=GERMAN_DATE),
            "end_date": Rule("last_day", format=GERMAN_DATE, inclusive_end=True),
            "renewal_date": Rule("renews", format=GERMAN_DATE),
        }
    ),
    "crm_onboarding_projects": Export(),
    "growth_referrals": Export(),
    "cost_ledger": Export(
        named(cost_category="category", currency_code="currency", service_start_date="service_from")
        | {
            "amount_minor": Rule("amount", major=True),
            "service_end_date": Rule("service_until", inclusive_end=True),
        }
    ),
}
LOADED_AT_FROM = {"regex": r"(?:^|/)(\d{4}-\d{2}-\d{2})[^/]*$", "format": "%Y-%m-%d"}
"""A file is named after the day on which it was delivered: it holds what was known before."""

FILES = {"csv": "*.csv.gz", "jsonl": "*.jsonl.gz", "parquet": "*.parquet"}
