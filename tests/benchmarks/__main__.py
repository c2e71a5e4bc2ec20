"""`make bench`: measures, writes dated results, and makes docs/benchmarks.md of the newest ones.

python -m tests.benchmarks                       what takes minutes
python -m tests.benchmarks nightly --size 20m    what takes an hour
python -m tests.benchmarks engagement --size 100m    hours; goes on where it broke off
python -m tests.benchmarks health --seeds 101 102 103
python -m tests.benchmarks nightly --checkout ../older --code "before …"
python -m tests.benchmarks table                 the pages alone
"""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from orchestration.settings import PROJECT_ROOT
from tests.benchmarks import results
from tests.benchmarks.against_hand import measure_against_hand
from tests.benchmarks.against_spine import Span, measure_against_spine
from tests.benchmarks.churn import measure_churn
from tests.benchmarks.churn_page import filled
from tests.benchmarks.engagement import measure_engagement
from tests.benchmarks.health import HealthSize, measure_health
from tests.benchmarks.landing import measure_landing
from tests.benchmarks.nightly import measure_nightly
from tests.benchmarks.sizes import SIZES
from tests.benchmarks.table import table_of

PAGE = PROJECT_ROOT / "docs" / "benchmarks.md"
CHURN_PAGE = PROJECT_ROOT / "docs" / "churn-model.md"
SPANS = {"tiny": Span(100, 12), "100k": Span(100_000, 60)}
# Companies whose scores are compared with the truth, by the number of their accounts.
HEALTH = {"tiny": HealthSize(customers=300, events=30_000, months=18), "6k": HealthSize()}
# None of them is looked at while scores are developed.
SEEDS = (101, 102, 103)
ROWS = {"tiny": 10_000, "5m": 5_000_000}
CUSTOMERS = {"tiny": 5_000, "100k": 100_000, "1m": 1_000_000}
# Companies at which a run takes so long that once is enough.
LARGE = {"20m", "100m", "100k"}
# Companies at which even the night is not built a second time from nothing.
LARGEST = {"100m"}
# What is measured when nothing is named.
USUAL = (
    ("landing", "5m"),
    ("against_hand", "1m"),
    ("against_spine", "100k"),
    ("nightly", "1m"),
    ("engagement", "1m"),
    ("churn", "100k"),
    ("churn", "1m"),
    *(("health", f"6k-seed-{seed}") for seed in SEEDS),
)


def main() -> None:
    """Measure what is asked for."""
    # Whoever is ended takes what it measures with it, instead of leaving it at work on what comes next.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended"))
    options = _options()
    if options.benchmark != "table":
        for benchmark, size in _wanted(options):
            measured = _measure(benchmark, size, options)
            day = datetime.now(UTC).date()
            print(results.save(results.result_of(benchmark, size, options.code, day, measured)))
            for ratio, value in measured["ratios"].items():
                print(f"  {ratio:<40} {value:>8g}")
    newest = results.newest(results.load())
    PAGE.write_text(table_of(newest), encoding="utf-8")
    CHURN_PAGE.write_text(filled(CHURN_PAGE.read_text(encoding="utf-8"), newest), encoding="utf-8")


def _wanted(options: argparse.Namespace) -> Sequence[tuple[str, str]]:
    if options.benchmark == "health":
        size = options.size or "6k"
        return [("health", f"{size}-seed-{seed}") for seed in options.seeds]
    if options.benchmark:
        return [(options.benchmark, options.size or dict(USUAL)[options.benchmark])]
    return USUAL


def _health(size: str, work: Path) -> dict[str, Any]:
    name, _, seed = size.split("-")
    return measure_health(HEALTH[name], int(seed), work)


def _measure(benchmark: str, size: str, options: argparse.Namespace) -> dict[str, Any]:
    repeats = 1 if size in LARGE else options.repeats
    kinds: dict[str, Callable[[], dict[str, Any]]] = {
        "landing": lambda: measure_landing(ROWS[size], options.work, repeats=repeats),
        "against_hand": lambda: measure_against_hand(SIZES[size], options.work, repeats=repeats),
        "against_spine": lambda: measure_against_spine(SPANS[size], options.work, repeats=repeats),
        "engagement": lambda: measure_engagement(
            SIZES[size],
            options.work,
            is_compared=size not in LARGEST or options.compare,
            again=size not in LARGE or options.again,
        ),
        "churn": lambda: measure_churn(CUSTOMERS[size], options.work, repeats=repeats),
        "health": lambda: _health(size, options.work),
        "nightly": lambda: measure_nightly(
            SIZES[size],
            options.work,
            nights=repeats,
            checkout=options.checkout.resolve(),
            is_compared=size not in LARGE,
        ),
    }
    return kinds[benchmark]()


def _options() -> argparse.Namespace:
    names = [
        "landing",
        "against_hand",
        "against_spine",
        "nightly",
        "engagement",
        "churn",
        "health",
        "table",
    ]
    parser = argparse.ArgumentParser(prog="make bench", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("benchmark", nargs="?", choices=names)
    parser.add_argument(
        "--size", help="1m, 5m, 20m or 100m events; 100k for the spine; 5m for landing"
    )
    parser.add_argument("--seeds", type=int, nargs="+", default=SEEDS, help="companies of `health`")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument(
        "--again", action="store_true", help="measure what is known of a broken off engagement too"
    )
    parser.add_argument(
        "--compare", action="store_true", help="compare the night with a full build at any size"
    )
    parser.add_argument("--code", default="current", help="a word for the state of the code")
    parser.add_argument("--checkout", type=Path, default=PROJECT_ROOT, help="code of `nightly`")
    parser.add_argument("--work", type=Path, default=PROJECT_ROOT / "data" / "bench")
    options = parser.parse_args()
    options.work = options.work.resolve()
    options.work.mkdir(parents=True, exist_ok=True)
    return options


if __name__ == "__main__":
    main()
