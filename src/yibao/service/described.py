"""The description of the interface (OpenAPI 3.1): what the framework derives, examples, refusals, credentials."""

from __future__ import annotations

from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from fastapi import FastAPI

from yibao.service.access.guard import GuardedRoute
from yibao.service.problems import TYPE

_PROBLEM: dict[str, Any] = {
    "type": "object",
    "description": "A refusal (RFC 9457): `type` is what programs go by, `errors` name the fields.",
    "required": ["type", "title", "status"],
    "properties": {
        "type": {"type": "string"}, "title": {"type": "string"}, "status": {"type": "integer"},
        "detail": {"type": "string"}, "mend": {"type": "string"}, "request": {"type": "string"},
        "errors": {"type": "array", "items": {"type": "object", "properties": {
            "field": {"type": "string"}, "said": {"type": "string"}}}},
    },
    "examples": [{
        "type": "urn:yibao:problem:form", "title": "The content is wrong", "status": 422,
        "errors": [{"field": "settled_at", "said": "Input should be a valid date"}], "request": "3f0c9a7d2b1e4c55"}],
}  # fmt: skip
_CREDENTIALS = {
    "key": {"type": "http", "scheme": "bearer", "description": "an API key (`yibao access key`)"},
    "client": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT",
               "description": "a token that the registered system signs for each call (CDS Hooks 2.x)"},
}  # fmt: skip


def described(app: FastAPI, routes: list[GuardedRoute]) -> dict[str, Any]:
    """The description of an application; every operation has an example of its parameters, its body and its answer."""
    found = app.openapi()
    components = found.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    schemas["Problem"] = deepcopy(_PROBLEM)
    for name, schema in schemas.items():
        for field, said in schema.get("properties", {}).items():
            said["description"] = _fields().get(f"{name}.{field}") or _fields()[field]
    components["securitySchemes"] = _CREDENTIALS
    access = {(method, route.path): route.access for route in routes for method in route.methods or ()}
    for path, methods in found["paths"].items():
        for method, operation in methods.items():
            rule = access[method.upper(), path]
            operation["security"] = [] if rule.permission is None else [{"client" if rule.client else "key": []}]
            _complete(operation, f"{method.upper()} {path}")
    return found


def _complete(operation: dict[str, Any], name: str) -> None:
    for parameter in operation.get("parameters", []):
        parameter["example"] = _examples()["parameters"][parameter["name"]]
    responses = operation["responses"]
    responses.pop("422", None)
    responses["default"] = {"description": "Refused", "content": {
        TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}, "examples": _examples()["refusals"]}}}  # fmt: skip
    answer = responses[next(code for code in responses if code.startswith("2"))]
    # An answer without a model is a file.
    contents = answer.get("content") or {"text/csv": {"schema": {"type": "string"}}}
    for content in contents.values():
        content["example"] = _examples()["answers"][name]
    answer["content"] = contents


@cache
def _fields() -> dict[str, str]:
    said: dict[str, str] = yaml.safe_load((Path(__file__).parent / "fields.yaml").read_text(encoding="utf-8"))
    return said


@cache
def _examples() -> dict[str, Any]:
    path = Path(__file__).parent / "examples.yaml"
    said: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return said
