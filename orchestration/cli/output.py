"""Where output goes: results to stdout, everything else to stderr; settings with their overrides."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from orchestration.settings import Settings


def clock() -> datetime:
    """The one reading of the clock: whoever starts something calls this, once."""
    return datetime.now(UTC)


def settings_with(source: str | None = None, data_dir: Path | None = None) -> Settings:
    """Settings of the environment, with what the command line says."""
    overrides: dict[str, Any] = {}
    if source is not None:
        overrides["source"] = source
    if data_dir is not None:
        overrides["data_dir"] = data_dir
    return Settings(**overrides)


def write(text: str) -> None:
    """Write a result."""
    print(text, flush=True)  # noqa: T201 - the command line's own output


def write_json(content: Mapping[str, Any]) -> None:
    """Write a result as JSON."""
    json.dump(content, sys.stdout, indent=2, ensure_ascii=False, default=str)
    sys.stdout.write("\n")
    sys.stdout.flush()


def age(now: datetime, then: datetime) -> str:
    """How long ago, roughly: 26 h, 3 d."""
    hours = (now - then).total_seconds() / 3600
    if hours < 1:
        return f"{max(round(hours * 60), 0)} min"
    return f"{hours:.0f} h" if hours < 72 else f"{hours / 24:.0f} d"
