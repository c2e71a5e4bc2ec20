"""Migration: who moved from one band to another?"""

from __future__ import annotations

from typing import Final

from orchestration.reporting.plots.frame import Rows, Spec, framed

BANDS: Final = ["red", "yellow", "green", "not scored"]
KINDS: Final = {"health_score": "by health score", "churn_probability": "by churn probability"}


def health_migration(rows: Rows, about: str) -> Spec:
    """From which band to which in four weeks."""
    data = [
        row
        | {
            "kind": f"{KINDS[row['score_kind']]}, to {row['as_of_date']}",
            "text": [f"{row['customers_count']:,}", f"{row['share_of_from']:.0%}"],
        }
        for row in rows
    ]
    layers: list[Spec] = [
        {
            "mark": {"type": "rect", "stroke": "white"},
            "encoding": {
                "color": {
                    "field": "share_of_from",
                    "type": "quantitative",
                    "scale": {"domain": [0, 1], "range": ["#f7fafd", "#8fb4dc"]},
                    "legend": {
                        "title": "share of the row (%)",
                        "format": ".0%",
                        "orient": "bottom",
                    },
                }
            },
        },
        {
            "mark": {"type": "text", "fontSize": 13, "lineHeight": 15, "dy": -6},
            "encoding": {
                "text": {"field": "text"},
            },
        },
    ]
    where = {
        "x": {
            "field": "to_band",
            "type": "ordinal",
            "sort": BANDS,
            "axis": {"title": "band now", "labelAngle": 0, "orient": "top"},
        },
        "y": {
            "field": "from_band",
            "type": "ordinal",
            "sort": BANDS,
            "axis": {"title": "band four weeks before"},
        },
    }
    for layer in layers:
        layer["encoding"] = where | layer["encoding"]
    return framed(
        "Who moved from one band to another?",
        ["Customers, and their share of the band that they came from, over four weeks.", about],
    ) | {
        "data": {"values": data},
        "facet": {"column": {"field": "kind", "type": "nominal", "title": None}},
        "spec": {"width": 290, "height": 250, "layer": layers},
    }
