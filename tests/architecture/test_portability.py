"""The models mean the same on the second engine, Apache Spark, as far as that shows without running it.

Three checks: dbt compiles every model with the Spark adapter; the result parses as Spark SQL and has
nothing in it that only DuckDB knows; and no model is written in constructs that engines read
differently. Whether rows are equal is proven by running both, not here.
"""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import sqlglot
from sqlglot import exp

from orchestration.settings import DBT_PROJECT_DIR
from tests.building.dbt_slot import DbtSlot

# What differs between the engines in silence or fails on one of them, and what to write instead.
DENIED = {
    r"\bqualify\b": "row_number() in a subquery",
    r"::": "cast(… as …)",
    r"\bdistinct\s+on\b": "row_number() in a subquery",
    r"\*\s*(exclude|replace|except)\b": "name the columns",
    r"\basof\b": "a join on intervals",
    r"->": "a column, or a macro",
    r"\blist_\w+\(": "a macro",
    r"//": "the macro exact_divide",
    r"\bhugeint\b": "decimal(38, 0)",
    r"\bunnest\b": "the macro days",
    r"\bgenerate_series\b": "the macro days",
    r"\binterval\b": "the macros add_days and add_months",
    r"\bdate_diff\b": "the macro days_between",
    r"\bdate_trunc\b": "the macro period_start",
    r"\bstrftime\b|\bdate_format\b": "a macro",
    r"\bat\s+time\s+zone\b": "the macro local_date",
    r"\bdayofweek\b|\bisodow\b": "the macro week_start",
    r"\bconcat\s*\(": "||, which is NULL where a part is",
    r"\bmedian\s*\(": "percentile_cont on a double",
    r"\brecursive\b": "a fixed number of steps",
    r"\brange\s+between\b": "rows between, or a join",
    r"\b(now|today)\s*\(|\bcurrent_(date|timestamp|time)\b": "the macro as_of",
    r"\b(varchar|text)\b(?!\s*\()": "string",
}
ONLY_DUCKDB = r"//|\bhugeint\b|\bgenerate_series\b|\bunnest\b|\bread_parquet\b|\bstrftime\b|::|\bqualify\b|,\s*from\b|,\s*\)"
# Spark has it since 3.1: https://spark.apache.org/docs/latest/api/sql/#raise_error
# Since 3.0: https://spark.apache.org/docs/latest/api/sql/#xxhash64
UNKNOWN_TO_THE_PARSER = {"raise_error", "xxhash64"}
PROFILE = """
tenure:
  target: spark
  outputs:
    spark: {type: spark, method: session, schema: main, host: NA, threads: 2}
"""


def raw_sql(text: str) -> str:
    """The SQL that an author wrote: without comments and without what Jinja puts in."""
    text = re.sub(r"\{#.*?#\}|--[^\n]*", " ", text, flags=re.DOTALL)
    text = re.sub(r"\{\{.*?\}\}", " jinja ", text, flags=re.DOTALL)
    return re.sub(r"\{%.*?%\}|'[^']*'", " ", text, flags=re.DOTALL).lower()


def violations(text: str) -> list[str]:
    """Denied constructs in a model, each with what to write instead."""
    sql = raw_sql(text)
    return [
        f"{pattern}: {instead}" for pattern, instead in DENIED.items() if re.search(pattern, sql)
    ]


def _without_strings(sql: str) -> str:
    return re.sub(r"'[^']*'", "''", sql).lower()


SQL_FILES = sorted(
    path for folder in ("models", "tests") for path in (DBT_PROJECT_DIR / folder).rglob("*.sql")
)


def test_no_model_uses_a_denied_construct() -> None:
    found = {path.name: violations(path.read_text(encoding="utf-8")) for path in SQL_FILES}
    assert len(found) > 50
    assert {name: bad for name, bad in found.items() if bad} == {}


@pytest.mark.parametrize(
    "sql",
    [
        "select a from t qualify row_number() over (order by a) = 1",
        "select a::int from t",
        "select distinct on (a) a, b from t",
        "select * exclude (a) from t",
        "select a from t asof join u using (a)",
        "select list_transform(a, x -> x + 1) from t",
        "select a // b from t",
        "select cast(a as hugeint) from t",
        "select unnest(a) from t",
        "select a + interval 1 day from t",
        "select date_trunc('week', a) from t",
        "select concat(a, b) from t",
        "select median(a) from t",
        "with recursive t as (select 1) select * from t",
        "select sum(a) over (order by b range between 1 preceding and current row) from t",
        "select current_date from t",
        "select cast(a as varchar) from t",
    ],
)
def test_linter_fires(sql: str) -> None:
    assert violations(sql)


def test_linter_is_quiet_in_comments_strings_and_macros() -> None:
    assert not violations(
        "{# no qualify, no :: #} select '->' as a, {{ days('x', 'y', 'interval') }} as b -- now()\nfrom t"
    )


def test_every_macro_of_one_engine_has_its_twin() -> None:
    signatures: dict[str, set[str]] = {"duckdb": set(), "spark": set()}
    for path in (DBT_PROJECT_DIR / "macros").rglob("*.sql"):
        for engine, rest in re.findall(
            r"macro\s+(duckdb|spark)__(\w+\([^)]*\))", path.read_text(encoding="utf-8")
        ):
            signatures[engine].add(rest)
    assert signatures["duckdb"] == signatures["spark"]
    assert signatures["duckdb"]


@pytest.fixture(scope="module")
def compiled(dbt_slot: DbtSlot, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Every model as the Spark adapter compiles it; no connection is opened."""
    if importlib.util.find_spec("dbt.adapters.spark") is None:
        pytest.skip("dbt-spark is not installed: models are not compiled for the second engine")
    root = tmp_path_factory.mktemp("spark")
    (root / "profiles.yml").write_text(PROFILE, encoding="utf-8")
    environment = {**os.environ, "TENURE_LANDING_DIR": str(root / "landing")}
    if importlib.util.find_spec("pyspark") is None:
        # The profile only asks whether there is such a module; compiling uses nothing of it.
        (root / "pyspark.py").touch()
        inherited = os.environ.get("PYTHONPATH")
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, [str(root), inherited]))
    command = [
        str(Path(sys.executable).with_name("dbt")), "--quiet", "compile", "--no-introspect",
        "--no-populate-cache", "--select", "resource_type:model", "--profiles-dir", str(root),
        "--target-path", str(root / "target"), "--log-path", str(root / "logs"),
    ]  # fmt: skip
    finished = subprocess.run(
        command, cwd=dbt_slot.project, env=environment, capture_output=True, text=True, check=False
    )
    assert finished.returncode == 0, finished.stdout[-4000:] + finished.stderr[-4000:]
    models = root / "target" / "compiled" / "tenure" / "models"
    return {
        path.stem: path.read_text(encoding="utf-8")
        for path in models.rglob("*.sql")
        if not path.parent.name.endswith(".yml")
    }


@pytest.mark.slow
def test_every_model_compiles(compiled: dict[str, str], dbt_slot: DbtSlot) -> None:
    models = {path.stem for path in (dbt_slot.project / "models").rglob("*.sql")}
    assert set(compiled) == models


@pytest.mark.slow
def test_every_compiled_model_is_spark_sql(compiled: dict[str, str]) -> None:
    problems: dict[str, str] = {}
    for name, sql in compiled.items():
        try:
            tree = sqlglot.parse_one(sql, read="spark", error_level=sqlglot.ErrorLevel.RAISE)
        except sqlglot.errors.ParseError as error:
            problems[name] = str(error)
            continue
        unknown = {function.name.lower() for function in tree.find_all(exp.Anonymous)}
        unknown -= UNKNOWN_TO_THE_PARSER
        if unknown:
            problems[name] = f"functions that Spark does not know: {sorted(unknown)}"
    assert problems == {}


@pytest.mark.slow
def test_no_compiled_model_holds_duckdb(compiled: dict[str, str]) -> None:
    found = {name: re.findall(ONLY_DUCKDB, _without_strings(sql)) for name, sql in compiled.items()}
    assert {name: bad for name, bad in found.items() if bad} == {}
