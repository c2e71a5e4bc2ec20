"""Why a probability is what it is: up to three drivers of the card, worst first.

The model speaks by its contributions: logits above the average customer. Where it disagrees with the card,
or may not be published, the card speaks by the points lost. Reasons are useful, not causal: they say what
goes with leaving, not what would prevent it. Contract state and profile are no reasons; what they add is
published beside them, so that base, contract, reasons and the rest sum exactly to the logit.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from orchestration.scoring.churn.design import CONTRACT
from orchestration.scoring.churn.snapshots import Bools, Floats

REASONS = 3


@dataclass(frozen=True)
class Reasons:
    """Rows × up to three reasons.

    Attributes:
        component: position of the driver among the card's components; −1 where there is no further reason.
        units: what it adds to the logit, in whole millionths; NaN without a reason.
        contract_units: what the contract state adds.
        relative_units: what everything but base and contract adds: the risk beside the calendar.
        other_units: what of that no reason tells.
    """

    component: NDArray[np.intp]
    units: Floats
    contract_units: Floats
    relative_units: Floats
    other_units: Floats


def choose_reasons(
    contributions: Floats,
    drivers: tuple[str, ...],
    components: tuple[str, ...],
    points_lost: Floats,
    card_speaks: Bools,
) -> Reasons:
    """Rank the card's components by row.

    Args:
        contributions: rows × drivers in whole millionths of a logit.
        drivers: names of its columns; components, contract, profile.
        components: the card's components.
        points_lost: rows × components.
        card_speaks: rows that are explained by the points lost.
    """
    by_component = np.zeros(points_lost.shape)
    for position, name in enumerate(components):
        if name in drivers:
            by_component[:, position] = contributions[:, drivers.index(name)]
    lost = np.nan_to_num(points_lost)
    weight = np.where(card_speaks[:, np.newaxis], lost, by_component)
    order = np.argsort(-weight, axis=1, kind="stable")[:, :REASONS]
    ranked = np.take_along_axis(weight, order, axis=1)
    component = np.where(ranked > 0, order, -1)
    units = np.where(ranked > 0, np.take_along_axis(by_component, order, axis=1), np.nan)
    contract = np.zeros(len(contributions))
    if CONTRACT in drivers:
        contract = contributions[:, drivers.index(CONTRACT)]
    total = np.zeros(len(contributions))
    for column in range(contributions.shape[1]):
        total += contributions[:, column]
    told = np.zeros(len(contributions))
    for column in range(units.shape[1]):
        told += np.nan_to_num(units[:, column])
    relative = total - contract
    return Reasons(component, units, contract, relative, relative - told)
