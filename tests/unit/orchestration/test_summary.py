"""The text that a run ends with."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from orchestration.reporting.headlines import (
    HEADLINES,
    Headline,
    HeadlineValue,
    write_change,
    write_value,
)
from orchestration.reporting.late_rows import LateRows
from orchestration.reporting.new_risk import RiskChange
from orchestration.reporting.summary import (
    RunSummary,
    duration,
    failure_text,
    shortened,
    success_text,
)

MRR, NRR, GRR, CHURN, PAYING, _, NPS, *_ = HEADLINES
NOVEMBER = date(2026, 11, 20)


METRICS_LINE = (
    "  metrics    MRR $1,840,759 (-$774, -0.04%)   NRR, 12 months 100.0% (-0.1 pt)   "
    "logo churn 2026-11 2.1%"
)


def value(headline: Headline, number: str | None) -> HeadlineValue:
    return HeadlineValue(headline, None if number is None else Decimal(number), NOVEMBER)


def summary(**changes: Any) -> RunSummary:
    facts: dict[str, Any] = {
        "run_id": "r20261121-0214",
        "seconds": 252.4,
        "data_through": NOVEMBER,
        "currency": "USD",
        "landed": {"billing": 412, "usage": 88120, "crm": 0},
        "quarantined": 3,
        "late": [LateRows("usage_events", date(2026, 10, 1), 9)],
        "checks_passed": 214,
        "warnings": ["usage: 2 accounts silent 3 days"],
        "release": Path("data/releases/r20261121-0214"),
        "previous": "r20261120-0213",
        "headlines": [value(MRR, "1840759"), value(NRR, "1.0"), value(CHURN, "0.021")],
        "before": [value(MRR, "1841533"), value(NRR, "1.001"), value(CHURN, "0.021")],
        "restatements": [
            {
                "metric": "mrr",
                "period": date(2026, 8, 1),
                "segment": "all",
                "difference": Decimal(350),
                "cause": "late data",
                "reason": "2 rows came late",
            }
        ],
        "risk": RiskChange(6, Decimal(14200), 3),
        "next_steps": [("read", "data/releases/current/tenure_bi.duckdb")],
    }
    return RunSummary(**{**facts, **changes})


def test_a_whole_summary() -> None:
    assert success_text(summary()) == "\n".join(
        [
            "Run r20261121-0214   OK in 4 m 12 s    data through 2026-11-20",
            "  loaded     billing +412   usage +88,120   quarantined 3   late: 9 rows for 2026-10",
            "  checks     214 passed, 1 to look at",
            "             usage: 2 accounts silent 3 days",
            "  published  data/releases/r20261121-0214  (was r20261120-0213)",
            METRICS_LINE,
            "  restated   mrr 2026-08 +350    why: 2 rows came late",
            "  new risk   +6 accounts ($14,200 MRR), 3 recovered",
            "  read       data/releases/current/tenure_bi.duckdb",
        ]
    )


def test_the_first_run_compares_with_nothing() -> None:
    text = success_text(summary(previous=None, before=(), restatements=(), risk=None, late=()))
    assert "(the first)" in text
    assert "MRR $1,840,759   NRR" in text
    for word in ("restated", "new risk", "late:"):
        assert word not in text


def test_an_earlier_state_says_that_readers_do_not_see_it() -> None:
    aside = "as known at 2026-11-01 02:00:00 UTC, published by r1; readers still on r9"
    text = success_text(summary(aside=aside, late=(), restatements=(), risk=None))
    assert f"  rebuilt    data/releases/r20261121-0214  ({aside})" in text
    assert "  loaded     nothing: an earlier state" in text
    assert "published  " not in text


def test_nothing_new_is_said() -> None:
    text = success_text(summary(landed={"billing": 0}, quarantined=0, late=()))
    assert "  loaded     nothing new\n" in text


def test_a_metric_without_data_is_not_a_zero() -> None:
    assert "NRR, 12 months no data" in success_text(summary(headlines=[value(NRR, None)]))


def test_many_late_months_are_shortened_to_the_latest() -> None:
    late = [LateRows("usage_events", date(2026, month, 1), month) for month in range(1, 8)]
    text = success_text(summary(late=late))
    assert "late: 5 rows for 2026-05, 6 rows for 2026-06, 7 rows for 2026-07 and 4 earlier" in text


def test_many_warnings_are_counted_and_found_elsewhere() -> None:
    text = success_text(summary(warnings=[f"warning {n}" for n in range(5)]))
    assert "5 to look at" in text
    assert "warning 2" in text
    assert "warning 3" not in text
    assert "and 2 more: tenure status" in text


def test_a_failure_says_what_readers_see_and_what_to_do() -> None:
    text = failure_text(
        step="gate_marts",
        message="marts.fct_mrr_roll_forward: 3 rows off by 12.00",
        readers="readers still on r20261120-0213 (26 h old)",
        next_steps=[("retry", "tenure run --resume r20261121-0214")],
        exit_code=3,
    )
    assert text == "\n".join(
        [
            "FAILED at gate_marts: marts.fct_mrr_roll_forward: 3 rows off by 12.00",
            "  nothing published; readers still on r20261120-0213 (26 h old)",
            "  retry:     tenure run --resume r20261121-0214   exit 3",
        ]
    )


@pytest.mark.parametrize(
    ("number", "unit", "currency", "text"),
    [
        ("1840759.4", "currency", "USD", "$1,840,759"),
        ("-774", "currency", "EUR", "-€774"),
        ("12", "currency", "CHF", "CHF 12"),
        ("0.9823", "percent", "USD", "98.2%"),
        ("1212", "count", "USD", "1,212"),
        (None, "percent", "USD", "no data"),
    ],
)
def test_values_are_written_for_people(
    number: str | None, unit: Any, currency: str, text: str
) -> None:
    assert write_value(None if number is None else Decimal(number), unit, currency) == text


@pytest.mark.parametrize(
    ("headline", "now", "before", "text"),
    [
        (MRR, "100", "0", "(+$100)"),
        (MRR, "99", "100", "(-$1, -1.00%)"),
        (MRR, "100.2", "100", ""),
        (PAYING, "210", "212", "(-2)"),
        (NPS, "-3.2", "-10", "(+7)"),
        (GRR, "0.95", "0.9", "(+5.0 pt)"),
        (GRR, "0.95", "0.95001", ""),
        (GRR, None, "0.9", ""),
        (GRR, "0.9", None, ""),
    ],
)
def test_changes_are_signed_and_silent_when_nothing_changed(
    headline: Headline, now: str | None, before: str | None, text: str
) -> None:
    assert write_change(value(headline, now), value(headline, before), "USD") == text


def test_durations() -> None:
    assert [duration(s) for s in (0.4, 48.2, 59.6, 252)] == ["0 s", "48 s", "1 m 0 s", "4 m 12 s"]


def test_a_long_message_becomes_one_short_line() -> None:
    assert shortened("a\n  b") == "a b"
    assert len(shortened("word " * 100)) <= 140
    assert shortened("word " * 100).endswith("…")
