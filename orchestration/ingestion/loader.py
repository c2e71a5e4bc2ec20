"""Loads one delivery of one object: converts its files, leaves out what is known, publishes the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Literal

import duckdb

from data_quality.quoting import instant, literal
from orchestration.ingestion import aside, quarantine
from orchestration.ingestion.cells import MissingColumnsError
from orchestration.ingestion.conversion import (
    Converted,
    Converter,
    LoadIdentity,
    RetypedColumnError,
)
from orchestration.ingestion.landing import Landing
from orchestration.ingestion.loads import LoadedFile, LoadRecord, with_rows
from orchestration.ingestion.mapping import ObjectMapping
from orchestration.ingestion.raw_table import FileProblem
from orchestration.ingestion.sources.protocol import RawFile
from orchestration.ingestion.versions import Comparison, Difference

Compare = Literal["nothing", "latest", "ever"]


class LoadFailed(ValueError):  # noqa: N818 - reads as what it is
    """A delivery that cannot be landed; the message names file and column and says what to do."""


@dataclass(frozen=True)
class PlannedLoad:
    """A delivery that is to be loaded, and which landed rows its rows are to be compared with."""

    files: tuple[RawFile, ...]
    facts: tuple[LoadedFile, ...]
    load_id: str
    loaded_at: datetime
    delivered_at: datetime | None
    compare: Compare

    def record(self, mapping: ObjectMapping) -> LoadRecord:
        """The record of this load before anything was read."""
        return LoadRecord(
            load_id=self.load_id,
            object=mapping.name,
            source_id=mapping.source_id,
            loaded_at=self.loaded_at,
            delivered_at=self.delivered_at,
            files=self.facts,
            mapping_hash=mapping.mapping_hash,
            contract_hash=mapping.contract.contract_hash,
            status="landed",
            load_mode=mapping.load_mode,
        )


@dataclass(frozen=True)
class Loader:
    """Loads deliveries of one object; `records` are its earlier loads, oldest first."""

    connection: duckdb.DuckDBPyConnection
    landing: Landing
    mapping: ObjectMapping
    records: Sequence[LoadRecord]

    def load(self, planned: PlannedLoad) -> LoadRecord:
        """Land a delivery and return its record.

        Raises:
            LoadFailed: Nothing of the delivery was landed.
        """
        work = self.landing.work_dir(planned.load_id, self.mapping.name)
        try:
            record = self._load(planned, work)
        except MissingColumnsError as error:
            raise LoadFailed(_missing_message(error, planned)) from error
        except (FileProblem, RetypedColumnError) as error:
            raise LoadFailed(str(error)) from error
        except duckdb.Error as error:
            raise LoadFailed(f"{_names(planned)}: {error}") from error
        else:
            self.landing.publish(work, record)
            return record
        finally:
            if not (work / "record.json").exists():
                self.landing.discard(work)

    def _load(self, planned: PlannedLoad, work: Path) -> LoadRecord:
        compared = planned.compare != "nothing"
        identity = LoadIdentity(planned.load_id, planned.loaded_at)
        converter = Converter(self.connection, self.mapping, identity, work, keep_rows=compared)
        done = [
            converter.convert(file.path, file.name, number)
            for number, file in enumerate(planned.files)
        ]
        bad_parts = [c.bad_path for c in done if c.bad_path is not None]
        record = self._counted(planned, done)
        if compared:
            difference = self._compare(planned, done, work)
            if difference.conflicts is not None:
                bad_parts.append(difference.conflicts)
            record = replace(
                record,
                rows_read=sum(c.rows_read for c in done),
                rows_landed=difference.rows_landed,
                rows_already_landed=difference.rows_already_landed,
                rows_quarantined=record.rows_quarantined + difference.rows_conflicting,
                rows_deleted=difference.rows_deleted,
                message=self._deletion_note(done),
            )
        else:
            for number, converted in enumerate(c for c in done if c.rows_good):
                converted.path.replace(work / "parts" / f"part-{number + 1:04d}.parquet")
        if bad_parts:
            quarantine.merge(
                self.connection,
                bad_parts,
                self._facts(planned),
                work / "quarantine" / "rows.parquet",
            )
        if record.new_columns:
            aside.write_aside(
                self.connection, self.mapping, planned.files, record.new_columns, work
            )
        return record

    def _counted(self, planned: PlannedLoad, done: Sequence[Converted]) -> LoadRecord:
        columns = tuple(dict.fromkeys(name for c in done for name in c.columns))
        rows_good = sum(c.rows_good for c in done)
        return replace(
            planned.record(self.mapping),
            files=tuple(
                with_rows(f, c.rows_read) for f, c in zip(planned.facts, done, strict=True)
            ),
            rows_read=sum(c.rows_read for c in done),
            rows_landed=rows_good,
            rows_filtered=sum(c.rows_filtered for c in done),
            rows_quarantined=sum(c.rows_bad for c in done),
            source_columns=columns,
            new_columns=aside.new_columns(columns, self.mapping, self.records),
            missing_columns=tuple(dict.fromkeys(name for c in done for name in c.missing_columns)),
        )

    def _compare(self, planned: PlannedLoad, done: Sequence[Converted], work: Path) -> Difference:
        is_snapshot = self.mapping.load_mode == "snapshot"
        comparison = Comparison(
            self.connection,
            self.mapping,
            LoadIdentity(planned.load_id, planned.loaded_at),
            self.landing.landing_dir,
            ever=planned.compare == "ever",
            may_delete=is_snapshot and not any(c.has_unknown_keys for c in done),
        )
        difference = comparison.write([c.path for c in done], [c.name for c in done], work)
        is_empty = not any(c.rows_good or c.rows_bad for c in done)
        if is_empty and difference.rows_deleted and not self.mapping.allow_empty:
            raise LoadFailed(
                f"{_names(planned)}: this full export of {self.mapping.name} holds no rows, which would "
                f"delete all {difference.rows_deleted} that are landed; export it again, or say "
                "'allow_empty: true' in the mapping if that is meant"
            )
        return difference

    def _deletion_note(self, done: Sequence[Converted]) -> str:
        if self.mapping.load_mode == "snapshot" and any(c.has_unknown_keys for c in done):
            return (
                "Rows whose key could not be read went to quarantine, so rows that are missing from this "
                "export were not marked as deleted."
            )
        return ""

    def _facts(self, planned: PlannedLoad) -> str:
        return (
            f"{literal(self.mapping.name)} as object, {literal(self.mapping.source_id)} as source_id, "
            f"{literal(planned.load_id)} as load_id, {instant(planned.loaded_at)} as loaded_at"
        )


def _names(planned: PlannedLoad) -> str:
    return ", ".join(file.name for file in planned.files)


def _missing_message(error: MissingColumnsError, planned: PlannedLoad) -> str:
    columns = ", ".join(f"'{name}'" for name in error.columns)
    return (
        f"{_names(planned)}: the column(s) {columns} that the mapping names are missing; correct the "
        "mapping if they were renamed, or export them again"
    )
