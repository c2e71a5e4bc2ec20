"""What a source mapping would load, before anything is loaded: for `tenure doctor` and `tenure init`.

Counts are cheap, conversion is tried on the first rows only. Loading is the business of `ingest`.
"""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import duckdb
import pyarrow.parquet as pq

from data_quality.contracts import load_contracts
from data_quality.quoting import literal
from orchestration.ingestion.cells import MissingColumnsError
from orchestration.ingestion.conversion import Converter, LoadIdentity, RetypedColumnError
from orchestration.ingestion.mapping import ObjectMapping, SourceMapping
from orchestration.ingestion.raw_files import SUFFIXES, file_suffix
from orchestration.ingestion.raw_table import FileProblem
from orchestration.ingestion.session import connect
from orchestration.ingestion.sources.files import FilesSource
from orchestration.ingestion.sources.protocol import RawFile
from orchestration.ingestion.text_lines import open_bytes

SAMPLE_ROWS: Final = 1000
_BILLING: Final = (
    frozenset({"billing_subscription_periods"}),
    frozenset({"billing_subscriptions", "billing_subscription_items", "billing_prices"}),
)
# What a domain of the marts needs; any one of the sets will do. Health uses whatever there is.
DOMAIN_NEEDS: Final[Mapping[str, tuple[frozenset[str], ...]]] = {
    "revenue": _BILLING,
    "retention": _BILLING,
    "lifetime_value": _BILLING,
    "engagement": (frozenset({"usage_events"}),),
    "onboarding": (frozenset({"crm_onboarding_projects"}), frozenset({"usage_events"})),
    "voice": (frozenset({"survey_definitions", "survey_responses"}),),
    "support": (frozenset({"support_tickets"}),),
    "growth": (frozenset({"growth_referrals"}), frozenset({"billing_customers"})),
    "cost": (frozenset({"cost_ledger"}),),
    "lifecycle": (frozenset({"crm_lifecycle_stages"}), frozenset({"crm_contracts"})),
    "health": tuple(
        frozenset({name}) for name in ("usage_events", "support_tickets", *_BILLING[0])
    ),
}


@dataclass(frozen=True)
class ObjectDiagnosis:
    """What would be loaded of one object. `about_rows` is exact for Parquet and estimated else."""

    object: str
    files: tuple[str, ...]
    about_rows: int
    unmapped_columns: tuple[str, ...]
    problems: tuple[str, ...]


@dataclass(frozen=True)
class Diagnosis:
    """What a mapping would load, and what stays empty: `empty_domains` gives the reason by domain."""

    objects: tuple[ObjectDiagnosis, ...]
    missing_objects: tuple[str, ...]
    unmatched_files: tuple[str, ...]
    empty_domains: Mapping[str, str]

    @property
    def problems(self) -> tuple[str, ...]:
        """Everything that would fail or go to quarantine, as far as the first rows show."""
        return tuple(problem for found in self.objects for problem in found.problems)

    def lines(self) -> list[str]:
        """The diagnosis for people."""
        lines = []
        for found in self.objects:
            files = f"{len(found.files)} file(s), about {found.about_rows:,} rows"
            lines.append(f"{found.object}: {files if found.files else 'no file'}")
            lines += [f"  problem: {problem}" for problem in found.problems]
            if found.unmapped_columns:
                lines.append(f"  not mapped: {', '.join(found.unmapped_columns)}")
        if self.unmatched_files:
            lines.append(f"files that no object claims: {', '.join(self.unmatched_files)}")
        lines += [f"{domain} stays empty: {why}" for domain, why in self.empty_domains.items()]
        return lines


def diagnose(mapping: SourceMapping) -> Diagnosis:
    """Look at the files of a mapping without loading them."""
    source = FilesSource(mapping.root)
    claimed: set[str] = set()
    objects = []
    with (
        tempfile.TemporaryDirectory() as scratch,
        connect(Path(scratch) / "spill", 1, "1GB") as connection,
    ):
        for number, wanted in enumerate(mapping.objects.values()):
            files = source.matching(wanted)
            claimed |= {file.name for file in files}
            work = Path(scratch) / str(number)
            work.mkdir()
            objects.append(_diagnose_object(connection, wanted, files, work))
    present = {found.object for found in objects if found.files}
    return Diagnosis(
        objects=tuple(objects),
        missing_objects=tuple(name for name in load_contracts() if name not in present),
        unmatched_files=tuple(name for name in raw_file_names(mapping.root) if name not in claimed),
        empty_domains=_empty_domains(present),
    )


def raw_file_names(folder: Path) -> list[str]:
    """Files below a folder that could be raw files, hidden ones left out."""
    names = [path.relative_to(folder) for path in folder.rglob("*") if path.is_file()]
    return sorted(
        name.as_posix()
        for name in names
        if file_suffix(name.name) and not any(part.startswith(".") for part in name.parts)
    )


def sample_file(
    connection: duckdb.DuckDBPyConnection, path: Path, folder: Path, rows: int = SAMPLE_ROWS
) -> Path:
    """A copy of the first rows of a raw file, in the same format."""
    suffix = file_suffix(path.name) or ""
    target = folder / ("sample" + suffix.removesuffix(".gz"))
    if suffix == ".parquet":
        (folder / "whole.parquet").symlink_to(path.resolve())
        whole = literal(str(folder / "whole.parquet"))
        connection.execute(
            f"copy (from read_parquet({whole}) limit {rows}) to {literal(str(target))} (format parquet)"
        )
        return target
    with open_bytes(path) as file, target.open("wb") as copy:
        quotes = 0
        for number, line in enumerate(itertools.islice(file, 2 * rows)):
            copy.write(line)
            quotes += line.count(b'"')
            # a quoted value may hold line breaks: never stop within one
            if number >= rows and (quotes % 2 == 0 or SUFFIXES[suffix] == "jsonl"):
                break
    return target


def _diagnose_object(
    connection: duckdb.DuckDBPyConnection, wanted: ObjectMapping, files: list[RawFile], work: Path
) -> ObjectDiagnosis:
    problems: list[str] = []
    if not files and wanted.is_required:
        problems.append(f"no file matches {', '.join(wanted.files)}, and {wanted.name} is required")
    if files:
        problems += _sample_problems(connection, wanted, files[-1], work)
    return ObjectDiagnosis(
        object=wanted.name,
        files=tuple(file.name for file in files),
        about_rows=sum(_about_rows(file.path) for file in files),
        unmapped_columns=tuple(n for n in wanted.contract.column_names if n not in wanted.columns),
        problems=tuple(problems),
    )


def _sample_problems(
    connection: duckdb.DuckDBPyConnection, wanted: ObjectMapping, file: RawFile, work: Path
) -> list[str]:
    identity = LoadIdentity("sample", datetime(2000, 1, 1))  # noqa: DTZ001 - never landed
    try:
        sample = sample_file(connection, file.path, work)
        done = Converter(connection, wanted, identity, work, keep_rows=False).convert(
            sample, file.name, 0
        )
    except MissingColumnsError as error:
        return [
            f"{file.name}: the column(s) {', '.join(error.columns)} that the mapping names are missing"
        ]
    except (FileProblem, RetypedColumnError, OSError) as error:
        return [str(error)]
    problems = [
        f"{file.name}: the optional column {name} is missing and stays empty"
        for name in done.missing_columns
    ]
    if done.bad_path is not None:
        problems += [
            f"{file.name}, row {row}, {column or 'whole line'}, value {value!r}: {message} "
            f"({count} of the first {done.rows_read} rows)"
            for row, column, value, message, count in connection.execute(
                "select min(row_number), column_name, arg_min(value, row_number), "
                "regexp_replace(message, '^Element [0-9]+ of the list: ', '') as told, count(*) "
                f"from read_parquet({literal(str(done.bad_path))}) group by column_name, told order by 1"
            ).fetchall()
        ]
    return problems


def _about_rows(path: Path) -> int:
    suffix = file_suffix(path.name)
    try:
        if suffix == ".parquet":
            return int(pq.read_metadata(path).num_rows)
        with open_bytes(path) as file:
            head = file.read(1 << 20)
    except (OSError, EOFError, ValueError):
        return 0
    lines = head.count(b"\n")
    if len(head) < 1 << 20:
        return max(0, lines - (suffix is not None and "csv" in suffix))
    growth = 4 if path.name.endswith(".gz") else 1  # text shrinks to about a quarter
    return round(lines * path.stat().st_size * growth / len(head))


def _empty_domains(present: set[str]) -> dict[str, str]:
    empty = {}
    for domain, choices in DOMAIN_NEEDS.items():
        if any(needed <= present for needed in choices):
            continue
        wanted = " or ".join(" and ".join(sorted(needed - present)) for needed in choices)
        empty[domain] = f"needs {wanted}"
    return empty
