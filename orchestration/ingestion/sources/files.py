"""A folder of files as a source: which files hold an object, and when each was delivered."""

from __future__ import annotations

import glob
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from orchestration.ingestion.mapping import LoadedAtFrom, ObjectMapping
from orchestration.ingestion.sources.protocol import Delivery, RawFile, Window


class SourceProblem(ValueError):  # noqa: N818 - reads as what it is
    """The files of an object are missing or misnamed; the message says which and what to do."""


@dataclass(frozen=True)
class FilesSource:
    """The files below a folder, as `files` patterns of a mapping name them."""

    root: Path

    def read(self, wanted: ObjectMapping, window: Window | None = None) -> Sequence[Delivery]:
        """Deliveries of an object, oldest first; without `loaded_at_from` all files are one.

        Raises:
            SourceProblem: A required object has no file, or a file name tells no time.
        """
        files = self.matching(wanted)
        if not files:
            if not wanted.is_required:
                return ()
            patterns = ", ".join(wanted.files)
            raise SourceProblem(
                f"{wanted.name}: no file matches {patterns} in {self.root}; correct 'files' or 'root', "
                "or say 'required: false' when the object may be missing"
            )
        if wanted.loaded_at_from is None:
            return (Delivery(tuple(files), None),)
        by_instant: defaultdict[datetime, list[RawFile]] = defaultdict(list)
        for file in files:
            by_instant[delivered_at(file.name, wanted.loaded_at_from)].append(file)
        return tuple(
            Delivery(tuple(by_instant[at]), at)
            for at in sorted(by_instant)
            if window is None or window.start <= at < window.end
        )

    def matching(self, wanted: ObjectMapping) -> list[RawFile]:
        """The files of an object, by name."""
        names = {
            name
            for pattern in wanted.files
            for name in glob.glob(pattern, root_dir=self.root, recursive=True)  # noqa: PTH207
            if (self.root / name).is_file()
        }
        return [RawFile(Path(name).as_posix(), self.root / name) for name in sorted(names)]


def delivered_at(name: str, rule: LoadedAtFrom) -> datetime:
    """When a file was delivered, by its name, as a naive UTC instant.

    Raises:
        SourceProblem: The name does not hold a time as the rule says.
    """
    match = re.search(rule.regex, name)
    if match is None:
        raise SourceProblem(
            f"{name}: loaded_at_from finds nothing like {rule.regex} in the file's name"
        )
    try:
        local = datetime.strptime(match[1], rule.format)  # noqa: DTZ007 - the zone follows
    except ValueError as error:
        raise SourceProblem(f"{name}: '{match[1]}' is not written as {rule.format}") from error
    if local.tzinfo is None:
        local = local.replace(tzinfo=ZoneInfo(rule.timezone))
    return local.astimezone(UTC).replace(tzinfo=None)
