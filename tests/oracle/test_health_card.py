"""The scoring of the card and the oracle's card publish the same, on random customers, weeks and cards."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestration.scoring.card.score import CardResult, score_card
from orchestration.scoring.card.seeds import card_from_seeds
from tests.oracle.health import card as oracle
from tests.oracle.policy import seed

TODAY = datetime.fromisoformat("2025-03-31")
WEEKS = 16
SOURCES = sorted({row["source_name"] for row in seed("health_metrics")})
NUMBERS = [row["metric"] for row in seed("health_metrics")]
OFTEN = settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

tenths = st.integers(0, 10).map(lambda n: str(Decimal(n) / 10))
Key = tuple[str, datetime]


@st.composite
def cards(draw: st.DrawFn) -> oracle.Seeds:
    """The project's own card, or its metrics with other weights, ramps and rules."""
    own = oracle.Seeds(
        seed("health_cards")[0], seed("health_components"), seed("health_metrics"), seed("health_profiles")
    )  # fmt: skip
    if draw(st.booleans()):
        return own
    rules = {
        "smoothing_weight": draw(st.sampled_from(["0.4", "0.2", "1", "0.5"])),
        "smoothing_snapshots": draw(st.sampled_from(["9", "1", "4", "13"])),
        "minimum_coverage_rate": draw(st.sampled_from(["0.5", "0.5", "0", "0.3", "0.9"])),
        "trend_dead_band_points": draw(st.sampled_from(["5", "0", "2.5"])),
        "dunning_cap_score": draw(st.sampled_from(["40", "0", "55.5"])),
        "red_share": draw(st.sampled_from(["0.10", "0.25", "0.3333"])),
    }
    metrics = [
        row | {"weight": draw(tenths), "at_100": str(Decimal(row["at_0"]) + draw(ramp_widths))}
        for row in own.metrics
    ]
    # A card without any weight is refused; this one always counts, in every profile.
    metrics[0] |= {"weight": "0.4"}
    components = [row | {"weight": draw(tenths)} for row in own.components]
    components[0] |= {"weight": "0.3"}
    profiles = [row for row in own.profiles if draw(st.booleans())]
    return oracle.Seeds({**own.card, **rules}, components, metrics, profiles)


ramp_widths = st.sampled_from(
    [Decimal(-3), Decimal("-0.7"), Decimal("0.15"), Decimal(1), Decimal(7)]
)


@st.composite
def customer_weeks(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Rows of up to seven customers, over consecutive weeks or with weeks that are not there."""
    drawn_rows = []
    arrived = {source: draw(st.integers(0, 5)) > 0 for source in SOURCES}
    for number in range(draw(st.integers(1, 7))):
        first = draw(st.integers(0, WEEKS - 1))
        gaps = draw(st.sets(st.integers(0, WEEKS - 1), max_size=2))
        usual = {name: draw(values) for name in NUMBERS}
        tenure = draw(st.integers(0, 250))
        renewal = draw(st.none() | st.integers(0, 400))
        for back in range(first, -1, -1):
            if back in gaps and back > 0:
                continue
            changed = draw(st.dictionaries(st.sampled_from(NUMBERS), values, max_size=3))
            dunning = draw(st.sampled_from([None, None, 0, 3, 14, 15, 40]))
            drawn_rows.append(
                {
                    "customer_id": f"acme:{number}",
                    "as_of_date": TODAY - timedelta(weeks=back),
                    "tenure_days": max(tenure - 7 * back, 0),
                    "renewal_days": renewal,
                    "open_dunning_days": dunning if arrived["invoices"] else None,
                }
                | usual
                | changed
                | {f"has_{source}_source": arrived[source] for source in SOURCES}
                | {f"{source}_fresh_at": TODAY for source in SOURCES}
            )
    return drawn_rows


# Six in seven are measured, so that many cards are covered well enough to have a score.
values = st.sampled_from([False] + [True] * 6).flatmap(
    lambda there: (
        st.one_of(
            st.floats(-2, 12, allow_nan=False),
            st.integers(-100, 1200).map(lambda n: n / 100),
        )
        if there
        else st.none()
    )
)


@st.composite
def published_before(draw: st.DrawFn) -> tuple[int, list[int | None]]:
    """Up to which week scores had been published, and what they were: any, as another card made them."""
    weeks = draw(st.sampled_from([0, 0, 1, 5, 12]))
    units = st.none() | st.integers(0, 100 * oracle.UNITS)
    return weeks, draw(st.lists(units, min_size=4, max_size=8))


@OFTEN
@given(cards(), customer_weeks(), published_before())
def test_card_and_oracle_agree(
    seeds: oracle.Seeds, rows: list[dict[str, Any]], before: tuple[int, list[int | None]]
) -> None:
    history = _history(rows, *before)
    told = _score(seeds, rows, history)
    by_key = {(row["customer_id"], row["as_of_date"]): row for row in rows}
    scores = {
        (row["customer_id"], row["as_of_date"]): row for row in told.scores.to_dict("records")
    }
    lost: dict[Key, dict[tuple[str, str], dict[str, Any]]] = defaultdict(dict)
    for point in told.points_lost.to_dict("records"):
        key = (point["customer_id"], point["as_of_date"])
        lost[key][point["component"], point["metric"]] = point
    assert list(scores) == sorted(by_key)
    for key, row in by_key.items():
        week = oracle.week(seeds, row)
        _week_agrees(week, scores[key], lost[key])
        if key not in history:
            _verdict_agrees(seeds, row, scores, history)
    for day in {day for _, day in by_key if (rows[0]["customer_id"], day) not in history}:
        units = {
            who: _units(found["health_score"]) for (who, on), found in scores.items() if on == day
        }
        bands = {
            who: _word(found["health_band"]) for (who, on), found in scores.items() if on == day
        }
        assert bands == oracle.bands(seeds, units)


def _history(
    rows: list[dict[str, Any]], weeks: int, units: list[int | None]
) -> dict[Key, tuple[int | None, int | None]]:
    """Published score and raw score of every snapshot up to a week, in units.

    What was published stays so, also of a snapshot that the inputs have no row of any more.
    """
    customers = sorted({row["customer_id"] for row in rows})
    first = min(row["as_of_date"] for row in rows)
    last = TODAY - timedelta(weeks=weeks)
    days = (
        [first + timedelta(weeks=n) for n in range((last - first).days // 7 + 1)] if weeks else []
    )
    past = [(customer, day) for day in days for customer in customers]
    return {
        key: (units[n % len(units)], units[(n + 1) % len(units)] if units[n % len(units)] else None)
        for n, key in enumerate(past)
    }


def _score(
    seeds: oracle.Seeds,
    rows: list[dict[str, Any]],
    history: dict[Key, tuple[int | None, int | None]],
) -> CardResult:
    """The scoring on the same rows, given as its frames."""
    card = card_from_seeds(
        pd.DataFrame([seeds.card]).assign(is_current=True),
        pd.DataFrame(seeds.components),
        pd.DataFrame(seeds.metrics),
        pd.DataFrame(seeds.profiles or [], columns=["card_version", "profile", "component", "metric", "weight"])
        .replace({"metric": {"": None}}),
    )  # fmt: skip
    numbers = ["renewal_days", "open_dunning_days", *NUMBERS]
    frame = pd.DataFrame(rows).astype(dict.fromkeys(numbers, "float64"))
    published = pd.DataFrame(
        [
            {
                "customer_id": customer, "as_of_date": day,
                "health_score": None if score is None else score / oracle.UNITS,
                "health_score_raw": None if raw is None else raw / oracle.UNITS,
            }
            for (customer, day), (score, raw) in history.items()
        ],
        columns=["customer_id", "as_of_date", "health_score", "health_score_raw"],
    ).astype({"health_score": "float64", "health_score_raw": "float64"})  # fmt: skip
    return score_card(frame.sample(frac=1, random_state=0), card, published)


def _week_agrees(
    week: oracle.Week, score: dict[str, Any], lost: dict[tuple[str, str], dict[str, Any]]
) -> None:
    raw = _units(score["health_score_raw"])
    assert score["profile"] == week.profile
    assert abs(Fraction(score["coverage_rate"]) - week.coverage) <= Fraction(1, 10**6)
    assert oracle.is_rounded(raw, week.units)
    assert list(lost) == sorted(week.parts)
    for key, part in week.parts.items():
        point = lost[key]
        assert _number(point["metric_value"]) == part.value
        exact = None if part.score is None else part.score * oracle.UNITS
        assert oracle.is_rounded(_units(point["metric_score"]), exact)
        assert _word(point["missing_reason"]) == part.missing_reason
        weight = _number(point["effective_weight"])
        assert (weight is None) == (raw is None)
        assert weight is None or abs(weight - part.effective_weight) < Fraction(1, 10**9)
    points = {key: _units(point["points_lost"]) for key, point in lost.items()}
    if raw is None:
        assert set(points.values()) == {None}
        return
    whole = {key: units for key, units in points.items() if units is not None}
    assert sum(whole.values()) == 100 * oracle.UNITS - raw
    assert oracle.are_shared_out(whole, {key: part.lost for key, part in week.parts.items()})


def _verdict_agrees(
    seeds: oracle.Seeds,
    row: dict[str, Any],
    scores: dict[Key, dict[str, Any]],
    history: dict[Key, tuple[int | None, int | None]],
) -> None:
    """What follows from the published weeks: smoothing, cap, change, slope and their words."""
    customer, day = row["customer_id"], row["as_of_date"]
    score = scores[customer, day]
    past = [(customer, day - timedelta(weeks=back)) for back in range(WEEKS, -1, -1)]
    published = {
        column: [
            history[key][place] if key in history else _units(scores[key][column]) if key in scores else None
            for key in past
        ]
        for place, column in enumerate(("health_score", "health_score_raw"))
    }  # fmt: skip
    smoothed = _units(score["health_score_smoothed"])
    assert oracle.is_rounded(smoothed, oracle.smoothed(seeds, published["health_score_raw"]))
    units, reason = oracle.capped(seeds, row, smoothed)
    assert _units(score["health_score"]) == units
    assert _word(score["cap_reason"]) == reason
    assert score["status"] == ("insufficient data" if units is None else "scored")
    earlier = published["health_score"][-5]
    change = None if units is None or earlier is None else units - earlier
    assert _units(score["change_4_weeks"]) == change
    assert _word(score["health_trend"]) == oracle.trend(seeds, change)
    assert oracle.is_rounded(
        _units(score["slope_12_weeks"]), oracle.slope(published["health_score"])
    )
    assert score["card_version"] == seeds.card["card_version"]


def _units(points: Any) -> int | None:
    """Published points in units; they have no more digits than that."""
    if pd.isna(points):
        return None
    units = Fraction(points) * oracle.UNITS
    assert units.denominator == 1
    return int(units)


def _number(value: Any) -> Fraction | None:
    return None if pd.isna(value) else Fraction(value)


def _word(value: Any) -> str | None:
    return None if pd.isna(value) else str(value)
