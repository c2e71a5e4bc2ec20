"""Calibration: did as many leave as the probabilities said?"""

from __future__ import annotations

from orchestration.reporting.plots.frame import BLUE, GREY, HORIZONS, Rows, Spec, framed


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
    return framed(
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


def _ticks(top: float) -> list[float]:
    return [
        tick for tick in (0, 0.01, 0.03, 0.06, 0.1, 0.2, 0.3, 0.4, 0.5, 0.7, 0.9) if tick <= top
    ]
