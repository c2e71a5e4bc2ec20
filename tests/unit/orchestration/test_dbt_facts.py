"""What a release takes from dbt's manifest."""

import csv
from typing import Any

import yaml

from orchestration.assets.naming import asset_path, group_of, kinds_of
from orchestration.dbt.facts import objects_of_marts, reach_of_marts, table_facts
from orchestration.settings import DBT_PROJECT_DIR


def model(schema: str, name: str, folders: list[str], **config: Any) -> dict[str, Any]:
    return {
        "resource_type": "model",
        "schema": schema,
        "name": name,
        "alias": name,
        "description": f"One row per {name}.",
        "fqn": ["tenure", *folders, name],
        "config": {"materialized": "table", "meta": {}, **config},
        "columns": {
            "id": {"name": "id", "description": "Key.", "config": {"meta": {}}},
            "email": {"name": "email", "description": "", "config": {"meta": {"personal": True}}},
        },
    }


MANIFEST: dict[str, Any] = {
    "nodes": {
        "model.t.stg": model("staging", "stg", ["staging", "billing"]),
        "model.t.int": model("intermediate", "int", ["intermediate", "revenue"]),
        "model.t.fct": model("marts", "fct", ["marts", "revenue"], meta={"grain": ["id"]}),
        "model.t.alone": model("marts", "alone", ["marts", "core"]),
        "seed.t.words": {"resource_type": "seed", "schema": "reference", "name": "words"},
    },
    "sources": {
        "source.t.landing.prices": {"name": "prices", "source_name": "landing"},
        "source.t.scores.scored": {
            **model("scores", "scored", [], meta={"grain": ["id"]}),
            "source_name": "scores",
            "description": "One row per customer.",
        },
    },
    "parent_map": {
        "model.t.fct": ["model.t.int", "seed.t.words"],
        "model.t.int": ["model.t.stg", "model.t.int"],
        "model.t.stg": ["source.t.landing.prices"],
        "model.t.alone": [],
    },
}


def test_keys_descriptions_and_personal_columns_of_the_marts() -> None:
    facts = table_facts(MANIFEST)
    assert facts.primary_keys == {"fct": ["id"], "scored": ["id"]}
    assert facts.personal_columns == {"fct": ["email"], "alone": ["email"], "scored": ["email"]}
    assert facts.descriptions["fct"].columns["id"] == "Key."
    assert facts.descriptions["scored"].description == "One row per customer."
    assert "stg" not in facts.descriptions


def test_a_mart_rests_on_the_raw_objects_behind_it() -> None:
    assert objects_of_marts(MANIFEST) == {"fct": frozenset({"prices"}), "alone": frozenset()}


def test_a_mart_may_say_how_far_the_first_rows_of_an_object_reach_back() -> None:
    meta = {"grain": ["id"], "first_rows_reach_back_days": 90}
    node = model("marts", "fct", ["marts", "revenue"], meta=meta)
    manifest = {**MANIFEST, "nodes": {**MANIFEST["nodes"], "model.t.fct": node}}
    assert reach_of_marts(manifest) == {"fct": 90}


def test_stages_look_back_as_far_as_their_thresholds_say() -> None:
    with (DBT_PROJECT_DIR / "seeds" / "lifecycle_thresholds.csv").open(encoding="utf-8") as file:
        thresholds = {row["threshold_name"]: row["threshold_value"] for row in csv.DictReader(file)}
    path = DBT_PROJECT_DIR / "models" / "marts" / "lifecycle" / "_lifecycle__models.yml"
    models = yaml.safe_load(path.read_text(encoding="utf-8"))["models"]
    (periods,) = (model for model in models if model["name"] == "fct_lifecycle_periods")
    reach = periods["config"]["meta"]["first_rows_reach_back_days"]
    assert reach == int(thresholds["domain_look_back"])


def test_assets_are_named_after_schema_and_table_and_grouped_by_domain() -> None:
    nodes = MANIFEST["nodes"]
    assert asset_path(nodes["model.t.fct"]) == ["marts", "fct"]
    assert asset_path(nodes["seed.t.words"]) == ["reference", "words"]
    source = {"resource_type": "source", "source_name": "landing", "name": "prices"}
    assert asset_path(source) == ["landing", "prices"]
    assert [group_of(nodes[f"model.t.{name}"]) for name in ("stg", "int", "fct")] == [
        "billing",
        "revenue",
        "revenue",
    ]
    assert group_of(nodes["seed.t.words"]) == "reference"
    assert kinds_of(nodes["model.t.fct"]) == {"dbt", "duckdb", "table"}
    assert kinds_of(nodes["seed.t.words"]) == {"dbt", "csv"}
