"""Raw objects fit together: every reference leads somewhere, and money and time add up."""

from __future__ import annotations

import duckdb
import pytest

REFERENCES = [
    ("billing_prices", "product_id", "billing_products", "product_id"),
    ("billing_price_tiers", "price_id", "billing_prices", "price_id"),
    ("billing_subscriptions", "customer_id", "billing_customers", "customer_id"),
    ("billing_subscription_items", "subscription_id", "billing_subscriptions", "subscription_id"),
    ("billing_subscription_items", "price_id", "billing_prices", "price_id"),
    ("billing_discounts", "coupon_id", "billing_coupons", "coupon_id"),
    ("billing_discounts", "customer_id", "billing_customers", "customer_id"),
    ("billing_discounts", "subscription_id", "billing_subscriptions", "subscription_id"),
    (
        "billing_discounts",
        "subscription_item_id",
        "billing_subscription_items",
        "subscription_item_id",
    ),
    ("billing_invoices", "customer_id", "billing_customers", "customer_id"),
    ("billing_invoices", "subscription_id", "billing_subscriptions", "subscription_id"),
    ("billing_invoice_lines", "invoice_id", "billing_invoices", "invoice_id"),
    ("billing_invoice_lines", "price_id", "billing_prices", "price_id"),
    (
        "billing_invoice_lines",
        "subscription_item_id",
        "billing_subscription_items",
        "subscription_item_id",
    ),
    ("billing_payments", "invoice_id", "billing_invoices", "invoice_id"),
    ("billing_refunds", "payment_id", "billing_payments", "payment_id"),
    ("billing_credit_notes", "invoice_id", "billing_invoices", "invoice_id"),
    ("usage_users", "customer_id", "billing_customers", "customer_id"),
    ("usage_events", "user_id", "usage_users", "user_id"),
    ("usage_events", "customer_id", "billing_customers", "customer_id"),
    ("usage_identity_merges", "surviving_user_id", "usage_users", "user_id"),
    ("survey_sends", "user_id", "usage_users", "user_id"),
    ("survey_responses", "survey_send_id", "survey_sends", "survey_send_id"),
    ("survey_responses", "survey_id", "survey_definitions", "survey_id"),
    ("survey_responses", "ticket_id", "support_tickets", "ticket_id"),
    ("support_tickets", "user_id", "usage_users", "user_id"),
    ("crm_accounts", "customer_id", "billing_customers", "customer_id"),
    ("crm_lifecycle_stages", "account_id", "crm_accounts", "account_id"),
    ("crm_csm_assignments", "customer_id", "billing_customers", "customer_id"),
    ("crm_contracts", "subscription_id", "billing_subscriptions", "subscription_id"),
    ("crm_onboarding_projects", "customer_id", "billing_customers", "customer_id"),
    ("crm_account_merges", "merged_customer_id", "billing_subscriptions", "customer_id"),
    ("crm_account_merges", "surviving_customer_id", "billing_subscriptions", "customer_id"),
    ("growth_referrals", "referrer_user_id", "usage_users", "user_id"),
    ("growth_referrals", "referred_customer_id", "billing_customers", "customer_id"),
    ("cost_ledger", "customer_id", "billing_customers", "customer_id"),
]


@pytest.mark.parametrize(("child", "column", "parent", "key"), REFERENCES)
def test_every_reference_leads_somewhere(
    company: duckdb.DuckDBPyConnection, child: str, column: str, parent: str, key: str
) -> None:
    found = company.execute(
        f"select count(*), count(distinct c.{column}) from {child} c "
        f"where c.{column} is not null and c.{column} not in "
        f"(select {key} from {parent} where {key} is not null)"
    ).fetchone()
    filled = company.execute(f"select count({column}) from {child}").fetchone()
    assert found == (0, 0)
    assert filled is not None
    assert filled[0] > 0


@pytest.mark.parametrize(
    ("table", "key"),
    [
        ("billing_subscriptions", "subscription_id"),
        ("billing_subscription_items", "subscription_item_id"),
        ("billing_invoices", "invoice_id"),
        ("crm_accounts", "account_id"),
        ("support_tickets", "ticket_id"),
        ("usage_users", "user_id"),
        ("crm_contracts", "contract_id"),
        ("growth_referrals", "referral_id"),
    ],
)
def test_a_version_says_one_thing(company: duckdb.DuckDBPyConnection, table: str, key: str) -> None:
    conflicts = company.execute(
        f"select {key}, updated_at from (select distinct * exclude (filename) from {table}) "
        f"where {key} not like '%bad%' group by all having count(*) > 1"
    ).fetchall()
    assert conflicts == []


def test_subscriptions_begin_and_end_in_order(company: duckdb.DuckDBPyConnection) -> None:
    wrong = company.execute(
        "select subscription_id from billing_subscriptions where "
        "cast(updated_at as timestamp) < cast(start_at as timestamp) "
        "or cast(ended_at as timestamp) <= cast(start_at as timestamp) "
        "or cast(canceled_at as timestamp) > cast(coalesce(ended_at, '9999-01-01') as timestamp) "
        "or (ended_at is not null) <> (status = 'canceled')"
    ).fetchall()
    assert wrong == []


def test_nothing_happens_to_a_subscription_after_its_end(
    company: duckdb.DuckDBPyConnection,
) -> None:
    wrong = company.execute(
        "with ends as (select subscription_id, max(ended_at) ended_at from billing_subscriptions "
        "group by all having max(ended_at) is not null) "
        "select subscription_id from ends join billing_subscriptions s using (subscription_id) "
        "where s.updated_at > ends.ended_at "
        "union all select subscription_id from ends join billing_invoices i using (subscription_id) "
        "where i.issued_at >= ends.ended_at"
    ).fetchall()
    assert wrong == []


def test_a_customer_has_one_running_subscription_at_a_time(
    company: duckdb.DuckDBPyConnection,
) -> None:
    wrong = company.execute(
        "with spans as (select customer_id, subscription_id, min(start_at) s, "
        "coalesce(max(ended_at), '9999') e from billing_subscriptions "
        "where status not like 'incomplete%' group by all) "
        "select a.customer_id from spans a join spans b using (customer_id) "
        "where a.subscription_id < b.subscription_id and a.s < b.e and b.s < a.e"
    ).fetchall()
    assert wrong == []


def test_lines_add_up_to_their_invoice(company: duckdb.DuckDBPyConnection) -> None:
    wrong = company.execute(
        "with lines as (select invoice_id, sum(cast(amount_minor as decimal(18,3))) total "
        "from (select distinct * exclude (filename) from billing_invoice_lines) group by all), "
        "invoices as (select distinct invoice_id, cast(total_amount_minor as decimal(18,3)) "
        "/ case currency_code when 'JPY' then 1 when 'KWD' then 1000 else 100 end as total "
        "from billing_invoices where customer_id is not null) "
        "select count(*), count(*) filter (abs(lines.total - invoices.total) > 0.0005) "
        "from invoices left join lines using (invoice_id) "
        "where lines.total is not null or invoices.total <> 0"
    ).fetchone()
    assert wrong is not None
    assert wrong[0] > 1000
    assert wrong[1] == 0


def test_paid_invoices_are_covered_by_successful_payments(
    company: duckdb.DuckDBPyConnection,
) -> None:
    wrong = company.execute(
        "with paid as (select distinct invoice_id, amount_paid_minor from billing_invoices "
        "where status = 'paid' and amount_paid_minor <> '0' and customer_id is not null), got as (select invoice_id, "
        "max(amount_minor) amount from billing_payments where status = 'succeeded' group by all) "
        "select invoice_id from paid left join got using (invoice_id) "
        "where amount is distinct from amount_paid_minor"
    ).fetchall()
    assert wrong == []
