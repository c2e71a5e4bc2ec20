"""Decides what of a source has to be loaded: nothing twice, in the order of delivery, never backwards.

Appended files are recognised one by one. A full export or a set of changes is recognised as a whole,
and only against the newest load: going back to an earlier state is news.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from orchestration.ingestion.loader import Compare, LoadFailed, PlannedLoad
from orchestration.ingestion.loads import LoadedFile, LoadRecord, file_facts, new_load_id
from orchestration.ingestion.mapping import ObjectMapping
from orchestration.ingestion.sources.protocol import Delivery, RawFile


@dataclass
class Plan:
    """Loads to do in order, deliveries that are landed already, and what people should know."""

    loads: list[PlannedLoad] = field(default_factory=list)
    unchanged: list[PlannedLoad] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Planner:
    """Plans the loads of one object. `run_at` is the run's start; `force` reads landed files again.

    `seen_until` is how far published runs have read the source: a delivery dated before it that they
    did not meet was not known then, and may not become a part of what they are rebuilt from.
    """

    mapping: ObjectMapping
    records: Sequence[LoadRecord]
    run_at: datetime
    force: bool = False
    seen_until: datetime | None = None

    def plan(self, deliveries: Sequence[Delivery]) -> Plan:
        """What to do with these deliveries, oldest first.

        Raises:
            LoadFailed: The run would land rows as of a time before what is landed already.
        """
        plan = Plan()
        late: list[PlannedLoad] = []
        for delivery in deliveries:
            facts = tuple(file_facts(f.path, f.name, self.records) for f in delivery.files)
            planned = self._planned(delivery, facts)
            if self._is_superseded(delivery):
                if not self._is_landed(planned):
                    plan.warnings.append(self._superseded_message(delivery))
                continue
            if not planned.files:
                plan.unchanged.append(
                    self._of(delivery, list(zip(delivery.files, facts, strict=True)))
                )
            elif not self.force and self._is_landed(planned):
                plan.unchanged.append(planned)
            elif self._is_late(delivery):
                late.append(planned)
            else:
                plan.loads.append(planned)
        plan.loads[:0] = self._dated_now(late)
        self._refuse_going_back(plan)
        plan.loads = [self._identified(planned) for planned in plan.loads]
        plan.unchanged = [self._identified(planned) for planned in plan.unchanged]
        return plan

    def _planned(self, delivery: Delivery, facts: tuple[LoadedFile, ...]) -> PlannedLoad:
        """The delivery without appended files that are landed by the same rules."""
        pairs = list(zip(delivery.files, facts, strict=True))
        if self.mapping.load_mode == "append" and not self.force:
            pairs = [(file, fact) for file, fact in pairs if self._landing_of(fact) != "same rules"]
        return self._of(delivery, pairs)

    def _of(self, delivery: Delivery, pairs: Sequence[tuple[RawFile, LoadedFile]]) -> PlannedLoad:
        return PlannedLoad(
            files=tuple(file for file, _ in pairs),
            facts=tuple(fact for _, fact in pairs),
            load_id="",
            loaded_at=delivery.delivered_at or self.run_at,
            delivered_at=delivery.delivered_at,
            compare=self._comparison([self._landing_of(fact) for _, fact in pairs]),
        )

    def _comparison(self, landings: Sequence[str]) -> Compare:
        """Rows of files that were read by the same rules may have been superseded since."""
        if self.mapping.load_mode == "snapshot":
            return "latest"
        if self.force and "same rules" in landings:
            return "ever"
        if self.mapping.load_mode == "changes" or "other rules" in landings:
            return "latest"
        return "nothing"

    def _landing_of(self, fact: LoadedFile) -> str:
        """Whether the content was landed before, and if so whether by today's mapping and contract."""
        for record in reversed(self.records):
            if record.status == "landed" and fact.sha256 in record.content:
                return "same rules" if self._same_rules(record) else "other rules"
        return "never"

    def _same_rules(self, record: LoadRecord) -> bool:
        rules = (self.mapping.mapping_hash, self.mapping.contract.contract_hash)
        return (record.mapping_hash, record.contract_hash) == rules

    def _is_landed(self, planned: PlannedLoad) -> bool:
        done = [r for r in self.records if r.status != "failed"]
        if planned.delivered_at is not None:
            done = [r for r in done if r.delivered_at == planned.delivered_at]
        content = tuple(sorted(fact.sha256 for fact in planned.facts))
        return bool(done) and self._same_rules(done[-1]) and done[-1].content == content

    def _newest(self) -> datetime | None:
        return max((r.loaded_at for r in self.records if r.status == "landed"), default=None)

    def _is_late(self, delivery: Delivery) -> bool:
        bounds = [bound for bound in (self._newest(), self.seen_until) if bound is not None]
        delivered_at = delivery.delivered_at
        return delivered_at is not None and any(delivered_at <= bound for bound in bounds)

    def _is_superseded(self, delivery: Delivery) -> bool:
        """A full export that is older than one that was landed can no longer say what is true."""
        if self.mapping.load_mode != "snapshot" or delivery.delivered_at is None:
            return False
        landed = [r.delivered_at for r in self.records if r.status == "landed" and r.delivered_at]
        return any(at > delivery.delivered_at for at in landed)

    def _superseded_message(self, delivery: Delivery) -> str:
        names = ", ".join(file.name for file in delivery.files)
        return (
            f"{self.mapping.name}: {names} was left out: a newer full export is landed, so this older one "
            "can no longer be compared with what was true then"
        )

    def _dated_now(self, late: Sequence[PlannedLoad]) -> list[PlannedLoad]:
        """What comes late was not known earlier: it is dated by the run, in the order of delivery."""
        last = len(late) - 1
        return [
            replace(planned, loaded_at=self.run_at - timedelta(microseconds=last - i))
            for i, planned in enumerate(late)
        ]

    def _refuse_going_back(self, plan: Plan) -> None:
        newest = self._newest()
        if newest is None or self.mapping.load_mode == "append":
            return
        for planned in plan.loads:
            if planned.loaded_at <= newest:
                raise LoadFailed(
                    f"{self.mapping.name}: rows were landed at {newest:%Y-%m-%d %H:%M:%S} UTC, so nothing "
                    f"can be landed as of {planned.loaded_at:%Y-%m-%d %H:%M:%S} any more; start the run "
                    "with a later time"
                )

    def _identified(self, planned: PlannedLoad) -> PlannedLoad:
        facts = [
            self.mapping.name,
            self.mapping.source_id,
            self.mapping.mapping_hash,
            self.mapping.contract.contract_hash,
            *(f"{fact.name} {fact.sha256}" for fact in planned.facts),
        ]
        return replace(planned, load_id=new_load_id(planned.loaded_at, facts))
