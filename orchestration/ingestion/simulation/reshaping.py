"""Turns rows under the contract's names and units into rows as the company's systems export them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from orchestration.ingestion.simulation.catalogue import CURRENCIES, EXPONENTS
from orchestration.ingestion.simulation.exports import Export, Rule
from orchestration.ingestion.simulation.table import numbers


def reshape(table: Any, export: Export) -> Any:
    """Apply an object's export rules to an Arrow table with the contract's columns."""
    columns: dict[str, Any] = {}
    for name in table.column_names:
        rule = export.rule(name)
        if rule.constant is None:
            columns[rule.source or name] = _export(table, name, rule)
    return pa.table(columns)


def _export(table: Any, name: str, rule: Rule) -> Any:
    column = table[name].combine_chunks()
    if rule.major:
        column = _major(column, table["currency_code"].combine_chunks())
    if rule.words:
        known = pa.array(list(rule.words))
        column = pa.array(list(rule.words.values())).take(pc.index_in(column, value_set=known))
    if rule.inclusive_end:
        column = pc.subtract(column, pa.scalar(86_400, pa.duration("s"))).cast(pa.date32())
    if rule.timezone:
        utc = pc.assume_timezone(column, "UTC")
        column = utc.cast(pa.timestamp("s", rule.timezone))
    if rule.format:
        column = pc.strftime(column.cast(_stamp(rule)), rule.format)
    return column


def _stamp(rule: Rule) -> Any:
    return pa.timestamp("s", rule.timezone) if rule.timezone else pa.timestamp("s")


def _major(minor: Any, currency: Any) -> Any:
    """Minor units as decimal major units, by the exponent of the row's currency."""
    valid = np.asarray(pc.is_valid(minor))
    amount = np.asarray(pc.fill_null(minor.cast(pa.float64()), 0.0))
    code = pc.index_in(currency, value_set=pa.array(CURRENCIES))
    exponent = EXPONENTS[np.asarray(pc.fill_null(code, 0))]
    return numbers(amount / 10.0**exponent, valid)
