"""Draws that depend on their seed alone.

Hypothesis also draws constants that it finds in the code of the modules that happen to be loaded, so a
batch would change with what a test imports, or with a number in code that it never runs.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

from hypothesis.internal.conjecture import providers


@contextmanager
def no_constants_of_modules() -> Iterator[None]:
    """Leave Hypothesis with the constants of its own. No setting turns the others off."""
    # What may be drawn is kept by strategy: nothing of it may come in here or go on outside.
    kept = providers.CONSTANTS_CACHE.cache
    kept.clear()
    try:
        with mock.patch.object(providers, "_get_local_constants", providers.Constants):
            yield
    finally:
        kept.clear()
