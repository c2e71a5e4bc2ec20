"""SQL of raw cells: what a source gives for a column before it is typed.

Empty texts become NULL, several cells are joined, conditions and translations of words applied. Typing
is the business of `value_sql`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from data_quality.quoting import literal, literals
from orchestration.ingestion import value_sql
from orchestration.ingestion.mapping import ColumnMapping, Words
from orchestration.ingestion.raw_table import RawTable


class MissingColumnsError(ValueError):
    """A file lacks source columns without which its rows cannot be landed."""

    def __init__(self, columns: tuple[str, ...]) -> None:
        self.columns = columns
        super().__init__(", ".join(columns))


@dataclass(frozen=True)
class RawValue:
    """A raw value. `given` is NULL exactly where `text` is, and cheaper."""

    sql: str
    type: str
    text: str
    given: str


@dataclass(frozen=True)
class Cells:
    """The source columns of one opened file."""

    raw: RawTable

    def has(self, name: str) -> bool:
        """True when the file has the column."""
        return self.raw.reference(name) is not None

    def type(self, name: str) -> str:
        """DuckDB's type of the column."""
        return self.raw.columns.get(name, "VARCHAR")

    def cell(self, name: str) -> str:
        """The value of a column; NULL where it holds a text that stands for nothing."""
        reference = self.raw.reference(name)
        if reference is None:
            raise MissingColumnsError((name,))
        empty = self.raw.empty_texts
        if (
            self.type(name) != "VARCHAR"
            or not empty
            or (empty == ("",) and name in self.raw.filled)
        ):
            return reference
        return f"case when {reference} not in ({literals(empty)}) then {reference} end"

    def text(self, name: str) -> str:
        """The value of a column as text."""
        return value_sql.text_of(self.cell(name), self.type(name))

    def value(self, mapping: ColumnMapping) -> RawValue:
        """What a mapping gives for its column, with words translated."""
        if mapping.constant is not None:
            constant = literal(mapping.constant)
            if mapping.when:
                constant = f"case when {self.matches(mapping.when)} then {constant} end"
            return RawValue(constant, "VARCHAR", constant, constant)
        if len(mapping.sources) == 1:
            sql, kind = self.cell(mapping.sources[0]), self.type(mapping.sources[0])
        else:
            sql, kind = self._joined(mapping), "VARCHAR"
        if mapping.when:
            sql = f"case when {self.matches(mapping.when)} then {sql} end"
        text = value_sql.text_of(sql, kind)
        if mapping.values is None:
            return RawValue(sql, kind, text, sql)
        return _translated(mapping, text)

    def _joined(self, mapping: ColumnMapping) -> str:
        """Several cells as one text; NULL where all are empty or, without `empty_as`, where one is."""
        texts = [self.text(name) for name in mapping.sources]
        joint = f" || {literal(mapping.separator)} || "
        if mapping.empty_as is None:
            return f"({joint.join(texts)})"
        filled = [f"coalesce({text}, {literal(mapping.empty_as)})" for text in texts]
        return f"case when coalesce({', '.join(texts)}) is not null then {joint.join(filled)} end"

    def matches(self, words: Words) -> str:
        """True where every column holds one of its words; the empty word stands for no value."""
        conditions = []
        for name, allowed in words.items():
            text = self.text(name)
            empty = f" or {text} is null" if "" in allowed else ""
            conditions.append(f"(coalesce({text} in ({literals(allowed)}), false){empty})")
        return f"({' and '.join(conditions)})"

    def fingerprint(self, names: Sequence[str], read: Sequence[str]) -> str:
        """An identifier made of the row's content; an ordinal keeps rows apart that are quite equal."""
        joined = " || ".join(
            f"coalesce(length({self.text(n)})::varchar || ':' || {self.text(n)}, '-')"
            for n in names
        )
        order = ", ".join(f"{self.text(name)} nulls last" for name in read if self.has(name))
        return f"md5({joined}) || '-' || row_number() over (partition by {joined} order by {order})"


def _translated(mapping: ColumnMapping, text: str) -> RawValue:
    values = mapping.values or {}
    cases = " ".join(
        f"when {literal(word)} then {'null' if target is None else literal(target)}"
        for word, target in values.items()
    )
    default = f" else {literal(mapping.default)}" if mapping.default is not None else ""
    sql = f"case when {text} is not null then case trim({text}) {cases}{default} end end"
    kept = [word for word, target in values.items() if target is not None]
    dropped = [word for word, target in values.items() if target is None]
    if mapping.has_default and mapping.default is None:
        text = f"case when trim({text}) in ({literals(kept)}) then {text} end"
    elif dropped:
        text = f"case when trim({text}) not in ({literals(dropped)}) then {text} end"
    return RawValue(sql, "VARCHAR", text, text)
