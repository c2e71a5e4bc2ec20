"""Writes the specifications of the plots: `python -m orchestration.reporting.plots WAREHOUSE`."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Final

from orchestration.reporting.plots.plot_data import QUERIES, Rows, read_rows
from orchestration.reporting.plots.specifications import draw
from orchestration.settings import PROJECT_ROOT

FOLDER: Final = PROJECT_ROOT / "docs" / "plots"
ENDING: Final = ".vl.json"


def main() -> None:
    """Read each plot's rows from a warehouse and write its specification."""
    parser = argparse.ArgumentParser(prog="python -m orchestration.reporting.plots")
    parser.add_argument("warehouse", type=Path, help="DuckDB file of a run")
    parser.add_argument("--about", default="", help="whose data they are, printed under the title")
    parser.add_argument("--plots", nargs="+", choices=list(QUERIES), default=list(QUERIES))
    parser.add_argument("--folder", type=Path, default=FOLDER)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    for plot in options.plots:
        write_plot(options.warehouse, plot, options.about, options.folder)


def write_plot(warehouse: Path, plot: str, about: str, folder: Path = FOLDER) -> Path:
    """Write the specification of one plot; the same rows give the same bytes."""
    path = folder / f"{plot}{ENDING}"
    path.write_text(specification_text(plot, read_rows(warehouse, plot), about), encoding="utf-8")
    return path


def specification_text(plot: str, rows: Rows, about: str) -> str:
    """A specification as it stands in its file."""
    return json.dumps(draw(plot, rows, about), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    main()
