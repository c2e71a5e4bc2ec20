"""What the CRM and billing say of a random company's customers: the attributes of the segments."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from hypothesis import strategies as st

from tests.oracle.raw_rows import Row

LONG_KNOWN = datetime.fromisoformat("2000-01-01")
countries = st.sampled_from([None, "DE", "us", "US", "JP"])
attributes = st.fixed_dictionaries({
    "country_code": countries,
    "employee_count": st.sampled_from([None, 1, 9, 10, 250, 5000]),
    "company_size_band": st.sampled_from([None, None, None, "huge"]),
    "acquisition_channel": st.sampled_from([None, "ads", "partner"]),
})  # fmt: skip


def rare(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Mostly nothing, sometimes a value."""
    return st.one_of(st.none(), st.none(), st.none(), strategy)


def crm(
    draw: st.DrawFn,
    rows: dict[str, list[Row]],
    moments: list[datetime],
    customers: list[str],
    name: str,
) -> None:
    """Accounts with versions, owners that come and go, and customers in billing.

    All of a company is in the industry named like it, so that its own rows are published.
    """
    for customer in customers:
        if draw(rare(st.just(1))):
            rows["billing_customers"].append({
                "customer_id": customer, "created_at": LONG_KNOWN, "country_code": draw(countries),
                "is_test": draw(st.sampled_from([None, False, False, False, True])),
            })  # fmt: skip
        for account in [customer, *(["a"] if not draw(st.integers(0, 9)) else [])]:
            changes = draw(st.lists(st.sampled_from(moments), max_size=2, unique=True))
            for since in [LONG_KNOWN, *changes]:
                rows["crm_accounts"].append({
                    "account_id": f"{customer}{account}", "customer_id": customer, "industry": name,
                    "created_at": LONG_KNOWN, "updated_at": since, **draw(attributes),
                })  # fmt: skip
        for since in draw(st.lists(st.sampled_from(moments), max_size=3, unique=True)):
            ends = [None, None, *(moment for moment in moments if moment > since)]
            rows["crm_csm_assignments"].append({
                "customer_id": customer, "csm_id": draw(st.sampled_from(["anna", "bob", "cleo"])),
                "assigned_at": since, "unassigned_at": draw(st.sampled_from(ends)),
            })  # fmt: skip
