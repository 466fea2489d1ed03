"""What must not come through: wrong kinds of values, paths, statements and templates in words, large bodies."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import pytest
from callers import HTML, Client, Clock
from sqlalchemy import func, select
from test_signing_in import code, csrf, form

from yibao.registry.tables.core import ACTOR, EVENT
from yibao.service.access.signin import STEP
from yibao.service.app import guarded_routes
from yibao.service.state import Service

#: Words that would do harm where text is taken for a statement, a template, a path, a formula or markup.
HARMFUL = (
    "' or 1=1 --", "1; drop table actor", "{{7777*7}}", "${7777*7}", "../../../../etc/passwd", "..%2f..%2fsecrets.json",
    "%00", "<script>alert(1)</script>", "=cmd|' /C calc'!A0", "a" * 5_000, "\u202e\ud7ff", "-1", "9" * 40, "nan",
)  # fmt: skip
PAGES = sorted(
    route.path for route in guarded_routes()
    if "GET" in route.methods and not route.path.startswith(("/cds-services", "/openapi"))
)  # fmt: skip


@pytest.fixture(scope="module")
def readers(app: Any, service: Service, given: Mapping[str, Any], clock: Clock) -> Iterator[list[Client]]:
    """Somebody of each role that reads pages, signed in."""
    made = []
    for name in ("auditor", "bureau", "hospital", "pharmacy", "insured"):
        clock.now += timedelta(seconds=4 * STEP)
        call = Client(app, service.settings.base_url)
        form(call, name, given[name]["password"])
        if "second_factor" in given[name]:
            said = {"code": code(given, name, clock), "csrf": csrf(call, "/sign-in/code")}
            assert call("POST", "/sign-in/code", data=said).status_code == 303
        made.append(call)
    yield made


@pytest.mark.parametrize("path", PAGES)
def test_harmful_words_in_an_address_do_no_harm(path: str, readers: list[Client], service: Service) -> None:
    """In every part of the path and in every parameter that the route has, and in some that it has not."""
    route = next(one for one in guarded_routes() if one.path == path and "GET" in one.methods)
    names = [one.alias for one in route.dependant.query_params] + ["page", "sort", "q"]
    for number, word in enumerate(HARMFUL):
        reader = readers[number % len(readers)]
        address = re.sub(r"\{[^}]+\}", lambda _, w=word: "".join(f"%{byte:02x}" for byte in w.encode()), path)
        answer = reader("GET", address, params=dict.fromkeys(names, word), headers=HTML)
        assert answer.status_code < 500, (path, word)
        assert "root:x:" not in answer.text and "alert(1)</script>" not in answer.text
        assert "54439" not in answer.text
    with service.registry.engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(ACTOR)).scalar_one() > 5


@pytest.mark.parametrize("word", HARMFUL)
def test_harmful_words_in_a_body_are_refused_or_are_words(
    word: str, call: Client, keys: Mapping[str, str], scopes: Mapping[str, str], service: Service
) -> None:
    bill = {"settlement_id": word, "institution_id": scopes["his"], "person_id": word, "kind": "11",
            "settled_at": "2025-12-20", "total": "10.00", "eligible": "10.00"}  # fmt: skip
    answer = call("POST", "/api/v1/pre-settlements", keys["his"], json=bill)
    assert answer.status_code in (404, 422), answer.text
    before = _events(service)
    assert form(call, word[:200], word[:200]).status_code in (200, 401)
    with service.registry.engine.connect() as connection:
        told = connection.execute(select(EVENT.c.body).order_by(EVENT.c.recorded_at.desc()).limit(3)).scalars().all()
    assert _events(service) > before and not any(word in (body or "") for body in told)


@pytest.mark.parametrize(
    ("headers", "content", "status"),
    [({"content-type": "application/json"}, b'{"person_id": ', 422), ({"content-type": "text/plain"}, b"hello", 422),
     ({"content-type": "application/json"}, b"\xff\xfe", 422), ({"content-type": "application/json"}, b"null", 422),
     ({"content-type": "application/json"}, b'{"a":1e999}', 422), ({"content-length": "abc"}, b"x", 413),
     ({"content-type": "application/json"}, b'{"x":"' + b"a" * 3_000_000 + b'"}', 413)],
)  # fmt: skip
def test_bodies_out_of_form_are_refused_with_a_problem(
    headers: dict[str, str], content: bytes, status: int, call: Client, keys: Mapping[str, str]
) -> None:
    for path in ("/api/v1/order-checks", "/api/v1/national/3101"):
        answer = call("POST", path, keys["his"], content=content, headers=headers)
        assert answer.status_code == status, answer.text
        assert answer.headers["content-type"] == "application/problem+json" and answer.json()["title"]


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/open/nothing", 404), ("DELETE", "/open", 405)])
def test_people_are_told_in_words_what_programs_are_told_in_problems(
    method: str, path: str, status: int, call: Client
) -> None:
    page, problem = call(method, path, headers=HTML), call(method, path)
    assert page.status_code == problem.status_code == status
    assert page.headers["content-type"].startswith("text/html") and 'href="/open' in page.text
    assert problem.headers["content-type"] == "application/problem+json"


def _events(service: Service) -> int:
    with service.registry.engine.connect() as connection:
        return int(connection.execute(select(func.count()).select_from(EVENT)).scalar_one())
