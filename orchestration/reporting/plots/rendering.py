"""Renders specifications to SVG: `python -m orchestration.reporting.plots.rendering`.

Takes the dependency group `docs`, which nothing else needs.
"""

from __future__ import annotations

from pathlib import Path

import vl_convert

from orchestration.reporting.plots.__main__ import ENDING, FOLDER


def render(folder: Path = FOLDER) -> list[Path]:
    """Write an SVG beside each specification of a folder; return them."""
    written = []
    for path in sorted(folder.glob(f"*{ENDING}")):
        picture = path.with_name(path.name.removesuffix(ENDING) + ".svg")
        picture.write_text(
            vl_convert.vegalite_to_svg(path.read_text(encoding="utf-8"), vl_version="5.21"),
            encoding="utf-8",
        )
        written.append(picture)
    return written


if __name__ == "__main__":
    render()
