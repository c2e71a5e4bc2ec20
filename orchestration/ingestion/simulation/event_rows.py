"""Usage events as columns of numbers, before they take the contract's shape."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from orchestration.ingestion.simulation.timeline import Floats, Ints


@dataclass
class Events:
    """Columns of one batch, as numbers; `Usage.arrow` makes them the contract's."""

    customer: Ints
    place: Ints
    kind: Ints
    occurred: Ints
    received: Ints
    number: Ints
    count: Ints
    draw: Floats


def select(e: Events, rows: Ints) -> Events:
    """The events at positions."""
    return Events(
        e.customer[rows], e.place[rows], e.kind[rows], e.occurred[rows], e.received[rows],
        e.number[rows], e.count[rows], e.draw[rows],
    )  # fmt: skip


def append(a: Events, b: Events) -> Events:
    """The events of both."""
    return Events(
        np.r_[a.customer, b.customer], np.r_[a.place, b.place], np.r_[a.kind, b.kind],
        np.r_[a.occurred, b.occurred], np.r_[a.received, b.received],
        np.r_[a.number, b.number], np.r_[a.count, b.count], np.r_[a.draw, b.draw],
    )  # fmt: skip
