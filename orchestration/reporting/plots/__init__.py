"""Plots of scores: from a warehouse's tables to Vega-Lite specifications, and from those to SVG.

Here: what is read (`plot_data.py`), how it is drawn (`specifications.py`, a module for each plot), the
files (`__main__.py`, `rendering.py`). Not here: figures in words (`tests/benchmarks`), what a score means (`docs/`).
"""
