"""Draws the rows of a plot: Vega-Lite specifications, pure and complete with their data.

Nothing is told by colour alone: lines differ by dash or shape and carry their name, cells carry their
figure. What is drawn is at most 800 pixels wide, on white.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from orchestration.reporting.plots.calibration import calibration
from orchestration.reporting.plots.frame import Rows, Spec
from orchestration.reporting.plots.health_migration import health_migration
from orchestration.reporting.plots.lift import lift
from orchestration.reporting.plots.survival import survival

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
