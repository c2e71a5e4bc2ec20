"""Lift: how early in the list do those who leave stand?"""

from __future__ import annotations

from orchestration.reporting.plots.frame import GREY, HORIZONS, INK, Rows, Spec, framed, named_lines


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
    colour, dash = named_lines(
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
    return framed(
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
