"""Opens JSON lines for SQL: one row per line or, where the mapping reads a list, per element of it.

Lines that are no JSON object and lists that are none stay rows, which are refused with a reason; a
line whose list is empty, null or absent has no rows.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import duckdb

from data_quality.quoting import literal
from orchestration.ingestion.json_paths import (
    DOCUMENT,
    ELEMENT,
    POSITION,
    JsonPath,
    pointer,
    shown,
)
from orchestration.ingestion.raw_table import (
    REJECTS,
    FileProblem,
    RawOptions,
    RawTable,
    Refusal,
    rejecting_into,
)

UNPARSEABLE: Final = "unparseable_line"
NOT_A_LIST: Final = "not_a_list"
UNPARSEABLE_MESSAGE: Final = (
    "The line could not be split into the columns of the header (quotes, delimiters or encoding); "
    "repair it in the export."
)
_DELIMITER: Final = "\x1f"  # a control character: JSON text may hold it only escaped
_MAX_LINE_BYTES: Final = 16 * 1024 * 1024
_NO_OBJECT: Final = Refusal(f"{DOCUMENT} is null", UNPARSEABLE, UNPARSEABLE_MESSAGE, "line")


def open_json_lines(
    connection: duckdb.DuckDBPyConnection, path: Path, link: Path, options: RawOptions, name: str
) -> RawTable:
    """Open a file of JSON lines; `link` is its plain name and `name` that of its rejects table.

    Raises:
        FileProblem: It cannot be read, or lacks a list that it must have.
    """
    lines = (
        f"read_csv({literal(str(link))}, columns={{'line': 'VARCHAR'}}, auto_detect=false, header=false, "
        f"delim={literal(_DELIMITER)}, quote='', escape='', max_line_size={_MAX_LINE_BYTES}, "
        f"encoding={literal(options.encoding)}, {REJECTS})"
    )
    document = (
        "case when json_valid(line) then case when json_type(line) = 'OBJECT' then line end end "
        f"as {DOCUMENT}"
    )
    filled = "where line is not null and trim(line) <> ''"
    plain = f"(select line, {document} from {lines} {filled})"
    numbered = (
        f"(select line, {document}, _row from "
        f"(select line, row_number() over () as _row from {lines}) {filled})"
    )
    steps = options.list_steps
    keys, has_list = _keys(connection, path, rejecting_into(plain, f"{name}_again"), steps)
    is_lacking = bool(keys) and not has_list
    if is_lacking and not options.may_lack_list:
        raise FileProblem(
            f"{path.name}: no line has the list {shown(steps)} that the mapping reads; correct the path "
            "in the mapping, or export the objects with it"
        )
    return RawTable(
        columns=dict.fromkeys(keys, "VARCHAR"),
        references={key: JsonPath((), (key,)).sql for key in keys},
        plain=_elements(plain, steps) if steps else plain,
        numbered=_elements(numbered, steps) if steps else numbered,
        rejects=name,
        refusals=(_NO_OBJECT, _no_list(steps)) if steps else (_NO_OBJECT,),
        empty_texts=options.null_values,
        is_json=True,
        is_listed=bool(steps),
        missing_list=f"{shown(steps)}[]" if is_lacking else None,
    )


def _keys(
    connection: duckdb.DuckDBPyConnection, path: Path, plain: str, steps: tuple[str, ...]
) -> tuple[list[str], bool]:
    """The keys of all objects, and whether any of them has the list."""
    found = f"json_type({DOCUMENT}, {pointer(steps)}) is not null" if steps else "true"
    try:
        rows = connection.execute(
            f"select key, bool_or(has_list) from (select unnest(json_keys({DOCUMENT})) as key, "
            f"{found} as has_list from {plain} where {DOCUMENT} is not null) group by key order by key"
        ).fetchall()
    except duckdb.Error as error:
        raise FileProblem(f"{path.name}: cannot be read as JSON lines: {error}") from error
    return [str(key) for key, _ in rows], any(has_list for _, has_list in rows)


def _elements(relation: str, steps: tuple[str, ...]) -> str:
    """One row per element of the list, and one for a line that cannot have any."""
    kind = f"json_type({DOCUMENT}, {pointer(steps)})"
    return (
        f"(select * exclude (_list), unnest(_list) as {ELEMENT}, "
        f"generate_subscripts(_list, 1) as {POSITION} from (select *, case "
        f"when {kind} = 'ARRAY' then cast(json_extract({DOCUMENT}, {pointer(steps)}) as json[]) "
        f"when {DOCUMENT} is null or {kind} <> 'NULL' then [cast(null as json)] end as _list "
        f"from {relation}))"
    )


def _no_list(steps: tuple[str, ...]) -> Refusal:
    kind = f"json_type({DOCUMENT}, {pointer(steps)})"
    return Refusal(
        f"coalesce({kind} not in ('ARRAY', 'NULL'), false)",
        NOT_A_LIST,
        f"{shown(steps)} is no list here; correct the path before [] in the mapping, or the export.",
        f"json_extract_string({DOCUMENT}, {pointer(steps)})",
    )
