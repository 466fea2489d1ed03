"""The auditor's pages: the queue, one clue whole, what the registry allows or refuses, nobody else's eyes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import pytest
from callers import Client, Clock
from test_signing_in import HTML, code, csrf, form

from yibao.registry import clues
from yibao.registry.actors import add, grant
from yibao.service.access.keys import make_key
from yibao.service.access.signin import STEP
from yibao.service.state import Service


@pytest.fixture
def auditor(call: Client, given: Mapping[str, Any], clock: Clock) -> Client:
    """An auditor, signed in with both factors."""
    clock.now += timedelta(seconds=4 * STEP)  # a code counts once
    form(call, "auditor", given["auditor"]["password"])
    said = {"code": code(given, "auditor", clock), "csrf": csrf(call, "/sign-in/code")}
    assert call("POST", "/sign-in/code", data=said).status_code == 303
    return call


@pytest.fixture(scope="module")
def mine(service: Service) -> dict[str, Any]:
    """A clue that was assigned to the auditor."""
    with service.registry.reading("clue.read", "auditor") as unit:
        rows = [row for row in clues.clues(unit) if row["first_reviewer"] == "auditor"]
    return dict(rows[0])


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_queue_counts_what_it_lists(auditor: Client, service: Service, lang: str) -> None:
    with service.registry.reading("clue.read", "auditor") as unit:
        rows = clues.clues(unit)
    text = auditor("GET", f"/audit/clues?lang={lang}", headers=HTML).text
    assert f"<b>{len(rows):,}</b>" in text
    assert text.count('<tr><th scope="row">') == min(len(rows), 50)
    assert "style=" not in text and "<script" not in text and text.count("<h1") == 1
    assert auditor("GET", "/audit/clues?state=nonsense", headers=HTML).status_code == 422


def test_a_clue_is_begun_and_sent_and_the_registry_refuses_what_does_not_follow(
    auditor: Client, mine: dict[str, Any], service: Service
) -> None:
    at = f"/audit/clues/{mine['clue_id']}"
    text = auditor("GET", at, headers=HTML).text
    assert mine["title_zh"] in text and "法律依据" in text and "反证" in text and 'aria-current="step"' in text
    people = [row["person_id"] for row in service.registry.do(clues.show, mine["clue_id"], by="auditor")["findings"]]
    assert not any(person in text for person in people if person)  # persons are told apart, not named
    token = csrf(auditor, at)
    begun = auditor("POST", f"{at}/begin", data={"csrf": token})
    assert (begun.status_code, begun.headers["location"]) == (303, f"{at}?done=begin")
    again = auditor("POST", f"{at}/begin", data={"csrf": token}, headers=HTML)
    assert again.status_code == 409 and 'role="alert"' in again.text
    empty = auditor("POST", f"{at}/close_false", data={"csrf": token, "words": " "}, headers=HTML)
    assert empty.status_code == 409 and "请写明理由" in empty.text
    assert auditor("POST", f"{at}/send", data={"words": "请说明"}).status_code == 403  # without the page's token
    sent = auditor("POST", f"{at}/send", data={"csrf": token, "words": "请说明"})
    assert sent.status_code == 303
    told = auditor("GET", sent.headers["location"], headers=HTML).text
    assert 'role="status"' in told and "已反馈机构" in told and "请说明" in told


def test_another_citys_auditor_sees_neither_the_clue_nor_its_row(
    call: Client, service: Service, mine: dict[str, Any]
) -> None:
    other = next(code for code in ("990100", "990200", "990300") if not mine["region_code"].startswith(code[:4]))
    service.registry.do(add, "auditor-there", "auditor there", kind="service", by="admin")
    service.registry.do(grant, "auditor-there", "auditor", "region", other, valid_from=date(2025, 1, 1), by="admin")
    key = make_key(service.registry, "auditor-there", "tests", "admin")
    assert call("GET", f"/audit/clues/{mine['clue_id']}", key).status_code == 404
    assert call("POST", f"/audit/clues/{mine['clue_id']}/begin", key).status_code == 404
    listed = call("GET", "/audit/clues", key).text
    assert mine["clue_id"] not in listed
    seen = re.findall(r"/audit/clues/([^\"?]+)", listed)
    with service.registry.reading("clue.read", "auditor") as unit:
        where = {row["clue_id"]: row["region_code"] for row in clues.clues(unit)}
    assert all(where[clue].startswith(other[:4]) for clue in seen)


def test_a_hospital_has_no_auditors_page(call: Client, given: Mapping[str, Any], mine: dict[str, Any]) -> None:
    form(call, "hospital", given["hospital"]["password"])
    for path in ("/audit/clues", f"/audit/clues/{mine['clue_id']}"):
        answer = call("GET", path, headers=HTML)
        assert answer.status_code == 403 and "无权" in answer.text
