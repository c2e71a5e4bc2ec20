"""Files that are there whole or not at all: written aside, forced to disk, then renamed."""

from __future__ import annotations

import os
from pathlib import Path


def write_text(path: Path, text: str) -> None:
    """Write a small text file in one atomic step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    partial.write_text(text, encoding="utf-8")
    move(partial, path)


def move(source: Path, target: Path) -> None:
    """Rename a file that is forced to disk first; source and target share a filesystem."""
    target.parent.mkdir(parents=True, exist_ok=True)
    force(source)
    source.replace(target)
    force(target.parent)


def force(path: Path) -> None:
    """Have the system write a file or folder entry to disk now."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
