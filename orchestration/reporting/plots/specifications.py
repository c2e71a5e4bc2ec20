"""Draws the rows of a plot: Vega-Lite specifications, pure and complete with their data.

Nothing is told by colour alone: lines differ by dash or shape and carry their name, cells carry their
figure. What is drawn is at most 800 pixels wide, on white.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from orchestration.reporting.plots.plot_data import MINIMUM_AT_RISK

Spec = dict[str, Any]
Rows = list[dict[str, Any]]

SCHEMA: Final = "https://vega.github.io/schema/vega-lite/v5.json"
INK, BLUE, ORANGE, GREY = "#222222", "#1f5a94", "#b4530a", "#777777"
BANDS: Final = ["red", "yellow", "green", "not scored"]
HORIZONS: Final = {30: "within 30 days", 90: "within 90 days"}
TERMS: Final = {"short": "for less than 6 months", "long": "for 6 months or more"}
KINDS: Final = {"health_score": "by health score", "churn_probability": "by churn probability"}


def calibration(rows: Rows, about: str) -> Spec:
    """Departures that came true against those predicted, by tenths of the predictions."""
    data = [row | {"horizon": HORIZONS[row["horizon_days"]]} for row in rows]
    top = 1.05 * max(max(row["observed_rate"], row["plausible_upper"]) for row in rows)
    rate = {"type": "sqrt", "domain": [0, top], "nice": False}
    axis = {"format": ".0%", "values": _ticks(top)}
    x = {
        "field": "expected_rate",
        "type": "quantitative",
        "scale": rate,
        "axis": axis | {"title": "predicted probability to leave, mean of a tenth (%)"},
    }
    y_axis = {"scale": rate, "axis": axis | {"title": "customers who left (% of the tenth)"}}
    layers = [
        {
            "mark": {"type": "line", "color": GREY, "strokeDash": [5, 4]},
            "data": {
                "values": [
                    {"expected_rate": 0, "as_said": 0},
                    {"expected_rate": top, "as_said": top},
                ]
            },
            "encoding": {"x": x, "y": {"field": "as_said", "type": "quantitative"} | y_axis},
        },
        {
            "mark": {"type": "rule", "color": GREY, "strokeWidth": 6, "opacity": 0.35},
            "encoding": {
                "x": x,
                "y": {"field": "plausible_lower", "type": "quantitative"} | y_axis,
                "y2": {"field": "plausible_upper"},
            },
        },
        {
            "mark": {"type": "point", "filled": True, "color": BLUE, "size": 70, "opacity": 1},
            "encoding": {"x": x, "y": {"field": "observed_rate", "type": "quantitative"} | y_axis},
        },
    ]
    return _base(
        "Did as many leave as the probabilities said?",
        [
            "Points on the dashed line are right; grey bars: where nine in ten points lie if the probabilities are right.",
            about,
        ],
    ) | {
        "data": {"values": data},
        "facet": {"column": {"field": "horizon", "type": "nominal", "title": None}},
        "spec": {"width": 320, "height": 320, "layer": layers},
    }


def lift(rows: Rows, about: str) -> Spec:
    """Share of departures among so many of the customers with the highest probabilities."""
    data = [row | {"horizon": HORIZONS[row["horizon_days"]]} for row in rows]
    at_bands = [
        row | {"text": f"{row['departure_share']:.0%}"}
        for row in data
        if row["customer_share"] in {0.1, 0.3}
    ]
    x, y = (
        {
            "field": field,
            "type": "quantitative",
            "scale": {"domain": [0, 1]},
            "axis": {"format": ".0%", "tickCount": 10, "title": title},
        }
        for field, title in (
            ("customer_share", "customers, highest probability first (% of all)"),
            ("departure_share", "departures among them (% of all)"),
        )
    )
    colour, dash = _named(
        "horizon",
        list(HORIZONS.values()),
        {"title": "customers who left", "orient": "bottom-right"},
    )
    # Above the upper curve and below the lower one, so that no figure lies on a line.
    figures = [
        {
            "data": {"values": [row for row in at_bands if row["horizon_days"] == days]},
            "mark": {"type": "text", "align": align, "dx": dx, "dy": dy, "fontWeight": "bold"},
            "encoding": {"x": x, "y": y, "text": {"field": "text"}},
        }
        for days, align, dx, dy in ((30, "right", -7, -8), (90, "left", 8, 12))
    ]
    return _base(
        "How early in the list do those who leave stand?",
        ["Dotted: a list in no order. The red band ends at 10 %, the yellow one at 30 %.", about],
    ) | {
        "width": 640,
        "height": 420,
        "data": {"values": data},
        "layer": [
            {
                "data": {"values": [{"band": 0.1, "text": "red"}, {"band": 0.3, "text": "yellow"}]},
                "layer": [
                    {
                        "mark": {"type": "rule", "color": GREY},
                        "encoding": {"x": x | {"field": "band"}},
                    },
                    {
                        "mark": {"type": "text", "align": "right", "dx": -5, "y": 408},
                        "encoding": {"x": x | {"field": "band"}, "text": {"field": "text"}},
                    },
                ],
            },
            {
                "data": {"values": [{"customer_share": n, "departure_share": n} for n in (0, 1)]},
                "mark": {"type": "line", "color": GREY, "strokeDash": [2, 4]},
                "encoding": {"x": x, "y": y},
            },
            {
                "mark": {"type": "line", "strokeWidth": 2.5},
                "encoding": {"x": x, "y": y, "strokeDash": dash, "color": colour},
            },
            {
                "data": {"values": at_bands},
                "mark": {"type": "point", "filled": True, "size": 60, "opacity": 1, "color": INK},
                "encoding": {"x": x, "y": y},
            },
            *figures,
        ],
    }


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
    return _base(
        "Who moved from one band to another?",
        ["Customers, and their share of the band that they came from, over four weeks.", about],
    ) | {
        "data": {"values": data},
        "facet": {"column": {"field": "kind", "type": "nominal", "title": None}},
        "spec": {"width": 290, "height": 250, "layer": layers},
    }


def survival(rows: Rows, about: str) -> Spec:
    """Share of the MRR that has not left after so many months, by plan and kind of term."""
    data = [row | {"term": TERMS[row["term_kind"]]} for row in rows]
    colour, dash = _named("term", list(TERMS.values()), {"title": "billed", "orient": "bottom"})
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
    return _base(
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


DRAWN: Final[Mapping[str, Callable[[Rows, str], Spec]]] = MappingProxyType(
    {
        "calibration": calibration,
        "lift": lift,
        "health_migration": health_migration,
        "survival": survival,
    }
)


def draw(plot: str, rows: Rows, about: str) -> Spec:
    """The specification of a plot.

    Args:
        plot: One of `DRAWN`.
        rows: Of `plot_data.read_rows`, or those that a specification holds (`data.values`).
        about: Whose data they are; kept in the specification, so that it can be drawn anew.
    """
    return DRAWN[plot](rows, about) | {"usermeta": {"about": about}}


def _base(title: str, subtitle: list[str]) -> Spec:
    return {
        "$schema": SCHEMA,
        "title": {"text": title, "subtitle": subtitle, "anchor": "start", "frame": "group"},
        "background": "white",
        "padding": 12,
        "config": {
            "font": "sans-serif",
            "axis": {
                "labelFontSize": 12,
                "titleFontSize": 12,
                "titleFontWeight": "normal",
                "gridColor": "#e6e6e6",
            },
            "legend": {"labelFontSize": 12, "titleFontSize": 12, "titleFontWeight": "normal"},
            "header": {"labelFontSize": 13, "labelFontWeight": "bold"},
            "title": {
                "fontSize": 16,
                "subtitleFontSize": 12,
                "subtitleColor": "#444444",
                "offset": 14,
            },
            "text": {"fontSize": 12},
            "view": {"stroke": "#cccccc"},
        },
    }


def _named(field: str, names: list[str], legend: Spec) -> tuple[Spec, Spec]:
    """Colour and dash that say the same; the legend shows lines."""
    said = {
        "field": field,
        "type": "nominal",
        "legend": legend | {"symbolType": "stroke", "symbolStrokeWidth": 2.5, "symbolSize": 900},
    }
    return (
        said | {"scale": {"domain": names, "range": [BLUE, ORANGE]}},
        said | {"scale": {"domain": names, "range": [[1, 0], [7, 4]]}},
    )


def _ticks(top: float) -> list[float]:
    return [
        tick for tick in (0, 0.01, 0.03, 0.06, 0.1, 0.2, 0.3, 0.4, 0.5, 0.7, 0.9) if tick <= top
    ]
