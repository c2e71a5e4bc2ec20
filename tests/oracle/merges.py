"""Who is one customer: those whom billing knows, followed through merges, without test customers."""

from __future__ import annotations

from collections import defaultdict

from tests.oracle.policy import Policy
from tests.oracle.raw_rows import Company, Known

# Where billing names a customer, and when that customer is there at the latest.
NAMED = {
    "billing_subscription_periods": ("start_at", None, ("subscription_id", "start_at")),
    "billing_invoices": ("issued_at", "updated_at", ("invoice_id",)),
    "billing_payments": ("attempted_at", "updated_at", ("payment_id",)),
    "billing_refunds": ("refunded_at", None, ("refund_id",)),
}


def members(company: Company, policy: Policy) -> dict[str, list[str]]:
    """The billing customers of each customer after merges, of those who are there before `as_of`."""
    known = Known(company, policy.as_of, policy.known_at)
    merges = [row for row in known.rows("crm_account_merges") if row["merged_at"] < policy.as_of]
    survivor = {row["merged_customer_id"]: row["surviving_customer_id"] for row in merges}
    customers = known.last("billing_customers", "customer_id", effective="updated_at")
    tests = tests_of(known)
    there = {row["customer_id"] for row in customers if row["created_at"] < policy.as_of}
    # Who had a subscription was a customer, though it has vanished since.
    subscriptions = known.versions(
        "billing_subscriptions", "subscription_id", effective="updated_at"
    )
    there |= {
        version.row["customer_id"]
        for history in subscriptions.values()
        for version in history
        if version.row["start_at"] < policy.as_of
    }
    for name, (begins, effective, key) in NAMED.items():
        there |= {
            row["customer_id"]
            for row in known.last(name, *key, effective=effective)
            if row[begins] and row[begins] < policy.as_of
        }
    found: dict[str, list[str]] = defaultdict(list)
    for customer in sorted(there - tests):
        final = customer
        while final in survivor:
            final = survivor[final]
        found[final].append(customer)
    return dict(found)


def tests_of(known: Known) -> set[str]:
    """Test and internal customers, as billing says last."""
    customers = known.last("billing_customers", "customer_id", effective="updated_at")
    return {row["customer_id"] for row in customers if row["is_test"]}
