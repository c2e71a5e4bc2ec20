"""What a gate need not judge again: only what the same project and policy had read and published."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from data_quality.workspace import Published
from orchestration.checks import gates

RELEASE = {
    "code_version": "1+abc",
    "policy": {"fx_policy": "dated", "fx_constant_date": None},
    "as_of": "2026-01-02 00:00:00Z",
    "known_at": "2026-01-02 01:00:00Z",
}
NIGHT = {
    "policy": {"fx_policy": "dated", "fx_constant_date": None},
    "as_of": datetime(2026, 1, 3, tzinfo=UTC),
    "known_at": datetime(2026, 1, 3, 1, tzinfo=UTC),
    "is_rebuild": False,
}


def before(monkeypatch: pytest.MonkeyPatch, **changes: Any) -> Published | None:
    release = None if changes.pop("first", False) else SimpleNamespace(manifest=RELEASE)
    monkeypatch.setattr(gates, "current_release", lambda _: release)
    monkeypatch.setattr(gates, "code_version", lambda: changes.pop("code", "1+abc"))
    record = SimpleNamespace(**{**NIGHT, **{k: v for k, v in changes.items() if k != "code"}})
    run: Any = SimpleNamespace(settings=SimpleNamespace(releases_dir=None), record=record)
    return gates.published_before(run)


def test_a_night_goes_on_from_the_release(monkeypatch):
    assert before(monkeypatch) == Published(
        as_of=datetime(2026, 1, 2),  # noqa: DTZ001 - naive UTC
        known_at=datetime(2026, 1, 2, 1),  # noqa: DTZ001 - naive UTC
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"first": True},
        {"is_rebuild": True},
        {"code": "1+def"},
        {"policy": {"fx_policy": "constant", "fx_constant_date": None}},
        {"as_of": datetime(2026, 1, 1, tzinfo=UTC)},
        {"known_at": datetime(2026, 1, 2, tzinfo=UTC)},
    ],
)
def test_everything_is_judged_where_the_release_says_too_little(monkeypatch, changes):
    assert before(monkeypatch, **changes) is None
