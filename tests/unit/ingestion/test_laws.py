"""Laws of the landing, for files that nobody would think of."""

# ruff: noqa: DTZ001 - instants are naive UTC throughout the landing

import csv
import io
import json
from collections import Counter
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.ingestion.conftest import EVENT_COLUMNS, PRODUCT_COLUMNS, Company

pytestmark = pytest.mark.slow  # a minute: each example is a load or more
few = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])

# NUL ends a text in many tools and lone surrogates are no UTF-8; everything else may be in an export
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
instants = st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59, 59, 999999))
cells = st.sampled_from(
    ["1", "2", "a", "", "2024-01-01", "never", '"', 'x"y', "a,b", "\n", "é", " ", "'"]
)
rows = st.lists(st.tuples(cells, cells, cells), max_size=12)
lines = st.lists(
    st.text("12,\"'ab -\r", max_size=12).filter(lambda line: line.strip("\r ") != ""), max_size=12
)


def written(header: list[str], table: list[tuple[str, ...]]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows([header, *table])
    return buffer.getvalue()


@few
@given(
    st.lists(st.tuples(texts, instants, st.integers(-(2**63), 2**63 - 1)), min_size=1, max_size=10)
)
def test_values_come_back_as_they_were(values: list[tuple[str, datetime, int]]) -> None:
    columns = {
        "event_id": "id",
        "event_name": {"constant": "n"},
        "feature_name": "f",
        "occurred_at": "at",
        "event_count": "n",
    }
    with TemporaryDirectory() as folder:
        company = Company(Path(folder))
        table = [(str(i), f, at.isoformat(), str(n)) for i, (f, at, n) in enumerate(values)]
        company.write("e.csv", written(["id", "f", "at", "n"], table))
        company.write(
            "e.jsonl",
            "".join(
                json.dumps({"id": f"j{r[0]}", "f": r[1], "at": r[2], "n": int(r[3])}) + "\n"
                for r in table
            ),
        )
        company.maps("usage_events", columns, files="e.*")
        report = company.load()
        assert report.total("rows_quarantined") == 0, company.quarantined("usage_events")
        found = company.rows("usage_events", "event_id, feature_name, occurred_at, event_count")
        expected = [
            (p + r[0], r[1] or None, at, n)
            for r, (_, at, n) in zip(table, values, strict=True)
            for p in ("", "j")
        ]
        assert Counter(found) == Counter(expected)


@few
@given(
    st.lists(
        st.decimals(Decimal(-99999999999), Decimal(99999999999), places=2),
        min_size=1,
        max_size=10,
    )
)
def test_major_units_are_exact(amounts: list[Decimal]) -> None:
    with TemporaryDirectory() as folder:
        company = Company(Path(folder))
        company.write(
            "p.csv", written(["id", "x"], [(str(i), str(a)) for i, a in enumerate(amounts)])
        )
        columns = {
            "price_id": "id",
            "product_id": "id",
            "currency_code": {"constant": "EUR"},
            "unit_amount_minor": {"from": "x", "unit": "major"},
        }
        company.maps("billing_prices", columns, files="p.csv")
        company.load()
        found = company.rows("billing_prices", "price_id, unit_amount_minor")
        assert dict(found) == {str(i): a * 100 for i, a in enumerate(amounts)}


@few
@given(rows)
def test_every_row_read_ends_somewhere(table: list[tuple[str, ...]]) -> None:
    with TemporaryDirectory() as folder:
        company = Company(Path(folder))
        company.write("e.csv", written(["id", "name", "at"], table))
        company.maps("usage_events", EVENT_COLUMNS, files="e.csv", skip_rows_where={"name": "1"})
        result = company.load().result("usage_events")
        if result.status == "failed":
            assert "not one of" in result.message
            return
        record = result.records[0]
        assert record.rows_read == len(table)
        assert record.rows_filtered == sum(name == "1" for _, name, _ in table)
        assert len(company.rows("usage_events")) == record.rows_landed
        positions = [n for (n,) in company.quarantined("usage_events", "row_number")]
        assert len(positions) == record.rows_quarantined == len(set(positions))
        kept = [table[n - 1] for n in positions]
        assert all(
            name.strip(" ") == "" or id_.strip(" ") == "" or at != "2024-01-01"
            for id_, name, at in kept
        )


@few
@given(lines)
def test_broken_lines_neither_stop_a_load_nor_vanish(broken: list[str]) -> None:
    with TemporaryDirectory() as folder:
        company = Company(Path(folder))
        company.write("e.csv", "\n".join(["id,name,at", "first,x,2024-01-01", *broken, ""]))
        company.maps("usage_events", EVENT_COLUMNS, files="e.csv")
        result = company.load().result("usage_events")
        assert result.status == "landed", result.message
        assert ("first",) in company.rows("usage_events", "event_id")
        kept = company.quarantined("usage_events", "coalesce(row_json, '')")
        assert len(kept) == result.total("rows_quarantined")


@few
@given(rows, st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(table: list[tuple[str, ...]], random: object) -> None:
    shuffled = list(table)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    found = []
    for order in (table, shuffled):
        with TemporaryDirectory() as folder:
            company = Company(Path(folder))
            company.write("p.csv", written(["id", "name", "x"], order))
            company.maps(
                "billing_products", {**PRODUCT_COLUMNS, "product_family": "x"}, files="p.csv"
            )
            result = company.load().result("billing_products")
            counts = [
                result.total(c) for c in ("rows_landed", "rows_already_landed", "rows_quarantined")
            ]
            landed = company.rows("billing_products", "product_id, product_name, product_family")
            found.append(
                (
                    counts,
                    landed,
                    sorted(company.quarantined("billing_products", "value, reason"), key=str),
                )
            )
    assert found[0] == found[1]


@few
@given(
    st.lists(
        st.dictionaries(st.sampled_from("abcd"), st.sampled_from("xy"), min_size=1),
        min_size=1,
        max_size=4,
    )
)
def test_the_landing_always_says_what_the_last_export_said(exports: list[dict[str, str]]) -> None:
    with TemporaryDirectory() as folder:
        company = Company(Path(folder))
        company.maps("billing_products", PRODUCT_COLUMNS, files="p.csv")
        for day, export in enumerate(exports, start=1):
            company.write("p.csv", written(["id", "name"], list(export.items())))
            company.load(2 * day - 1)
            again = company.load(2 * day)  # the same again, and read once more by force: no change
            assert again.result("billing_products").status == "unchanged"
        latest: dict[str, tuple[str, str]] = {}
        for _, key, name, operation in company.rows(
            "billing_products", "_loaded_at, product_id, product_name, _operation"
        ):
            latest[key] = (name, operation)
        live = {key: name for key, (name, operation) in latest.items() if operation == "upsert"}
        assert live == exports[-1]
        before = company.rows("billing_products")
        company.load(28, force=True)
        assert company.rows("billing_products") == before


@few
@given(st.datetimes(datetime(1990, 1, 1), datetime(2037, 1, 1)), st.integers(-14 * 60, 14 * 60))
def test_an_offset_is_taken_off(at: datetime, minutes: int) -> None:
    sign, hours = "-" if minutes < 0 else "+", f"{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"
    with TemporaryDirectory() as folder:
        company = Company(Path(folder), top={"timezone": "America/New_York"})
        company.write("e.csv", f"id,name,at\n1,x,{at.isoformat()}{sign}{hours}\n")
        company.maps("usage_events", EVENT_COLUMNS, files="e.csv")
        company.load()
        assert company.rows("usage_events", "occurred_at") == [(at - timedelta(minutes=minutes),)]
