"""Values of customers and segments: against a company whose future is known, and on odd ones."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration.scoring.lifetime_value import forecast
from orchestration.scoring.lifetime_value.allocation import share_out, to_cents
from orchestration.scoring.lifetime_value.retention_counts import SegmentIndex, count
from orchestration.scoring.lifetime_value.settings import ValuationSettings
from orchestration.scoring.lifetime_value.value import LifetimeValue, appraise, value
from tests.unit.scoring.lifetime_value.simple_company import simple_company, true_value

MARGIN = 0.8
FEW = ValuationSettings(draws=40)


def one_customer(**changes: object) -> pd.DataFrame:
    row = {
        "customer_id": "a", "plan": "basic", "term_months": 1, "period": 3, "months_to_end": 0,
        "mrr": 100.0, "relative_log_hazard": np.nan, "is_leaving": False,
    }  # fmt: skip
    return pd.DataFrame([row | changes])


def month(
    customer: str = "a", *, period: int = 1, lost: bool = False, **changes: object
) -> dict[str, object]:
    row = {
        "customer_id": customer, "month": period, "plan": "basic",
        "next_plan": None if lost else "basic", "term_months": 1, "period": period,
        "opening_mrr": 100.0, "closing_mrr": 0.0 if lost else 100.0, "is_lost": lost,
        "is_back": False,
    }  # fmt: skip
    return row | changes


def months(*rows: dict[str, object]) -> pd.DataFrame:
    return pd.DataFrame(list(rows))


def total(valued: LifetimeValue) -> pd.Series:
    return valued.segments.set_index(["plan", "term"]).loc[("all", "all")]


@pytest.fixture(scope="module")
def company() -> tuple[pd.DataFrame, pd.DataFrame]:
    return simple_company(1500, 36, seed=2)


@pytest.fixture(scope="module")
def valued(company: tuple[pd.DataFrame, pd.DataFrame]) -> LifetimeValue:
    return value(*company, MARGIN, FEW)


def test_the_true_value_is_found(
    company: tuple[pd.DataFrame, pd.DataFrame], valued: LifetimeValue
) -> None:
    _, today = company
    truth = today.apply(true_value, axis=1, horizon=60, discount_rate=0.10) * MARGIN * 100
    found = total(valued)
    assert found["residual_cents"] / truth.sum() == pytest.approx(1, abs=0.05)
    assert found["lower_cents"] <= truth.sum() <= found["upper_cents"]
    by_customer = valued.customers.set_index("customer_id")["residual_cents"]
    ordered = truth.set_axis(today["customer_id"])
    assert by_customer.corr(ordered, method="spearman") >= 0.97


def test_customers_sum_to_their_segment_and_segments_to_the_total(valued: LifetimeValue) -> None:
    term = np.where(valued.customers["term_months"] >= 6, "long", "short")
    by_segment = valued.customers.groupby(["plan", term])["residual_cents"].sum()
    segments = valued.segments.set_index(["plan", "term"])["residual_cents"]
    assert by_segment.to_dict() == segments.drop(("all", "all")).to_dict()
    assert by_segment.sum() == segments["all", "all"]


def test_the_order_of_rows_changes_nothing(
    company: tuple[pd.DataFrame, pd.DataFrame], valued: LifetimeValue
) -> None:
    lived, today = company
    again = value(
        lived.sample(frac=1, random_state=1), today.sample(frac=1, random_state=2), MARGIN, FEW
    )
    pd.testing.assert_frame_equal(again.customers, valued.customers)
    pd.testing.assert_frame_equal(again.segments, valued.segments)


def test_customers_looked_at_in_parts_are_worth_the_same(
    company: tuple[pd.DataFrame, pd.DataFrame],
    valued: LifetimeValue,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(forecast, "LARGEST", 3 * (FEW.draws + 1) * 50)
    parts = value(*company, MARGIN, FEW)
    pd.testing.assert_frame_equal(parts.customers, valued.customers)


def test_risk_moves_value_inside_a_segment_only(
    company: tuple[pd.DataFrame, pd.DataFrame], valued: LifetimeValue
) -> None:
    lived, today = company
    risky = today.assign(relative_log_hazard=np.where(today.index % 2 == 0, 1.0, -1.0))
    spread = value(lived, risky, MARGIN, FEW)
    assert spread.segments["residual_cents"].tolist() == valued.segments["residual_cents"].tolist()
    before = valued.customers.set_index("customer_id")["residual_cents"]
    after = spread.customers.set_index("customer_id")["residual_cents"]
    change = (after - before).reindex(today["customer_id"]).to_numpy()
    assert (change[risky["relative_log_hazard"] > 0] < 0).mean() > 0.99
    assert (change[risky["relative_log_hazard"] < 0] > 0).mean() > 0.99


def test_nobody_ever_left_and_nothing_changed() -> None:
    """Sixty months of 100 at a margin of one half, without a discount: 3,000.00."""
    valued = value(
        months(*(month(period=p) for p in (1, 2, 3))), one_customer(), 0.5,
        ValuationSettings(discount_rate=0.0, draws=20),
    )  # fmt: skip
    assert valued.customers["residual_cents"].tolist() == [300_000]
    assert valued.customers["retention_source"].tolist() == ["of all customers"]
    assert total(valued)["nrr_12_months"] == 1


def test_a_constant_hazard_is_summed_by_hand() -> None:
    """Half leave each month: 100 · (1 + ½ + ¼) in three months = 175.00."""
    rows = [month(f"c{n}", lost=n % 2 == 0) for n in range(8)]
    settings = ValuationSettings(horizon_months=3, discount_rate=0.0, draws=20)
    valued = value(months(*rows), one_customer(), 1.0, settings)
    assert valued.customers["residual_cents"].tolist() == [17_500]


def test_the_discount_is_of_a_year() -> None:
    """100 now and 100 in a month at 21 % a year: 100 + 100 / 1.21^(1/12) = 198.42."""
    settings = ValuationSettings(horizon_months=2, discount_rate=0.21, draws=20)
    valued = value(months(month()), one_customer(), 1.0, settings)
    assert valued.customers["residual_cents"].tolist() == [round(10_000 * (1 + 1.21 ** (-1 / 12)))]


def test_a_long_term_is_left_at_its_end_only() -> None:
    """Of two renewals one was lost; the term ends in two months: 100 + 100 + 50 + 50."""
    rows = [
        month("x", term_months=12, period=1),
        month("y", term_months=12, period=1, lost=True),
        *(month(f"m{n}", term_months=12, period=0) for n in range(22)),
    ]
    # Too few churners for a curve: 1 lost of 24 months of exposure, over twelve months of a term.
    settings = ValuationSettings(horizon_months=4, discount_rate=0.0, draws=20)
    customer = one_customer(term_months=12, months_to_end=2, period=0)
    valued = value(months(*rows), customer, 1.0, settings)
    stays = (1 - 1 / 24) ** 12
    assert valued.customers["residual_cents"].tolist() == [round(10_000 * (2 + 2 * stays))]


def test_many_churners_make_a_segment_its_own() -> None:
    rows = [month(f"c{n}", lost=n < 30) for n in range(100)]
    rows += [month(f"d{n}", plan="other", lost=n < 2) for n in range(10)]
    today = pd.concat([one_customer(), one_customer(customer_id="b", plan="other")])
    valued = value(months(*rows), today, 1.0, FEW)
    assert valued.customers["retention_source"].tolist() == ["own", "of all plans of the term"]


def test_money_not_heads_is_weighed() -> None:
    """Small customers leave, the large one stays: nearly all of the money does."""
    rows = [month(f"s{n}", lost=n < 40, opening_mrr=1.0) for n in range(50)]
    rows += [month(f"l{n}", opening_mrr=1000.0, closing_mrr=1000.0) for n in range(5)]
    settings = ValuationSettings(horizon_months=2, discount_rate=0.0, draws=20)
    valued = value(months(*rows), one_customer(), 1.0, settings)
    assert valued.customers["residual_cents"].iloc[0] > 19_800


def test_who_resumes_after_a_pause_is_growth_of_the_others() -> None:
    rows = [month("a"), month("b", opening_mrr=0.0, closing_mrr=10.0, period=0)]
    settings = ValuationSettings(horizon_months=2, discount_rate=0.0, draws=20)
    valued = value(months(*rows), one_customer(), 1.0, settings)
    assert valued.customers["residual_cents"].tolist() == [21_000]


def test_who_left_and_came_back_is_no_growth_of_those_who_stayed() -> None:
    """Of 200 half left in month 1, and 40 of it were back after one month away; nobody grew.

    So 50 % stay each month, and of MRR that left 40 % comes back in each month after. NRR of twelve months is what
    stayed throughout, 0.5^12, and of each month's loss what is back by then: Σ 0.5^k (1 − 0.6^(12 − k)).
    """
    rows = [month("a"), month("b", lost=True)]
    rows += [month("b", month=2, opening_mrr=0.0, closing_mrr=40.0, is_back=True) | {"period": 0}]
    settings = ValuationSettings(horizon_months=2, discount_rate=0.0, draws=20)
    valued = value(months(*rows), one_customer(), 1.0, settings)
    assert valued.customers["residual_cents"].tolist() == [15_000]
    back = sum(0.5**k * (1 - 0.6 ** (12 - k)) for k in range(1, 13))
    assert total(valued)["nrr_12_months"] == pytest.approx(0.5**12 + back)


def test_return_is_watched_as_far_as_the_months_reach() -> None:
    """100 left in month 1 and was away for five months that are known: 10 of 500 a month, from 10 back."""
    rows = [month("a", period=p) for p in range(1, 7)] + [month("b", lost=True)]
    rows += [month("b", month=6, opening_mrr=0.0, closing_mrr=10.0, is_back=True) | {"period": 0}]
    everyone = np.ones((1, 2))
    frame = months(*rows)
    counts = count(frame, SegmentIndex.of(frame), everyone)
    assert (counts.away[0], counts.back[0]) == (500, 10)


def test_who_grows_moves_on_and_then_keeps_the_pace_of_its_new_plan() -> None:
    """Half of basic's MRR doubles and moves on to large each month, where nothing grows: 100, 150, 175, …

    In month 1 of 100 half stays and half becomes 100; in month 2 of the 50 left 25 stay and 50 are added.
    """
    rows = [month(f"s{n}") for n in range(30)]
    rows += [month(f"g{n}", next_plan="large", closing_mrr=200.0) for n in range(30)]
    rows += [month(f"l{n}", plan="large", next_plan="large") for n in range(30)]
    settings = ValuationSettings(horizon_months=3, discount_rate=0.0, draws=20)
    valued = value(months(*rows), one_customer(), 1.0, settings)
    assert valued.customers["residual_cents"].tolist() == [10_000 + 15_000 + 17_500]


def test_few_customers_grow_like_the_others_and_stay_where_they_are() -> None:
    rows = [month(f"s{n}", closing_mrr=110.0) for n in range(40)]
    rows += [month("one", plan="rare", next_plan="basic", closing_mrr=900.0)]
    settings = ValuationSettings(horizon_months=2, discount_rate=0.0, draws=20)
    valued = value(months(*rows), one_customer(plan="rare"), 1.0, settings)
    grown = (40 * 110 + 900) / (41 * 100)
    assert valued.customers["residual_cents"].tolist() == [round(10_000 * (1 + grown))]


def test_what_leaves_while_a_long_term_runs_is_lost_too() -> None:
    """A tenth is lost in a month that ends no term: 100 + 90 + 81, though the term ends later."""
    rows = [month(f"r{n}", term_months=12, period=0, lost=n == 0) for n in range(10)]
    settings = ValuationSettings(horizon_months=3, discount_rate=0.0, draws=20)
    customer = one_customer(term_months=12, months_to_end=5, period=0)
    valued = value(months(*rows), customer, 1.0, settings)
    assert valued.customers["residual_cents"].tolist() == [27_100]


def test_who_has_said_that_it_leaves_is_worth_its_running_term_alone(
    company: tuple[pd.DataFrame, pd.DataFrame], valued: LifetimeValue
) -> None:
    lived, today = company
    long = today["term_months"] == 12
    leaving = today.assign(is_leaving=long & (today.index % 5 == 0))
    told = value(lived, leaving, MARGIN, FEW)
    assert told.segments["residual_cents"].tolist() == valued.segments["residual_cents"].tolist()
    frame = told.customers.set_index("customer_id").join(
        leaving.set_index("customer_id")[["mrr", "months_to_end", "is_leaving"]]
    )
    gone = frame[frame["is_leaving"]]
    assert (gone["survival_12_months"] == 0).all()
    # Rescaled like everyone in its segment, but no more than that.
    months_paid = gone["residual_cents"] / (gone["mrr"] * MARGIN * 100)
    assert (months_paid < 1.6 * gone["months_to_end"] + 0.1).all()


def test_a_segment_of_whom_all_leave_is_worth_their_running_terms() -> None:
    """100 now, and nothing after the month, though nobody ever left before."""
    valued = value(months(month()), one_customer(is_leaving=True), 1.0, FEW)
    assert valued.customers["residual_cents"].tolist() == [10_000]


def test_a_margin_takes_its_share_of_the_revenue_in_cents_of_its_own(
    company: tuple[pd.DataFrame, pd.DataFrame], valued: LifetimeValue
) -> None:
    found = appraise(*company, FEW)
    pd.testing.assert_frame_equal(found.at(MARGIN).customers, valued.customers)
    revenue = found.at(1.0)
    assert total(revenue)["residual_cents"] * MARGIN == pytest.approx(
        total(valued)["residual_cents"], abs=len(found.segments)
    )
    assert revenue.customers["survival_12_months"].equals(valued.customers["survival_12_months"])
    with pytest.raises(ValueError, match="gross_margin"):
        found.at(np.inf)


def test_each_curve_is_published_beside_a_more_flexible_one(valued: LifetimeValue) -> None:
    """Chances are constant in this company: 0.96^60 and 0.985^60 of monthly MRR, 0.85^5 of yearly."""
    found = valued.segments.set_index(["plan", "term"])
    for segment, stays in {("basic", "short"): 0.96**60, ("team", "short"): 0.985**60}.items():
        row = found.loc[segment]
        assert row["horizon_survival"] == pytest.approx(stays, rel=0.25)
        assert 0 < row["horizon_survival_check"] < 1
    # Three renewals are too few to tell time from difference.
    assert found.loc[("team", "long"), "horizon_survival"] == pytest.approx(0.85**5, rel=0.25)
    assert np.isnan(found.loc[("team", "long"), "horizon_survival_check"])
    assert np.isnan(found.loc[("all", "all"), "horizon_survival"])


def test_everyone_left_and_one_is_new() -> None:
    rows = [month(f"c{n}", lost=True) for n in range(40)]
    valued = value(months(*rows), one_customer(period=0), 1.0, FEW)
    assert valued.customers["residual_cents"].tolist() == [10_000]


def test_no_customer_has_no_value() -> None:
    valued = value(months(month()), one_customer().head(0), 1.0, FEW)
    assert valued.customers.empty
    assert valued.segments.empty


def test_a_loss_is_shared_out_like_a_gain() -> None:
    valued = value(months(month()), one_customer(), -0.1, FEW)
    assert valued.customers["residual_cents"].iloc[0] < 0
    assert valued.customers["lower_cents"].iloc[0] <= valued.customers["upper_cents"].iloc[0]


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (one_customer().drop(columns="plan"), "customers lack plan"),
        (pd.concat([one_customer()] * 2), "'a' stands there twice"),
        (one_customer(mrr=-1.0), "mrr has to be a finite amount"),
        (one_customer(mrr=np.inf), "mrr has to be a finite amount"),
    ],
)
def test_bad_customers_are_named(frame: pd.DataFrame, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        value(months(month()), frame, 1.0, FEW)


@pytest.mark.parametrize(
    "changes",
    [
        {"horizon_months": 0}, {"discount_rate": -0.1}, {"interval": 1.0}, {"draws": 19},
        {"health_half_life_months": 0.0},
    ],
)  # fmt: skip
def test_assumptions_that_cannot_be_are_refused(changes: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(changes)).split("_")[0]):
        ValuationSettings(**changes)


@given(st.integers(0, 10**12), st.lists(st.floats(0, 1e6), min_size=1, max_size=30))
def test_cents_add_up_and_none_is_more_than_one_off(cents: int, weights: list[float]) -> None:
    given_weights = np.array(weights)
    shares = share_out(cents, given_weights)
    assert shares.sum() == cents
    if given_weights.sum() > 0:
        assert (np.abs(shares - given_weights / given_weights.sum() * cents) <= 1.001).all()


def test_half_a_cent_is_rounded_away_from_zero() -> None:
    assert to_cents(np.array([0.005, -0.005, 1.004])).tolist() == [1, -1, 100]
