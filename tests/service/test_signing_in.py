"""Signing in: lock-out, the second factor, sessions that end, pages that only our own forms can change."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pyotp
import pytest
from callers import HTML, Client, Clock
from sqlalchemy import select

from yibao.errors import UsageError, YibaoError
from yibao.registry.clock import CHINA
from yibao.registry.tables.core import EVENT
from yibao.service.access.keys import key_owner, make_key, revoke_key
from yibao.service.access.rates import Buckets
from yibao.service.access.signin import FAILURES, IDLE, LOCKED, SHORTEST, STEP
from yibao.service.secrets import open_secrets
from yibao.service.state import Service
from yibao.service.tables import CREDENTIAL

#: What a failed sign-in is told.
SAID = re.compile("用户名、密码或验证码有误[^<]*|the name, the password or the code is wrong[^<]*")


def form(call: Client, name: str, password: str) -> Any:
    text = call("GET", "/sign-in", headers=HTML).text
    token = re.search(r'name="form" value="([^"]+)"', text)
    assert token is not None
    return call("POST", "/sign-in", data={"name": name, "password": password, "form": token[1]}, headers=HTML)


def code(given: Mapping[str, Any], name: str, clock: Clock) -> str:
    return str(pyotp.TOTP(given[name]["second_factor"]).at(int(clock.now.replace(tzinfo=CHINA).timestamp())))


def csrf(call: Client, path: str) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', call("GET", path, headers=HTML).text)
    assert found is not None
    return found[1]


def test_a_person_signs_in_with_a_password_and_out_again(call: Client, given: Mapping[str, Any]) -> None:
    answer = form(call, "insured", given["insured"]["password"])
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=strict" in cookie
    assert call("GET", "/api/v1/me").json()["way"] == "session"
    token = csrf(call, "/account")
    assert call("POST", "/sign-out").status_code == 403  # from elsewhere: without the page's token
    assert call("POST", "/sign-out", data={"csrf": token}).status_code == 303
    assert call("GET", "/api/v1/me").status_code == 401


def test_an_auditor_gives_a_second_factor_which_counts_once(
    call: Client, given: Mapping[str, Any], clock: Clock, service: Service
) -> None:
    clock.now += timedelta(seconds=4 * STEP)  # other tests may have used the code of this moment
    assert form(call, "auditor", given["auditor"]["password"]).headers["location"] == "/sign-in/code"
    half = call("GET", "/api/v1/me")
    assert (half.status_code, half.json()["type"]) == (401, "urn:yibao:problem:second_factor")
    token, digits = csrf(call, "/sign-in/code"), code(given, "auditor", clock)
    assert call("POST", "/sign-in/code", data={"code": "000000", "csrf": token}, headers=HTML).status_code == 401
    assert call("POST", "/sign-in/code", data={"code": digits, "csrf": token}).status_code == 303
    assert call("GET", "/api/v1/me").json()["actor_id"] == "auditor"
    other = Client(call.app, call.base_url)
    form(other, "auditor", given["auditor"]["password"])
    again = other("POST", "/sign-in/code", data={"code": digits, "csrf": csrf(other, "/sign-in/code")}, headers=HTML)
    assert again.status_code == 401
    with service.registry.engine.begin() as connection:
        row = connection.execute(select(CREDENTIAL).where(CREDENTIAL.c.actor_id == "auditor")).mappings().one()
    assert given["auditor"]["second_factor"] not in row["totp_secret"]  # it is kept encrypted


def test_wrong_passwords_lock_the_account_and_tell_nothing(
    call: Client, given: Mapping[str, Any], clock: Clock, service: Service
) -> None:
    def answers(name: str) -> list[str]:
        tries = [form(call, name, "wrong password") for _ in range(FAILURES)]
        assert {answer.status_code for answer in tries} == {401}
        return [SAID.findall(answer.text)[0] for answer in tries]

    said = answers("pharmacy")
    until = f"{clock.now + LOCKED + timedelta(seconds=59):%Y-%m-%d %H:%M}"
    assert until in said[-1] and len(set(said[:-1])) == 1 and until not in said[0]
    # Under a name that nobody has all is the same: what is locked need not exist.
    assert answers("nobody-knows-him") == said
    # The right password is answered as a wrong one.
    right = form(call, "pharmacy", given["pharmacy"]["password"])
    assert right.status_code == 401 and SAID.findall(right.text) == said[-1:]
    clock.now += LOCKED + timedelta(seconds=1)
    assert form(call, "pharmacy", given["pharmacy"]["password"]).status_code == 303
    with service.registry.engine.begin() as connection:
        rows = connection.execute(select(EVENT.c.body, EVENT.c.subject).where(EVENT.c.action == "service.sign_in"))
        text = str(rows.all())
    assert "nobody-knows-him" not in text and "wrong password" not in text


def test_a_session_ends_when_it_is_not_used(call: Client, given: Mapping[str, Any], clock: Clock) -> None:
    form(call, "hospital", given["hospital"]["password"])
    assert call("GET", "/api/v1/me").status_code == 200
    clock.now += IDLE - timedelta(minutes=1)
    assert call("GET", "/api/v1/me").status_code == 200
    clock.now += IDLE
    assert call("GET", "/api/v1/me").status_code == 401


def test_the_form_of_another_page_signs_nobody_in(call: Client, given: Mapping[str, Any]) -> None:
    said = {"name": "insured", "password": given["insured"]["password"], "form": "forged"}
    answer = call("POST", "/sign-in", data=said, headers=HTML)
    assert answer.status_code == 200 and "location" not in answer.headers
    assert call("GET", "/api/v1/me").status_code == 401


def test_a_page_for_the_signed_in_leads_others_to_the_form(call: Client) -> None:
    answer = call("GET", "/", headers=HTML)
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_form_is_in_one_language_and_has_nothing_inline(call: Client, lang: str) -> None:
    answer = call("GET", f"/sign-in?lang={lang}", headers=HTML)
    assert "style=" not in answer.text and "<script" not in answer.text
    assert ("登录" in answer.text) == (lang == "zh")
    style = re.search(r'href="(/assets/[^"]+css)"', answer.text)
    assert style is not None and call("GET", style[1]).headers["cache-control"].endswith("immutable")
    assert call("GET", "/assets/..%2F..%2Fsecrets.css").status_code == 404


def test_a_key_is_shown_once_and_ends(service: Service, clock: Clock) -> None:
    text = make_key(service.registry, "his", "test", "admin", life=timedelta(days=1))
    with service.registry.engine.begin() as connection:
        assert key_owner(connection, text, clock.now) == "his"
        assert key_owner(connection, text + "x", clock.now) is None
        assert key_owner(connection, text, clock.now + timedelta(days=2)) is None
    revoke_key(service.registry, text.split("_")[1], "admin")
    with service.registry.engine.begin() as connection:
        assert key_owner(connection, text, clock.now) is None
    with pytest.raises(UsageError, match="people sign in"):
        make_key(service.registry, "auditor", "test", "admin")


def test_a_short_password_is_refused(service: Service) -> None:
    with pytest.raises(UsageError, match=str(SHORTEST)):
        service.sign_in.set_password("insured", "short", "admin")


def test_passwords_are_hashed_as_rfc_9106_recommends() -> None:
    """In a process of its own: these tests use quicker ones."""
    show = "from yibao.service.access.signin import HASHER as h; print(h.type.name, h.memory_cost, h.time_cost)"
    done = subprocess.run([sys.executable, "-c", show], capture_output=True, text=True, check=True)
    kind, memory, passes = done.stdout.split()
    assert kind == "ID" and int(memory) >= 65_536 and int(passes) >= 3


def test_keys_that_others_can_read_stop_the_service(service: Service, tmp_path: Any) -> None:
    open_secrets(tmp_path)
    (tmp_path / "secrets.json").chmod(0o644)
    with pytest.raises(YibaoError, match="others can read"):
        open_secrets(tmp_path)


def test_a_bucket_empties_and_fills() -> None:
    buckets = Buckets(2.0, 3)
    assert [buckets.take("a", 0.0) for _ in range(4)] == [0, 0, 0, 0.5]
    assert buckets.take("b", 0.0) == 0
    assert buckets.take("a", 0.5) == 0 and buckets.take("a", 0.5) == 0.5
