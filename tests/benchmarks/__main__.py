"""`make bench`: measures, writes dated results, and makes docs/benchmarks.md of the newest ones.

python -m tests.benchmarks                       what takes minutes
python -m tests.benchmarks nightly --size 20m    what takes an hour
python -m tests.benchmarks nightly --checkout ../older --code "before …"
python -m tests.benchmarks table                 the page alone
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from orchestration.settings import PROJECT_ROOT
from tests.benchmarks import results
from tests.benchmarks.against_hand import measure_against_hand
from tests.benchmarks.against_spine import Span, measure_against_spine
from tests.benchmarks.engagement import measure_engagement
from tests.benchmarks.landing import measure_landing
from tests.benchmarks.nightly import measure_nightly
from tests.benchmarks.sizes import SIZES
from tests.benchmarks.table import table_of

PAGE = PROJECT_ROOT / "docs" / "benchmarks.md"
SPANS = {"tiny": Span(100, 12), "100k": Span(100_000, 60)}
ROWS = {"tiny": 10_000, "5m": 5_000_000}
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
)


def main() -> None:
    """Measure what is asked for."""
    options = _options()
    if options.benchmark != "table":
        wanted = (
            [(options.benchmark, options.size or dict(USUAL)[options.benchmark])]
            if options.benchmark
            else USUAL
        )
        for benchmark, size in wanted:
            measured = _measure(benchmark, size, options)
            day = datetime.now(UTC).date()
            print(results.save(results.result_of(benchmark, size, options.code, day, measured)))
            for ratio, value in measured["ratios"].items():
                print(f"  {ratio:<40} {value:>8g}")
    PAGE.write_text(table_of(results.newest(results.load())), encoding="utf-8")


def _measure(benchmark: str, size: str, options: argparse.Namespace) -> dict[str, Any]:
    repeats = 1 if size in LARGE else options.repeats
    kinds: dict[str, Callable[[], dict[str, Any]]] = {
        "landing": lambda: measure_landing(ROWS[size], options.work, repeats=repeats),
        "against_hand": lambda: measure_against_hand(SIZES[size], options.work, repeats=repeats),
        "against_spine": lambda: measure_against_spine(SPANS[size], options.work, repeats=repeats),
        "engagement": lambda: measure_engagement(
            SIZES[size], options.work, is_compared=size not in LARGEST
        ),
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
    names = ["landing", "against_hand", "against_spine", "nightly", "engagement", "table"]
    parser = argparse.ArgumentParser(prog="make bench", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("benchmark", nargs="?", choices=names)
    parser.add_argument(
        "--size", help="1m, 5m, 20m or 100m events; 100k for the spine; 5m for landing"
    )
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--code", default="current", help="a word for the state of the code")
    parser.add_argument("--checkout", type=Path, default=PROJECT_ROOT, help="code of `nightly`")
    parser.add_argument("--work", type=Path, default=PROJECT_ROOT / "data" / "bench")
    options = parser.parse_args()
    options.work = options.work.resolve()
    options.work.mkdir(parents=True, exist_ok=True)
    return options


if __name__ == "__main__":
    main()
