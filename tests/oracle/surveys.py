"""Section 6: what customers answer when they are asked, and which of it counts."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction

from orchestration.settings import DBT_PROJECT_DIR
from tests.oracle.amounts import Digits, rounded
from tests.oracle.raw_rows import Row
from tests.oracle.segments import NOTHING
from tests.oracle.standing import Standing
from tests.oracle.users import Users

KINDS = ("nps", "csat", "ces", "product_usage", "onboarding")
CLASSES = {
    "nps": ("promoters", "passives", "detractors"),
    "other": ("satisfied", "neutral", "dissatisfied"),
}
# A ticket's score is an answer on this scale.
TWO_WAY = "two_way"
TICKET_SCORES = {"good": Decimal(1), "bad": Decimal(0), "offered": None}


def _scales() -> dict[str, dict[str, Decimal | None]]:
    """The project's own list of scales and where their classes begin."""
    path = DBT_PROJECT_DIR / "seeds" / "survey_scales.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return {
            row.pop("scale_code"): {name: Decimal(text) if text else None for name, text in row.items()}
            for row in csv.DictReader(file)
        }  # fmt: skip


SCALES = _scales()


@dataclass(frozen=True)
class Answer:
    """An answer to a survey, or the score of a ticket."""

    origin: str
    name: str
    kind: str
    scale: str
    customer: str | None
    respondent: str
    score: Decimal | None
    state: str
    send: str | None
    at: datetime
    day: date
    csm_then: str | None
    csm: str | None

    @property
    def place(self) -> tuple[datetime, str, str]:
        """Of a respondent's answers the last one counts."""
        return self.at, self.origin, self.name

    @property
    def answer_class(self) -> str | None:
        """Promoter, passive or detractor; satisfied, neutral or dissatisfied."""
        if self.state != "counted" or self.score is None:
            return None
        scale = SCALES[self.scale]
        first, second, third = CLASSES["nps" if self.kind == "nps" else "other"]
        best = scale["promoter_from" if self.kind == "nps" else "satisfied_from"]
        middle = scale["passive_from" if self.kind == "nps" else "neutral_from"]
        assert best is not None
        assert middle is not None
        if self.score >= best:
            return first
        return second if self.score >= middle else third

    @property
    def common_score(self) -> Digits | None:
        """The score stretched to 1 to 7 for effort and to 1 to 5 for all others but NPS."""
        if self.state != "counted" or self.score is None or self.kind == "nps":
            return None
        low, high = SCALES[self.scale]["minimum_score"], SCALES[self.scale]["maximum_score"]
        assert low is not None
        assert high is not None
        top = 7 if self.kind == "ces" else 5
        share = Fraction(self.score - low) / Fraction(high - low)
        return rounded(1 + share * (top - 1))


class Surveys:
    """The surveys of one company: who was asked, and who answered."""

    def __init__(self, standing: Standing, users: Users) -> None:
        self.standing = standing
        self.users = users
        known = standing.known
        self.definitions = {
            row["survey_id"]: row for row in known.last("survey_definitions", "survey_id")
        }
        self.answers = [said for said in self._answers() if said.at < standing.policy.as_of]
        self.sends = list(self._sends())
        self.answered = {answer.send for answer in self.counted() if answer.send}

    def counted(self) -> list[Answer]:
        """Answers that count, in their order."""
        found = [answer for answer in self.answers if answer.state == "counted"]
        return sorted(found, key=lambda answer: answer.place)

    def _answers(self) -> Iterator[Answer]:
        known = self.standing.known
        responses = known.last("survey_responses", "survey_response_id", effective="updated_at")
        for row in responses:
            survey = self.definitions[row["survey_id"]]
            yield self._answer(
                "survey", row["survey_response_id"], survey["survey_type"], survey["scale_code"], row,
                row["score"], row["responded_at"],
            )  # fmt: skip
        told = {row["ticket_id"] for row in responses if row["ticket_id"]}
        for row in known.last("support_tickets", "ticket_id", effective="updated_at"):
            if row["satisfaction_score"]:
                yield self._answer(
                    "ticket", row["ticket_id"], "csat", TWO_WAY, row, TICKET_SCORES[row["satisfaction_score"]],
                    row["solved_at"] or row["created_at"], is_told=row["ticket_id"] in told,
                )  # fmt: skip

    def _answer(
        self, origin: str, name: str, kind: str, scale: str, row: Row, score: Decimal | None,
        at: datetime, *, is_told: bool = False,
    ) -> Answer:  # fmt: skip
        customer, is_own = self.users.whose(row)
        low, high = SCALES[scale]["minimum_score"], SCALES[scale]["maximum_score"]
        state = "counted"
        if is_own or is_told:
            state = "excluded"
        elif score is None:
            state = "unanswered"
        elif low is None or high is None or not low <= score <= high:
            state = "rejected"
        user, email = row["user_id"], row.get("respondent_email")
        respondent = f"user {self.users.final(user)}" if user else f"{origin} {name}"
        if not user and email:
            respondent = f"email {email.strip().lower()}"
        return Answer(
            origin, name, kind, scale, customer, respondent, score, state, row.get("survey_send_id"),
            at, self.standing.day(at), self._csm(customer, at), self._csm(customer, None),
        )  # fmt: skip

    def _sends(self) -> Iterator[tuple[str, str, str | None, date]]:
        for row in self.standing.once("survey_sends", "survey_send_id", at="sent_at"):
            customer, is_own = self.users.whose(row)
            if not is_own:
                kind = self.definitions[row["survey_id"]]["survey_type"]
                yield kind, row["survey_send_id"], customer, self.standing.day(row["sent_at"])

    def _csm(self, customer: str | None, at: datetime | None) -> str | None:
        found = self.standing.csm(customer, at) if customer else NOTHING
        return None if found == NOTHING else found


def digits(score: Decimal | None) -> Digits | None:
    """A score in the smallest digits."""
    return None if score is None else int(score.scaleb(10))


def latest(answers: Iterable[Answer]) -> list[Answer]:
    """Each respondent's latest answer to each kind of survey, of answers in their order."""
    return list({(answer.kind, answer.respondent): answer for answer in answers}.values())
