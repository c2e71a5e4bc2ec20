"""Loads everything that a source mapping names into the landing: the way in for the pipeline.

One object's failure does not stop the others; the report says so, and nothing may be published then.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

import duckdb

from orchestration.ingestion.compaction import recover_compactions
from orchestration.ingestion.landing import Landing
from orchestration.ingestion.loader import Loader, LoadFailed, PlannedLoad
from orchestration.ingestion.loads import Ledger, LoadRecord
from orchestration.ingestion.mapping import ObjectMapping, SourceMapping
from orchestration.ingestion.planning import Planner
from orchestration.ingestion.session import connect
from orchestration.ingestion.sources.files import FilesSource, SourceProblem
from orchestration.ingestion.sources.protocol import Delivery, Source, Window
from orchestration.ingestion.yaml_nodes import MappingError, suggest
from orchestration.settings import Settings

ResultStatus = Literal["landed", "unchanged", "failed", "no_data"]


@dataclass(frozen=True)
class LoadResult:
    """What became of one object in a run; `message` says why it failed."""

    object: str
    status: ResultStatus
    records: tuple[LoadRecord, ...] = ()
    message: str = ""
    warnings: tuple[str, ...] = ()

    def total(self, count: str) -> int:
        """Sum of a count over the loads, e.g. `total("rows_landed")`."""
        return sum(int(getattr(record, count)) for record in self.records)

    def line(self) -> str:
        """The result in one line for people."""
        if self.status == "failed":
            return f"{self.object}: failed: {self.message}"
        if self.status != "landed":
            return f"{self.object}: {self.status.replace('_', ' ')}"
        counts = ", ".join(
            f"{self.total(count)} {count.removeprefix('rows_').replace('_', ' ')}"
            for count in (
                "rows_landed",
                "rows_already_landed",
                "rows_filtered",
                "rows_quarantined",
                "rows_deleted",
            )
            if self.total(count) or count == "rows_landed"
        )
        return f"{self.object}: {self.total('rows_read')} rows read: {counts}"


@dataclass(frozen=True)
class IngestReport:
    """What a run loaded. `failures` not being empty means: publish nothing."""

    results: tuple[LoadResult, ...]
    warnings: tuple[str, ...]

    @property
    def failures(self) -> tuple[LoadResult, ...]:
        """Objects that could not be loaded."""
        return tuple(result for result in self.results if result.status == "failed")

    @property
    def is_ok(self) -> bool:
        """True when every object was loaded."""
        return not self.failures

    def total(self, count: str) -> int:
        """Sum of a count over all objects, e.g. `total("rows_quarantined")`."""
        return sum(result.total(count) for result in self.results)

    def result(self, object_name: str) -> LoadResult:
        """The result of one object."""
        return next(result for result in self.results if result.object == object_name)


def ingest(  # noqa: PLR0913 - each keyword narrows the run in its own way
    mapping: SourceMapping,
    settings: Settings,
    loaded_at: datetime,
    *,
    objects: Sequence[str] | None = None,
    until: datetime | None = None,
    window: Window | None = None,
    seen_until: datetime | None = None,
    force: bool = False,
    source: Source | None = None,
    progress: Callable[[str], object] | None = None,
) -> IngestReport:
    """Load what is new of a source into the landing. Instants are naive UTC.

    Args:
        mapping: Which files hold which object.
        settings: Where the landing lies, threads and memory.
        loaded_at: The start of the run; deliveries that know their own time are landed as of that.
        objects: Only these of the mapping's objects.
        until: Leave out deliveries after this instant, so that nights can be replayed one by one.
        window: Only deliveries of this time; files without a time of delivery are always read.
        seen_until: Up to when published runs have read the source; what they did not meet is late.
        force: Read files again that are landed already; rows that are landed stay as they are.
        source: Where deliveries come from, if not the files below the mapping's root.
        progress: Gets a line for each object when it is done.

    Raises:
        MappingError: `objects` names one that the mapping lacks.
    """
    unknown = [name for name in objects or () if name not in mapping.objects]
    if unknown:
        raise MappingError(
            f"{mapping.path.name}: no object {', '.join(unknown)}; {suggest(unknown[0], mapping.objects)}"
        )
    landing = Landing(settings.landing_dir, settings.quarantine_dir)
    warnings = recover(settings)
    results = []
    with connect(settings.temp_dir, settings.threads, settings.memory_limit) as connection:
        landing.write_schemas(connection)
        run = _Run(
            connection, landing, Ledger(settings.landing_dir), source or FilesSource(mapping.root),
            loaded_at, until, window, seen_until, force,
        )  # fmt: skip
        for name in mapping.objects if objects is None else objects:
            result = run.load(mapping.objects[name])
            results.append(result)
            warnings += result.warnings
            if progress is not None:
                progress(result.line())
    return IngestReport(tuple(results), tuple(warnings))


def recover(settings: Settings) -> list[str]:
    """Finish or undo what an interrupted run left in the landing; return what was found, in words."""
    landing = Landing(settings.landing_dir, settings.quarantine_dir)
    return landing.recover() + recover_compactions(settings.landing_dir)


@dataclass(frozen=True)
class _Run:
    connection: duckdb.DuckDBPyConnection
    landing: Landing
    ledger: Ledger
    source: Source
    loaded_at: datetime
    until: datetime | None
    window: Window | None
    seen_until: datetime | None
    force: bool

    def load(self, mapping: ObjectMapping) -> LoadResult:
        """Load one object; a failure becomes a result, and stops the object's later deliveries."""
        done: list[LoadRecord] = []
        warnings: list[str] = []
        try:
            deliveries = self._deliveries(mapping)
            if not deliveries:
                return LoadResult(mapping.name, "no_data")
            records = self.ledger.of(mapping.name, mapping.source_id)
            planner = Planner(mapping, records, self.loaded_at, self.force, self.seen_until)
            plan = planner.plan(deliveries)
            warnings += plan.warnings
            for planned in plan.unchanged:
                if planned.delivered_at is None:
                    record = replace(planned.record(mapping), status="unchanged")
                    self.ledger.write(record)
                    done.append(record)
            for planned in plan.loads:
                records = self.ledger.of(mapping.name, mapping.source_id)
                record = self._load(mapping, planned, records)
                done.append(record)
                warnings += _warnings(record, records)
        except (LoadFailed, SourceProblem) as error:
            return LoadResult(mapping.name, "failed", tuple(done), str(error), tuple(warnings))
        landed = any(record.status == "landed" for record in done)
        status: ResultStatus = "landed" if landed else "unchanged"
        return LoadResult(mapping.name, status, tuple(done), "", tuple(warnings))

    def _load(
        self, mapping: ObjectMapping, planned: PlannedLoad, records: Sequence[LoadRecord]
    ) -> LoadRecord:
        try:
            record = Loader(self.connection, self.landing, mapping, records).load(planned)
        except LoadFailed as error:
            failed = replace(planned.record(mapping), status="failed", message=str(error))
            self.ledger.write(failed)
            raise
        self.ledger.note(record)
        return record

    def _deliveries(self, mapping: ObjectMapping) -> list[Delivery]:
        return [
            delivery
            for delivery in self.source.read(mapping, self.window)
            if self.until is None
            or delivery.delivered_at is None
            or delivery.delivered_at <= self.until
        ]


def _warnings(record: LoadRecord, earlier: Sequence[LoadRecord]) -> list[str]:
    seen = {name for r in earlier for name in (*r.new_columns, *r.missing_columns)}
    warnings = []
    fresh = [name for name in record.new_columns if name not in seen]
    if fresh:
        warnings.append(
            f"{record.object}: new source column(s) {', '.join(fresh)} are kept aside as text; "
            "map them if they matter"
        )
    gone = [name for name in record.missing_columns if name not in seen]
    if gone:
        warnings.append(
            f"{record.object}: the optional source column(s) {', '.join(gone)} are missing and stay empty"
        )
    if record.rows_quarantined:
        warnings.append(
            f"{record.object}: {record.rows_quarantined} of {record.rows_read} rows went to quarantine "
            f"(load {record.load_id})"
        )
    return [*warnings, f"{record.object}: {record.message}"] if record.message else warnings
