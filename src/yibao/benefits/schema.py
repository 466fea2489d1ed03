"""The JSON Schema of ``policy.yaml``, for editors that complete and check while one types.

Editors read YAML with numbers and dates, the project reads every scalar as text: the schema therefore allows both where
a text looks like a number, and one value where a list of one is meant.
"""

from __future__ import annotations

from typing import Any

from yibao.benefits.vocabulary import Policy

ID = "https://yibao.example/policy.schema.json"


def policy_schema() -> dict[str, Any]:
    """The schema, draft 2020-12."""
    schema = Policy.model_json_schema(by_alias=True)
    schema = _widened(schema)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": ID, **schema}


def _widened(node: Any) -> Any:
    if isinstance(node, list):
        return [_widened(item) for item in node]
    if not isinstance(node, dict):
        return node
    out = {key: _widened(value) for key, value in node.items() if key != "discriminator"}
    if out.get("type") == "string" and "enum" not in out and "const" not in out:
        out["type"] = ["string", "number"]
    if "enum" in out:
        out["enum"] = out["enum"] + [int(value) for value in out["enum"] if str(value).isdigit()]
        out.pop("type", None)
    if out.get("type") == "array" and _is_plain(out.get("items", {})):
        return {"anyOf": [out, out["items"]]} | {k: out.pop(k) for k in ("default", "description", "title") if k in out}
    if "oneOf" in out:
        out["anyOf"] = out.pop("oneOf")
    return out


def _is_plain(items: Any) -> bool:
    return "enum" in items or items.get("type") in ("string", ["string", "number"])
