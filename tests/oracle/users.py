"""Who is one user: those whom sources name, followed through merges, without our own staff."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from tests.oracle.raw_rows import Row
from tests.oracle.standing import Standing


@dataclass(frozen=True)
class Person:
    """A user of a customer, whatever logins were merged into one."""

    customer: str | None
    created: date
    # First day without access.
    left: date | None


class Users:
    """The users of a company."""

    def __init__(self, standing: Standing) -> None:
        self.standing = standing
        rows = standing.known.last("usage_users", "user_id", effective="updated_at")
        self.rows: dict[str, Row] = {row["user_id"]: row for row in rows}
        merges = standing.once(
            "usage_identity_merges", "merged_user_id", "merged_at", at="merged_at"
        )
        merges = [row for row in merges if row["merged_user_id"] != row["surviving_user_id"]]
        self.survivor = {
            row["merged_user_id"]: row["surviving_user_id"]
            for row in sorted(merges, key=lambda row: row["merged_at"])
        }

    def final(self, user: str) -> str:
        """The user that survives all merges."""
        while user in self.survivor:
            user = self.survivor[user]
        return user

    def customer(self, user: str) -> str | None:
        """The customer that a user belongs to, as billing names it: the survivor's, else its own."""
        for name in (self.final(user), user):
            row = self.rows.get(name)
            if row and row["customer_id"]:
                return row["customer_id"]  # type: ignore[no-any-return]
        return None

    def is_internal(self, user: str) -> bool:
        """True for our own staff, whichever of the merged users says so."""
        names = {user, self.final(user)}
        return any(self.rows[name]["is_internal"] for name in names if name in self.rows)

    def whose(self, row: Row) -> tuple[str | None, bool]:
        """The customer that a row names, else the user's; and whether it is our own or a test."""
        user = row["user_id"]
        named = row["customer_id"] or (self.customer(user) if user else None)
        is_own = bool(user and self.is_internal(user)) or not self.standing.counts(named)
        return self.standing.who(named), is_own

    def people(self) -> dict[str, Person]:
        """Persons who are neither our own nor a test customer's, by the login that survives."""
        logins: dict[str, list[tuple[Row, str | None]]] = defaultdict(list)
        for user, row in self.rows.items():
            named = self.customer(user)
            is_known = row["created_at"] < self.standing.policy.as_of
            if is_known and not self.is_internal(user) and self.standing.counts(named):
                logins[self.final(user)].append((row, self.standing.who(named)))
        found: dict[str, Person] = {}
        for user, own in logins.items():
            # Of whom only merged logins are known, it belongs to the customer last in order.
            customer = max((home for _, home in own if home), default=None)
            first = min(row["created_at"] for row, _ in own)
            # A login that was merged has ceased to exist: the one that goes on says who has access.
            end = self.rows[user]["deactivated_at"] if user in self.rows else None
            left = self.standing.day(end) if end else None
            found[user] = Person(customer, self.standing.day(first), left)
        return found
