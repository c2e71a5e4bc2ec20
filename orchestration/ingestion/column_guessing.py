"""Guesses how a source column would be mapped to a contract column, by its name and its values."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from data_quality.contracts import Column
from orchestration.ingestion.profiling import (
    SampledFile,
    end_is_inclusive,
    normalized,
    numbers,
    time_formats,
)
from orchestration.ingestion.vocabulary import VALUE_WORDS

MONTHLY: Final = re.compile(r"(^|_)(mrr|monthly)(_|$)")
_CENTS: Final = re.compile(r"(^|_)(cents|minor|pence)(_|$)")
_YES_OR_NO: Final = frozenset({"true", "false", "t", "f", "yes", "no", "y", "n", "0", "1"})


@dataclass
class ColumnGuess:
    """How one contract column could be mapped. `doubts` are things that a person should check."""

    options: dict[str, object]
    doubts: list[str] = field(default_factory=list)


def guess_column(column: Column, source: str, file: SampledFile) -> ColumnGuess | None:
    """How the column would be mapped, or None where the values cannot be meant."""
    values = file.filled(source)
    if not values and column.required:
        return None
    guess = ColumnGuess({"from": source})
    if column.values is not None:
        return _words(column, guess, values)
    if column.is_time:
        return _time(column, guess, values, source, file)
    if column.type == "boolean":
        return guess if {value.strip().lower() for value in values} <= _YES_OR_NO else None
    if column.type == "integer" or column.type.startswith("decimal"):
        return _number(column, guess, values, source, file)
    return guess


def _words(column: Column, guess: ColumnGuess, values: Sequence[str]) -> ColumnGuess | None:
    allowed = column.values or ()
    distinct = sorted({value.strip() for value in values})
    if column.is_currency:
        return guess if all(value.upper() in allowed for value in distinct) else None
    if all(value in allowed for value in distinct):
        return guess
    if len(distinct) > 20 or all(re.fullmatch(r"[\d.]+", value) for value in distinct):
        return None
    table: dict[str, str] = {}
    for value in distinct:
        word = normalized(value)
        table[value] = word if word in allowed else VALUE_WORDS.get(word, "")
    known = [word for word in table.values() if word in allowed]
    if not known:
        return None
    guess.options["values"] = {v: w if w in allowed else "" for v, w in table.items()}
    unknown = [value for value, word in table.items() if word not in allowed]
    if unknown:
        guess.doubts.append(f"what {', '.join(unknown)} means; one of: {', '.join(allowed)}")
    return guess


def _time(
    column: Column, guess: ColumnGuess, values: Sequence[str], source: str, file: SampledFile
) -> ColumnGuess | None:
    if file.types.get(source, "VARCHAR").startswith(("TIMESTAMP", "DATE")):
        return guess
    formats = time_formats(values) if values else _usual_formats(file)
    if values and not formats:
        return None
    form = formats[0] if formats else ""
    if form:
        guess.options["format"] = form
    if len(formats) > 1:
        guess.doubts.append(f"the format of dates: {' or '.join(formats)}")
    if (
        column.name in ("end_at", "end_date", "period_end_at", "service_end_date", "valid_to_date")
        and values
    ):
        _judge_end(guess, source, form, file)
    return guess


def _usual_formats(file: SampledFile) -> list[str]:
    """How other columns of the file write times: exports do not mix seconds and dates."""
    found = [time_formats(file.filled(column)) for column in file.columns]
    return ["epoch_s"] if ["epoch_s"] in found else []


def _judge_end(guess: ColumnGuess, source: str, form: str, file: SampledFile) -> None:
    named = {normalized(name): name for name in file.columns}
    start = next(
        (
            named[w]
            for w in ("start_date", "start_at", "start", "valid_from", "from_date")
            if w in named
        ),
        None,
    )
    group = next(
        (
            named[w]
            for w in ("customer_id", "account_id", "customer", "subscription_id")
            if w in named
        ),
        None,
    )
    inclusive = None
    if start is not None and group is not None:
        inclusive = end_is_inclusive(
            file.columns[start], file.columns[source], file.columns[group], form
        )
    if inclusive:
        guess.options["inclusive_end"] = "true"
    if inclusive is None:
        guess.doubts.append(
            "whether the last day is included (inclusive_end: true) or the first day after"
        )


def _number(
    column: Column, guess: ColumnGuess, values: Sequence[str], source: str, file: SampledFile
) -> ColumnGuess | None:
    marks, plain = _marks(values)
    found = numbers(plain)
    if found is None:
        return None
    guess.options |= marks
    if marks == {"thousands": ","} and all("." not in value for value in values):
        guess.doubts.append("whether the comma groups thousands or is the decimal mark")
    if not column.is_minor_units:
        whole = all(number == number.to_integral_value() for number in found)
        return guess if whole or column.type != "integer" else None
    name = normalized(source)
    has_fractions = any("." in value for value in plain)  # 49.00 is never written in cents
    looks_like_stripe = any(
        re.match(r"(sub|si|price|in|ch|prod|plan)_\w{6,}", v)
        for c in file.columns
        for v in file.filled(c)[:1]
    )
    if _CENTS.search(name) or (
        looks_like_stripe
        and not has_fractions
        and name.startswith(("amount", "unit_amount", "total", "subtotal", "tax"))
    ):
        return guess
    guess.options["unit"] = "major"
    if not has_fractions and not MONTHLY.search(name):
        guess.doubts.append(
            f"whether {source} is in major units (9 = 9.00) or in minor units (remove 'unit: major')"
        )
    return guess


def _marks(values: Sequence[str]) -> tuple[dict[str, object], list[str]]:
    """Which marks the numbers are written with, and the numbers written without them."""
    if any("," in value for value in values):
        if all(re.fullmatch(r"\s*-?\d{1,3}(,\d{3})*(\.\d+)?\s*|-?\d+(\.\d+)?", v) for v in values):
            return {"thousands": ","}, [value.replace(",", "") for value in values]
        if all(re.fullmatch(r"\s*-?\d+(,\d+)?\s*", value) for value in values):
            return {"decimal": ","}, [value.replace(",", ".") for value in values]
        swapped = [value.replace(".", "").replace(",", ".") for value in values]
        return {"decimal": ",", "thousands": "."}, swapped
    return {}, list(values)
