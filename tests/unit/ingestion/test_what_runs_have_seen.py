"""A file that says it is older than a published run, but that the run did not meet, was not known to it."""

from __future__ import annotations

from datetime import datetime

import pytest

from tests.unit.ingestion.conftest import Company

COLUMNS = {
    "usage_events": {"event_id": "id", "event_name": "name", "occurred_at": "at"},
    "billing_products": {"product_id": "id", "product_name": "name"},
}
ROWS = {"usage_events": "id,name,at\n{n},x,2024-01-01\n", "billing_products": "id,name\n{n},x\n"}


@pytest.mark.parametrize("name", COLUMNS)
def test_it_is_dated_by_the_run_that_met_it(company: Company, name: str) -> None:
    rule = {"regex": r"(\d{4}-\d{2}-\d{2})", "format": "%Y-%m-%d"}
    company.maps(name, COLUMNS[name], files="f_*.csv", loaded_at_from=rule)
    company.write("f_2024-01-01.csv", ROWS[name].format(n=1))
    company.load(3)
    published = datetime.fromisoformat("2024-01-03")
    company.write("f_2024-01-02.csv", ROWS[name].format(n=2))  # after 1, yet not there on the 3rd
    company.write("f_2024-01-04.csv", ROWS[name].format(n=3))
    company.load(5, seen_until=published)
    landed = company.rows(name, "_loaded_at", "_operation = 'upsert'")
    met = datetime.fromisoformat("2024-01-05")
    own = datetime.fromisoformat("2024-01-04")
    if name == "usage_events":
        assert landed == [(datetime.fromisoformat("2024-01-01"),), (own,), (met,)]
    else:  # a full export of the 4th is newer than that of the 2nd, which comes too late to matter
        assert landed[0] == (datetime.fromisoformat("2024-01-01"),)
    known_then = company.rows(name, "count(*)", "_loaded_at <= timestamp '2024-01-03'")
    assert known_then == [(1,)]
