"""YAML with line numbers: every scalar stays the text that was written, and errors can say where.

Words such as `no`, `on` or `007` are values in exports, not booleans and numbers, so nothing is
resolved except null. What the keys mean is the business of `mapping`.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml


class MappingError(ValueError):
    """A source mapping that cannot be used; the message names file, line, key and what is allowed."""


@dataclass(frozen=True)
class Node:
    """One YAML value and where it stands. Exactly one of `text`, `items`, `entries` is in use."""

    file: str
    line: int
    where: str
    text: str | None = None
    items: tuple[Node, ...] | None = None
    entries: dict[str, Node] | None = None

    def error(self, problem: str) -> MappingError:
        """An error at this place."""
        return MappingError(
            f"{self.file}, line {self.line}, {self.where or 'top level'}: {problem}"
        )

    def mapping(self) -> dict[str, Node]:
        """The entries, or an error where this is something else."""
        if self.entries is None:
            raise self.error("expected 'key: value' lines")
        return self.entries

    def word(self) -> str:
        """The text, or an error where this is empty or something else."""
        if self.text is None or self.text == "":
            raise self.error("expected a value")
        return self.text

    def words(self) -> tuple[str, ...]:
        """One text or a list of texts."""
        if self.items is not None:
            return tuple(item.word_or_empty() for item in self.items)
        return (self.word(),)

    def word_or_empty(self) -> str:
        """The text; a null counts as empty."""
        if self.items is not None or self.entries is not None:
            raise self.error("expected a single value")
        return self.text or ""

    def choice(self, allowed: Iterable[str]) -> str:
        """The text, which must be one of the allowed words."""
        word, allowed = self.word(), tuple(allowed)
        if word not in allowed:
            raise self.error(f"'{word}' is not allowed; {suggest(word, allowed)}")
        return word

    def flag(self) -> bool:
        """`true` or `false`."""
        return self.choice(("true", "false")) == "true"

    def only(self, *allowed: str) -> dict[str, Node]:
        """The entries, none of which may have another key than these."""
        for key, node in self.mapping().items():
            if key not in allowed:
                raise node.error(f"unknown key '{key}'; {suggest(key, allowed)}")
        return self.mapping()


def suggest(word: str, allowed: Iterable[str]) -> str:
    """Names the allowed words, and first the one that was probably meant."""
    allowed = tuple(allowed)
    close = difflib.get_close_matches(word, allowed, n=1)
    meant = f"did you mean '{close[0]}'? " if close else ""
    return f"{meant}allowed: {', '.join(allowed) or 'none'}"


def read_yaml(path: Path) -> Node:
    """Read a YAML file into nodes.

    Raises:
        MappingError: The file cannot be read, is no YAML, or repeats a key.
    """
    try:
        root = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    except OSError as error:
        raise MappingError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise MappingError(f"{path}: is not UTF-8 text") from error
    except yaml.YAMLError as error:
        raise MappingError(f"{path}: is not valid YAML: {error}") from error
    if root is None:
        raise MappingError(f"{path}: is empty")
    return _node(root, path.name, "")


def _node(raw: yaml.Node, file: str, where: str) -> Node:
    line = raw.start_mark.line + 1
    if isinstance(raw, yaml.MappingNode):
        return Node(file, line, where, entries=dict(_entries(raw, file, where)))
    if isinstance(raw, yaml.SequenceNode):
        items = tuple(_node(item, file, f"{where}[{i}]") for i, item in enumerate(raw.value))
        return Node(file, line, where, items=items)
    if "\0" in raw.value:
        raise Node(file, line, where).error("holds a NUL character")
    is_null = raw.tag == "tag:yaml.org,2002:null"
    return Node(file, line, where, text=None if is_null else raw.value)


def _entries(raw: yaml.MappingNode, file: str, where: str) -> Iterator[tuple[str, Node]]:
    seen: set[str] = set()
    for key_node, value_node in raw.value:
        key = str(key_node.value)
        if key in seen:
            place = Node(file, key_node.start_mark.line + 1, where)
            raise place.error(f"the key '{key}' stands here twice")
        seen.add(key)
        node = _node(value_node, file, f"{where}.{key}" if where else key)
        yield key, node
