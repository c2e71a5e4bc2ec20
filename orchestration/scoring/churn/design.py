"""Codes snapshots as numbers that a logistic model can add up, one named term at a time.

A term is a row of the coefficients' table: which column it reads, how it turns it into a number, and the
driver that it speaks for. What is missing is never a neutral value in disguise: the term of a missing
number adds nothing, and a term of its own says that it is missing. Not here: which terms a rung of the
ladder uses (`terms.py`), coefficients (`linear.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from orchestration.scoring.churn.snapshots import BINDING_TERM_MONTHS, Bools, Floats, Snapshots

CONTRACT = "contract"
PROFILE = "profile"

COMPONENT = "component score"
MISSING = "is missing"
LINE = "number"
WITHIN = "number within"
HAT = "hat"
FLAG = "is true"
LEVEL = "is level"
LOST = "points lost: "
METRIC = "metric: "


@dataclass(frozen=True)
class Term:
    """One column of the design.

    Attributes:
        name: unique in a model.
        driver: component of the card, or `contract` or `profile`.
        column: what it reads (see `Columns`).
        transform: `component score` and `number` as they are, `number within` its outer knots, `hat` (1 at
            the knot, falling in straight lines to 0 at its neighbours), `is true`, `is missing`,
            `is level` (equal to `level`).
        level: of `is level`.
        knots: of `hat`: the knot before, the knot, the knot after; an infinite neighbour means flat. Of
            `number within`: the first and the last bound the value.
        centre: subtracted, the mean of the training rows that have a value.
        scale: divided by.
        prior_deviation: how far from 0 the coefficient of the scaled term may be expected.
    """

    name: str
    driver: str
    column: str
    transform: str
    level: str | None = None
    knots: tuple[float, float, float] | None = None
    centre: float = 0.0
    scale: float = 1.0
    prior_deviation: float = 1.0


class Columns:
    """What terms read, derived from snapshots for one horizon and kept while a design is made."""

    def __init__(self, snapshots: Snapshots, horizon: int) -> None:
        self._snapshots = snapshots
        self._horizon = horizon
        self._kept: dict[str, Floats] = {}

    def number(self, name: str) -> Floats:
        """A column as numbers; NaN where there is none.

        Raises:
            KeyError: no such column.
        """
        if name not in self._kept:
            self._kept[name] = self._derive(name)
        return self._kept[name]

    def is_level(self, name: str, level: str) -> Bools:
        """Where a column of words has this word."""
        if name == "segment":
            return np.asarray(self._segments() == level, dtype=bool)
        words = self._snapshots.frame[name]
        return (words == level).fillna(False).to_numpy(dtype=bool)

    def _derive(self, name: str) -> Floats:
        snapshots = self._snapshots
        if name in snapshots.components:
            return snapshots.component_scores[:, snapshots.components.index(name)]
        if name.startswith(LOST):
            return snapshots.points_lost[:, snapshots.components.index(name.removeprefix(LOST))]
        for metric in snapshots.card.metrics:
            if name == f"{METRIC}{metric.name}":
                return snapshots.metric(metric)
        return self._contract_state(name)

    def _contract_state(self, name: str) -> Floats:
        snapshots = self._snapshots
        if name == "can_leave":
            return snapshots.can_leave(self._horizon).astype(np.float64)
        if name == "is_binding":
            return (snapshots.numbers("term_months") >= BINDING_TERM_MONTHS).astype(np.float64)
        if name == "binding_days_left":
            days = snapshots.numbers("period_end_days")
            return np.where(self.number("is_binding") == 1, days, np.nan)
        return snapshots.numbers(name)

    def _segments(self) -> np.ndarray[tuple[int], np.dtype[np.object_]]:
        can = np.where(self.number("can_leave") == 1, "can leave", "bound")
        term = np.where(self.number("is_binding") == 1, "long term", "short term")
        return np.array([f"{a}, {b}" for a, b in zip(can, term, strict=True)], dtype=object)


def values_of(term: Term, columns: Columns) -> Floats:
    """The term of each row, centred and scaled; 0 where its number is missing."""
    if term.transform == LEVEL:
        raw = columns.is_level(term.column, str(term.level)).astype(np.float64)
    else:
        number = columns.number(term.column)
        if term.transform == MISSING:
            raw = np.isnan(number).astype(np.float64)
        elif term.transform == FLAG:
            raw = (number == 1).astype(np.float64)
        elif term.transform == HAT:
            raw = _hat(number, term)
        elif term.transform == WITHIN:
            raw = np.where(np.isnan(number), term.centre, _within(number, term))
        else:
            raw = np.where(np.isnan(number), term.centre, number)
    return (raw - term.centre) / term.scale


def matrix(terms: Sequence[Term], columns: Columns, rows: int) -> Floats:
    """Rows × terms."""
    design = np.empty((rows, len(terms)), order="F")
    for position, term in enumerate(terms):
        design[:, position] = values_of(term, columns)
    return design


def standardised(terms: Sequence[Term], columns: Columns) -> list[Term]:
    """Terms with centre and scale of the training rows; terms that are the same in every row are left out.

    Scores and numbers are scaled to standard deviation 1; shares of a row (hats, flags, levels) keep theirs.
    """
    kept = []
    for term in terms:
        if term.transform in (COMPONENT, LINE, WITHIN):
            number = columns.number(term.column)
            if term.transform == WITHIN:
                number = _within(number, term)
            measured = number[~np.isnan(number)]
            if not len(measured):
                continue
            centre, scale = float(measured.mean()), float(measured.std())
            if scale <= 1e-9 * max(1.0, abs(centre)):
                continue
            kept.append(replace(term, centre=centre, scale=scale))
        else:
            value = values_of(term, columns)
            if not len(value) or value.max() - value.min() <= 0:
                continue
            kept.append(replace(term, centre=float(value.mean())))
    return kept


def centred_together(terms: Sequence[Term], columns: Columns) -> list[Term]:
    """Parts of a sum: each with its own centre, all with the standard deviation of the sum.

    None where the sum is the same in every row.
    """
    parts = np.stack([columns.number(term.column) for term in terms], axis=1)
    measured = parts[~np.isnan(parts).any(axis=1)]
    scale = float(measured.sum(axis=1).std()) if len(measured) else 0.0
    if scale <= 1e-9:
        return []
    return [
        replace(term, centre=float(centre), scale=scale)
        for term, centre in zip(terms, measured.mean(axis=0), strict=True)
    ]


def _within(number: Floats, term: Term) -> Floats:
    if term.knots is None:
        raise ValueError(f"Term {term.name!r} has no bounds.")
    clipped: Floats = np.clip(number, term.knots[0], term.knots[2])
    return clipped


def _hat(number: Floats, term: Term) -> Floats:
    if term.knots is None:
        raise ValueError(f"Term {term.name!r} is a hat without knots.")
    before, knot, after = term.knots
    rising = np.ones_like(number) if np.isinf(before) else (number - before) / (knot - before)
    falling = np.ones_like(number) if np.isinf(after) else (after - number) / (after - knot)
    height = np.clip(np.where(number <= knot, rising, falling), 0, 1)
    return np.where(np.isnan(number), 0.0, height)
