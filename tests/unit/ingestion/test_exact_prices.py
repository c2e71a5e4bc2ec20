"""Prices are kept to the last digit or refused; no price is rounded."""

import pytest

from tests.unit.ingestion.conftest import Company


@pytest.mark.parametrize(
    ("given", "kept"),
    [("0.5", "0.500000"), ("0.000001", "0.000001"), ("12.3400000000", "12.340000"), ("1e-1", "0.100000")],
)  # fmt: skip
def test_prices_in_fractions_of_a_cent_are_kept_exactly(
    company: Company, given: str, kept: str
) -> None:
    load_price(company, given)
    assert company.rows("billing_prices", "cast(unit_amount_minor as varchar)") == [(kept,)]


def test_a_price_is_never_rounded(company: Company) -> None:
    load_price(company, "0.0000005")
    assert company.rows("billing_prices") == []
    ((value, reason, message),) = company.quarantined("billing_prices", "value, reason, message")
    assert (value, reason) == ("0.0000005", "too_many_digits")
    assert "never rounded" in message


@pytest.mark.parametrize(
    ("currency", "given", "kept"),
    [("USD", "9.990000000000000213", "999.000000"), ("KWD", "0.0005", "0.500000")],
)
def test_prices_in_major_units_lose_the_noise_of_floats_only(
    company: Company, currency: str, given: str, kept: str
) -> None:
    load_price(company, given, currency, unit="major")
    assert company.rows("billing_prices", "cast(unit_amount_minor as varchar)") == [(kept,)]


def test_computed_amounts_are_rounded_to_a_millionth_of_a_minor_unit(company: Company) -> None:
    company.write("s.csv", "id,amount\ns,833.3333333333\n")
    columns = {
        "subscription_id": "id",
        "customer_id": "id",
        "start_at": {"constant": "2024-01-01"},
        "currency_code": {"constant": "USD"},
        "amount_minor": "amount",
        "billing_interval": {"constant": "month"},
    }
    company.maps("billing_subscription_periods", columns, files="s.csv")
    assert company.load().is_ok
    amount = company.rows("billing_subscription_periods", "cast(amount_minor as varchar)")
    assert amount == [("833.333333",)]


def load_price(company: Company, amount: str, currency: str = "USD", unit: str = "minor") -> None:
    company.write("p.csv", f"id,amount\np,{amount}\n")
    columns = {
        "price_id": "id",
        "product_id": "id",
        "currency_code": {"constant": currency},
        "unit_amount_minor": {"from": "amount", "unit": unit},
    }
    company.maps("billing_prices", columns, files="p.csv")
    assert company.load().is_ok
