"""Lines of raw text files as bytes: unzipping, line endings, blank lines. Columns are not known here."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import IO, cast


def open_bytes(path: Path) -> IO[bytes]:
    """The bytes of a file, unzipped."""
    zipped = path.name.lower().endswith(".gz")
    return cast("IO[bytes]", gzip.open(path, "rb") if zipped else path.open("rb"))


def with_plain_newlines(path: Path, folder: Path, *, keep_quoted: bool) -> Path:
    """A copy in which every line ends alike; the CSV reader refuses files that mix endings.

    With `keep_quoted` line breaks within quoted values stay as they are; a stray quote defeats that.
    """
    copy = folder / path.name.removesuffix(".gz")
    with open_bytes(path) as source, copy.open("wb") as target:
        is_quoted = False
        for chunk in _chunks(source):
            parts = chunk.split(b'"') if keep_quoted else [chunk]
            for i, part in enumerate(parts):
                is_quoted ^= i > 0
                if not is_quoted:
                    parts[i] = part.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
            target.write(b'"'.join(parts))
    return copy


def blank_lines(path: Path) -> list[int]:
    """Numbers of the empty lines, where a line is what the CSV reader counts: a row, 1 = the header."""
    with open_bytes(path) as source:
        if not any(b"\n\n" in chunk or b"\n\r\n" in chunk for chunk in _chunks(source)):
            return []
    blanks, number, quotes = [], 0, 0
    with open_bytes(path) as source:
        for line in source:
            number += quotes % 2 == 0
            if quotes % 2 == 0 and not line.strip(b"\r\n"):
                blanks.append(number)
            quotes += line.count(b'"')
    return blanks


def _chunks(source: IO[bytes], size: int = 1 << 20) -> Iterator[bytes]:
    """Pieces of a file, none of which parts a run of line ends."""
    held = b""
    while chunk := source.read(size):
        held += chunk
        if not held.endswith((b"\r", b"\n")):
            yield held
            held = b""
    yield held
