"""Section 11: the stage of each company's life on each day, one day after the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from tests.oracle.ledger import Ledger
from tests.oracle.paths import Paths
from tests.oracle.sales import Word, words
from tests.oracle.spells import DAY, Spell, WeeklyUse, threshold
from tests.oracle.usage import Usage

STAGES = (
    "awareness", "acquisition", "onboarding", "implementation", "early_adoption", "growth",
    "retention", "churn",
)  # fmt: skip
# Which milestones tell that a source tells of a domain at all.
DOMAINS = {"kickoff": "set-up", "completion": "set-up", "value": "value"}
DOMAIN_LOOK_BACK = timedelta(days=int(threshold("domain_look_back")))
# A stage, and why it would be entered; none before and after everything.
Told = tuple[str, str] | None


@dataclass
class Stage:
    """A stage of a company from a day on, and the next one that it was in."""

    name: str
    reason: str
    first: date
    # The first day on which it is over.
    end: date | None = None
    next: str | None = None

    @property
    def has_converted(self) -> bool:
        """True where it went on: further in the order, to growth from retention, to anything from churn."""
        if self.next is None or self.name == "growth":
            return False
        if self.name in {"retention", "churn"}:
            return self.name == "churn" or self.next == "growth"
        return STAGES.index(self.name) < STAGES.index(self.next) < STAGES.index("churn")


@dataclass
class Company:
    """A customer or, while billing knows none, an account of the CRM."""

    name: str
    customer: str | None
    account: str | None
    # The first day of which billing tells anything.
    billed: date | None
    stages: list[Stage] = field(default_factory=list)


class Lifecycle:
    """The stages of one source's companies."""

    def __init__(self, usage: Usage, paths: Paths) -> None:
        standing = self.standing = usage.standing
        self.paths = paths.of
        self.last_day = standing.policy.last_day
        self.use = WeeklyUse(usage)
        self.began = self._began()
        own = words(standing)
        self.companies = [
            *(self._customer(name, ledger, own.get(name, [])) for name, ledger in standing.ledgers.items()),
            *(self._account(name, told) for name, told in own.items() if name not in standing.ledgers),
        ]  # fmt: skip

    def rows(self) -> dict[tuple[Any, ...], dict[str, Any]]:
        """Each company's stages."""
        found = {}
        for own in self.companies:
            before: Stage | None = None
            for number, stage in enumerate(own.stages, 1):
                found[own.name, number] = {
                    "source_id": self.standing.company.name, "customer_id": own.customer,
                    "account_id": own.account, "stage_name": stage.name,
                    "entry_reason": stage.reason, "from_date": stage.first, "to_date": stage.end,
                    "is_current": stage.end is None,
                    "stage_days": ((stage.end or self.last_day + DAY) - stage.first).days,
                    "previous_stage_name": before.name if before else None,
                    "next_stage_name": stage.next,
                }  # fmt: skip
                before = stage
        return found

    def _began(self) -> dict[str, date]:
        """The first day of each domain: set-ups, a project's kickoff included, values and weeks of use."""
        found: dict[str, date] = {"use": self.use.began} if self.use.began else {}
        for role, domain in DOMAINS.items():
            for path in self.paths.values():
                if at := path.at(role):
                    day = self.standing.day(at)
                    found[domain] = min(day, found.get(domain, day))
        return found

    def _account(self, name: str, told: Sequence[Word]) -> Company:
        company = Company(name, None, name.split(":", 2)[2], None)
        self._live(company, told[0].day, (_sold(told, day) for day in self._days(told[0].day)))
        return company

    def _customer(self, name: str, ledger: Ledger, told: Sequence[Word]) -> Company:
        day_of = self.standing.day
        changes = [day_of(balance.at) for balance in ledger.balances if not balance.is_empty]
        company = Company(name, name, None, changes[0] if changes else None)
        sold = sorted([*told, *self._tried(ledger)], key=lambda word: word.place)
        paid = self.standing.first_paid(name)
        begins = min([*(word.day for word in sold[:1]), *([paid] if paid else [])], default=None)
        if begins:
            self._live(company, begins, self._life(ledger, sold, begins))
        return company

    def _days(self, first: date) -> Iterator[date]:
        while first <= self.last_day:
            yield first
            first += DAY

    def _live(self, company: Company, first: date, told: Iterator[Told]) -> None:
        """Put days of one stage together."""
        for day, stage in zip(self._days(first), told, strict=False):
            last = company.stages[-1] if company.stages else None
            if last and last.end is None and stage and stage[0] == last.name:
                continue
            if last and last.end is None:
                last.end = day
            if stage:
                if last:
                    # Also of who was nowhere in between.
                    last.next = stage[0]
                company.stages.append(Stage(*stage, day))

    def _life(self, ledger: Ledger, sold: Sequence[Word], first: date) -> Iterator[Told]:
        """A customer's stage at the end of each day, and why it would be entered on it."""
        policy = self.standing.policy
        users = self.use.of(ledger.customer)
        spell: Spell | None = None
        before = ""
        has_left = False
        for day in self._days(first):
            end: datetime = min(policy.start_of(day + DAY), policy.as_of)
            status = ledger.before(end).status
            if status == "never_paid":
                yield _sold(sold, day)
                continue
            if status == "churned":
                spell, has_left, before = None, True, "churn"
                yield "churn", "mrr_ended"
                continue
            spell = spell or Spell(ledger, self.use, users, day, self._told(day), has_left)
            spell.note(day, end)
            before, reason = self._paying(spell, day, before)
            yield before, reason

    def _told(self, day: date) -> frozenset[str]:
        """Domains that a spell which begins on a day is judged by."""
        return frozenset(
            name for name, first in self.began.items() if first - day <= DOMAIN_LOOK_BACK
        )

    def _paying(self, spell: Spell, day: date, before: str) -> tuple[str, str]:
        """The stage of who pays or is paused: the furthest whose condition is met."""
        has = self._reached(spell.ledger.customer, day)
        reason = "adoption_held"
        if not spell.has_adopted:
            is_first = not spell.is_return
            if is_first and not has and "set-up" in spell.told:
                return "onboarding", "first_payment"
            if is_first and "value" not in has and "value" in spell.told:
                return "implementation", "setup_completed" if has else "no_data"
            if "use" in spell.told:
                reason = "first_value_reached" if "value" in has else "no_data"
                return "early_adoption", reason if is_first else "reactivated"
            reason = "no_data"
        if spell.has_more_mrr(day):
            return "growth", "mrr_expanded"
        if spell.has_more_users(day):
            return "growth", "active_users_expanded"
        return "retention", "expansion_over" if before == "growth" else reason

    def _reached(self, customer: str, day: date) -> set[str]:
        """Set-up and value, as far as they came by the end of a day; value before the start is an error."""
        path = self.paths[customer]
        found = set()
        for role in ("completion", "value"):
            at = path.at(role)
            if at and self.standing.day(at) <= day:
                found.add(role)
        return found - {"value"} if path.is_early("value") else found

    def _tried(self, ledger: Ledger) -> Iterator[Word]:
        """Trials and subscriptions that nobody paid for yet, when each began."""
        trial = committed = 0
        for balance in ledger.balances:
            if balance.mrr:
                return
            day = self.standing.day(balance.at)
            if balance.trial and not trial:
                yield Word(balance.at, day, "trial", "acquisition")
            elif balance.committed and not (committed or balance.trial):
                yield Word(balance.at, day, "subscription_without_payment", "acquisition")
            trial, committed = balance.trial, balance.committed


def _sold(told: Sequence[Word], day: date) -> Told:
    """The stage before billing at the end of a day."""
    last = next((word for word in reversed(told) if word.day <= day), None)
    return (last.stage, last.name) if last and last.stage else None
