"""Section 6: NPS, satisfaction and response rates, by period, segment, score and account."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Any

from tests.oracle.amounts import SCALE, Digits, quotient, rounded
from tests.oracle.standing import Parts, Period
from tests.oracle.surveys import CLASSES, KINDS, Answer, Surveys, digits, latest

# Account sentiment is told of months and longer.
SHORT = frozenset({"day", "week"})


class Voice:
    """What one company's customers say."""

    def __init__(self, surveys: Surveys) -> None:
        self.surveys = surveys
        self.standing = surveys.standing

    def parts(self, kinds: Sequence[str]) -> Parts:
        """Sums of some kinds of surveys, by period and segment."""
        found: Parts = {}
        without: tuple[str, ...] = ()
        standing = self.standing
        told = [answer for answer in self.surveys.answers if answer.kind in kinds]
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
                (day, customer, {f"{kind}_sent": 1, f"{kind}_answered_sends": int(send in self.surveys.answered)})
                for kind, send, customer, day in self.surveys.sends
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
                    key = (*period[:2], answer.kind, answer.scale, digits(answer.score))
                    found[key][name] += 1
        return found

    def accounts(self) -> dict[tuple[Any, ...], dict[str, Any]]:
        """What each customer that was asked or answered in a period says of itself."""
        sums: dict[tuple[Any, ...], Counter[str]] = {}
        last: dict[tuple[Any, ...], Digits | None] = {}
        for day, customer in [
            *((answer.day, answer.customer) for answer in self.surveys.answers if answer.state != "excluded"),
            *((day, customer) for _, _, customer, day in self.surveys.sends),
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
                    last[*period[:2], answer.customer] = digits(answer.score)
        return {key: _account(own, last.get(key)) for key, own in sums.items()}

    def rows(self) -> dict[tuple[Any, ...], dict[str, Any]]:
        """Each answer, whether it counts or not."""
        counted = self.surveys.counted()
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
                "score": digits(answer.score), "common_score": answer.common_score,
                "responded_at": answer.at, "answered_date": answer.day, "answer_number": number.get(answer),
                "is_latest_of_respondent": answer in last, "csm_id_then": answer.csm_then, "csm_id": answer.csm,
            }
            for answer in self.surveys.answers
        }  # fmt: skip

    def _by_period(self, kinds: Iterable[str]) -> dict[Period, list[Answer]]:
        found: dict[Period, list[Answer]] = defaultdict(list)
        for answer in self.surveys.counted():
            if answer.kind in kinds:
                for period in self.standing.calendar.holding(answer.day):
                    found[period].append(answer)
        return found


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
