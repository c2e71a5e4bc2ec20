"""Reads a source mapping and refuses what it cannot mean, naming line, key and allowed words."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, cast

from data_quality.contracts import ContractError, LoadMode, load_contract, load_contracts
from orchestration.ingestion.column_parser import parse_column, parse_timezone, parse_words
from orchestration.ingestion.mapping import LoadedAtFrom, ObjectMapping, SourceMapping
from orchestration.ingestion.yaml_nodes import MappingError, Node, read_yaml, suggest

__all__ = ["MappingError", "load_mapping"]

VERSION: Final = "1"
_SOURCE_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
_VARIABLE: Final = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_ENCODINGS: Final = ("utf-8", "utf-16", "latin-1")


def load_mapping(path: Path) -> SourceMapping:
    """Read a source mapping.

    Raises:
        MappingError: Something in it is wrong; the message says where and what is allowed.
    """
    top = read_yaml(path)
    entries = top.only("version", "source_id", "root", "timezone", "policy", "objects")
    version = _need(top, "version").word()
    if version != VERSION:
        raise entries["version"].error(
            f"version '{version}' is unknown; this release reads {VERSION}"
        )
    source_id = _need(top, "source_id").word()
    if not _SOURCE_ID.fullmatch(source_id):
        raise entries["source_id"].error(
            f"'{source_id}' may hold letters, digits, '_' and '-' only"
        )
    zone = parse_timezone(entries["timezone"]) if "timezone" in entries else "UTC"
    objects = {
        name: _object(name, node, source_id, zone)
        for name, node in _need(top, "objects").mapping().items()
    }
    policy = (
        {k: v.word() for k, v in entries["policy"].mapping().items()} if "policy" in entries else {}
    )
    root = path.parent / _expand(entries["root"]) if "root" in entries else path.parent
    return SourceMapping(path, source_id, root, policy, objects)


def _need(node: Node, key: str) -> Node:
    entries = node.mapping()
    if key not in entries:
        raise node.error(f"the key '{key}' is missing")
    return entries[key]


def _expand(node: Node) -> Path:
    def value(match: re.Match[str]) -> str:
        if match[1] not in os.environ:
            raise node.error(f"the environment variable {match[1]} is not set")
        return os.environ[match[1]]

    return Path(_VARIABLE.sub(value, node.word())).expanduser()


def _object(name: str, node: Node, source_id: str, zone: str) -> ObjectMapping:
    try:
        contract = load_contract(name)
    except ContractError:
        raise node.error(f"no object '{name}'; {suggest(name, load_contracts())}") from None
    entries = node.only(
        "files", "load_mode", "loaded_at_from", "skip_rows_where", "refuse_rows_where", "columns",
        "required", "timezone", "allow_empty", "null_values", "delimiter", "encoding",
    )  # fmt: skip
    zone = parse_timezone(entries["timezone"]) if "timezone" in entries else zone

    def option(key: str, parse: Callable[[Node], Any], default: object) -> Any:
        return parse(entries[key]) if key in entries else default

    columns_node = _need(node, "columns")
    columns = {}
    for column, column_node in columns_node.mapping().items():
        if column not in contract.column_names:
            hint = suggest(column, contract.column_names)
            raise column_node.error(f"{name} has no column '{column}'; {hint}")
        columns[column] = parse_column(contract, contract.column(column), column_node, zone)
    for wanted in contract.columns:
        if wanted.required and wanted.name not in columns:
            raise columns_node.error(
                f"the required column '{wanted.name}' is missing: {wanted.description}"
            )
    for mapped in columns.values():
        if mapped.currency in contract.column_names and mapped.currency not in columns:
            raise columns_node.error(
                f"'{mapped.column}' is in major units, so '{mapped.currency}' must be mapped, "
                f"or say 'currency: USD' (or whichever) with it"
            )
    mapping = ObjectMapping(
        contract=contract,
        source_id=source_id,
        files=_need(node, "files").words(),
        columns={name: columns[name] for name in contract.column_names if name in columns},
        load_mode=cast(
            LoadMode,
            option(
                "load_mode",
                lambda n: n.choice(("append", "snapshot", "changes")),
                contract.load_mode,
            ),
        ),
        is_required=option("required", Node.flag, contract.domain == "billing"),
        allow_empty=option("allow_empty", Node.flag, False),
        loaded_at_from=option("loaded_at_from", lambda n: _loaded_at_from(n, zone), None),
        skip_rows_where=option("skip_rows_where", parse_words, {}),
        refuse_rows_where=option("refuse_rows_where", parse_words, {}),
        null_values=("", *option("null_values", Node.words, ())),
        delimiter=option("delimiter", _delimiter, None),
        encoding=option("encoding", lambda n: n.choice(_ENCODINGS), "utf-8"),
    )
    try:
        mapping.list_steps  # noqa: B018 - only whether there is one
    except ValueError as error:
        raise columns_node.error(str(error)) from error
    return mapping


def _delimiter(node: Node) -> str:
    word = {"tab": "\t", "\\t": "\t"}.get(node.word(), node.word())
    if len(word) != 1 or word in '"\r\n':
        raise node.error("the delimiter is one character, or 'tab'")
    return word


def _loaded_at_from(node: Node, zone: str) -> LoadedAtFrom:
    entries = node.only("regex", "format", "timezone")
    regex_node, format_node = _need(node, "regex"), _need(node, "format")
    try:
        groups = re.compile(regex_node.word()).groups
    except re.error as error:
        raise regex_node.error(f"is no regular expression: {error}") from error
    if groups != 1:
        raise regex_node.error("needs exactly one group (…): the part that is the date")
    zone = parse_timezone(entries["timezone"]) if "timezone" in entries else zone
    return LoadedAtFrom(regex_node.word(), format_node.word(), zone)
