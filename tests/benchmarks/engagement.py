"""What a night costs of usage alone: landing, gates and engagement, against a full build and against SQL by hand.

The landing holds all but the last delivery; engagement is built from nothing, the last delivery comes, and
the night goes on from the state that is kept. Then the same active users are counted by hand from the raw
events, and a second warehouse is built from nothing: both must agree with the night.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from pathlib import Path
from string import Template
from typing import Any

import duckdb

from orchestration.settings import PROJECT_ROOT
from tests.benchmarks.costs import Cost, cost_of
from tests.benchmarks.dbt_builds import MEMORY, THREADS, DbtPlace
from tests.benchmarks.known_costs import KnownCosts, code_in
from tests.benchmarks.sizes import Size

SCRIPT = Path(__file__).parent / "engagement.sql"
# Engagement and what it reads that depends on usage; what else it needs is built before and not measured.
MARTS_BUILT = "path:models/marts/engagement"
OF_USAGE = "path:models/intermediate/usage+"
MEASURED = (f"+{MARTS_BUILT},{OF_USAGE}",)
# What costs are the costs of; `table` and the like may change between two steps.
CODE = (
    PROJECT_ROOT / "dbt_project",
    PROJECT_ROOT / "data_quality",
    PROJECT_ROOT / "orchestration" / "ingestion",
    SCRIPT,
)
PROGRAM = "from tests.benchmarks.engagement import main; main()"
# Rows of the mart in the columns of the script's tables.
MARTS = {
    "days": """
        select period_start as day, active_users_count as daily_users, active_customers_count as daily_customers,
            trailing_week_users_count as weekly_users, trailing_month_users_count as monthly_users
        from warehouse.marts.fct_active_users
        where grain = 'day' and segment_name = 'all' and activity_notion = 'active'
    """,
    "months": """
        select period_start as month, active_users_count as users, active_customers_count as customers
        from warehouse.marts.fct_active_users
        where grain = 'month' and segment_name = 'all' and activity_notion = 'active'
    """,
}


def measure_engagement(
    size: Size, work: Path, *, is_compared: bool, again: bool = True
) -> dict[str, Any]:
    """Measure one night, from where an earlier measurement of the same code broke off.

    Args:
        size: The company.
        work: Folder for everything that is written.
        is_compared: Build the night's state once more from nothing and compare every mart.
        again: Measure every step, whatever is known.
    """
    mapping = size.raw_files(work)
    place = DbtPlace(work / f"engagement_{size.name}")
    known = KnownCosts.in_folder(work / f"costs_{size.name}", code_in(CODE), again=again)
    if known.is_fresh:
        shutil.rmtree(place.folder, ignore_errors=True)
    place.prepare()
    night = datetime.combine(size.last_day + timedelta(days=1), time())
    evening = night - timedelta(days=1)
    landing, warehouse = place.settings.landing_dir, place.settings.warehouse_path
    known.step("landing_full", lambda: _part(place, "land", mapping, evening), landing)
    known.step("others_full", lambda: _others(place, evening), warehouse)
    known.step("engagement_full", lambda: _engagement(place, evening), warehouse)
    known.step("landing_night", lambda: _part(place, "land", mapping, night), landing)
    known.step("others_night", lambda: _others(place, night), warehouse)
    known.step("gate_raw_night", lambda: _part(place, "gate", "raw", evening, night))
    known.step("gate_raw_full", lambda: _part(place, "gate", "raw", night))
    known.step("gate_staging_night", lambda: _part(place, "gate", "staging", evening, night))
    known.step("gate_staging_full", lambda: _part(place, "gate", "staging", night))
    known.step("engagement_night", lambda: _engagement(place, night), warehouse)
    known.step("by_hand", lambda: _part(place, "by_hand", night))
    counts = compared(place)
    if is_compared:
        counts |= _compared_with_full_build(known, place, night)
    return {
        **counts,
        "marts_compared": is_compared,
        "costs": {name: cost.plain() for name, cost in known.costs.items()},
        "loads": known.loads,
        "ratios": ratios(known.costs),
    }


def _others(place: DbtPlace, as_of: datetime) -> Cost:
    """Cost of the process that builds what engagement needs of other domains."""
    return place.go_on(as_of, [f"+{MARTS_BUILT}", "tag:staging"], leave=[OF_USAGE])[0]


def _engagement(place: DbtPlace, as_of: datetime) -> Cost:
    """Cost of the models of usage and engagement."""
    return place.go_on(as_of, MEASURED)[1]


def ratios(costs: dict[str, Cost]) -> dict[str, float]:
    """CPU seconds of a night to those of the full build and of the SQL, and shares of bytes read."""

    def share(one: str, other: str, figure: str = "cpu_seconds") -> float:
        return round(getattr(costs[one], figure) / getattr(costs[other], figure), 3)

    return {
        "engagement_night_to_full": share("engagement_night", "engagement_full"),
        "engagement_night_to_by_hand": share("engagement_night", "by_hand"),
        "engagement_full_to_by_hand": share("engagement_full", "by_hand"),
        "bytes_read_by_night_to_by_hand": share("engagement_night", "by_hand", "read_megabytes"),
        "gate_staging_night_to_full": share("gate_staging_night", "gate_staging_full"),
        "landing_night_to_full": share("landing_night", "landing_full"),
    }


def by_hand_path(place: DbtPlace) -> Path:
    """Where the script writes."""
    return place.folder / "by_hand.duckdb"


def _part(place: DbtPlace, part: str, *arguments: object) -> Cost:
    """Cost of a part that this module runs in a process of its own."""
    report = place.folder / "part.json"
    texts = [str(argument) for argument in arguments]
    cost = cost_of(
        [sys.executable, "-c", PROGRAM, str(report), part, str(place.folder), *texts],
        {**os.environ, "PYTHONPATH": str(PROJECT_ROOT), "GX_ANALYTICS_ENABLED": "false"},
        place.folder,
        place.folder / f"{part}.log",
    )
    spent = json.loads(report.read_text(encoding="utf-8"))
    return replace(
        cost, cpu_seconds=spent["cpu_seconds"], read_megabytes=round(spent["read"] / 1e6)
    )


def main() -> None:
    """Run one part and write what it spent beyond its imports."""
    report, part, folder, *arguments = sys.argv[1:]
    from tests.benchmarks import engagement_parts

    spent = engagement_parts.PARTS[part](DbtPlace(Path(folder)), *arguments)
    Path(report).write_text(json.dumps(spent), encoding="utf-8")


def build_by_hand(place: DbtPlace, as_of: datetime) -> None:
    """Count active users by the script."""
    path = by_hand_path(place)
    path.unlink(missing_ok=True)
    config = {
        "threads": str(THREADS),
        "memory_limit": MEMORY,
        "temp_directory": str(place.settings.temp_dir),
    }
    text = Template(SCRIPT.read_text(encoding="utf-8"))
    with duckdb.connect(str(path), config=config) as connection:
        connection.execute(f"attach '{place.settings.warehouse_path}' as warehouse (read_only)")
        connection.execute(text.substitute(landing=place.settings.landing_dir, as_of=as_of))


def compared(place: DbtPlace) -> dict[str, int]:
    """Compare every day and month of the mart with the script's; returns how many there were.

    Raises:
        AssertionError: Some differ.
    """
    with duckdb.connect(str(by_hand_path(place)), read_only=True) as connection:
        connection.execute(f"attach '{place.settings.warehouse_path}' as warehouse (read_only)")
        counted = {}
        for table, mart in MARTS.items():
            key, *_ = [row[0] for row in connection.execute(f"describe {table}").fetchall()]
            # The mart goes on where the script has nothing: with the days of a period that is not over.
            differing = connection.execute(f"""
                select count(*) from (
                    (select * from {table} except all {mart})
                    union all
                    (select * from ({mart}) where {key} in (select {key} from {table})
                        except all select * from {table})
                )
            """).fetchall()[0][0]
            (counted[table],) = connection.execute(f"select count(*) from {table}").fetchall()[0]
            if differing or not counted[table]:
                raise AssertionError(f"{differing} rows of {table} differ, of {counted[table]}")
    return {"days_compared": counted["days"], "months_compared": counted["months"]}


def _compared_with_full_build(
    known: KnownCosts, place: DbtPlace, as_of: datetime
) -> dict[str, int]:
    """Build the night from nothing beside the one that is kept; returns how many rows of marts are alike.

    Raises:
        AssertionError: A mart is not the same in both.
    """
    other = DbtPlace(place.folder.with_name(f"{place.folder.name}_from_nothing"))
    if "others_from_nothing" not in known.costs:
        shutil.rmtree(other.folder, ignore_errors=True)
    other.prepare()
    if not other.settings.landing_dir.exists():
        other.settings.landing_dir.symlink_to(place.settings.landing_dir)
    warehouse = other.settings.warehouse_path
    known.step("others_from_nothing", lambda: _others(other, as_of), warehouse)
    known.step("engagement_from_nothing", lambda: _engagement(other, as_of), warehouse)
    marts = place.built(MARTS_BUILT)
    one, two = (sums_of_rows(where.settings.warehouse_path, marts) for where in (place, other))
    differing = [mart for mart in marts if one[mart] != two[mart]]
    if differing:
        raise AssertionError(f"Night and full build differ in {', '.join(differing)}")
    return {"marts_compared_rows": sum(count for count, *_ in one.values())}


def sums_of_rows(warehouse: Path, marts: Sequence[str]) -> dict[str, tuple[int, ...]]:
    """Of each table of schema marts how many rows it has and two sums over the hashes of all of them.

    Tables of the same rows, however often each and in whatever order, have the same sums, and others have not.
    Comparing the rows themselves takes memory for all of them.
    """
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        sums = {}
        for mart in marts:
            rows = connection.execute(
                "select count(*), coalesce(sum(hash(mart)::hugeint), 0), "
                "coalesce(sum(md5_number_lower(mart::varchar)::hugeint), 0) "
                f"from marts.{mart} as mart"
            ).fetchall()
            sums[mart] = rows[0]
    return sums
