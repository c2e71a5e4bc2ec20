"""`.env.example` says what the settings class says: every setting, its description, its default."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from orchestration.settings import Settings

EXAMPLE = Path(__file__).resolve().parents[3] / ".env.example"


def entries() -> dict[str, tuple[str, str]]:
    """Comment and value by variable."""
    found, comment = {}, ""
    for line in EXAMPLE.read_text(encoding="utf-8").splitlines():
        if line.startswith("# "):
            comment = line.removeprefix("# ")
        elif "=" in line:
            name, _, value = line.partition("=")
            found[name] = (comment, value)
    return found


def written(value: object) -> str:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    return str(value)


def test_it_lists_the_settings_in_their_order() -> None:
    assert list(entries()) == [f"TENURE_{name.upper()}" for name in Settings.model_fields]


@pytest.mark.parametrize("name", Settings.model_fields)
def test_description_and_default_are_those_of_the_class(name: str) -> None:
    field = Settings.model_fields[name]
    assert entries()[f"TENURE_{name.upper()}"] == (field.description, written(field.default))


def test_the_example_is_a_valid_env_file() -> None:
    settings = Settings(_env_file=EXAMPLE)  # type: ignore[call-arg]
    assert settings.nightly_cron == "0 2 * * *"
    assert settings.keep_releases == 3
