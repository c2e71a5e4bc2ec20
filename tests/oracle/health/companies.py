"""The company behind a customer, as a snapshot knows it: industry, size, country, channel."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from tests.oracle.health.knowledge import Knowledge
from tests.oracle.raw_rows import Row
from tests.oracle.segments import NOTHING, _size

CRM_COLUMNS = ("industry", "acquisition_channel", "company_size_band", "country_code")


class Companies:
    """The accounts of one company's customers."""

    def __init__(self, knowledge: Knowledge) -> None:
        self.knowledge = knowledge

    def at(self, customer: str, day: date) -> dict[str, Any]:
        """What is told of a customer: by the survivor's own account, else the lowest identifier's."""
        accounts = self._own("crm_accounts", "account_id", customer, day)
        account: Row = dict(accounts[0]) if accounts else dict.fromkeys(CRM_COLUMNS)
        if accounts and account["company_size_band"] is None:
            account["company_size_band"] = _size(account["employee_count"])
        billed = self._own("billing_customers", "customer_id", customer, day)
        countries = [account["country_code"], *(row["country_code"] for row in billed)]
        country = next((told for told in countries if told), None)
        return {
            **{name: account[name] or NOTHING for name in CRM_COLUMNS[:3]},
            "country": country.upper() if country else NOTHING,
        }

    def _own(self, name: str, key: str, customer: str, day: date) -> Sequence[Row]:
        rows = [row for own, row in self.knowledge.of_customers(name, day) if own == customer]
        final = customer.partition(":")[2]
        return sorted(rows, key=lambda row: (row["customer_id"] != final, row[key]))
