"""The description of the interface: examples for everything, and requests made from it never break the service."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import schemathesis
from callers import Client, System
from hypothesis import HealthCheck, Phase, given, settings
from jsonschema import Draft202012Validator

from yibao.service.cds.clients import register
from yibao.service.problems import TYPE
from yibao.service.state import Service

#: Bodies that the framework makes up for forms.
_FORMS = "multipart/form-data"


@pytest.fixture(scope="module")
def description(app: Any, service: Service) -> dict[str, Any]:
    said: dict[str, Any] = Client(app, service.settings.base_url)("GET", "/openapi.json").json()
    return said


def operations(description: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for path, methods in description["paths"].items():
        for method, said in methods.items():
            yield f"{method.upper()} {path}", said


def fits(description: Mapping[str, Any], schema: Mapping[str, Any], value: Any) -> None:
    Draft202012Validator({**schema, "components": description["components"]}).validate(value)


def test_every_operation_has_words_and_examples_that_fit_their_schemas(description: dict[str, Any]) -> None:
    for name, said in operations(description):
        assert said["summary"] and said["description"], name
        for parameter in said.get("parameters", []):
            fits(description, parameter["schema"], parameter["example"])
        for kind, content in said.get("requestBody", {}).get("content", {}).items():
            if kind == _FORMS:
                continue
            body = description["components"]["schemas"][content["schema"]["$ref"].rpartition("/")[2]]
            assert body["examples"], name
            for one in body["examples"]:
                fits(description, content["schema"], one)
        (answer,) = [value for code, value in said["responses"].items() if code.startswith("2")]
        for content in answer["content"].values():
            fits(description, content["schema"], content["example"])
        refused = said["responses"]["default"]["content"][TYPE]
        for one in refused["examples"].values():
            fits(description, refused["schema"], one["value"])


def test_every_field_says_what_it_means_and_the_limits_are_told(description: dict[str, Any]) -> None:
    for name, schema in description["components"]["schemas"].items():
        for field, said in schema.get("properties", {}).items():
            assert " · " in said["description"], (name, field)
    assert "2,000,000 bytes a request" in description["info"]["description"]


def test_a_field_out_of_form_is_told_in_the_language_of_the_caller(call: Client, keys: Mapping[str, str]) -> None:
    asked = {"institution_id": "H 1", "person_id": "p", "day": "soon", "more": 1}
    said = {}
    for lang in ("zh", "en"):
        answer = call("POST", "/api/v1/eligibility", keys["his"], json=asked, headers={"accept-language": lang})
        said[lang] = {one["field"]: one["said"] for one in answer.json()["errors"]}
    assert said["zh"]["day"] == "应为日期，如 2026-03-02" and said["zh"]["more"] == "没有此字段"
    assert said["zh"]["institution_id"].startswith("格式应为") and said["en"]["more"].startswith("Extra inputs")
    bare = call("POST", "/api/v1/eligibility", keys["his"], json={"institution_id": "H1", "day": "2026-03-02"})
    assert bare.json()["errors"][0]["said"].startswith("请给出 `voucher`")


def test_what_is_open_and_what_needs_which_credential_is_said(description: dict[str, Any]) -> None:
    needs = {name: [scheme for one in said["security"] for scheme in one] for name, said in operations(description)}
    assert needs["GET /api/v1/catalogue"] == needs["GET /cds-services"] == []
    assert needs["POST /cds-services/{service_id}"] == ["client"]
    assert needs["POST /api/v1/settlements"] == ["key"]


def test_requests_from_the_description_never_break_the_service(
    app: Any, service: Service, keys: Mapping[str, str], scopes: Mapping[str, str], description: dict[str, Any]
) -> None:
    """Whatever is sent, in form or out of it: no 5xx, and a refusal says what it is about."""
    call, system = Client(app, service.settings.base_url), System("https://fuzz.example.org")
    register(service.registry, system.issuer, "his", scopes["his"], {"keys": [system.public]}, "admin")
    schema = schemathesis.openapi.from_dict(description)
    seen: dict[str, set[int]] = {}

    for operation in schema.get_all_operations():
        each = operation.ok()

        @settings(
            max_examples=3, deadline=None, database=None, phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(case=each.as_strategy())
        def one(case: Any) -> None:
            kwargs = case.as_transport_kwargs(base_url=service.settings.base_url)
            headers = {k: v for k, v in dict(kwargs.pop("headers", {})).items() if k.lower() != "authorization"}
            url = str(kwargs.pop("url")).removeprefix(service.settings.base_url)
            kwargs.pop("cookies", None)
            key = keys["app"] if "voucher" in url or "renewal" in url else keys["his"]
            if url.startswith("/cds-services/"):
                key = system.token(service, url.partition("?")[0])
            answer = call(kwargs.pop("method"), url, key, headers=headers, **kwargs)
            seen.setdefault(case.path, set()).add(answer.status_code)
            if answer.status_code == 503:
                assert answer.json()["type"].endswith("no_pack")
                return
            assert answer.status_code < 500, answer.text
            if answer.status_code >= 400:
                assert answer.headers["content-type"] == TYPE

        one()
    assert set(seen) == set(description["paths"])
