"""Guesses which object a raw file holds and which column is which, by names first, then by values."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from data_quality.contracts import Column, Contract, load_contract, load_contracts
from orchestration.ingestion.column_guessing import MONTHLY, ColumnGuess, guess_column
from orchestration.ingestion.profiling import SampledFile, normalized
from orchestration.ingestion.vocabulary import COLUMN_WORDS, OBJECT_WORDS

_YEARLY: Final = re.compile(r"(^|_)(arr|annual|yearly)(_|$)")


# Objects that exports put into one file: the other object, its columns that take the key, and the
# column without which the file does not hold it.
_COMPANIONS: Final[Mapping[str, tuple[str, tuple[str, ...], str]]] = {
    "billing_subscriptions": (
        "billing_subscription_items", ("subscription_item_id", "subscription_id"), "price_id",
    ),
    "billing_products": ("billing_prices", ("price_id", "product_id"), "unit_amount_minor"),
}  # fmt: skip


@dataclass
class ObjectGuess:
    """An object that a file could hold; `missing` are required columns without a source column."""

    contract: Contract
    file: SampledFile
    columns: dict[str, ColumnGuess]
    missing: list[str]
    score: float


def guess_object(file: SampledFile) -> ObjectGuess | None:
    """The likeliest object of a file, or None where none is likely."""
    guesses = [_guess(contract, file) for contract in load_contracts().values()]
    best = max(guesses, key=lambda guess: (guess.score, guess.contract.name))
    return best if best.score >= 2.0 else None


def guess_companion(guess: ObjectGuess, taken: Collection[str]) -> ObjectGuess | None:
    """A second object in the same file: items of subscriptions, prices of plans; None if not there."""
    name, keys, needed = _COMPANIONS.get(guess.contract.name, ("", (), ""))
    own_key = guess.columns.get(guess.contract.key[0])
    if not name or name in taken or own_key is None:
        return None
    companion = _guess(load_contract(name), guess.file)
    found = companion.columns.get(needed)
    if found is None or found.options["from"] == own_key.options.get("from"):
        return None
    for key in keys:
        companion.columns[key] = ColumnGuess(dict(own_key.options))
    companion.missing = [column for column in companion.missing if column not in keys]
    return companion


def _guess(contract: Contract, file: SampledFile) -> ObjectGuess:
    by_name = {normalized(name): name for name in reversed(file.columns)}
    columns: dict[str, ColumnGuess] = {}
    for column in contract.columns:
        source = _source(contract, column, by_name, file)
        if source is not None and (guess := guess_column(column, source, file)) is not None:
            columns[column.name] = guess
    used = {str(guess.options.get("from")) for guess in columns.values()}
    _fill_gaps(contract, columns)
    required = [column.name for column in contract.columns if column.required]
    missing = [name for name in required if name not in columns]
    found = 1 - len(missing) / len(required)
    claimed = len(used) / max(1, len(file.columns))
    score = 2 * found + claimed + _name_score(contract, file.name) - 0.5 * len(missing)
    if not used or found <= 0.4:
        score = 0.0
    return ObjectGuess(contract, file, columns, missing, score)


def _name_score(contract: Contract, name: str) -> float:
    stem = normalized(
        re.sub(
            r"\.(csv|tsv|jsonl|parquet)(\.gz)?$",
            "",
            name.rsplit("/", maxsplit=1)[-1],
            flags=re.IGNORECASE,
        )
    )
    stem = re.sub(r"_?\d[\d_]*$", "", stem)
    words = (
        contract.name,
        contract.name.split("_", maxsplit=1)[1],
        *OBJECT_WORDS.get(contract.name, ()),
    )
    if stem in words:
        return 1.5
    if any(re.search(rf"(^|_){re.escape(word)}$", stem) for word in words):
        return 0.7
    return 0.3 if any(re.search(rf"(^|_){re.escape(word)}(_|$)", stem) for word in words) else 0.0


def _source(
    contract: Contract, column: Column, by_name: dict[str, str], file: SampledFile
) -> str | None:
    words = [column.name, *COLUMN_WORDS.get(column.name, ())]
    if column.name in contract.key[:1]:
        words[1:1] = ["id", f"{contract.name.split('_', maxsplit=1)[1].removesuffix('s')}_id"]
    suffixes = ("_at", "_minor", "_code", "_id")
    words += [column.name.removesuffix(s) for s in suffixes if column.name.endswith(s)]
    if column.name.startswith("is_"):
        words.append(column.name.removeprefix("is_"))
    fitting = [by_name[word] for word in words if word in by_name]
    return next((name for name in fitting if guess_column(column, name, file) is not None), None)


def _fill_gaps(contract: Contract, columns: dict[str, ColumnGuess]) -> None:
    """Give required columns that no export names a value that follows from the others."""
    wanted = {c.name for c in contract.columns if c.required} - set(columns)
    if "currency_code" in wanted or (
        "currency_code" in contract.column_names
        and "currency_code" not in columns
        and _has_major(columns)
    ):
        columns["currency_code"] = ColumnGuess(
            {"constant": "USD"}, ["the currency: no column names it, USD is assumed"]
        )
    amount = columns.get("amount_minor")
    if "billing_interval" in wanted and amount is not None:
        source = normalized(str(amount.options["from"]))
        if MONTHLY.search(source) or _YEARLY.search(source):
            columns["billing_interval"] = ColumnGuess(
                {"constant": "month" if MONTHLY.search(source) else "year"}
            )
            columns.pop("billing_interval_count", None)
        elif "billing_interval_count" in columns:
            columns["billing_interval"] = ColumnGuess({"constant": "month"})
        else:
            columns["billing_interval"] = ColumnGuess(
                {"constant": "month"}, ["the billing interval: month is assumed"]
            )
    if "subscription_id" in wanted and "customer_id" in columns:
        source = str(columns["customer_id"].options["from"])
        columns["subscription_id"] = ColumnGuess(
            {"from": source}, [f"that a customer has one subscription: {source} stands for it"]
        )
    if contract.load_mode == "append" and len(contract.key) == 1 and contract.key[0] in wanted:
        chosen = [str(g.options["from"]) for g in columns.values() if "from" in g.options]
        if chosen:
            columns[contract.key[0]] = ColumnGuess({"fingerprint": list(dict.fromkeys(chosen))})


def _has_major(columns: dict[str, ColumnGuess]) -> bool:
    return any(guess.options.get("unit") == "major" for guess in columns.values())
