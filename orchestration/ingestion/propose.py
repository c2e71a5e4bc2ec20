"""Proposes a source mapping for a folder of files, and says what a person has to decide.

The proposal is text to be read and changed: what could not be guessed stands in it as `# TODO`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from orchestration.ingestion.diagnose import raw_file_names
from orchestration.ingestion.guessing import ObjectGuess, guess_companion, guess_object
from orchestration.ingestion.profiling import SampledFile, normalized, sample
from orchestration.ingestion.raw_table import FileProblem
from orchestration.ingestion.vocabulary import COLUMN_WORDS

_DATED: Final = re.compile(r"\d{4}[-_]\d{2}[-_]\d{2}|\d{8}")
_PLAIN: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_. ()/-]*[A-Za-z0-9_)]|[A-Za-z]")
_WORDS: Final = frozenset({"true", "false", "yes", "no", "on", "off", "null", "y", "n"})


def propose_mapping(folder: Path, source_id: str = "my_source") -> tuple[str, list[str]]:
    """The text of a mapping for the raw files below a folder, and notes on what is uncertain."""
    notes: list[str] = []
    best: dict[str, tuple[ObjectGuess, str]] = {}
    for pattern, newest in _groups(raw_file_names(folder)):
        try:
            guess = guess_object(sample(folder / newest, newest))
        except FileProblem as error:
            notes.append(str(error))
            continue
        if guess is None:
            notes.append(f"{pattern}: no object looks like this file; it is left out")
            continue
        name = guess.contract.name
        if name in best and best[name][0].score >= guess.score:
            notes.append(
                f"{pattern}: looks like {name} too, but {best[name][1]} fits better; left out"
            )
            continue
        if name in best:
            notes.append(
                f"{best[name][1]}: looks like {name} too, but {pattern} fits better; left out"
            )
        best[name] = (guess, pattern)
    for guess, pattern in list(best.values()):
        companion = guess_companion(guess, best)
        if companion is not None:
            best[companion.contract.name] = (companion, pattern)
            notes.append(f"{pattern}: {companion.contract.name} is taken from this file, too")
    if {"billing_subscription_periods", "billing_subscriptions"} <= set(best):
        notes.append(
            "billing_subscription_periods and billing_subscriptions both say who pays when: keep the one "
            "that is right, or MRR counts twice"
        )
    lines = [
        "# Proposed from the files in this folder. Look at every TODO, then run `tenure doctor`.",
        "version: 1",
        f"source_id: {source_id}",
        f"root: {json.dumps(str(folder))}",
        "timezone: UTC  # of times without an offset",
        "objects:" if best else "objects: {}",
    ]
    for guess, pattern in best.values():
        lines += _object_lines(guess, pattern, notes)
    return "\n".join(lines) + "\n", notes


def _groups(names: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Files that differ in a date only, as a pattern and the newest of them."""
    groups: dict[str, list[str]] = {}
    for name in names:
        groups.setdefault(_DATED.sub("*", name), []).append(name)
    for pattern, members in groups.items():
        yield (pattern if len(members) > 1 else _escaped(members[0])), members[-1]


def _escaped(name: str) -> str:
    return re.sub(r"([*?[])", r"[\1]", name)


def _object_lines(guess: ObjectGuess, pattern: str, notes: list[str]) -> list[str]:
    name = guess.contract.name
    lines = [f"  {name}:", f"    files: {json.dumps(pattern)}"]
    if "*" in pattern and (dated := _DATED.search(guess.file.name)):
        form = "%Y%m%d" if len(dated[0]) == 8 else f"%Y{dated[0][4]}%m{dated[0][4]}%d"
        regex = re.sub(r"\d+", lambda match: rf"\d{{{len(match[0])}}}", dated[0])
        lines.append(
            f"    loaded_at_from: {{regex: {json.dumps(f'({regex})')}, format: {json.dumps(form)}}}"
        )
    lines.append("    columns:")
    for column in guess.contract.columns:
        found = guess.columns.get(column.name)
        if found is not None:
            doubts = f"  # TODO check {'; '.join(found.doubts)}" if found.doubts else ""
            lines.append(f"      {column.name}: {_short(found.options)}{doubts}")
            notes += [f"{name}.{column.name}: please check {doubt}" for doubt in found.doubts]
        elif column.name in guess.missing:
            candidates = _candidates(column.name, guess.file)
            hint = (
                f"candidates: {', '.join(candidates)}" if candidates else "no column looks like it"
            )
            lines.append(f"      # TODO {column.name}: required, {column.description} ({hint})")
            notes.append(
                f"{name}.{column.name}: required, but not found in {guess.file.name} ({hint})"
            )
    unused = [c for c in guess.file.columns if c not in _used(guess)]
    if unused:
        lines.append(f"    # not mapped: {', '.join(_text(c) for c in unused)}")
    return lines


def _used(guess: ObjectGuess) -> set[str]:
    used: set[str] = set()
    for found in guess.columns.values():
        for source in (found.options.get("from"), *_list(found.options.get("fingerprint"))):
            used.add(str(source))
    return used


def _list(value: object) -> list[object]:
    return list(value) if isinstance(value, list) else []


def _candidates(column: str, file: SampledFile) -> list[str]:
    words = set(re.split("_", column)) | set(COLUMN_WORDS.get(column, ()))
    close = [c for c in file.columns if words & {normalized(c), *normalized(c).split("_")}]
    return [_text(name) for name in close or list(file.columns)]


def _short(options: dict[str, object]) -> str:
    if set(options) == {"from"}:
        return _text(str(options["from"]))
    return "{" + ", ".join(f"{key}: {_value(value)}" for key, value in options.items()) + "}"


def _value(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_text(str(k))}: {_text(str(v))}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_text(str(item)) for item in value) + "]"
    return str(value) if value == "true" else _text(str(value))


def _text(text: str) -> str:
    """A YAML scalar, in quotes where it could be read as something else."""
    plain = _PLAIN.fullmatch(text) is not None and text.lower() not in _WORDS
    return text if plain else json.dumps(text)
