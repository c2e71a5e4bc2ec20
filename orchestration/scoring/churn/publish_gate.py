"""Decides whether a probability may be shown. Where it may not, the card stands alone and says why."""

from __future__ import annotations

import math
from collections.abc import Mapping

from orchestration.scoring.churn.evaluation import Figure
from orchestration.scoring.churn.settings import PublishRules


def reason_to_withhold(
    figures: Mapping[str, Figure] | None,
    rules: PublishRules,
    *,
    training_auc: float,
    test_churners: int,
) -> str | None:
    """The first rule that is broken, in words, or None where the probability may be published.

    Args:
        figures: figures on the time split; None where no split was possible.
        rules: bounds.
        training_auc: AUC on the rows that the split's model has learnt from.
        test_churners: distinct customers who left in the test.
    """
    if figures is None:
        return "too few observed months for a test that lies after the training"
    if test_churners == 0:
        return "nobody left in the months that the model is tested on"
    if test_churners >= rules.leak_check_churners:
        leak = _leak(figures, rules, training_auc)
        if leak:
            return leak
    return _without_worth(figures) or _miscalibrated(figures, rules)


def _without_worth(figures: Mapping[str, Figure]) -> str | None:
    gain = figures["log_loss_gain"]
    if gain.lower > 0:
        return None
    return (
        "not better than contract and tenure alone: log loss gain "
        f"{gain.value:.5f}, interval from {gain.lower:.5f}"
    )


def _miscalibrated(figures: Mapping[str, Figure], rules: PublishRules) -> str | None:
    ratio = figures["observed_to_expected_ratio"].value
    if not _within(ratio, rules.observed_to_expected):
        low, high = rules.observed_to_expected
        return f"observed departures are {ratio:.2f} of the expected, outside {low:g} to {high:g}"
    slope = figures["calibration_slope"].value
    if not _within(slope, rules.slope):
        return f"calibration slope {slope:.2f} is outside {rules.slope[0]:g} to {rules.slope[1]:g}"
    return None


def _leak(figures: Mapping[str, Figure], rules: PublishRules, training_auc: float) -> str | None:
    auc = figures["auc"].value
    if training_auc - auc > rules.training_auc_gap:
        return (
            f"AUC falls from {training_auc:.3f} on the training months to {auc:.3f} after them: "
            "an input may know the future"
        )
    free = figures["auc_can_leave"].value
    if free > rules.implausible_auc:
        return f"AUC {free:.3f} among those who can leave is too good: an input may know the future"
    return None


def _within(value: float, bounds: tuple[float, float]) -> bool:
    return not math.isnan(value) and bounds[0] <= value <= bounds[1]
