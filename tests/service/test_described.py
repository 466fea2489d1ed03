"""The description of the interface: examples for every body, and requests made from it never break the service."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import schemathesis
from callers import Client
from hypothesis import HealthCheck, Phase, given, settings

from yibao.service.state import Service


def test_every_body_has_an_example_and_every_route_words(call: Client) -> None:
    described = call("GET", "/openapi.json").json()
    bodies = described["components"]["schemas"]
    for path, methods in described["paths"].items():
        for method, said in methods.items():
            assert said["summary"] and said["description"], (method, path)
            content = said.get("requestBody", {}).get("content", {}).get("application/json")
            if content and not path.endswith("feedback"):
                name = content["schema"]["$ref"].rpartition("/")[2]
                assert bodies[name].get("examples"), (path, name)


def test_requests_from_the_description_never_break_the_service(
    app: Any, service: Service, keys: Mapping[str, str]
) -> None:
    """Whatever is sent, in form or out of it: no 5xx, and a refusal says what it is about."""
    call = Client(app, service.settings.base_url)
    schema = schemathesis.openapi.from_dict(call("GET", "/openapi.json").json())
    seen: dict[str, set[int]] = {}

    for operation in schema.get_all_operations():
        each = operation.ok()
        if each.path.startswith("/cds-services/"):
            continue  # its callers sign every request: see test_cds_hooks

        @settings(
            max_examples=4, deadline=None, database=None, phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(case=each.as_strategy())
        def one(case: Any) -> None:
            kwargs = case.as_transport_kwargs(base_url=service.settings.base_url)
            headers = {k: v for k, v in dict(kwargs.pop("headers", {})).items() if k.lower() != "authorization"}
            url = str(kwargs.pop("url")).removeprefix(service.settings.base_url)
            kwargs.pop("cookies", None)
            key = keys["app"] if "voucher" in url or "renewal" in url else keys["his"]
            answer = call(kwargs.pop("method"), url, key, headers=headers, **kwargs)
            seen.setdefault(case.path, set()).add(answer.status_code)
            if answer.status_code == 503:
                assert answer.json()["type"].endswith("no_pack")
                return
            assert answer.status_code < 500, answer.text
            if answer.status_code >= 400:
                assert answer.headers["content-type"] == "application/problem+json"

        one()
    assert len(seen) > 15
