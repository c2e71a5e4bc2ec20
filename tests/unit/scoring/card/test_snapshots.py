"""Published snapshots are facts: added to, never changed; and it is all one whether in one go or not."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from orchestration.scoring.card.score import score_card
from orchestration.scoring.card.snapshots import append_snapshots, dates_to_append
from tests.unit.scoring.card.small_card import inputs, published_card, weeks_before


def rows(*keys: tuple[str, str, float]) -> pd.DataFrame:
    return pd.DataFrame(keys, columns=["customer_id", "as_of_date", "health_score"])


def test_a_published_row_never_changes() -> None:
    existing = rows(("a", "2025-03-24", 1), ("a", "2025-03-31", 2))
    new = rows(("a", "2025-03-31", 99), ("b", "2025-03-31", 3), ("a", "2025-04-07", 4))
    assert append_snapshots(existing, new).to_dict("split")["data"] == [
        ["a", "2025-03-24", 1],
        ["a", "2025-03-31", 2],
        ["a", "2025-04-07", 4],
        ["b", "2025-03-31", 3],
    ]


def test_a_rebuild_replaces_the_dates_it_holds_and_no_others() -> None:
    existing = rows(("a", "2025-03-24", 1), ("a", "2025-03-31", 2), ("gone", "2025-03-31", 5))
    new = rows(("a", "2025-03-31", 99))
    assert append_snapshots(existing, new, rebuild=True).to_dict("split")["data"] == [
        ["a", "2025-03-24", 1],
        ["a", "2025-03-31", 99],
    ]


@pytest.mark.parametrize("empty", ["existing", "new", "both"])
def test_nothing_is_a_frame_too(empty: str) -> None:
    some, none = rows(("a", "2025-03-31", 1)), rows()
    existing = none if empty in {"existing", "both"} else some
    new = none if empty in {"new", "both"} else some
    assert len(append_snapshots(existing, new)) == (0 if empty == "both" else 1)


def test_the_first_run_reconstructs_and_later_ones_go_on() -> None:
    weeks = [date(2025, 3, day) for day in (3, 10, 17, 24, 31)]
    assert dates_to_append(weeks, [], reconstructed_weeks=2) == weeks[-3:]
    assert dates_to_append(weeks, weeks, reconstructed_weeks=2) == [weeks[-1]]
    assert dates_to_append(weeks, [weeks[1]], reconstructed_weeks=2) == weeks[2:]
    assert dates_to_append(weeks, [date(2025, 3, 30)], reconstructed_weeks=2) == [weeks[-1]]
    assert dates_to_append(weeks, [date(2026, 1, 1)], reconstructed_weeks=2) == [weeks[-1]]
    assert dates_to_append([], weeks, reconstructed_weeks=2) == []


def test_week_by_week_is_the_same_as_in_one_go() -> None:
    """Each week is scored from 21 weeks of inputs and what was published; 30 weeks at once agree."""
    card = published_card()
    chance = np.random.default_rng(7)
    frame = inputs(
        card,
        *(
            {"customer_id": customer, "as_of_date": weeks_before(week)}
            | {
                metric.name: chance.uniform(*sorted((metric.at_0, metric.at_100)))
                for metric in card.metrics
                if chance.uniform() < 0.9
            }
            for customer in "abcd"
            for week in range(30)
            if (customer, week) not in {("a", 3), ("b", 12), ("c", 29)}
        ),
    )
    published = score_card(frame.head(0), card).scores
    for week in range(9, -1, -1):
        seen = frame[frame["as_of_date"].between(weeks_before(week + 20), weeks_before(week))]
        scored = score_card(seen, card, published).scores
        last = scored[scored["as_of_date"] == weeks_before(week)]
        published = append_snapshots(published, last)
    at_once = score_card(frame, card).scores
    at_once = at_once[at_once["as_of_date"] >= weeks_before(9)].reset_index(drop=True)
    pd.testing.assert_frame_equal(published, at_once)
    assert at_once["slope_12_weeks"].notna().any()
