"""Active users of fightchurn's simulated social network: a plain recomputation from its 543,679 events."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.third_party.conftest import Loaded

pytestmark = [pytest.mark.third_party, pytest.mark.slow]

WINDOWS = ("28", "30")


@pytest.fixture(scope="module", params=WINDOWS)
def network(load_third_party: Callable[..., Loaded], request: pytest.FixtureRequest) -> Loaded:
    return load_third_party(
        "fightchurn_socialnet7",
        select=("+fct_active_users",),
        as_of="2020-07-01 00:00:00",
        trailing_active_days=request.param,
    )


def test_days_and_trailing_windows(network: Loaded) -> None:
    rows = network.warehouse.rows(
        "select cast(period_start as varchar) as day, active_users_count as dau, "
        "trailing_week_users_count as wau, trailing_month_users_count as mau "
        "from marts.fct_active_users "
        "where grain = 'day' and segment_name = 'all' and activity_notion = 'active'"
    )
    window = network.warehouse.value("select max(trailing_days_count) from marts.fct_active_users")
    ours = {row["day"]: row for row in rows}
    theirs = network.reference("derived_active_users.csv")
    assert len(theirs) == 18
    for row in theirs:
        expected = (int(row["dau"]), int(row["wau"]), int(row[f"mau{window}"]))
        found = ours[row["day"]]
        assert (found["dau"], found["wau"], found["mau"]) == expected, row["day"]


def test_calendar_months(network: Loaded) -> None:
    rows = network.warehouse.rows(
        "select cast(period_start as varchar) as month, active_users_count as users "
        "from marts.fct_active_users "
        "where grain = 'month' and segment_name = 'all' and activity_notion = 'active'"
    )
    ours = {row["month"]: row["users"] for row in rows}
    theirs = network.reference("derived_mau_calendar.csv")
    assert len(theirs) >= 4
    assert {row["month"]: int(row["mau_calendar"]) for row in theirs}.items() <= ours.items()


def test_both_windows_were_measured(network: Loaded, request: pytest.FixtureRequest) -> None:
    window = network.warehouse.value("select max(trailing_days_count) from marts.fct_active_users")
    assert str(window) == request.node.callspec.params["network"]
