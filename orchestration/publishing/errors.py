"""What can go wrong with a release, in words for the person who runs it."""

from __future__ import annotations

from collections.abc import Sequence


class PublishingError(Exception):
    """A release could not be made, found or swapped in. Readers keep the release they had."""


class AuditFailedError(PublishingError):
    """The staged copy does not hold what a release promises.

    Attributes:
        failures: One sentence per broken promise, with table, rule and rows.
    """

    def __init__(self, run_id: str, failures: Sequence[str]) -> None:
        self.run_id = run_id
        self.failures = tuple(failures)
        listed = "\n".join(f"  - {failure}" for failure in self.failures)
        super().__init__(
            f"Release {run_id} failed its audit; nothing was published:\n{listed}\n"
            "Correct the warehouse and publish again."
        )
