"""The JSON Schema of engines.yaml, from which editors complete it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import yaml
from configs import ROOT, SAMPLE

from migrator.schema import json_schema


def test_schema_in_the_tree_is_what_the_types_say() -> None:
    """Write it anew with: Path("migrator/engines.schema.json").write_text(json_schema())."""
    assert (ROOT / "migrator/engines.schema.json").read_text(encoding="utf-8") == json_schema()


def resolved(schema: dict[str, Any], node: dict[str, Any]) -> list[dict[str, Any]]:
    """The definitions that a part of the schema leads to."""
    if "$ref" in node:
        return resolved(schema, schema["$defs"][node["$ref"].rpartition("/")[2]])
    return [each for part in node["anyOf"] for each in resolved(schema, part)] if "anyOf" in node else [node]


def unknown_keys(schema: dict[str, Any], node: dict[str, Any], value: Any, at: str = "") -> Iterator[str]:
    for found in resolved(schema, node):
        if isinstance(value, dict) and found.get("type") == "object":
            for key, each in value.items():
                inner = found.get("properties", {}).get(key, found.get("additionalProperties"))
                if inner is False:
                    yield f"{at}.{key}"
                elif isinstance(inner, dict):
                    yield from unknown_keys(schema, inner, each, f"{at}.{key}")
        if isinstance(value, list) and "items" in found:
            for each in value:
                yield from unknown_keys(schema, found["items"], each, at)


def test_schema_knows_every_key_of_the_sample_and_no_other() -> None:
    schema, sample = json.loads(json_schema()), yaml.safe_load(SAMPLE.read_text())
    assert list(unknown_keys(schema, schema, sample)) == []
    sample["engines"]["ml"]["migrate"] = True
    sample["routes"][0]["buss"] = "marketdata"
    assert list(unknown_keys(schema, schema, sample)) == [".routes.buss", ".engines.ml.migrate"]


def test_schema_describes_every_key() -> None:
    definitions = json.loads(json_schema())["$defs"]
    keys = {f"{name}.{key}": each for name, part in definitions.items() for key, each in part["properties"].items()}
    assert [key for key, each in keys.items() if not each.get("description")] == []


def test_schema_lets_a_class_stand_alone_or_in_a_list() -> None:
    wrapper = json.loads(json_schema())["$defs"]["WrapperSection"]["properties"]
    assert {key for key, each in wrapper.items() if each.get("type") == ["string", "array"]} == {
        "client",
        "config",
        "message",
        "priority",
    }
