"""A boosted forest as a table of nodes, evaluated by a few lines of numpy.

Its prediction explains itself: walking down a tree, each split changes the expected logit, and that change
belongs to the driver of the term that was asked (Saabas 2014). The changes and the base sum to the logit.
Not here: growing the trees (`challenger.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from orchestration.scoring.churn.design import Columns, Term, matrix
from orchestration.scoring.churn.linear import UNITS_PER_LOGIT
from orchestration.scoring.churn.snapshots import Floats

NODE_COLUMNS = ["tree", "node", "term", "threshold", "left_node", "right_node", "expected_logit"]
LEAF = -1


@dataclass(frozen=True)
class Forest:
    """Trees over a design.

    Attributes:
        terms: columns of the design; no value is ever missing in it.
        nodes: `NODE_COLUMNS`, ordered by tree and node, root 0; `term` is a position or `LEAF`, and
            `value <= threshold` goes left. `expected_logit` of a leaf is its value, of a split the mean of
            the leaves below it over the training rows; those of the roots sum to the base.
    """

    terms: tuple[Term, ...]
    nodes: pd.DataFrame

    @property
    def drivers(self) -> tuple[str, ...]:
        """Drivers in the order of their first term."""
        return tuple(dict.fromkeys(term.driver for term in self.terms))

    @property
    def base_units(self) -> int:
        """Expected logit over the training rows, in millionths."""
        roots = self.nodes.loc[self.nodes["node"] == 0, "expected_logit"]
        return int(np.floor(sum(roots.tolist()) * UNITS_PER_LOGIT + 0.5))

    def contributions(self, columns: Columns, rows: int) -> Floats:
        """Rows × drivers: what each driver adds to the logit, in whole millionths."""
        design = matrix(self.terms, columns, rows)
        drivers = self.drivers
        owner = np.array([drivers.index(term.driver) for term in self.terms])
        total = np.zeros((rows, len(drivers)))
        for _, tree in self.nodes.groupby("tree", sort=True):
            _walk(tree, design, owner, total)
        return np.floor(total * UNITS_PER_LOGIT + 0.5)


def node_table(forest: Forest) -> pd.DataFrame:
    """One row per node, with the term's name instead of its position; NULL where a leaf has none."""
    nodes = forest.nodes
    inner = (nodes["term"] != LEAF).to_numpy(dtype=bool)
    names = pd.Series([forest.terms[k].name if k != LEAF else None for k in nodes["term"]])
    columns = ["threshold", "left_node", "right_node"]
    return nodes.assign(term=names, **{name: nodes[name].where(inner) for name in columns})


def forest_from_table(table: pd.DataFrame, terms: Sequence[Term]) -> Forest:
    """The forest of one model's rows; `terms` are those of its coefficients."""
    positions = {term.name: position for position, term in enumerate(terms)}
    nodes = table.sort_values(["tree", "node"], ignore_index=True)[NODE_COLUMNS]
    asked = [LEAF if pd.isna(name) else positions[name] for name in nodes["term"]]
    return Forest(
        tuple(terms),
        nodes.assign(
            term=asked,
            threshold=nodes["threshold"].astype(float).fillna(0.0),
            left_node=nodes["left_node"].fillna(0).astype(int),
            right_node=nodes["right_node"].fillna(0).astype(int),
        ),
    )


def _walk(tree: pd.DataFrame, design: Floats, owner: NDArray[np.intp], total: Floats) -> None:
    term = tree["term"].to_numpy(dtype=np.intp)
    threshold = tree["threshold"].to_numpy(dtype=np.float64)
    left = tree["left_node"].to_numpy(dtype=np.intp)
    right = tree["right_node"].to_numpy(dtype=np.intp)
    expected = tree["expected_logit"].to_numpy(dtype=np.float64)
    rows = np.arange(len(design))
    at = np.zeros(len(design), dtype=np.intp)
    while True:
        inside = term[at] != LEAF
        rows, at = rows[inside], at[inside]
        if not len(rows):
            return
        goes_left = design[rows, term[at]] <= threshold[at]
        below = np.where(goes_left, left[at], right[at])
        # A row is in one node at a time: no two of these additions meet.
        total[rows, owner[term[at]]] += expected[below] - expected[at]
        at = below
