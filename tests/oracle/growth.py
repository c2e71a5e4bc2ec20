"""Section 9: growth by word of mouth."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from tests.oracle.amounts import quotient
from tests.oracle.engagement import MONTHS_OF
from tests.oracle.raw_rows import Row
from tests.oracle.standing import Parts, Standing
from tests.oracle.surveys import Answer, Surveys, latest
from tests.oracle.usage import Usage

WINDOW = timedelta(days=7)
# Reasons for which there was no invitation at all; with any other there was one, and no sign-up of it.
NO_INVITE = frozenset({"test_referrer", "internal_referrer", "self_referral"})


@dataclass
class Invite:
    """An invitation with what it came to."""

    row: Row
    referrer: str | None
    user: str | None
    referred: str | None
    end: datetime
    reason: str | None = None
    is_signup: bool = False

    @property
    def sent(self) -> datetime:
        return self.row["invited_at"]  # type: ignore[no-any-return]

    @property
    def accepted(self) -> datetime | None:
        """When it was accepted; an acceptance before it was sent is an error in the data."""
        at = self.row["accepted_at"]
        return at if at and self.sent <= at < self.end else None

    @property
    def is_invite(self) -> bool:
        return self.reason not in NO_INVITE

    @property
    def is_accepted(self) -> bool:
        return self.is_invite and self.accepted is not None

    @property
    def is_passed(self) -> bool:
        return self.is_invite and self.sent + WINDOW <= self.end

    @property
    def is_soon(self) -> bool:
        return self.is_accepted and self.accepted is not None and self.accepted < self.sent + WINDOW


class Growth:
    """What one company's customers bring by word of mouth."""

    def __init__(self, standing: Standing, usage: Usage, surveys: Surveys) -> None:
        self.standing = standing
        self.usage = usage
        self.surveys = surveys
        self.created = standing.created()
        # Addresses of each customer and user.
        self.addresses: dict[str | None, set[str]] = defaultdict(set)
        for login, row in usage.users.rows.items():
            address = (row["email"] or "").strip().lower()
            for whose in (
                standing.who(row["customer_id"]), standing.who(usage.users.customer(login)),
                f"{standing.company.name}:{usage.users.final(login)}",
            ):  # fmt: skip
                self.addresses[whose] |= {address}
        billed = standing.known.last("billing_customers", "customer_id", effective="updated_at")
        for row in billed:
            whose = standing.who(row["customer_id"])
            self.addresses[whose] |= {(row["email"] or "").strip().lower()}
        self.addresses[None] = set()
        rows = standing.known.last("growth_referrals", "referral_id", effective="updated_at")
        self.invites = [
            self._invite(row) for row in rows if row["invited_at"] < standing.policy.as_of
        ]
        self._judge()

    def rows(self) -> dict[tuple[Any, ...], dict[str, Any]]:
        """Each invitation, whether it counts or not."""
        return {
            (f"{self.standing.company.name}:{own.row['referral_id']}",): {
                "referrer_customer_id": own.referrer, "referrer_user_id": own.user,
                "referred_customer_id": own.referred, "invited_date": self.standing.day(own.sent),
                "is_invite": own.is_invite, "is_accepted": own.is_accepted,
                "is_window_passed": own.is_passed, "is_accepted_within_7_days": own.is_soon,
                "is_referred_signup": own.is_signup,
                "is_referred_paying": bool(own.is_signup and self._paid(own.referred)),
                "rejection_reason": own.reason,
            }
            for own in self.invites
        }  # fmt: skip

    def parts(self) -> Parts:
        """Sums by period and segment."""
        found: Parts = {}
        self._referrals(found)
        self._promoters(found)
        for grain in MONTHS_OF:
            for period in self.standing.calendar.periods[grain]:
                for customer, _ in self.usage.active(period[1], period[2]):
                    self.standing.add(found, period, customer, {"active": 1})
        return found

    def _referrals(self, found: Parts) -> None:
        """Invitations sent, and customers who came."""
        standing = self.standing
        for own in self.invites:
            if own.is_invite:
                cells = {
                    "invites": 1, "accepted": int(own.is_accepted), "passed": int(own.is_passed),
                    "soon": int(own.is_passed and own.is_soon), "signed_up": int(own.is_signup),
                }  # fmt: skip
                self._spread(found, standing.day(own.sent), own.referrer, cells)
            if own.is_signup and own.referred:
                # Of whom billing tells nothing more, it came when it accepted, or else was invited.
                at = self.signed_up(own.referred) or own.accepted or own.sent
                paid = self._paid(own.referred)
                self._spread(found, standing.day(at), own.referred, {"signups": 1})
                if paid:
                    self._spread(found, paid, own.referred, {"paying": 1})
        for customer in standing.ledgers:
            if paid := self._paid(customer):
                self._spread(found, paid, customer, {"new": 1})

    def _promoters(self, found: Parts) -> None:
        """Promoters of each period, and those of them who had sent an invitation by its end."""
        standing = self.standing
        answers: dict[Any, list[Answer]] = defaultdict(list)
        for answer in self.surveys.counted():
            for period in standing.calendar.holding(answer.day) if answer.kind == "nps" else ():
                if period[0] in MONTHS_OF:
                    answers[period].append(answer)
        for period, told in answers.items():
            sent = {
                own.user
                for own in self.invites
                if own.is_invite and standing.day(own.sent) < period[2]
            }
            for answer in latest(told):
                if answer.answer_class == "promoters":
                    user = (
                        answer.respondent.removeprefix("user ")
                        if answer.respondent.startswith("user ")
                        else None
                    )
                    name = f"{standing.company.name}:{user}"
                    cells = {"promoters": 1, "referring": int(name in sent)}
                    standing.add(found, period, answer.customer, cells)

    def signed_up(self, customer: str) -> datetime | None:
        """When a customer came: as billing created it, or else with its first subscription."""
        ledger = self.standing.ledgers[customer]
        first = next((balance.at for balance in ledger.balances if balance.items), None)
        told = [at for at in (self.created.get(customer), first) if at]
        return min(told, default=None)

    def _paid(self, customer: str | None) -> date | None:
        return self.standing.first_paid(customer) if customer else None

    def _spread(
        self, parts: Parts, day: date, customer: str | None, cells: Mapping[str, int]
    ) -> None:
        for period in self.standing.calendar.holding(day):
            if period[0] in MONTHS_OF:
                self.standing.add(parts, period, customer, cells)

    def _invite(self, row: Row) -> Invite:
        standing, users = self.standing, self.usage.users
        user = row["referrer_user_id"]
        name = f"{standing.company.name}:{users.final(user)}" if user else None
        own = Invite(
            row, standing.who(row["referrer_customer_id"]), name,
            standing.who(row["referred_customer_id"]), standing.policy.as_of,
        )  # fmt: skip
        email = (row["invitee_email"] or "").strip().lower()
        addresses = self.addresses[own.referrer] | self.addresses[name]
        is_self = own.referred is not None and own.referred == own.referrer
        same = row["referred_customer_id"] == row["referrer_customer_id"]
        if not standing.counts(row["referrer_customer_id"]):
            own.reason = "test_referrer"
        elif user and users.is_internal(user):
            own.reason = "internal_referrer"
        elif is_self or same or (email and email in addresses):
            own.reason = "self_referral"
        return own

    def _judge(self) -> None:
        """One referrer for each customer: the first valid one; and why the others are not."""
        claims: dict[str, list[Invite]] = defaultdict(list)
        for own in self.invites:
            if own.reason:
                continue
            at = own.row["accepted_at"]
            came = self.signed_up(own.referred) if own.referred else None
            if at and at < own.sent:
                own.reason = "accepted_before_invited"
            elif not own.row["referred_customer_id"]:
                continue
            elif not self.standing.counts(own.row["referred_customer_id"]):
                own.reason = "test_customer"
            elif own.referred is None:
                own.reason = "unknown_customer"
            elif came and came < own.sent:
                own.reason = "already_customer"
            else:
                claims[own.referred].append(own)
        for claimed in claims.values():
            self._first(claimed)

    def _first(self, claimed: Iterable[Invite]) -> None:
        order = sorted(
            claimed,
            key=lambda own: (own.accepted or own.sent, own.sent, own.row["referral_id"]),
        )
        order[0].is_signup = True
        for own in order[1:]:
            is_same = own.referrer is not None and own.referrer == order[0].referrer
            own.reason = "later_invite" if is_same else "second_referrer"


def row_of(sums: Mapping[str, int]) -> dict[str, Any]:
    """Invitations, sign-ups and promoters of a period and segment."""
    invites, active, signed_up = sums["invites"], sums["active"], sums["signed_up"]
    return {
        "invites_count": invites, "accepted_invites_count": sums["accepted"],
        "passed_invites_count": sums["passed"], "accepted_within_7_days_count": sums["soon"],
        "signed_up_invites_count": signed_up, "referred_signups_count": sums["signups"],
        "referred_paying_count": sums["paying"], "new_customers_count": sums["new"],
        "promoters_count": sums["promoters"], "referring_promoters_count": sums["referring"],
        "active_users_count": active, "acceptance_rate": quotient(sums["soon"], sums["passed"]),
        "invites_per_user_ratio": quotient(invites, active),
        "invite_signup_rate": quotient(signed_up, invites),
        "k_signups_count": signed_up if invites else None,
        "k_factor_ratio": quotient(signed_up, active) if invites else None,
        "referred_share_rate": quotient(sums["paying"], sums["new"]),
        "referring_promoters_rate": quotient(sums["referring"], sums["promoters"]),
    }  # fmt: skip
