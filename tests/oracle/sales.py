"""What the CRM says of companies before billing knows them, and whom it says it of."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache

import yaml

from orchestration.settings import DBT_PROJECT_DIR
from tests.oracle.raw_rows import row_is_deleted
from tests.oracle.standing import Standing

# The CRM's words in the order of stages; its others make no stage.
STAGE_OF = {
    "subscriber": "awareness", "lead": "awareness", "marketing_qualified_lead": "awareness",
    "sales_qualified_lead": "acquisition", "opportunity": "acquisition",
    "subscription_without_payment": "acquisition", "trial": "acquisition",
}  # fmt: skip
ORDER = tuple(STAGE_OF)
DELETED = "deleted_in_crm"


@dataclass(frozen=True)
class Word:
    """A word about a company, and the stage that it makes; none for one that is gone."""

    at: datetime
    day: date
    name: str
    stage: str | None

    @property
    def place(self) -> tuple[datetime, int]:
        """Of words of one instant the furthest counts."""
        return self.at, ORDER.index(self.name) if self.name in ORDER else -1


@cache
def _floor() -> date:
    """Days before it are typing errors."""
    told = yaml.safe_load((DBT_PROJECT_DIR / "dbt_project.yml").read_text())
    return date.fromisoformat(told["vars"]["calendar_floor_date"])


def words(standing: Standing) -> dict[str, list[Word]]:
    """What was said of each customer, or account without one, in its order."""
    company, known = standing.company.name, standing.known
    accounts = known.versions("crm_accounts", "account_id", effective="updated_at")
    whose: dict[str, str] = {}
    tests: set[str] = set()
    found: dict[str, list[Word]] = defaultdict(list)
    for (account,), history in accounts.items():
        named = [version.row["customer_id"] for version in history if version.row["customer_id"]]
        if named and not standing.counts(named[-1]):
            tests.add(account)
            continue
        customer = standing.who(named[-1]) if named else None
        whose[account] = customer or f"{company}:account:{account}"
        if customer is None and row_is_deleted(history[-1].row):
            at = history[-1].since
            found[whose[account]].append(Word(at, standing.day(at), DELETED, None))
    for row in standing.once(
        "crm_lifecycle_stages", "account_id", "stage_name", "entered_at", at="entered_at"
    ):
        at, name = row["entered_at"], row["stage_name"]
        account = row["account_id"]
        if name in STAGE_OF and account not in tests and standing.day(at) >= _floor():
            # An account that nothing else is known of is one as well.
            own = whose.get(account, f"{company}:account:{account}")
            found[own].append(Word(at, standing.day(at), name, STAGE_OF[name]))
    return {
        name: sorted(own, key=lambda word: word.place)
        for name, own in found.items()
        if any(word.stage for word in own)
    }
