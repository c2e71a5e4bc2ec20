from orchestration.reporting.metric_pages import COMMAND, PAGE, metric_definitions, metric_page

UNITS = {"currency", "count", "rate", "ratio", "score", "days", "hours"}


def test_page_is_what_the_marts_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == metric_page(), f"docs/metrics.md is stale: {COMMAND}"


def test_every_metric_is_defined_once_and_fully() -> None:
    names = [name for _, name, _ in metric_definitions()]
    assert len(names) == len(set(names)) > 20
    for _, name, definition in metric_definitions():
        assert definition["unit"] in UNITS, name
        assert definition["direction"] in {"up_is_good", "down_is_good", "neutral"}, name
        assert definition["description"].endswith("."), name
        if definition["unit"] == "rate":
            assert definition["denominator"], name
            assert definition["valid_max"] == 1, name
        if definition["unit"] == "count":
            assert definition["denominator"] is None, name
