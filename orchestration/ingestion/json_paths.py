"""Paths into JSON objects, as a mapping writes them: `customer.address.country`, `items.data[].price.id`.

Steps are parted by dots; a step that holds a dot itself stands in double quotes, `metadata."cost.centre"`.
`[]` after a step means every element of that list, `[#]` the element's place in it from 1, `[0]` the
first one. Which rows that makes is the business of `json_lines`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from data_quality.quoting import literal

DOCUMENT: Final = "_doc"
ELEMENT: Final = "_element"
POSITION: Final = "_position"
_STEP: Final = re.compile(r'(?:"(?P<quoted>(?:[^"]|"")+)"|(?P<plain>[^."\[\]]+))')
_INDEX: Final = re.compile(r"\[(?P<index>[0-9]*|#)\]")


@dataclass(frozen=True)
class JsonPath:
    """Where a value lies: `steps` from the top of a line or, below a list, from one element of it.

    With `is_place` it is no value but the place of the element in the list.
    """

    list_steps: tuple[str, ...]
    steps: tuple[str, ...]
    is_place: bool = False

    @property
    def head(self) -> str:
        """The key of the line's object that the path goes through."""
        return (self.list_steps or self.steps)[0]

    @property
    def sql(self) -> str:
        """SQL of the value as text, NULL where the path leads nowhere."""
        if self.is_place:
            return f"cast({POSITION} as varchar)"
        document = ELEMENT if self.list_steps else DOCUMENT
        return f"json_extract_string({document}, {pointer(self.steps)})"


def parse_path(text: str) -> JsonPath | None:
    """Read a path; None where the text is none, e.g. the name of a CSV column with odd characters.

    Raises:
        ValueError: The path reaches into a list of lists.
    """
    lists: list[str] = []
    steps: list[str] = []
    at = 0
    while True:
        step = _STEP.match(text, at)
        if step is None:
            return None
        steps.append(step["plain"] or step["quoted"].replace('""', '"'))
        at = step.end()
        while index := _INDEX.match(text, at):
            at = index.end()
            if index["index"].isdigit():
                steps.append(index["index"])
                continue
            if lists:
                raise ValueError(f"'{text}' reaches into a list of lists; only one [] can be read")
            lists, steps = steps, []
            if index["index"] == "#":
                return JsonPath(tuple(lists), (), is_place=True) if at == len(text) else None
        if at == len(text):
            return JsonPath(tuple(lists), tuple(steps))
        if text[at] != ".":
            return None
        at += 1


def list_of(names: Iterable[str]) -> tuple[str, ...]:
    """The one list that names of source columns reach into; empty where they reach into none.

    Raises:
        ValueError: They reach into two lists, whose elements nothing pairs.
    """
    found: dict[tuple[str, ...], str] = {}
    for name in names:
        path = parse_path(name)
        if path is not None and path.list_steps:
            found.setdefault(path.list_steps, name)
    if len(found) > 1:
        raise ValueError(
            f"{' and '.join(map(repr, found.values()))} read two lists; the rows of an object come from "
            "the elements of one"
        )
    return next(iter(found), ())


def head_of(name: str) -> str:
    """The top-level key that a source column is read from."""
    try:
        path = parse_path(name)
    except ValueError:
        path = None
    return name.split(".", maxsplit=1)[0] if path is None else path.head


def pointer(steps: Iterable[str]) -> str:
    """A path for DuckDB's JSON functions, as a quoted literal; no steps mean the whole value."""
    text = "".join("/" + step.replace("~", "~0").replace("/", "~1") for step in steps)
    return literal(text or "$")


def shown(steps: Iterable[str]) -> str:
    """Steps as people write them."""
    return ".".join(f'"{step}"' if "." in step else step for step in steps)
