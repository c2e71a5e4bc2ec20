"""The challenger: gradient boosting over the same terms, and when it may take the regression's place.

Only above 700 past churners, and only when the log loss that it saves on the time split is more than one
standard error. Not here: evaluating and storing it (`forest.py`).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier
from threadpoolctl import threadpool_limits

from orchestration.scoring.churn.design import Columns, Term, matrix
from orchestration.scoring.churn.forest import LEAF, NODE_COLUMNS, Forest
from orchestration.scoring.churn.metrics import log_losses
from orchestration.scoring.churn.snapshots import Floats, Snapshots

# Small trees and slow learning: a few hundred departures don't speak for more.
TREES = 40
LEAVES = 8
LEARNING_RATE = 0.15
SMALLEST_LEAF = 200


def grow_forest(snapshots: Snapshots, horizon: int, terms: Sequence[Term], seed: int) -> Forest:
    """Boost trees over the terms; one thread, so that sums are always made in one order.

    Args:
        snapshots: with labels that are all observed.
        horizon: days.
        terms: standardised on the same rows.
        seed: of the rows that the histograms' edges are drawn from.
    """
    design = matrix(terms, Columns(snapshots, horizon), len(snapshots))
    model = HistGradientBoostingClassifier(
        learning_rate=LEARNING_RATE,
        max_iter=TREES,
        max_leaf_nodes=LEAVES,
        min_samples_leaf=SMALLEST_LEAF,
        l2_regularization=1.0,
        early_stopping=False,
        random_state=seed % 2**32,
    )
    with threadpool_limits(limits=1):
        model.fit(design, snapshots.labels(horizon).astype(np.intp))
    # scikit-learn has no public view of its trees; a test compares ours with its own predictions.
    trees = [predictors[0].nodes for predictors in model._predictors]  # noqa: SLF001
    base = float(model._baseline_prediction.ravel()[0])  # noqa: SLF001
    frames = [
        _nodes(number, tree, base if number == 0 else 0.0) for number, tree in enumerate(trees)
    ]
    return Forest(tuple(terms), pd.concat(frames, ignore_index=True)[NODE_COLUMNS])


def gain_and_error(
    logits: Floats, challenger: Floats, labels: Floats, accounts: NDArray[np.intp]
) -> tuple[float, float]:
    """Log loss per row that the challenger saves, and its standard error over accounts, in nats."""
    saved = log_losses(logits, labels) - log_losses(challenger, labels)
    mean = float(saved.mean())
    by_account = np.bincount(accounts, saved - mean)
    return mean, float(np.sqrt((by_account**2).sum()) / len(saved))


def _nodes(number: int, nodes: NDArray[np.void], base: float) -> pd.DataFrame:
    is_leaf = nodes["is_leaf"].astype(bool)
    expected = nodes["value"].astype(np.float64) + base
    count = nodes["count"].astype(np.float64)
    # Children stand behind their parent: from the back, every child is ready before its parent.
    for node in range(len(nodes) - 1, -1, -1):
        if not is_leaf[node]:
            pair = [int(nodes["left"][node]), int(nodes["right"][node])]
            expected[node] = (expected[pair] * count[pair]).sum() / count[pair].sum()
    return pd.DataFrame(
        {
            "tree": number,
            "node": np.arange(len(nodes)),
            "term": np.where(is_leaf, LEAF, nodes["feature_idx"].astype(np.intp)),
            "threshold": np.where(is_leaf, 0.0, nodes["num_threshold"]),
            "left_node": np.where(is_leaf, 0, nodes["left"].astype(np.intp)),
            "right_node": np.where(is_leaf, 0, nodes["right"].astype(np.intp)),
            "expected_logit": expected,
        }
    )
