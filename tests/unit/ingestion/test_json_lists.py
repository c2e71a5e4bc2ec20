"""Paths into JSON and one row per element of a list: what is read, what is refused, what is said."""

import json
from typing import Any

import pytest

from orchestration.ingestion.diagnose import diagnose
from orchestration.ingestion.json_paths import JsonPath, list_of, parse_path
from orchestration.ingestion.yaml_nodes import MappingError
from tests.unit.ingestion.conftest import Company

ITEMS = {
    "subscription_item_id": "items.data[].id",
    "subscription_id": "id",
    "price_id": "items.data[].price.id",
    "quantity": "items.data[].quantity",
    "created_at": {"from": "items.data[].created", "format": "epoch_s"},
}
LANDED = "subscription_item_id, subscription_id, price_id, quantity, created_at"


def item(name: str, price: Any = "p", **more: Any) -> dict[str, Any]:
    return {"id": name, "price": {"id": price}, "quantity": 1, "created": 1704067200, **more}


def subscription(name: str, *items: Any, **more: Any) -> dict[str, Any]:
    return {"id": name, "items": {"object": "list", "data": list(items)}, **more}


def lines(*documents: Any) -> str:
    return "".join(json.dumps(document) + "\n" for document in documents)


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("id", JsonPath((), ("id",))),
        ("a.b.c", JsonPath((), ("a", "b", "c"))),
        ("a[0].b", JsonPath((), ("a", "0", "b"))),
        ("items.data[].price.id", JsonPath(("items", "data"), ("price", "id"))),
        ("tags[]", JsonPath(("tags",), ())),
        ('metadata."cost.centre"', JsonPath((), ("metadata", "cost.centre"))),
        ('"a ""b"""[].c', JsonPath(('a "b"',), ("c",))),
        ("it's; drop table", JsonPath((), ("it's; drop table",))),
        ("a..b", None),
        ("tiers[#]", JsonPath(("tiers",), (), is_place=True)),
        ("tiers[#].x", None),
        ("a[x]", None),
        ('"open', None),
        ("a[]b", None),
        ("", None),
    ],
)
def test_paths(text: str, path: JsonPath | None) -> None:
    assert parse_path(text) == path


def test_one_list_is_read() -> None:
    assert list_of(["id", "a[].b", "a[].c"]) == ("a",)
    with pytest.raises(ValueError, match="list of lists"):
        list_of(["a[].b[].c"])
    with pytest.raises(ValueError, match=r"'a\[\].b' and 'c\[\]' read two lists"):
        list_of(["a[].b", "c[]"])


def test_each_element_is_a_row(company: Company) -> None:
    company.write(
        "s.jsonl",
        lines(
            subscription("s1", item("i1"), item("i2", "q", quantity=2.5)),
            subscription("s2"),
            {"id": "s3", "items": {"data": None}},
            {"id": "s4"},
            subscription("s5", item("i5")),
        ),
    )
    company.maps("billing_subscription_items", ITEMS, files="s.jsonl")
    record = company.load().result("billing_subscription_items")
    assert (record.total("rows_read"), record.total("rows_landed")) == (3, 3)
    day = company.sql("select timestamp '2024-01-01'")[0][0]
    assert company.rows("billing_subscription_items", LANDED) == [
        ("i1", "s1", "p", 1, day),
        ("i2", "s1", "q", 2.5, day),
        ("i5", "s5", "p", 1, day),
    ]


def test_bad_elements_are_told_one_by_one_and_the_others_go_on(company: Company) -> None:
    company.write(
        "s.jsonl",
        lines(
            subscription("s1", item("i1"), item("i2", quantity="many"), item("i3", None)),
            subscription("s2", item("i4"), "i5", None),
        )
        + "no json\n"
        + lines({"id": "s3", "items": {"data": {"id": "i6"}}}, subscription("s4", item("i7"))),
    )
    company.maps("billing_subscription_items", ITEMS, files="s.jsonl")
    record = company.load().result("billing_subscription_items")
    assert [record.total(f"rows_{end}") for end in ("read", "landed", "quarantined")] == [9, 3, 6]
    assert company.rows("billing_subscription_items", "subscription_item_id") == [
        ("i1",),
        ("i4",),
        ("i7",),
    ]
    told = company.quarantined("billing_subscription_items")
    assert sorted(told, key=str) == [
        (1, "price_id", None, "missing_required"),
        (1, "quantity", "many", "wrong_type"),
        (2, "subscription_item_id", None, "missing_required"),
        (2, "subscription_item_id", None, "missing_required"),
        (3, None, "no json", "unparseable_line"),
        (4, None, '{"id":"i6"}', "not_a_list"),
    ]
    messages = [
        m for (m,) in company.quarantined("billing_subscription_items", "message") if m is not None
    ]
    assert len(messages) == 6
    assert any(m.startswith("Element 2 of the list: quantity is no number") for m in messages)
    assert any(m.startswith("items.data is no list here") for m in messages)
    ((row,),) = company.sql(
        "select row_json from read_parquet("
        f"'{company.settings.quarantine_dir}/**/*.parquet') where value = 'many'"
    )
    assert json.loads(row)["items.data[].id"] == "i2"


def test_a_list_that_no_line_has_is_named(company: Company) -> None:
    company.write("2024-01-01/s.jsonl", lines(subscription("s1", item("i1"))))
    wrong = {
        name: json.loads(json.dumps(source).replace("data", "dta"))
        for name, source in ITEMS.items()
    }
    company.maps("billing_subscription_items", wrong, files="*/s.jsonl")
    (failure,) = company.load().failures
    told = "2024-01-01/s.jsonl: no line has the list items.dta that the mapping reads"
    assert failure.message.startswith(told)
    assert diagnose(company.mapping()).problems[0].startswith(told)


def test_doctor_tells_what_is_wrong_once(company: Company) -> None:
    company.write("s.jsonl", lines(subscription("s1", *(item(f"i{n}", None) for n in range(3)))))
    company.maps("billing_subscription_items", ITEMS, files="s.jsonl")
    (problem,) = diagnose(company.mapping()).problems
    assert "price_id is required but empty" in problem
    assert "(3 of the first 3 rows)" in problem


def test_an_object_that_may_be_missing_may_lack_its_list(company: Company) -> None:
    path = company.write("prices.jsonl", lines({"id": "flat"}))
    columns = {"price_id": "id", "tier_number": "tiers[#]", "up_to_quantity": "tiers[].up_to"}
    options = {"files": "prices.jsonl", "load_mode": "changes", "required": False}
    company.maps("billing_price_tiers", columns, **options)
    report = company.load(1)
    assert (report.is_ok, report.total("rows_read")) == (True, 0)
    assert any("tiers[] are missing" in warning for warning in report.warnings)
    path.write_text(lines({"id": "flat"}, {"id": "p", "tiers": [{"up_to": 10}, {"up_to": None}]}))
    assert company.load(2).is_ok
    assert company.rows("billing_price_tiers", "price_id, tier_number, up_to_quantity") == [
        ("p", 1, 10),
        ("p", 2, None),
    ]


def test_two_lists_are_refused_with_their_line(company: Company) -> None:
    company.write("s.jsonl", lines(subscription("s1", item("i1"))))
    company.maps(
        "billing_subscription_items", {**ITEMS, "quantity": "discounts[].id"}, files="s.jsonl"
    )
    with pytest.raises(MappingError, match=r"mapping\.yml, line \d+, .*columns: .*read two lists"):
        company.load()


def test_columns_of_tables_may_be_named_like_lists(company: Company) -> None:
    company.write("p.csv", "id[],name[]\np1,Basic\n")
    company.maps(
        "billing_products", {"product_id": "id[]", "product_name": "name[]"}, files="p.csv"
    )
    assert company.load().is_ok
    assert company.rows("billing_products", "product_id, product_name") == [("p1", "Basic")]


def test_hostile_keys_are_only_keys(company: Company) -> None:
    key = "a'b\"c); drop table x; -- @rejects@ {0} %s"
    path = '"' + key.replace('"', '""') + '"'
    company.write(
        "p.jsonl", lines({"x/~y@rejects@": {"l": [{key: "p1", "n.m": "it's"}]}, "id": "z"})
    )
    company.maps(
        "billing_products",
        {"product_id": f'"x/~y@rejects@".l[].{path}', "product_name": 'x/~y@rejects@.l[]."n.m"'},
        files="p.jsonl",
    )
    assert company.load().is_ok, company.load().failures
    assert company.rows("billing_products", "product_id, product_name") == [("p1", "it's")]


def test_a_list_of_texts_is_read_as_it_is(company: Company) -> None:
    company.write("p.jsonl", lines({"plans": ["a", "b"]}))
    company.maps(
        "billing_products", {"product_id": "plans[]", "product_name": "plans[]"}, files="p.jsonl"
    )
    assert company.load().is_ok
    assert company.rows("billing_products", "product_id") == [("a",), ("b",)]


def test_a_list_that_is_cut_off_is_refused_and_deletes_nothing(company: Company) -> None:
    options = {"load_mode": "snapshot", "refuse_rows_where": {"items.has_more": ["true"]}}
    company.maps("billing_subscription_items", ITEMS, files="s*.jsonl", **options)
    path = company.write("s.jsonl", lines(subscription("s1", item("i1"), item("i2"))))
    assert company.load(1).is_ok
    cut = subscription("s1", item("i1"))
    cut["items"]["has_more"] = True
    path.write_text(lines(cut, subscription("s2", item("i3"))))
    record = company.load(2).result("billing_subscription_items").records[-1]
    assert (record.rows_landed, record.rows_quarantined, record.rows_deleted) == (1, 1, 0)
    ((column, value, reason, message),) = company.quarantined(
        "billing_subscription_items", "column_name, value, reason, message"
    )
    assert (column, value, reason) == (None, "true", "refused_by_mapping")
    assert "refuse_rows_where" in message
    assert "items.has_more" in message
    path.write_text(lines(subscription("s1", item("i1")), subscription("s2", item("i3"))))
    assert company.load(3).result("billing_subscription_items").total("rows_deleted") == 1


def test_joined_parts_may_be_empty_where_the_mapping_says_as_what(company: Company) -> None:
    company.write("p.jsonl", lines({"id": 1, "a": "x"}, {"id": 2, "b": "y"}, {"id": 3}))
    company.maps(
        "billing_products",
        {
            "product_id": "id",
            "product_name": {"constant": "n"},
            "product_family": {
                "from": ["a", "b"], "separator": "/", "empty_as": "-",
                "values": {"x/-": "first", "-/y": "second"},
            },
        },
        files="p.jsonl",
    )  # fmt: skip
    assert company.load().is_ok
    assert company.rows("billing_products", "product_family") == [("first",), ("second",), (None,)]


def test_a_constant_holds_only_where_its_condition_does(company: Company) -> None:
    company.write("p.csv", "id,kind\np1,addon\np2,plan\n")
    family = {"constant": "Add-ons", "when": {"kind": ["addon"]}}
    company.maps(
        "billing_products",
        {"product_id": "id", "product_name": "id", "product_family": family},
        files="p.csv",
    )
    assert company.load().is_ok
    assert company.rows("billing_products", "product_id, product_family") == [
        ("p1", "Add-ons"),
        ("p2", None),
    ]
