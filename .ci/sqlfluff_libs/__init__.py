"""What dbt puts into a template's context, as far as our models and macros need it for a lint.

sqlfluff's dbt built-ins cover ref, source, config and this; these names complete or replace them.
"""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NoReturn

import yaml
from jinja2 import Environment, pass_context
from jinja2.runtime import Context

_PROJECT = Path(__file__).resolve().parents[2] / "dbt_project" / "dbt_project.yml"
_VARS = yaml.safe_load(_PROJECT.read_text(encoding="utf-8")).get("vars", {})


def var(name: str, default: Any = None) -> Any:
    """Return the project's value of a variable."""
    return _VARS.get(name, default)


@pass_context
def _dispatch(context: Context, name: str, _namespace: str | None = None) -> Callable[..., Any]:
    """Return the macro that dbt would pick on DuckDB."""
    return context.get(f"duckdb__{name}") or context.get(f"default__{name}")


def local_md5(text: str) -> str:
    """Return the text itself: any will do."""
    return text


def _raise_compiler_error(message: str) -> NoReturn:
    raise ValueError(message)


def _once_per_text(compile_text: Callable[..., Any]) -> Callable[..., Any]:
    """Return jinja's compiling with a memory.

    For each model sqlfluff compiles every file of macros anew, and twice: half of the time of a lint.
    """
    known: dict[tuple[Any, ...], Any] = {}

    def compile_once(environment: Environment, *arguments: Any, **options: Any) -> Any:
        key = (*arguments, *sorted(options.items()))
        if key not in known:
            known[key] = compile_text(environment, *arguments, **options)
        return known[key]

    return compile_once


# sqlfluff runs this file again for each model.
if Environment.compile.__name__ != "compile_once":
    Environment.compile = _once_per_text(Environment.compile)

adapter = SimpleNamespace(dispatch=_dispatch)
exceptions = SimpleNamespace(raise_compiler_error=_raise_compiler_error)
execute = False
project_name = "tenure"
flags = SimpleNamespace(WHICH="parse")
target = SimpleNamespace(name="duckdb", schema="main", type="duckdb")
