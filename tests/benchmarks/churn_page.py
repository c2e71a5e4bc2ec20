"""Fills the figures of docs/churn-model.md: results of `health` and `churn`, settings of the model.

The words of the page are written by hand; what stands between its markers is not.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from statistics import mean
from typing import Any

from orchestration.ingestion.simulation.futures import HORIZONS
from orchestration.scoring.churn import ladder
from orchestration.scoring.churn.settings import ChurnSettings

Result = Mapping[str, Any]

SIZE = "6k-seed-"
# Figures by horizon, in the order of the page.
OF_HORIZON = {
    "ceiling": "AUC of the true probability itself: the ceiling",
    "auc_to_ceiling": "AUC as a share of the ceiling's",
    "auc_to_ceiling_can_leave": "… among those who can leave",
    "card_signal": "health card alone, share of the ceiling's signal",
    "card_and_gate_signal": "health card among those who can leave first, share of the signal",
    "lift": "lift in the top tenth",
    "ece": "expected calibration error",
    "observed_to_expected": "observed / expected",
    "slope": "calibration slope",
    "green_churners": "churners left in green",
    "top_1_reason": "first reason is the true driver",
    "top_2_reasons": "one of the first two is",
}
OF_ALL = {
    "accounts_moving": "accounts whose health score moves by more than 10 points in four weeks",
    "clv_total_error": "error of the total lifetime value",
    "clv_spearman": "rank correlation of customers' lifetime values",
    "nrr_12_months_error": "error of next year's NRR",
    "clv_interval_covers": "companies whose total lies in its 90 % interval",
    "nrr_interval_covers": "companies whose NRR lies in its 90 % interval",
}
NOT_MEASURED = "Not measured yet: `make bench` does.\n"


def filled(page: str, results: Sequence[Result], settings: ChurnSettings | None = None) -> str:
    """The page with its figures.

    Args:
        page: Text with markers `<!-- figures: name -->` and `<!-- end -->`.
        results: The newest of every kind.
        settings: Of the model; defaults where None.

    Raises:
        KeyError: A marker names figures that there are none of.
    """
    chosen = settings or ChurnSettings()
    made: dict[str, Callable[[], str]] = {
        "truth": lambda: _truth(results),
        "speed": lambda: _speed(results),
        "ladder": lambda: _ladder(chosen),
        "gate": lambda: _gate(chosen),
    }
    return re.sub(
        r"(<!-- figures: (\w+) -->\n).*?(<!-- end -->)",
        lambda found: f"{found[1]}{made[found[2]]()}{found[3]}",
        page,
        flags=re.DOTALL,
    )


def _truth(results: Sequence[Result]) -> str:
    companies = [
        result
        for result in results
        if result["benchmark"] == "health"
        and result["code"] == "current"
        and result["size"].startswith(SIZE)
    ]
    if not companies:
        return NOT_MEASURED
    goals = {name: goal for company in companies for name, goal in company["goals"].items()}
    seeds = ", ".join(company["size"].removeprefix(SIZE) for company in companies)
    asked = f"seeds {seeds}, {_counts(companies)} paying customers"
    lines = [
        f"Mean over companies (lowest to highest); {asked}.\n",
        _row("figure", *(cell for days in HORIZONS for cell in (f"{days} days", "goal"))),
        _row("---", *("---:", "---:") * len(HORIZONS)),
    ]
    for name, words in OF_HORIZON.items():
        cells = []
        for days in HORIZONS:
            full = f"{name}_{days}d"
            cells += [_values(companies, full), goals.get(full, "")]
        lines.append(_row(words, *cells))
    lines += ["", _row("figure", "mean", "goal"), _row("---", "---:", "---:")]
    lines += [
        _row(words, _values(companies, name), goals.get(name, "")) for name, words in OF_ALL.items()
    ]
    return "\n".join(lines) + "\n"


def _speed(results: Sequence[Result]) -> str:
    measured = [
        result
        for result in results
        if result["benchmark"] == "churn" and result["code"] == "current"
    ]
    if not measured:
        return NOT_MEASURED
    lines = [
        _row("customers", "learnt from", "fit and judge", "score", "plain scikit-learn", "peak"),
        _row(*["---:"] * 6),
    ]
    for result in sorted(measured, key=lambda result: result["rows"]):
        costs = result["costs"]
        lines.append(
            _row(
                f"{result['rows']:,}",
                f"{result['trained_on']:,} snapshots",
                *(
                    f"{costs[name]['cpu_seconds']:g} CPU s"
                    for name in ("fit_and_judge", "score_with_reasons", "plain_scikit_learn")
                ),
                f"{max(cost['peak_megabytes'] for cost in costs.values()):,.0f} MB",
            )
        )
    return "\n".join(lines) + "\n"


def _ladder(settings: ChurnSettings) -> str:
    steps = settings.ladder
    rungs = [
        (f"below {steps.calibrated_card}", ladder.BASE_RATE),
        (f"from {steps.calibrated_card}", ladder.CALIBRATED_CARD),
        (f"from {steps.shrunken_regression}", ladder.SHRUNKEN),
        (f"from {steps.full_regression}", ladder.FULL),
        (f"from {steps.challenger}", f"{ladder.CHALLENGER}, if it wins"),
    ]
    lines = [_row("distinct past churners", "rung"), _row("---", "---")]
    return "\n".join([*lines, *(_row(*rung) for rung in rungs)]) + "\n"


def _gate(settings: ChurnSettings) -> str:
    rules = settings.publish
    confidence = f"{settings.confidence:.0%}"
    checked = f"with {rules.leak_check_churners} churners in the test or more"
    bounds = [
        (
            "log loss saved against contract and tenure alone",
            f"lower end of the {confidence} interval above 0",
        ),
        ("observed / expected", "{:g} to {:g}".format(*rules.observed_to_expected)),
        ("calibration slope", "{:g} to {:g}".format(*rules.slope)),
        (
            f"AUC on the training months less that of the test, {checked}",
            f"at most {rules.training_auc_gap:g}",
        ),
        (f"AUC among those who can leave, {checked}", f"at most {rules.implausible_auc:g}"),
    ]
    lines = [_row("on the test months", "bound"), _row("---", "---")]
    return "\n".join([*lines, *(_row(*bound) for bound in bounds)]) + "\n"


def _values(companies: Sequence[Result], name: str) -> str:
    found = [company["ratios"][name] for company in companies if name in company["ratios"]]
    if not found:
        return ""
    text = f"{mean(found):.3f}"
    return text if len(found) == 1 else f"{text} ({min(found):.3f} to {max(found):.3f})"


def _counts(companies: Sequence[Result]) -> str:
    counts = sorted({company["active_customers"] for company in companies})
    return " to ".join(f"{count:,}" for count in dict.fromkeys((counts[0], counts[-1])))


def _row(*cells: str) -> str:
    return "| " + " | ".join(cells) + " |"
