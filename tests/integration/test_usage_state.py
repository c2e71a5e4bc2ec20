"""The usage state of night after night is the one that a single build makes of the same landing.

Every night is compared with a build from nothing of what was known then. Besides, each night must have
made anew the days that it had to and no other, which the builds that the rows carry tell.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

import duckdb
import pytest

from tests.building.dbt_slot import DbtSlot
from tests.building.landing_writer import Delivery, Row, write_landing

pytestmark = pytest.mark.slow

State = dict[str, list[tuple[object, ...]]]
KEPT = (
    "int_usage_days_summed",
    "int_user_months_marked",
    "int_feature_months_marked",
    "int_user_years_marked",
    "int_user_months_attributed",
    "int_activity_months_counted",
    "int_customer_activity_measured",
    "int_customer_weeks_counted",
    "int_feature_months_counted",
    "int_feature_use_counted",
)
# Nothing of what is told of usage is kept elsewhere, so this is all that they are made of.
STATE = tuple(f"+{table}" for table in KEPT)
FIRST, SECOND, THIRD = "2025-03-10 00:00:00", "2025-03-11 00:00:00", "2025-03-25 00:00:00"
# The clock of a laptop is ten days ahead.
FUTURE = "2025-03-20 08:00:00"


def event(number: int, at: str, user: str | None = "ann", **values: object) -> Row:
    return {
        "event_id": f"e{number}", "event_name": "report_created", "user_id": user, "customer_id": "acme",
        "feature_name": "reports", "occurred_at": at, **values,
    }  # fmt: skip


BATCH = (
    event(1, "2025-01-15 09:00:00"),
    event(2, "2025-02-18 09:00:00"),
    event(3, "2025-02-18 10:00:00", event_count=4),
    event(4, "2025-02-19 23:30:00", "bob"),
    event(5, "2025-03-09 09:00:00", None, anonymous_id="laptop"),
    event(6, "2025-03-09 10:00:00", None, event_name="nightly_sync", feature_name=None),
)
NIGHT = (
    event(7, "2025-03-10 09:00:00"),
    event(8, "2025-02-18 11:00:00", "bob"),  # three weeks late
    event(9, FUTURE),
    event(3, "2025-02-18 10:00:00", event_count=5),  # delivered again, and corrected
    event(4, "2025-02-19 23:30:00", "bob", _operation="delete"),
)
DELIVERIES = (
    Delivery("acme", "usage_events", BATCH, "2025-03-10 00:00:00", "first"),
    Delivery("acme", "usage_events", NIGHT, "2025-03-11 00:00:00", "second"),
    Delivery("acme", "usage_events", BATCH[:2], "2025-03-11 00:00:01", "again"),
)


class Nights:
    """A warehouse that is carried from night to night, and builds from nothing to hold it against."""

    def __init__(self, root: Path) -> None:
        self.slot = DbtSlot(root)
        self.known: dict[tuple[str, ...], State] = {}
        self.land(DELIVERIES, "landed")
        self.run(FIRST, FIRST)
        self.first_night = self.slot.warehouse.with_suffix(".first")
        shutil.copy(self.slot.warehouse, self.first_night)

    def land(self, deliveries: Iterable[Delivery], name: str) -> None:
        """Put a landing into the slot."""
        self.slot.landing.unlink(missing_ok=True)
        if not (self.slot.root / name).exists():
            write_landing(self.slot.root / name, deliveries)
        self.slot.landing.symlink_to(self.slot.root / name)

    def run(self, known_at: str, as_of: str, *select: str, **policy: str) -> None:
        """Carry the state on; all of it unless models are named."""
        chosen = select or STATE
        instants = {"known_at": known_at, "as_of": as_of}
        kinds = ("--exclude-resource-type", "unit_test", "--exclude-resource-type", "test")
        self.slot.dbt("build", *kinds, "--select", *chosen, policy={**instants, **policy})

    def from_nothing(self, known_at: str, as_of: str, **policy: str) -> State:
        """The state that a new warehouse has of the same landing; each is built once."""
        key = (str(self.slot.landing.readlink()), known_at, as_of, *sorted(policy.values()))
        if key not in self.known:
            carried = self.slot.warehouse.with_suffix(".carried")
            self.slot.warehouse.rename(carried)
            self.run(known_at, as_of, **policy)
            self.known[key] = self.state()
            carried.replace(self.slot.warehouse)
        return self.known[key]

    def state(self) -> State:
        """Every row that is kept, without the build that made it."""
        return {
            table: self.query(
                f"select columns(c -> c <> 'build_id') from intermediate.{table} order by all"
            )
            for table in KEPT
        }

    def builds(self) -> dict[str, str]:
        """The build that made each day's rows."""
        rows = self.query(
            "select cast(event_date as varchar), string_agg(distinct build_id) "
            "from intermediate.int_usage_days_summed group by 1"
        )
        return {str(day): str(build) for day, build in rows}

    def months(
        self, table: str = "int_user_months_attributed", month: str = "activity_month"
    ) -> dict[str, str]:
        """The build that made each month of users, or of another table."""
        rows = self.query(
            f"select cast({month} as varchar), string_agg(distinct build_id) "
            f"from intermediate.{table} group by 1"
        )
        return {str(month)[:7]: str(build) for month, build in rows}

    def periods(self) -> dict[str, str]:
        """The build that made the use of features in the periods that end in each month."""
        return self.months("int_feature_use_counted", "last_month")

    def query(self, sql: str) -> list[tuple[object, ...]]:
        with duckdb.connect(str(self.slot.warehouse), read_only=True) as connection:
            return connection.execute(sql).fetchall()


@pytest.fixture(scope="module")
def after_one_night(tmp_path_factory: pytest.TempPathFactory) -> Nights:
    return Nights(tmp_path_factory.mktemp("nights"))


@pytest.fixture
def nights(after_one_night: Nights) -> Nights:
    """The first night is done."""
    after_one_night.land(DELIVERIES, "landed")
    shutil.copy(after_one_night.first_night, after_one_night.slot.warehouse)
    return after_one_night


def rebuilt(before: Mapping[str, str], after: Mapping[str, str]) -> set[str]:
    return {day for day in {*before, *after} if before.get(day) != after.get(day)}


def test_a_night_makes_anew_what_its_loads_touched(nights: Nights) -> None:
    before = nights.builds()
    nights.run(SECOND, SECOND)
    # The day of the late event and of the correction, that of the deleted event, and the new day. The
    # batch that came again is known only a second later.
    assert rebuilt(before, nights.builds()) == {"2025-02-18", "2025-02-19", "2025-03-10"}
    assert nights.state() == nights.from_nothing(SECOND, SECOND)
    counted = nights.query(
        "select actor_id, occurrence_count, event_count from intermediate.int_usage_days_summed "
        "where event_date = '2025-02-18' order by all"
    )
    assert counted == [("ann", 2, 6), ("bob", 1, 1)]

    # A night that brings nothing new leaves everything as it is.
    held = nights.builds()
    nights.run(SECOND, SECOND)
    assert nights.builds() == held

    # The event from the future comes into view on its day, though nothing was loaded for it since.
    assert all(day < FUTURE for day in held)
    nights.run(THIRD, THIRD)
    assert rebuilt(held, nights.builds()) == {"2025-01-15", "2025-02-18", FUTURE[:10]}
    assert nights.state() == nights.from_nothing(THIRD, THIRD)

    # Back to the second night: neither what was loaded nor what came into view after it remains.
    nights.run(SECOND, SECOND)
    assert set(nights.builds()) == set(held)
    assert nights.state() == nights.from_nothing(SECOND, SECOND)


def test_a_run_that_broke_off_is_made_up_for(nights: Nights) -> None:
    nights.run(SECOND, SECOND, "int_usage_days_landed")
    with duckdb.connect(str(nights.slot.warehouse)) as connection:
        connection.execute("drop table intermediate.int_user_months_marked")
    nights.run(THIRD, THIRD)
    assert nights.state() == nights.from_nothing(THIRD, THIRD)


def test_another_timezone_or_notion_makes_everything_anew(nights: Nights) -> None:
    before = nights.builds()
    nights.run(FIRST, FIRST, reporting_timezone="Europe/Berlin")
    # Half past eleven at night in London is the next day in Berlin.
    assert set(nights.builds()) == {*before, "2025-02-20"} - {"2025-02-19"}
    assert nights.state() == nights.from_nothing(FIRST, FIRST, reporting_timezone="Europe/Berlin")

    seed = nights.slot.project / "seeds" / "qualifying_events.csv"
    rules = seed.read_text(encoding="utf-8")
    seed.write_text(f"{rules}reporting,*,reports,false\n", encoding="utf-8")
    nights.run(FIRST, FIRST, reporting_timezone="Europe/Berlin")
    notions = nights.query(
        "select distinct activity_notion from intermediate.int_user_months_marked order by 1"
    )
    seed.write_text(rules, encoding="utf-8")
    assert [notion for (notion,) in notions] == ["active", "core_active", "reporting"]


def test_another_landing_under_the_same_instants_is_not_carried_on(nights: Nights) -> None:
    late = Delivery(
        "acme",
        "usage_events",
        (event(10, "2025-03-01 09:00:00"),),
        "2025-03-09 00:00:00",
        "dated back",
    )
    nights.land((*DELIVERIES, late), "other")
    nights.run(SECOND, SECOND)
    assert "2025-03-01" in nights.builds()
    assert nights.state() == nights.from_nothing(SECOND, SECOND)


def user(name: str, **values: object) -> Row:
    return {
        "user_id": name, "customer_id": "acme", "created_at": "2025-01-01 00:00:00",
        "updated_at": "2025-01-01 00:00:00", **values,
    }  # fmt: skip


def customer(name: str, **values: object) -> Row:
    return {
        "customer_id": name, "created_at": "2024-12-01 00:00:00", "updated_at": "2024-12-01 00:00:00", **values,
    }  # fmt: skip


def told(night: int, name: str, row: Row) -> Delivery:
    """What is told on a night of March about who somebody is, since the noon before."""
    since = {
        "merged_at" if name.endswith("merges") else "updated_at": f"2025-03-{night - 1} 12:00:00"
    }
    return Delivery(
        "acme", name, ({**row, **since},), f"2025-03-{night} 00:00:00", f"night {night}"
    )


# Of December is cyd, of January ida at birch and joe at cedar, of February bob, of March the laptop; ann of all but
# December. She was there in the first months of the windows of twelve that end in January and in March, too.
COMPANY = (
    *DELIVERIES,
    Delivery(
        "acme",
        "usage_events",
        (
            event(20, "2024-12-31 09:00:00", "cyd", customer_id=None),
            event(21, "2025-01-20 09:00:00", "ida", customer_id="birch"),
            event(22, "2025-01-20 09:00:00", "joe", customer_id="cedar"),
            event(23, "2025-02-10 09:00:00", "ann"),
            event(24, "2024-02-05 09:00:00", "ann"),
            event(25, "2024-04-05 09:00:00", "ann"),
        ),
        "2025-03-10 00:00:00",
        "more",
    ),
    Delivery(
        "acme",
        "billing_customers",
        tuple(customer(name) for name in ("acme", "birch", "cedar")),
        "2025-03-10 00:00:00",
    ),
    Delivery("acme", "usage_users", (user("ann"), user("bob")), "2025-03-10 00:00:00"),
    told(11, "usage_identity_merges", {"merged_user_id": "laptop", "surviving_user_id": "ann"}),
    told(12, "usage_identity_merges", {"merged_user_id": "ida", "surviving_user_id": "joe"}),
    told(13, "usage_users", user("cyd")),
    told(14, "usage_users", user("bob", is_internal=True)),
    told(14, "billing_customers", customer("cedar", is_test=True)),
    told(
        15, "crm_account_merges", {"merged_customer_id": "birch", "surviving_customer_id": "acme"}
    ),
)


def test_whoever_turns_out_to_be_another_is_told_of_anew(nights: Nights) -> None:
    nights.land(COMPANY, "retold")
    nights.run(FIRST, FIRST)
    # Half a year and a year that March is in are not over. What ended before a month that is made anew stays.
    unfinished = {"2025-06", "2025-12"}
    # The month of the last day is made anew each night, those before it with what their windows reach.
    for night, months in (
        # The laptop is ann's, whose own months stay; a late event and a correction are of February.
        (11, {"2025-02", "2025-03"}),
        # Two users are one.
        (12, {"2025-01", "2025-02", "2025-03"}),
        # Whose user cyd was is only known now.
        (13, {"2024-12", "2025-01", "2025-02", "2025-03"}),
    ):
        instant = f"2025-03-{night} 00:00:00"
        before, used_before = nights.months(), nights.periods()
        nights.run(instant, instant)
        assert rebuilt(before, nights.months()) == months, night
        assert rebuilt(used_before, nights.periods()) == months | unfinished, night
        assert nights.state() == nights.from_nothing(instant, instant), night

    # A run breaks off when it is known that bob is one of us and cedar a test, but no month says so. The one
    # after it, on which birch turns out to be acme, makes the months and none of what is counted of them.
    held = nights.months()
    nights.run("2025-03-14 00:00:00", "2025-03-14 00:00:00", "+int_activity_months_built")
    assert nights.months() == held
    last = "2025-03-15 00:00:00"
    nights.run(last, last, "+int_user_months_attributed")
    assert rebuilt(held, nights.months()) == {"2025-01", "2025-02", "2025-03"}
    nights.run(last, last)
    assert nights.state() == nights.from_nothing(last, last)
    assert nights.query(
        "select distinct customer_id from intermediate.int_user_months_attributed"
    ) == [("acme:acme",)]
