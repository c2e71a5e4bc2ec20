"""Survival: how much of the revenue is still there?"""

from __future__ import annotations

from typing import Final

from orchestration.reporting.plots.frame import INK, Rows, Spec, framed, named_lines
from orchestration.reporting.plots.plot_data import MINIMUM_AT_RISK

TERMS: Final = {"short": "for less than 6 months", "long": "for 6 months or more"}


def survival(rows: Rows, about: str) -> Spec:
    """Share of the MRR that has not left after so many months, by plan and kind of term."""
    data = [row | {"term": TERMS[row["term_kind"]]} for row in rows]
    colour, dash = named_lines(
        "term", list(TERMS.values()), {"title": "billed", "orient": "bottom"}
    )
    place = {
        "x": {
            "field": "months",
            "type": "quantitative",
            "axis": {"title": "months of paying on the term", "values": list(range(0, 121, 6))},
        },
        "y": {
            "field": "survival",
            "type": "quantitative",
            "scale": {"domain": [0, 1]},
            "axis": {"title": "MRR that has not left (%)", "format": ".0%"},
        },
    }
    return framed(
        "How much of the revenue is still there?",
        [
            "Without expansion or contraction of those who stay; points: ends of terms.",
            f"A curve ends with fewer than {MINIMUM_AT_RISK} customers. {about}",
        ],
    ) | {
        "data": {"values": data},
        "facet": {"field": "plan", "type": "nominal", "title": None},
        "columns": 2,
        "spec": {
            "width": 330,
            "height": 190,
            "layer": [
                {
                    "mark": {"type": "line", "interpolate": "step-after", "strokeWidth": 2},
                    "encoding": place | {"strokeDash": dash, "color": colour},
                },
                {
                    "transform": [{"filter": "datum.term_kind === 'long'"}],
                    "mark": {
                        "type": "point",
                        "filled": True,
                        "size": 45,
                        "opacity": 1,
                        "color": INK,
                    },
                    "encoding": place,
                },
            ],
        },
    }
