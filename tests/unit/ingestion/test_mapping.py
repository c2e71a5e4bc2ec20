"""A mapping is refused with the line, the key and the words that are allowed."""

from pathlib import Path

import pytest

from orchestration.ingestion.mapping_parser import MappingError, load_mapping

HEAD = "version: 1\nsource_id: acme\nobjects:\n"
PRODUCTS = HEAD + "  billing_products:\n    files: p.csv\n    columns:\n"
GOOD = PRODUCTS + "      product_id: id\n      product_name: name\n"
COUPON = (
    HEAD
    + "  billing_coupons:\n    files: c.csv\n    columns:\n"
    + "      coupon_id: id\n      duration: {constant: once}\n"
)
EVENTS = (
    HEAD
    + "  usage_events:\n    files: e.csv\n    columns:\n      event_id: id\n      event_name: n\n      occurred_at: "
)


def refusal(tmp_path: Path, text: str) -> str:
    path = tmp_path / "mapping.yml"
    path.write_text(text)
    with pytest.raises(MappingError) as error:
        load_mapping(path)
    return str(error.value)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", ["is empty"]),
        ("a: [", ["is not valid YAML"]),
        ("version: 2\nsource_id: a\nobjects: {}", ["line 1", "version '2' is unknown"]),
        ("version: 1\nobjects: {}", ["the key 'source_id' is missing"]),
        ("version: 1\nsource_id: a'b\nobjects: {}", ["line 2", "letters, digits"]),
        ("version: 1\nsource_id: a\nsource: b\nobjects: {}", ["line 3", "unknown key 'source'", "did you mean 'source_id'"]),
        ("version: 1\nsource_id: a\nsource_id: b\nobjects: {}", ["line 3", "twice"]),
        ("version: 1\nsource_id: a\ntimezone: Berlin\nobjects: {}", ["line 3", "no timezone 'Berlin'", "IANA"]),
        ("version: 1\nsource_id: a\nroot: ${NO_SUCH_VARIABLE_HERE}\nobjects: {}", ["NO_SUCH_VARIABLE_HERE is not set"]),
        (HEAD + "  billing_product:\n    files: x\n    columns: {}", ["line 5", "no object 'billing_product'", "did you mean 'billing_products'"]),
        (PRODUCTS + "      product_id: id", ["line 7", "required column 'product_name' is missing"]),
        (GOOD + "      colour: c", ["line 9", "no column 'colour'", "product_family"]),
        (GOOD + "      product_family: {frm: x}", ["line 9", "billing_products.columns.product_family.frm", "unknown key 'frm'", "did you mean 'from'"]),
        (GOOD + "      product_family: {from: x, constant: y}", ["exactly one of from, constant, fingerprint"]),
        (GOOD + "      product_family: {from: x, format: '%Y'}", ["'format' is for timestamps and dates"]),
        (GOOD + "      product_family: {from: x, default: y}", ["'default' goes with 'values'"]),
        (GOOD + "      created_at: {from: x, format: '%Q'}", ["'%Q' is no date format"]),
        (GOOD + "      created_at: {from: x, format: yyyy-mm-dd}", ["is no date format", "%Y-%m-%d"]),
        (GOOD + "      created_at: {from: x, inclusive_end: yes}", ["'yes' is not allowed", "true, false"]),
        (GOOD + "    load_mode: full", ["'full' is not allowed", "append, snapshot, changes"]),
        (GOOD + "    loaded_at_from: {regex: '(', format: x}", ["no regular expression"]),
        (GOOD + "    loaded_at_from: {regex: 'x', format: x}", ["exactly one group"]),
        (GOOD + "    delimiter: '||'", ["the delimiter is one character"]),
        (COUPON + "      amount_off_minor: {from: x, unit: major}", ["'currency_code' must be mapped"]),
        (COUPON + "      amount_off_minor: {from: x, unit: major, currency: USX}", ["neither an ISO 4217 code"]),
        (COUPON.replace("once", "never"), ["the constant 'never' is not in the contract", "once, repeating, forever"]),
        (COUPON + "      percent_off: {from: x, thousands: '.', decimal: ','}\n      duration_in_months: {from: x, thousands: '.'}", ["already the decimal mark"]),
        (EVENTS + "{from: x, values: [a]}", ["expected 'key: value' lines"]),
        (HEAD + "  billing_price_tiers:\n    files: t.csv\n    columns:\n      price_id: p\n      tier_number: n\n      flat_amount_minor: {from: a, unit: major}", ["has no currency_code", "say 'currency:'"]),
    ],
)  # fmt: skip
def test_refusals_say_where_and_what_is_allowed(
    tmp_path: Path, text: str, parts: list[str]
) -> None:
    message = refusal(tmp_path, text)
    assert "mapping.yml" in message
    for part in parts:
        assert part in message


def test_words_stay_words(tmp_path: Path) -> None:
    """YAML takes no, on and 007 for something else; exports mean the text."""
    path = tmp_path / "mapping.yml"
    path.write_text(GOOD + "    skip_rows_where: {name: [no, 007, 1_000, 2024-01-01]}\n")
    skipped = load_mapping(path).objects["billing_products"].skip_rows_where
    assert skipped == {"name": ("no", "007", "1_000", "2024-01-01")}


def test_the_root_is_relative_to_the_mapping_and_knows_variables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TENURE_TEST_ROOT", str(tmp_path / "there"))
    path = tmp_path / "mapping.yml"
    for text, expected in (
        ("", tmp_path),
        ("root: sub\n", tmp_path / "sub"),
        ("root: ${TENURE_TEST_ROOT}/x\n", tmp_path / "there/x"),
    ):
        path.write_text(GOOD + text)
        assert load_mapping(path).root == expected


def test_the_hash_follows_what_changes_rows_only(tmp_path: Path) -> None:
    path = tmp_path / "mapping.yml"

    def hash_of(text: str) -> str:
        path.write_text(text)
        return load_mapping(path).objects["billing_products"].mapping_hash

    assert hash_of(GOOD) == hash_of(
        GOOD.replace("p.csv", "q*.csv") + "root: x\npolicy: {reporting_currency: EUR}\n"
    )
    assert hash_of(GOOD) != hash_of(GOOD.replace("name: name", "name: title"))
    assert hash_of(GOOD) != hash_of(GOOD.replace("acme", "other"))
