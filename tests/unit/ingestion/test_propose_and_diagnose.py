"""A proposed mapping loads what could be guessed and names what could not."""

from pathlib import Path

import yaml

from orchestration.ingestion.diagnose import diagnose
from orchestration.ingestion.mapping_parser import load_mapping
from orchestration.ingestion.propose import propose_mapping
from tests.unit.ingestion.conftest import EVENT_COLUMNS, Company, events_csv

SUBSCRIPTIONS = """id,Customer ID,Plan,Quantity,Status,Start Date (UTC),Ended At (UTC),Cancel At Period End
sub_1Abcdefgh,cus_A,price_1,2,active,2024-01-02 10:00,,false
sub_1Abcdefgi,cus_B,price_2,1,canceled,2023-01-02 10:00,2024-02-01 12:30,true
"""
PRICES = """Price ID,Product ID,Created (UTC),Amount,Currency,Interval,Interval Count
price_1,prod_1,2022-01-01 00:00,49.00,usd,month,1
price_2,prod_1,2022-01-01 00:00,"1,490.00",usd,year,1
"""
INVOICE = (
    '{"id":"in_1abcdefgh","customer":"cus_A","status":"paid","currency":"usd","subtotal":4900,'
    '"total":4900,"created":1706659200,"due_date":null,"billing_reason":"subscription_cycle"}\n'
)


def proposed(company: Company) -> tuple[dict[str, dict[str, object]], list[str]]:
    text, notes = propose_mapping(company.folder / "raw", "acme")
    (company.folder / "mapping.yml").write_text(text)
    objects = yaml.safe_load(text)["objects"]
    return {name: found["columns"] for name, found in objects.items()}, notes


def test_exports_of_a_billing_system(company: Company) -> None:
    company.write("subscriptions.csv", SUBSCRIPTIONS)
    company.write("prices.csv", PRICES)
    company.write("invoices.jsonl", INVOICE)
    objects, notes = proposed(company)
    prices = objects["billing_prices"]
    assert prices["unit_amount_minor"] == {"from": "Amount", "thousands": ",", "unit": "major"}
    assert objects["billing_invoices"]["total_amount_minor"] == "total"
    assert objects["billing_invoices"]["issued_at"] == {"from": "created", "format": "epoch_s"}
    assert objects["billing_invoices"]["due_at"] == {"from": "due_date", "format": "epoch_s"}
    assert objects["billing_subscriptions"]["start_at"] == "Start Date (UTC)"
    assert objects["billing_subscription_items"]["price_id"] == "Plan"
    assert "subscriptions.csv: billing_subscription_items is taken from this file, too" in notes
    mapping = load_mapping(company.folder / "mapping.yml")
    diagnosis = diagnose(mapping)
    assert diagnosis.problems == ()
    assert "revenue" not in diagnosis.empty_domains
    assert diagnosis.empty_domains["voice"] == "needs survey_definitions and survey_responses"


def test_ends_are_judged_by_the_next_start(company: Company) -> None:
    rows = [
        "1,a,2024-01-01,2024-01-31,10.5",
        "1,a,2024-02-01,2024-02-29,10.5",
        "2,b,2024-01-15,2024-02-14,9",
    ]
    company.write(
        "periods.csv", "sub_id,customer_id,start_date,end_date,mrr\n" + "\n".join(rows) + "\n"
    )
    columns = proposed(company)[0]["billing_subscription_periods"]
    assert columns["end_at"] == {"from": "end_date", "inclusive_end": True}
    assert columns["billing_interval"] == {"constant": "month"}
    company.write(
        "periods.csv",
        "sub_id,customer_id,start_date,end_date,mrr\n1,a,2024-01-01,2024-01-31,10.5\n",
    )
    _, notes = proposed(company)
    assert any("end_at: please check whether the last day is included" in note for note in notes)


def test_doubts_are_said_in_the_text_and_in_the_notes(company: Company) -> None:
    company.write("customers.csv", "id,Signed up\na,01/02/2024\n")
    company.write("subscriptions.csv", "id,customer,created\n1,a,03/04/2024\n")
    company.write("stuff.csv", "foo,bar\n1,2\n")
    text, notes = propose_mapping(company.folder / "raw")
    assert "# TODO check the format of dates: %d/%m/%Y or %m/%d/%Y" in text
    assert "# TODO status: required" in text
    assert any("stuff.csv: no object looks like this file" in note for note in notes)
    assert any("billing_subscriptions.status: required, but not found" in note for note in notes)


def test_words_are_translated(company: Company) -> None:
    company.write(
        "prices.csv",
        "price_id,product_id,currency,interval,unit_amount_cents\n1,2,EUR,Monthly,100\n3,2,EUR,fortnightly,100\n",
    )
    objects, notes = proposed(company)
    assert objects["billing_prices"]["billing_interval"] == {
        "from": "interval", "values": {"Monthly": "month", "fortnightly": ""},
    }  # fmt: skip
    assert any("what fortnightly means" in note for note in notes)


def test_dated_files_become_deliveries(company: Company) -> None:
    for day in ("2024-01-01", "2024-01-02"):
        company.write(f"products_{day}.csv", "id,name\n1,Basic\n")
    text, _ = propose_mapping(company.folder / "raw")
    assert 'files: "products_*.csv"' in text
    (company.folder / "mapping.yml").write_text(text)
    assert (
        load_mapping(company.folder / "mapping.yml").objects["billing_products"].loaded_at_from
        is not None
    )
    assert company.sql("select 1") == [(1,)]


def test_a_proposal_survives_hostile_names(company: Company) -> None:
    company.write("products #1 'x'.csv", '"id","name: {a}",name\n1,2,3\n')
    assert proposed(company)[0]["billing_products"] == {"product_id": "id", "product_name": "name"}


def test_a_diagnosis_shows_what_would_go_wrong(company: Company) -> None:
    rows = [f"{i},x,2024-01-01" for i in range(20)] + ["99,x,soon", "98,x,later"]
    company.write("e.csv", events_csv(*rows))
    company.write("other.csv", "a\n1\n")
    company.maps("usage_events", {**EVENT_COLUMNS, "user_id": "who"}, files="e.csv")
    company.maps("billing_products", {"product_id": "id", "product_name": "name"}, files="p.csv")
    found = diagnose(company.mapping())
    events = found.objects[0]
    assert events.about_rows == 22
    assert "e.csv: the optional column who is missing and stays empty" in events.problems
    assert any(
        "row 21, occurred_at, value 'soon'" in p and "2 of the first 22 rows" in p
        for p in events.problems
    )
    assert any("no file matches p.csv" in problem for problem in found.problems)
    assert found.unmatched_files == ("other.csv",)
    assert "usage_events" not in found.missing_objects
    assert "billing_products" in found.missing_objects
    assert found.empty_domains["revenue"].startswith("needs billing_subscription_periods or ")
    assert "engagement" not in found.empty_domains
    assert not Path(company.settings.landing_dir).exists()
    assert any("stays empty" in line for line in found.lines())
