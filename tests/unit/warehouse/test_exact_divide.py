"""Division of exact numbers, against whole numbers of Python's."""

from __future__ import annotations

import random
from collections.abc import Iterator
from decimal import Context, Decimal

import duckdb
import jinja2
import pytest

from orchestration.settings import DBT_PROJECT_DIR

MACRO = DBT_PROJECT_DIR / "macros" / "engine" / "exact_divide.sql"
TEN_DIGITS = 10**10
EXACT = Context(prec=60)
# Beyond it the numerator, counted in 10^-20 and doubled, has no room in 128 bits.
LARGEST_NUMERATOR = 2**126 // TEN_DIGITS


@pytest.fixture
def divide() -> str:
    """The quotient of the columns n and d, as DuckDB is asked for it."""
    template = jinja2.Environment(extensions=["jinja2.ext.do"]).from_string(
        MACRO.read_text(encoding="utf-8")
    )
    return str(template.make_module({}).duckdb__exact_divide("n", "d"))  # type: ignore[attr-defined]


def test_quotients_are_rounded_half_away_from_zero(divide: str) -> None:
    pairs = [
        (n, d)
        for n, d in _pairs(random.Random(20261122))
        if abs(n) < LARGEST_NUMERATOR
        and abs(d) < LARGEST_NUMERATOR
        and abs(_quotient(n, d) or 0) < 10**38
    ]
    rows = [(_amount(n), _amount(d), _amount(_quotient(n, d))) for n, d in pairs]
    with duckdb.connect() as connection:
        connection.execute(
            "create table divided (n decimal(38, 10), d decimal(38, 10), q decimal(38, 10))"
        )
        connection.executemany("insert into divided values (?, ?, ?)", rows)
        wrong = connection.execute(
            f"select n, d, q, {divide} from divided where {divide} is distinct from q"
        ).fetchall()
    assert not wrong, wrong[:3]


@pytest.mark.parametrize(
    ("n", "d"), [("5", "0"), ("0", "0"), ("-5", "0.0"), ("null", "2"), ("2", "null")]
)
def test_nothing_is_divided_by_zero_or_by_what_nobody_knows(divide: str, n: str, d: str) -> None:
    with duckdb.connect() as connection:
        row = connection.execute(f"select {divide} from (select {n} as n, {d} as d)").fetchone()
    assert row == (None,)


def _pairs(chance: random.Random) -> Iterator[tuple[int, int]]:
    """Numerators and divisors in units of the tenth digit: of every size, whole, and halfway between two results."""
    for _ in range(400):
        n, d = (_number(chance, 10 ** chance.randrange(28)) for _ in range(2))
        yield n, d
        yield n * TEN_DIGITS, d * TEN_DIGITS
        yield _number(chance, 10**5) * TEN_DIGITS, (chance.randrange(10**3) + 1) * TEN_DIGITS
        half = chance.choice([-1, 1]) * (2 * chance.randrange(10 ** chance.randrange(1, 16)) + 1)
        yield from ((half * step, 2 * TEN_DIGITS) for step in (1, 3, 125))
        yield half * 7 + chance.choice([-1, 1]), 14 * TEN_DIGITS


def _number(chance: random.Random, limit: int) -> int:
    return chance.randrange(-limit, limit + 1)


def _quotient(n: int, d: int) -> int | None:
    if d == 0:
        return None
    sign = -1 if (n < 0) != (d < 0) else 1
    return sign * ((2 * abs(n) * TEN_DIGITS + abs(d)) // (2 * abs(d)))


def _amount(units: int | None) -> Decimal | None:
    return None if units is None else Decimal(units).scaleb(-10, EXACT)
