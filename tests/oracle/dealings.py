"""What a random company's customers say, ask for, cost and go through beside paying."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from tests.oracle.chance import Chance, columns_of
from tests.oracle.people import people
from tests.oracle.policy import Policy
from tests.oracle.prospects import prospects, stages
from tests.oracle.raw_rows import Company, Row

# Instants of a company: whatever else happens, happens at them or near them.
MOMENTS = {
    "billing_subscriptions": "updated_at", "billing_subscription_items": "updated_at",
    "billing_subscription_periods": "start_at", "crm_csm_assignments": "assigned_at",
}  # fmt: skip

# What may be answered on each scale, and what is off it.
SCORES: dict[str, tuple[Sequence[str], Sequence[str]]] = {
    "nps_0_10": (("0", "3", "6", "6.9", "6.9999", "7", "8", "8.5", "9", "10", "10"), ("11", "-1")),
    "nps_1_10": (("1", "5", "7", "8.9", "9", "10"), ("0", "0.5", "12")),
    "csat_5": (("1", "2", "3", "3.5", "4", "5", "5"), ("0", "6")),
    "csat_4": (("1", "2", "3", "4"), ("5",)),
    "csat_3": (("1", "2", "3"), ("4",)),
    "two_way": (("0", "1"), ("2",)),
    "ces_7": (("1", "4", "6", "7"), ("8",)),
    "ces_5": (("1", "3.25", "5"), ("0",)),
    "rating_5": (("1", "2.5", "5"), ("5.5",)),
}
SURVEYS = (
    ("nps", "nps_0_10"), ("nps", "nps_0_10"), ("nps", "nps_1_10"), ("csat", "csat_5"), ("csat", "csat_4"),
    ("csat", "csat_3"), ("csat", "two_way"), ("ces", "ces_7"), ("ces", "ces_5"),
    ("product_usage", "rating_5"), ("onboarding", "rating_5"),
)  # fmt: skip
CATEGORIES = (
    "customer_success", "account_management", "support", "onboarding_training", "customer_marketing",
    "adoption_engineering", "product_development", "hosting", "payment_fees",
)  # fmt: skip
# Where bills are sent to.
BILLED = (None, None, "i0@example.com", "I1@Example.com ", "books@example.com")
CURRENCIES = ("USD", "USD", "EUR", "JPY", "KWD")


def with_dealings(company: Company, number: int, policy: Policy) -> Company:
    """A company of a batch with users and all that its customers do beside paying."""
    moments = {
        row[column]
        for name, column in MOMENTS.items()
        for row in company.rows.get(name, [])
        if row[column]
    }
    chance = Chance(f"{number} {company.name}", sorted(moments), policy)
    customers = named(company.rows, "crm_accounts", "customer_id")
    rows = {**company.rows, **people(chance, customers)}
    known = rows.get("crm_accounts", [])
    rows["crm_accounts"] = [*known, *prospects(chance, company.name, customers)]
    accounts = named(rows, "crm_accounts", "account_id")
    users = named(rows, "usage_users", "user_id")
    told = {**rows, **dealings(chance, customers, accounts, users)}
    # Elsewhere billing has known them for long: nobody subscribes before there is an account.
    created: dict[str, Any] = {}
    if policy.onboarding_starts_at == "account_created":
        latest = policy.as_of - timedelta(days=30)
        created = {customer: min(chance.instant(), latest) for customer in customers}
    told["billing_customers"] = [
        {
            **row,
            "email": chance.of(BILLED),
            "created_at": created.get(row["customer_id"], row["created_at"]),
        }
        for row in rows.get("billing_customers", [])
    ]
    return Company(company.name, told)


def dealings(
    chance: Chance, customers: Sequence[str], accounts: Sequence[str], users: Sequence[str]
) -> dict[str, list[Row]]:
    """Surveys, tickets, referrals, costs, onboarding projects and stages in the CRM."""
    someone = [*customers, *customers, "nobody"]
    return {
        **_surveys(chance, someone, users),
        **_tickets(chance, someone, users),
        **_referrals(chance, someone, users),
        **_costs(chance, someone),
        **_projects(chance, someone),
        **stages(chance, accounts),
    }


def _surveys(
    chance: Chance, customers: Sequence[str], users: Sequence[str]
) -> dict[str, list[Row]]:
    definitions: list[Row] = []
    sends: list[Row] = []
    answers: list[Row] = []
    # Two respondents at most answer often, so that one answers twice within a window.
    respondents = [_respondent(chance, customers, users, n) for n in range(3)]
    for n in chance.some(0, 1, 2, 3):
        kind, scale = chance.of(SURVEYS)
        survey = f"v{n}"
        definitions.append({
            "survey_id": survey, "survey_name": survey, "survey_type": kind, "scale_code": scale,
        })  # fmt: skip
        for k in chance.some(0, 1, 3, 6):
            who = chance.of(respondents)
            sent = chance.instant()
            is_sent = not chance.once_in(4)
            if is_sent:
                sends.append({
                    "survey_send_id": f"{survey}s{k}", "survey_id": survey, "sent_at": sent, **who,
                })  # fmt: skip
            if is_sent and chance.once_in(4):
                continue
            scores, wrong = SCORES[scale]
            score = chance.of(wrong) if chance.once_in(12) else chance.of(scores)
            at = chance.after(sent)
            answers.append({
                "survey_response_id": f"{survey}r{k}", "survey_id": survey,
                "survey_send_id": f"{survey}s{k}" if is_sent and not chance.once_in(5) else None,
                "score": chance.maybe(Decimal(score), 9), "comment": chance.maybe("why, 100 % 'so'"),
                "responded_at": at, "updated_at": chance.maybe(at, 3), **who,
            })  # fmt: skip
    return {
        "survey_definitions": _all(chance, "survey_definitions", definitions),
        "survey_sends": chance.delivered("survey_sends", sends, {}, {}),
        "survey_responses": chance.delivered(
            "survey_responses", answers, {"score": Decimal(1)}, {"score": Decimal(3)}
        ),
    }


def _respondent(chance: Chance, customers: Sequence[str], users: Sequence[str], n: int) -> Row:
    user = chance.maybe(chance.of([*users, "stranger"]))
    return {
        "user_id": user, "customer_id": chance.maybe(chance.of(customers), 5),
        "respondent_email": chance.of([f"R{n}@example.com", f"r{n}@example.com"]) if user is None or chance.once_in(2) else None,
    }  # fmt: skip


def _all(chance: Chance, name: str, rows: Sequence[Row]) -> list[Row]:
    """Rows that others refer to: landed once, in time."""
    landed = chance.policy.as_of - timedelta(hours=6)
    columns = dict.fromkeys(SURVEY_COLUMNS)
    return [{**columns, **row, "_loaded_at": landed, "_operation": "upsert"} for row in rows]


SURVEY_COLUMNS = ("survey_id", "survey_name", "survey_type", "scale_code", "created_at")


def _tickets(
    chance: Chance, customers: Sequence[str], users: Sequence[str]
) -> dict[str, list[Row]]:
    tickets: list[Row] = []
    for n in chance.some(0, 1, 2, 4, 8):
        opened = chance.instant()
        solved = chance.after(opened) if not chance.once_in(3) else None
        answered = opened + timedelta(minutes=chance.of([0, 7, 60, 61 * 24, 5000]))
        tickets.append({
            "ticket_id": f"t{n}", "customer_id": chance.maybe(chance.of(customers), 6),
            "user_id": chance.maybe(chance.of([*users, "stranger"])),
            "status": chance.of(["solved", "closed"]) if solved else chance.of(["new", "open", "pending", "hold", "open"]),
            "priority": chance.of([None, "low", "normal", "high", "urgent"]),
            "created_at": opened, "first_responded_at": chance.maybe(answered, 4),
            "solved_at": solved, "reopen_count": chance.of([None, 0, 0, 1, 3]),
            "satisfaction_score": chance.of([None, None, "good", "good", "bad", "offered"]),
            "updated_at": chance.of([None, opened, solved or opened]),
        })  # fmt: skip
    step: dict[str, Any] = {"status": "open", "reopen_count": 2, "satisfaction_score": "bad"}
    return {
        "support_tickets": chance.delivered(
            "support_tickets", tickets, {"priority": "urgent"}, step
        )
    }


def _referrals(
    chance: Chance, customers: Sequence[str], users: Sequence[str]
) -> dict[str, list[Row]]:
    referrals: list[Row] = []
    for n in chance.some(0, 0, 1, 3, 6):
        invited = chance.instant()
        referred = chance.maybe(chance.of(customers), 3)
        accepted = invited + timedelta(
            days=chance.of([0, 1, 6, 7, 8, 40]), seconds=chance.of([0, 0, 1, 3600])
        )
        referrals.append({
            "referral_id": f"f{n}", "referrer_customer_id": chance.of(customers),
            "referrer_user_id": chance.maybe(chance.of([*users, "stranger"])),
            "invitee_email": chance.of([None, "i0@example.com", "i1@example.com", " U0@Example.com", "u1@example.com"]), "invited_at": invited,
            "accepted_at": accepted if referred or chance.once_in(3) else None,
            "referred_customer_id": referred if not chance.once_in(8) else None,
            "updated_at": chance.maybe(invited, 3),
        })  # fmt: skip
    return {
        "growth_referrals": chance.delivered(
            "growth_referrals", referrals, {"accepted_at": None}, {"accepted_at": None}
        )
    }


def _costs(chance: Chance, customers: Sequence[str]) -> dict[str, list[Row]]:
    entries: list[Row] = []
    for n in chance.some(0, 1, 3, 6):
        start = chance.instant().date()
        days = chance.of([1, 1, 7, 28, 29, 30, 31, 59, 91, 366])
        if chance.once_in(3):
            start, days = start.replace(day=1), 31
        key = chance.of([None, "per_customer", "mrr", "tickets", "usage"])
        entries.append({
            "cost_entry_id": f"k{n}", "cost_category": chance.of(CATEGORIES), "currency_code": chance.of(CURRENCIES),
            "amount_minor": chance.of([0, 1, 2, 7, 100, 1001, 99_999, 1_000_000, -1, -250, -10_001]),
            "service_start_date": start, "service_end_date": start + timedelta(days=days),
            "customer_id": chance.of(customers) if key is None else None,
            "allocation_key": key, "booked_at": chance.instant(),
        })  # fmt: skip
    return {"cost_ledger": chance.delivered("cost_ledger", entries, {"amount_minor": 5}, {})}


def _projects(chance: Chance, customers: Sequence[str]) -> dict[str, list[Row]]:
    projects: list[Row] = []
    for n in chance.some(0, 1, 2):
        created = chance.instant()
        kickoff = chance.maybe(chance.after(created), 3)
        setup = chance.maybe(chance.after(kickoff or created))
        done = chance.maybe(chance.after(setup or created))
        status = chance.of(["not_started", "in_progress", "canceled"]) if not done else "completed"
        projects.append({
            "onboarding_project_id": f"o{n}", "customer_id": chance.of(customers), "owner_name": "ann",
            "status": status, "kickoff_at": kickoff, "setup_completed_at": setup, "completed_at": done,
            "feedback_score": chance.of([None, Decimal(1), Decimal("3.5"), Decimal(5)]),
            "created_at": created, "updated_at": chance.maybe(created),
        })  # fmt: skip
    return {
        "crm_onboarding_projects": chance.delivered(
            "crm_onboarding_projects", projects, {"kickoff_at": None}, {"status": "canceled"}
        )
    }


def named(rows: dict[str, list[Row]], name: str, column: str) -> list[str]:
    """The things of a raw object that others may name."""
    return sorted({value for value in columns_of(rows.get(name, []), column) if value})
