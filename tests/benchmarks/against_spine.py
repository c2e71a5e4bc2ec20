"""The sparse MRR ledger against a row for every customer and month, from the same priced items.

Both begin with the MRR of items over time and end with the movements of each customer by month. The
ledger's models are the project's own, as dbt compiled them: they give seven grains, trial and
committed MRR, movements at their instant and effects of exchange rates beside; the spine gives months,
so the ledger is measured with all grains and once with months alone.
"""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from string import Template
from typing import Any

import duckdb

from orchestration.ingestion.simulation.config import add_calendar_months
from orchestration.settings import PROJECT_ROOT
from tests.benchmarks.costs import Cost, cost_of, middle
from tests.benchmarks.dbt_builds import MEMORY, THREADS, DbtPlace
from tests.building.landing_writer import write_landing

HERE = Path(__file__).parent
FIRST_MONTH = datetime(2020, 1, 1)  # noqa: DTZ001 - instants are naive UTC
LEDGER = (
    "int_currency_balances_accumulated",
    "int_customer_mrr_changed",
    "int_periods_spanned",
    "int_customer_periods_netted",
    "fct_mrr_movements",
)
COLUMNS = "customer_id, movement_type, movement_amount, starting_mrr_amount, ending_mrr_amount"
# Nothing but DuckDB is imported, so that the peak is the query's.
PROGRAM = """
import sys
import duckdb
warehouse, script, threads, memory = sys.argv[1:]
with duckdb.connect(warehouse, config={"threads": threads, "memory_limit": memory}) as connection:
    connection.execute(open(script, encoding="utf-8").read())
"""


@dataclass(frozen=True)
class Span:
    """How many customers over how many months."""

    customers: int
    months: int

    @property
    def words(self) -> dict[str, object]:
        """What the scripts leave open."""
        first, last = FIRST_MONTH.date(), add_calendar_months(FIRST_MONTH.date(), self.months - 1)
        return {
            "customers": self.customers,
            "months": self.months,
            "first_month": first,
            "last_month": last,
        }

    @property
    def as_of(self) -> datetime:
        """End of the last month."""
        end = add_calendar_months(FIRST_MONTH.date(), self.months)
        return datetime(end.year, end.month, end.day)  # noqa: DTZ001


def measure_against_spine(span: Span, work: Path, *, repeats: int) -> dict[str, Any]:
    """Build the items with dbt, then both ways from them; compare every movement."""
    place = DbtPlace(work / f"spine_{span.customers}").prepare()
    landing = place.settings.landing_dir
    shutil.rmtree(landing, ignore_errors=True)
    write_landing(landing, [])
    _run(
        HERE / "growing_company.sql",
        {**span.words, "file": landing / "billing_subscription_periods" / "made.parquet"},
    )
    place.build(span.as_of, ["+fct_mrr_movements"])
    compiled = place.compiled()
    scripts = {
        "ledger": "\n".join(_table(name, compiled[name]) for name in LEDGER),
        "ledger_by_month": "\n".join(_of_months(name, compiled[name]) for name in LEDGER),
        "spine": Template((HERE / "spine.sql").read_text(encoding="utf-8")).substitute(span.words),
        # What opening the file and nothing else costs, to be taken off both.
        "nothing": "select 1",
    }
    warehouse = place.settings.warehouse_path
    costs: dict[str, list[Cost]] = {name: [] for name in scripts}
    for _ in range(repeats):
        for name, script in scripts.items():
            _undo(warehouse)
            path = place.folder / f"{name}.sql"
            path.write_text(script, encoding="utf-8")
            costs[name].append(_measure(warehouse, path, place.folder))
    counts = _compare(place, scripts)
    found = {name: middle(values) for name, values in costs.items()}
    start = found.pop("nothing")
    spine = found["spine"]
    ratios = {
        f"{figure}_{name}_to_spine": ratio
        for name in ("ledger_by_month", "ledger")
        for figure, ratio in _ratios(found[name], spine, start).items()
    }
    return {
        "customers": span.customers,
        "months": span.months,
        "repeats": repeats,
        **counts,
        "costs": {name: cost.plain() for name, cost in found.items()} | {"start": start.plain()},
        "ratios": ratios,
    }


def _ratios(ledger: Cost, spine: Cost, start: Cost) -> dict[str, float]:
    """CPU seconds beyond those of opening the file, and peak memory."""
    cpu = (ledger.cpu_seconds - start.cpu_seconds) / (spine.cpu_seconds - start.cpu_seconds)
    return {
        "cpu": round(cpu, 2),
        "peak_memory": round(ledger.peak_megabytes / spine.peak_megabytes, 2),
    }


def _table(model: str, sql: str) -> str:
    return f"create or replace table {_schema(model)}.{model} as ({sql}\n);"


def _of_months(model: str, sql: str) -> str:
    """The same model where only months are wanted, as of the spine: the engine leaves out the rest."""
    if model == LEDGER[-1]:
        return _table(model, f"select * from ({sql}\n) where grain = 'month'")
    if model == LEDGER[-2]:
        return f"create or replace view {_schema(model)}.{model} as ({sql}\n);"
    return _table(model, sql)


def _schema(model: str) -> str:
    return "marts" if model.startswith("fct_") else "intermediate"


def _run(script: Path, words: dict[str, object]) -> None:
    text = Template(script.read_text(encoding="utf-8")).substitute(words)
    with duckdb.connect(config={"threads": str(THREADS), "memory_limit": MEMORY}) as connection:
        connection.execute(text)


def _undo(warehouse: Path) -> None:
    """Take away what either side made, so that each starts from the items alone."""
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("drop schema if exists spine cascade")
        made = {
            (kind.removeprefix("BASE "), name)
            for kind, name in connection.execute(
                "select table_type, table_name from information_schema.tables"
            ).fetchall()
        }
        for name in LEDGER:
            for kind in ("view", "table"):
                if (kind.upper(), name) in made:
                    connection.execute(f"drop {kind} {_schema(name)}.{name}")
        connection.execute("checkpoint")


def _measure(warehouse: Path, script: Path, folder: Path) -> Cost:
    command = [sys.executable, "-c", PROGRAM, str(warehouse), str(script), str(THREADS), MEMORY]
    environment = {**os.environ, "PYTHONPATH": str(PROJECT_ROOT)}
    return cost_of(command, environment, folder, folder / "script.log")


def _compare(place: DbtPlace, scripts: dict[str, str]) -> dict[str, int]:
    """Run both once more side by side and compare their movements by month."""
    with duckdb.connect(str(place.settings.warehouse_path)) as connection:
        connection.execute("drop schema if exists spine cascade")
        connection.execute(scripts["ledger"])
        connection.execute(scripts["spine"])
        ledger = (
            f"select period_start, {COLUMNS} from marts.fct_mrr_movements where grain = 'month'"
        )
        spine = f"select month, {COLUMNS} from spine.movements"
        counted = connection.execute(
            f"select (select count(*) from ({ledger})), (select count(*) from spine.balances), "
            f"(select count(*) from (({ledger} except all {spine}) union all ({spine} except all {ledger})))"
        ).fetchone()
    assert counted is not None
    movements, rows, differing = counted
    if differing or not movements:
        raise AssertionError(f"{differing} movements differ, of {movements}")
    return {"month_movements": movements, "spine_rows": rows}
