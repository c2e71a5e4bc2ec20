"""What sales says of a random company's accounts, some of which never were a customer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from data_quality.contracts import load_contract
from tests.oracle.chance import Chance
from tests.oracle.raw_rows import Row

STAGES = (
    "subscriber", "lead", "marketing_qualified_lead", "sales_qualified_lead", "opportunity", "customer",
    "evangelist", "other",
)  # fmt: skip


def prospects(chance: Chance, name: str, customers: Sequence[str]) -> list[Row]:
    """Accounts that are nobody's, or a customer's later; some are deleted, and some of these come back."""
    versions: list[Row] = []
    gone: list[Row] = []
    for n in chance.some(0, 0, 1, 2):
        account = {"account_id": f"p{n}", "industry": name, "created_at": chance.instant()}
        at = account["created_at"]
        versions.append({**account, "updated_at": at})
        if chance.once_in(3):
            at = chance.after(at + timedelta(hours=1))
            customer = chance.of([*customers, "nobody"])
            versions.append({**account, "customer_id": customer, "updated_at": at})
        if chance.once_in(3):
            at = chance.after(at + timedelta(hours=1))
            gone.append({**versions[-1], "_loaded_at": at, "_operation": "delete"})
            if chance.once_in(3):
                back = chance.after(at + timedelta(hours=1))
                versions.append({**versions[-1], "updated_at": back})
    columns = dict.fromkeys(load_contract("crm_accounts").column_names)
    landed = chance.delivered("crm_accounts", versions, {"country_code": "FR"}, {})
    return [*landed, *({**columns, **row} for row in gone)]


def stages(chance: Chance, accounts: Sequence[str]) -> dict[str, list[Row]]:
    """Entries into stages, also of an account that nobody knows."""
    entered = {
        (chance.of([*accounts, "nobody"]), chance.of(STAGES), chance.instant())
        for _ in chance.some(0, 2, 4, 8)
    }
    rows = [
        dict(zip(("account_id", "stage_name", "entered_at"), entry, strict=True))
        for entry in sorted(entered)
    ]
    return {"crm_lifecycle_stages": chance.delivered("crm_lifecycle_stages", rows, {}, {})}
