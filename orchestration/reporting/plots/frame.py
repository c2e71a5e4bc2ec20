"""What all plots look like: page, colours, lines that are told apart by more than their colour."""

from __future__ import annotations

from typing import Any, Final

Spec = dict[str, Any]
Rows = list[dict[str, Any]]

SCHEMA: Final = "https://vega.github.io/schema/vega-lite/v5.json"
INK, BLUE, ORANGE, GREY = "#222222", "#1f5a94", "#b4530a", "#777777"
HORIZONS: Final = {30: "within 30 days", 90: "within 90 days"}


def framed(title: str, subtitle: list[str]) -> Spec:
    """A specification without its data: title, page and type sizes."""
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


def named_lines(field: str, names: list[str], legend: Spec) -> tuple[Spec, Spec]:
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
