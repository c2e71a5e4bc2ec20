"""Facts about the columns of a raw file, from its first rows: what its values could be.

Which contract column a source column is, is the business of `guessing`.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path

from orchestration.ingestion.cells import Cells
from orchestration.ingestion.diagnose import sample_file
from orchestration.ingestion.raw_files import open_raw
from orchestration.ingestion.raw_table import RawOptions
from orchestration.ingestion.session import connect
from orchestration.ingestion.vocabulary import DATE_FORMATS

_NOTHING = frozenset({"", "null", "none", "nan", "na", "n/a", "\\n"})


@dataclass(frozen=True)
class SampledFile:
    """The first rows of a raw file as text, by column."""

    name: str
    columns: dict[str, list[str | None]]
    types: dict[str, str]

    def filled(self, column: str) -> list[str]:
        """The values of a column that say something."""
        return [
            v for v in self.columns[column] if v is not None and v.strip().lower() not in _NOTHING
        ]


def sample(path: Path, name: str, rows: int = 2000) -> SampledFile:
    """Read the first rows of a file.

    Raises:
        FileProblem: The file cannot be read.
    """
    with (
        tempfile.TemporaryDirectory() as scratch,
        connect(Path(scratch) / "spill", 1, "1GB") as connection,
    ):
        copy = sample_file(connection, path, Path(scratch), rows)
        with open_raw(connection, copy, RawOptions(), Path(scratch)) as raw:
            cells = Cells(raw)
            names = list(raw.columns)
            texts = ", ".join(f"cast({cells.text(column)} as varchar)" for column in names)
            relation = raw.relation(rows=False, keep_rejects=False)
            found = (
                connection.execute(f"select {texts} from {relation}").fetchall() if names else []
            )
            types = dict(raw.columns)
    return SampledFile(
        name, {column: [row[i] for row in found] for i, column in enumerate(names)}, types
    )


def normalized(name: str) -> str:
    """A column name as lower snake case, without units in brackets: `Start Date (UTC)`, `startDate`."""
    name = re.sub(r"\((utc|gmt)\)", "", name, flags=re.IGNORECASE)
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")


def time_formats(values: Sequence[str]) -> list[str]:
    """Formats that read every value; an empty format stands for ISO 8601. More than one: ambiguous."""
    if not values:
        return []
    if all(re.fullmatch(r"\d{9,10}(\.\d+)?", value) for value in values):
        return ["epoch_s"]
    if all(re.fullmatch(r"\d{12,13}", value) for value in values):
        return ["epoch_ms"]
    if all(_is_iso(value) for value in values):
        return [""]
    return [form for form in DATE_FORMATS if all(_parses(value, form) for value in values)]


def numbers(values: Sequence[str]) -> list[Decimal] | None:
    """The values as numbers, or None when one is none."""
    try:
        found = [Decimal(value.strip()) for value in values]
    except InvalidOperation:
        return None
    return found if all(number.is_finite() for number in found) else None


def end_is_inclusive(
    starts: Sequence[str | None],
    ends: Sequence[str | None],
    groups: Sequence[str | None],
    form: str,
) -> bool | None:
    """Whether ends are last days: they lie one day before the next start. None: the rows don't tell."""
    known: dict[str | None, set[datetime]] = {}
    for group, start in zip(groups, starts, strict=True):
        if (at := _instant(start, form)) is not None:
            known.setdefault(group, set()).add(at)
    touching = day_before = 0
    for group, end in zip(groups, ends, strict=True):
        if (at := _instant(end, form)) is None:
            continue
        touching += at in known.get(group, ())
        day_before += at + timedelta(days=1) in known.get(group, ())
    if touching == day_before:
        return None
    return day_before > touching


def _instant(value: str | None, form: str) -> datetime | None:
    if value is None:
        return None
    try:
        if form == "":
            return datetime.fromisoformat(value.strip()).replace(tzinfo=None)
        return datetime.strptime(value.strip(), form) if "%" in form else None  # noqa: DTZ007
    except ValueError:
        return None


def _is_iso(value: str) -> bool:
    text = value.strip()
    return re.match(r"\d{4}-\d{2}-\d{2}", text) is not None and _instant(text, "") is not None


def _parses(value: str, form: str) -> bool:
    return _instant(value, form) is not None
