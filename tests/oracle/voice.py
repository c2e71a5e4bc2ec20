"""Section 6: what customers say when they are asked, and how many of those asked do."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Any

from orchestration.settings import DBT_PROJECT_DIR
from tests.oracle.amounts import SCALE, Digits, quotient, rounded
from tests.oracle.raw_rows import Row
from tests.oracle.segments import NOTHING
from tests.oracle.standing import Parts, Period, Standing
from tests.oracle.users import Users

KINDS = ("nps", "csat", "ces", "product_usage", "onboarding")
CLASSES = {
    "nps": ("promoters", "passives", "detractors"),
    "other": ("satisfied", "neutral", "dissatisfied"),
}
# A ticket's score is an answer on this scale.
TWO_WAY = "two_way"
TICKET_SCORES = {"good": Decimal(1), "bad": Decimal(0), "offered": None}
# Account sentiment is told of months and longer.
SHORT = frozenset({"day", "week"})


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


class Voice:
    """What one company's customers say."""

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

    def parts(self, kinds: Sequence[str]) -> Parts:
        """Sums of some kinds of surveys, by period and segment."""
        found: Parts = {}
        without: tuple[str, ...] = ()
        standing = self.standing
        told = [answer for answer in self.answers if answer.kind in kinds]
        standing.spread(
            found,
            (
                (answer.day, answer.customer, {f"{answer.kind}_{answer.state}": 1})
                for answer in told
                if answer.state in {"rejected", "unanswered"}
            ),
            without,
        )
        standing.spread(
            found,
            (
                (day, customer, {f"{kind}_sent": 1, f"{kind}_answered_sends": int(send in self.answered)})
                for kind, send, customer, day in self.sends
                if kind in kinds
            ),
            without,
        )  # fmt: skip
        for period, answers in self._by_period(kinds).items():
            for answer in answers:
                standing.add(found, period, answer.customer, _cells(answer, "all_"))
            for answer in latest(answers):
                standing.add(found, period, answer.customer, _cells(answer, ""))
        return found

    def scores(self) -> dict[tuple[Any, ...], Counter[str]]:
        """How often each score was given, by period."""
        found: dict[tuple[Any, ...], Counter[str]] = defaultdict(Counter)
        for period, answers in self._by_period(KINDS).items():
            for name, own in (("all_answers_count", answers), ("answered_count", latest(answers))):
                for answer in own:
                    key = (*period[:2], answer.kind, answer.scale, _digits(answer.score))
                    found[key][name] += 1
        return found

    def accounts(self) -> dict[tuple[Any, ...], dict[str, Any]]:
        """What each customer that was asked or answered in a period says of itself."""
        sums: dict[tuple[Any, ...], Counter[str]] = {}
        last: dict[tuple[Any, ...], Digits | None] = {}
        for day, customer in [
            *((answer.day, answer.customer) for answer in self.answers if answer.state != "excluded"),
            *((day, customer) for _, _, customer, day in self.sends),
        ]:  # fmt: skip
            for period in self.standing.calendar.holding(day):
                if customer and period[0] not in SHORT:
                    sums.setdefault((*period[:2], customer), Counter())
        for period, answers in self._by_period(KINDS).items():
            for answer in latest(answers) if period[0] not in SHORT else ():
                if answer.customer:
                    sums[*period[:2], answer.customer].update(_cells(answer, ""))
            for answer in answers:
                if answer.kind == "nps":
                    last[*period[:2], answer.customer] = _digits(answer.score)
        return {key: _account(own, last.get(key)) for key, own in sums.items()}

    def rows(self) -> dict[tuple[Any, ...], dict[str, Any]]:
        """Each answer, whether it counts or not."""
        counted = self.counted()
        seen: Counter[tuple[str, str]] = Counter()
        number: dict[Answer, int] = {}
        for answer in counted:
            seen[answer.kind, answer.respondent] += 1
            number[answer] = seen[answer.kind, answer.respondent]
        last = set(latest(counted))
        return {
            (self.standing.company.name, answer.origin, answer.name): {
                "customer_id": answer.customer, "survey_type": answer.kind, "scale_code": answer.scale,
                "answer_state": answer.state, "answer_class": (answer.answer_class or "").removesuffix("s") if answer.kind == "nps" and answer.answer_class else answer.answer_class,
                "score": _digits(answer.score), "common_score": answer.common_score,
                "responded_at": answer.at, "answered_date": answer.day, "answer_number": number.get(answer),
                "is_latest_of_respondent": answer in last, "csm_id_then": answer.csm_then, "csm_id": answer.csm,
            }
            for answer in self.answers
        }  # fmt: skip

    def _by_period(self, kinds: Iterable[str]) -> dict[Period, list[Answer]]:
        found: dict[Period, list[Answer]] = defaultdict(list)
        for answer in self.counted():
            if answer.kind in kinds:
                for period in self.standing.calendar.holding(answer.day):
                    found[period].append(answer)
        return found

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


def _digits(score: Decimal | None) -> Digits | None:
    return None if score is None else int(score.scaleb(10))


def latest(answers: Iterable[Answer]) -> list[Answer]:
    """Each respondent's latest answer to each kind of survey, of answers in their order."""
    return list({(answer.kind, answer.respondent): answer for answer in answers}.values())


def _cells(answer: Answer, which: str) -> dict[str, int]:
    cells = {f"{answer.kind}_{which}answered": 1, f"{answer.kind}_{which}{answer.answer_class}": 1}
    if answer.common_score is not None:
        cells[f"{answer.kind}_{which}sum_score"] = answer.common_score
    return cells


def _margin(promoters: int, detractors: int, answered: int) -> Digits | None:
    """196 · √(variance / answers) of +1, 0 and −1, to six digits."""
    if not answered:
        return None
    mean = Fraction(promoters - detractors, answered)
    square = (Fraction(promoters + detractors, answered) - mean**2) / answered
    with localcontext() as context:
        context.prec = 50
        margin = 196 * (Decimal(square.numerator) / Decimal(square.denominator)).sqrt()
        return int(rounded(Fraction(margin) / 10**4)) * 10**4


def nps(sums: Mapping[str, int]) -> dict[str, Any]:
    """NPS of respondents and of all answers, and the response rate."""
    found: dict[str, Any] = {
        "rejected_count": sums["nps_rejected"], "unanswered_count": sums["nps_unanswered"],
        "sent_count": sums["nps_sent"], "answered_sends_count": sums["nps_answered_sends"],
        "response_rate": quotient(sums["nps_answered_sends"], sums["nps_sent"]),
    }  # fmt: skip
    for which, counted in (("", "answered_count"), ("all_", "all_answers_count")):
        answered = sums[f"nps_{which}answered"]
        promoters, passives, detractors = (sums[f"nps_{which}{name}"] for name in CLASSES["nps"])
        found |= {
            counted: answered, f"{which}promoters_count": promoters, f"{which}passives_count": passives,
            f"{which}detractors_count": detractors,
            f"{which}net_promoters_score": 100 * (promoters - detractors),
            f"{which}nps_score": quotient(100 * (promoters - detractors), answered),
            f"{which}margin_of_error_score": _margin(promoters, detractors, answered),
        }  # fmt: skip
    return found


def satisfaction(sums: Mapping[str, int], asked: Collection[str]) -> dict[str, Any]:
    """CSAT, effort, product usage and onboarding feedback; nothing of a kind that was never asked."""
    found: dict[str, Any] = {}
    for kind in KINDS[1:]:
        for which, counted in (("", "answered_count"), ("all_", "all_answers_count")):
            answered, total = sums[f"{kind}_{which}answered"], sums[f"{kind}_{which}sum_score"]
            for name in CLASSES["other"]:
                found[f"{kind}_{which}{name}_count"] = sums[f"{kind}_{which}{name}"]
            found |= {
                f"{kind}_{counted}": answered,
                f"{kind}_{which}sum_score": total,
                f"{kind}_{which}satisfied_rate": quotient(sums[f"{kind}_{which}satisfied"], answered),
                f"{kind}_{which}mean_score": quotient(total, answered * SCALE),
            }  # fmt: skip
        sent, back = sums[f"{kind}_sent"], sums[f"{kind}_answered_sends"]
        found |= {
            f"{kind}_rejected_count": sums[f"{kind}_rejected"],
            f"{kind}_unanswered_count": sums[f"{kind}_unanswered"],
            f"{kind}_sent_count": sent, f"{kind}_answered_sends_count": back,
            f"{kind}_response_rate": quotient(back, sent),
        }  # fmt: skip
        if kind not in asked:
            found |= {name: None for name in found if name.startswith(f"{kind}_")}
    return found


def _account(sums: Counter[str], last: Digits | None) -> dict[str, Any]:
    told = nps(sums)
    found = {
        "nps_answered_count": told["answered_count"], "nps_score": told["nps_score"],
        "last_nps_answer_score": last,
        **{f"{name}_count": sums[f"nps_{name}"] for name in CLASSES["nps"]},
    }  # fmt: skip
    for kind in KINDS[1:]:
        answered, satisfied = sums[f"{kind}_answered"], sums[f"{kind}_satisfied"]
        found |= {
            f"{kind}_answered_count": answered, f"{kind}_satisfied_count": satisfied,
            f"{kind}_satisfied_rate": quotient(satisfied, answered),
        }  # fmt: skip
    return found
