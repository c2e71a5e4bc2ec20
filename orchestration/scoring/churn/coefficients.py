"""A model as a table of coefficients, and back: the model read from its table predicts the same bytes.

An open format that holds numbers and words and runs nothing. Not here: the warehouse.
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from orchestration.scoring.churn.design import Term
from orchestration.scoring.churn.linear import LinearModel

INTERCEPT = "intercept"


def coefficient_table(model: LinearModel) -> pd.DataFrame:
    """One row per parameter, the intercept first; `covariances` are those with every parameter, in order."""
    parameters = np.concatenate([[model.intercept], model.coefficients])
    intercept = Term(INTERCEPT, INTERCEPT, INTERCEPT, INTERCEPT)
    rows = []
    for position, term in enumerate((intercept, *model.terms)):
        before, knot, after = term.knots or (None, None, None)
        rows.append(
            {
                "position": position,
                "term": term.name,
                "driver": term.driver,
                "input_column": term.column,
                "transform": term.transform,
                "level": term.level,
                "knot_before": _finite(before),
                "knot": _finite(knot),
                "knot_after": _finite(after),
                "centre": term.centre,
                "scale": term.scale,
                "prior_deviation": _finite(term.prior_deviation),
                "coefficient": float(parameters[position]),
                "standard_error": math.sqrt(max(0.0, float(model.covariance[position, position]))),
                "covariances": [float(value) for value in model.covariance[position]],
            }
        )
    return pd.DataFrame(rows)


def model_from_table(table: pd.DataFrame) -> LinearModel:
    """The model of one horizon's rows.

    Raises:
        ValueError: the first parameter is not the intercept.
    """
    rows = table.sort_values("position").to_dict("records")
    if not rows or rows[0]["term"] != INTERCEPT:
        raise ValueError("A table of coefficients begins with its intercept.")
    terms = tuple(
        Term(
            name=row["term"],
            driver=row["driver"],
            column=row["input_column"],
            transform=row["transform"],
            level=None if pd.isna(row["level"]) else row["level"],
            knots=_knots(row["knot_before"], row["knot"], row["knot_after"]),
            centre=float(row["centre"]),
            scale=float(row["scale"]),
            prior_deviation=_or(row["prior_deviation"], math.inf),
        )
        for row in rows[1:]
    )
    return LinearModel(
        terms,
        float(rows[0]["coefficient"]),
        np.array([float(row["coefficient"]) for row in rows[1:]]),
        np.array([list(row["covariances"]) for row in rows], dtype=np.float64),
    )


def _finite(number: float | None) -> float | None:
    return None if number is None or math.isinf(number) else float(number)


def _or(number: float | None, otherwise: float) -> float:
    return otherwise if number is None or math.isnan(number) else float(number)


def _knots(
    before: float | None, knot: float | None, after: float | None
) -> tuple[float, float, float] | None:
    if knot is None or math.isnan(knot):
        return None
    return _or(before, -math.inf), float(knot), _or(after, math.inf)
