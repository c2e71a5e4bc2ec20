"""What a release does with personal columns and with plumbing: the select list of each table.

`omit` leaves personal columns out, `hash` replaces them by a salted SHA-256 (equal values stay equal
across tables, so joins keep working), `include` copies them. Columns that start with `_` are
plumbing and never leave the warehouse.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from data_quality.quoting import identifier
from orchestration.publishing.errors import PublishingError
from orchestration.publishing.request import PersonalData


@dataclass(frozen=True)
class SelectList:
    """Columns of one published table.

    Attributes:
        expressions: SQL expressions, each with its column's name.
        columns: Names of the columns, in the same order.
        hashed: Names of the columns that hold hashes.
        parameters: Values of the expressions' `?`.
    """

    expressions: tuple[str, ...]
    columns: tuple[str, ...]
    hashed: frozenset[str]
    parameters: tuple[str, ...]


def check_salt(mode: PersonalData, salt: str) -> None:
    """Refuse to hash without a secret: anyone could hash known addresses and compare."""
    if mode == "hash" and not salt:
        raise PublishingError(
            "personal_data is 'hash' but there is no salt: set TENURE_PERSONAL_DATA_SALT to a "
            "secret of your own, or choose 'omit'."
        )


def select_list(
    columns: Sequence[str], personal: Collection[str], mode: PersonalData, salt: str
) -> SelectList:
    """Decide per column whether it is copied, hashed or left out."""
    keyed_prefix = hashlib.sha256(salt.encode()).hexdigest()
    # DuckDB's names ignore case; a flag must not be lost to a capital letter.
    flagged = {column.lower() for column in personal}
    expressions: list[str] = []
    names: list[str] = []
    hashed: set[str] = set()
    parameters: list[str] = []
    for column in columns:
        if column.startswith("_") or (column.lower() in flagged and mode == "omit"):
            continue
        quoted = identifier(column)
        if column.lower() in flagged and mode == "hash":
            expressions.append(f"sha256(? || cast({quoted} as varchar)) as {quoted}")
            parameters.append(keyed_prefix)
            hashed.add(column)
        else:
            expressions.append(quoted)
        names.append(column)
    return SelectList(tuple(expressions), tuple(names), frozenset(hashed), tuple(parameters))
