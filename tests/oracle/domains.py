"""What the marts beside revenue say, and where the oracle disagrees: one pass over all companies."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from data_quality.contracts import load_contract
from tests.oracle import costs, lifetime_value, stages_counted, support
from tests.oracle.adoption import Adoption, Seats
from tests.oracle.answers import Answers
from tests.oracle.costs import Costs, Profitability
from tests.oracle.engagement import Churn, Engagement
from tests.oracle.exchange import Rates
from tests.oracle.growth import Growth
from tests.oracle.lifecycle import Lifecycle
from tests.oracle.onboarding import Onboarding
from tests.oracle.paths import Paths
from tests.oracle.policy import Policy
from tests.oracle.raw_rows import Company, Known
from tests.oracle.revenue import entries
from tests.oracle.standing import Calendar, Parts, Standing
from tests.oracle.support import Support
from tests.oracle.surveys import KINDS, Surveys
from tests.oracle.usage import NOTIONS, Usage
from tests.oracle.users import Users
from tests.oracle.voice import Voice

Key = tuple[Any, ...]
Cells = dict[str, Any]


@dataclass
class Told:
    """What the oracle says of one company, by mart."""

    # Sums in segments, of which the published row follows.
    parts: dict[str, Parts] = field(default_factory=dict)
    funnel: dict[str, Parts] = field(default_factory=dict)
    features: dict[str, Parts] = field(default_factory=dict)
    usage: Usage | None = None
    usage_began: date | None = None
    life: Lifecycle | None = None
    # The same of what is only told where there are sums.
    beside: dict[str, Parts] = field(default_factory=dict)
    # Rows of the company's own.
    rows: dict[str, dict[Key, Cells]] = field(default_factory=dict)
    # Sums over all companies under a key of their own.
    counts: dict[str, dict[Key, Counter[str]]] = field(default_factory=dict)


@dataclass
class Domains:
    """One company's domains, each in its own words."""

    standing: Standing
    answer: Answers
    usage: Usage
    support: Support
    costs: Costs

    @classmethod
    def of(
        cls, company: Company, rates: Rates, policy: Policy, said: Answers, calendar: Calendar
    ) -> Domains:
        standing = Standing(company, policy, said.ledgers, calendar)
        usage = Usage(standing, Users(standing))
        asked = support.Support(standing, usage.users)
        return cls(
            standing, said, usage, asked, Costs(standing, rates, asked.by_month(), usage.by_month())
        )


def tell_all(
    companies: Sequence[Company],
    rates: Rates,
    policy: Policy,
    answers: Sequence[Answers],
    calendar: Calendar,
) -> dict[str, Told]:
    """What the customers of each company do beside paying."""
    known = [
        Domains.of(company, rates, policy, said, calendar)
        for company, said in zip(companies, answers, strict=True)
    ]
    booked = min((month for own in known for month in own.costs.months()), default=None)
    return {own.standing.company.name: tell(own, booked) for own in known}


def tell(own: Domains, booked: date | None) -> Told:
    """What one company's customers do beside paying; costs are known from a first month on."""
    profit = Profitability(own.standing, own.costs, booked)
    standing, users = own.standing, own.usage.users
    told = Told(usage=own.usage, usage_began=own.usage.began)
    surveys = Surveys(standing, users)
    said = Voice(surveys)
    told.parts["fct_cost"] = costs.parts(profit)
    told.beside["fct_cost"] = costs.retained(standing)
    told.parts["fct_support"] = own.support.parts()
    told.beside["fct_support"] = support.paying(own.answer)
    for notion in NOTIONS:
        engaged = Engagement(own.usage, notion, standing.calendar)
        told.parts[f"fct_active_users {notion}"] = engaged.active()
        told.parts[f"fct_user_lifecycle {notion}"] = engaged.life()
    told.parts["fct_activity_churn"] = Churn(own.usage).parts()
    adopted, seats = Adoption(own.usage), Seats(own.usage)
    told.parts["fct_feature_adoption_breadth"] = adopted.breadth()
    told.rows["fct_feature_adoption_by_customer"] = adopted.by_customer()
    told.parts["fct_feature_adoption"] = adopted.active()
    told.features = adopted.features()
    told.parts["fct_seat_utilisation"] = seats.parts()
    told.rows["fct_seat_utilisation_by_customer"] = seats.rows()
    paths = Paths(standing, own.usage, surveys)
    boarded = Onboarding(paths)
    told.rows["fct_onboarding"] = boarded.rows()
    told.parts["fct_time_to_value"] = boarded.parts()
    told.funnel = boarded.funnel()
    told.life = Lifecycle(own.usage, paths)
    told.rows["fct_lifecycle_stages"] = told.life.rows()
    told.parts["fct_lifecycle_periods"] = stages_counted.parts(told.life)
    grown = Growth(standing, own.usage, surveys)
    told.rows["fct_referrals"] = grown.rows()
    told.parts["fct_growth"] = grown.parts()
    money = entries(standing.company, own.costs.rates, standing.policy)
    told.rows["fct_customer_lifetime_value"] = lifetime_value.customers(standing, money)
    told.parts["fct_purchases"] = lifetime_value.purchases(standing, money)
    told.parts["fct_lifetime_value"] = lifetime_value.months(own.answer)
    told.rows["fct_support_tickets"] = own.support.rows()
    told.rows["fct_cost_allocated"] = own.costs.rows
    told.rows["fct_customer_profitability"] = {
        (*period[:2], customer): costs.customer_row(cells)
        for period, customer, cells in profit.of()
        if customer
    }
    told.parts["fct_nps"] = said.parts(("nps",))
    for kind in KINDS[1:]:
        told.parts[kind] = said.parts((kind,))
    told.rows["fct_survey_answers"] = said.rows()
    told.rows["fct_account_sentiment"] = said.accounts()
    told.counts["fct_survey_scores"] = said.scores()
    return told


def first_day(
    companies: Iterable[Company], answers: Sequence[Answers], policy: Policy
) -> date | None:
    """The first day of any domain of any company."""
    days = [answer.first_day for answer in answers if answer.first_day]
    for company in companies:
        known = Known(company, policy.as_of, policy.known_at)
        for name, column in BEGINNINGS.items():
            contract = load_contract(name)
            if contract.load_mode == "append":
                rows = [row for row in known.rows(name) if row[contract.event_time] < policy.as_of]
            else:
                rows = known.last(name, *contract.key, effective=contract.effective_at)
            told = (row[column] for row in rows)
            days += [at if type(at) is date else policy.day_of(at) for at in told]
    return min((day for day in days if day <= policy.last_day), default=None)


def first_start(told: Iterable[Told], policy: Policy) -> date | None:
    """The first day on which anybody's onboarding started, where milestones are told of."""
    rows = [row for own in told for row in own.rows["fct_onboarding"].values()]
    starts = [row["started_at"] for row in rows if row["started_at"]]
    return policy.day_of(min(starts)) if starts else None


# What begins the calendar beside billing, and when.
BEGINNINGS = {
    "usage_events": "occurred_at", "survey_sends": "sent_at", "survey_responses": "responded_at",
    "support_tickets": "created_at", "growth_referrals": "invited_at",
    "crm_lifecycle_stages": "entered_at", "cost_ledger": "service_start_date",
}  # fmt: skip
