"""Requests of the tests: a client and a clock, hospital systems with signed tokens, calls of the reminder services."""

from __future__ import annotations

import asyncio
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from typing import Any

import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric import ec

from yibao.registry import assessment
from yibao.registry.actors import add, grant
from yibao.registry.clock import CHINA
from yibao.service.access.keys import make_key
from yibao.service.demo_assessment import YEAR
from yibao.service.state import Service

HTML = {"accept": "text/html"}


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2025, 12, 20, 9, 30)

    def __call__(self) -> datetime:
        self.now += timedelta(microseconds=1)
        return self.now


_CALLS = ThreadPoolExecutor(8, "calls")


class Client:
    """Synchronous calls into the application, without a network."""

    def __init__(self, app: Any, base_url: str) -> None:
        self.app, self.base_url, self.cookies = app, base_url, httpx.Cookies()

    def __call__(self, method: str, path: str, key: str | None = None, **more: Any) -> httpx.Response:
        headers = dict(more.pop("headers", {}))
        if key is not None:
            headers["authorization"] = f"Bearer {key}"

        async def call() -> httpx.Response:
            transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
            async with httpx.AsyncClient(
                transport=transport, base_url=self.base_url, cookies=self.cookies if key is None else None
            ) as client:
                answer = await client.request(method, path, headers=headers, **more)
                if key is None:
                    self.cookies = client.cookies
                return answer

        # In a thread of its own: beside a browser there is a loop in this one already.
        return _CALLS.submit(asyncio.run, call()).result()


def text_of(call: Client, path: str, lang: str = "zh") -> str:
    """A page as its reader gets it."""
    answer = call("GET", f"{path}{'&' if '?' in path else '?'}lang={lang}", headers=HTML)
    assert answer.status_code == 200, (path, answer.status_code, answer.text[:400])
    return answer.text


class System:
    """A hospital system with a key pair of its own."""

    def __init__(self, issuer: str = "https://his.example.org", kid: str = "k1") -> None:
        self.issuer, self.kid = issuer, kid
        self.key = ec.generate_private_key(ec.SECP384R1())

    @property
    def public(self) -> dict[str, Any]:
        said: dict[str, Any] = jwt.algorithms.ECAlgorithm.to_jwk(self.key.public_key(), as_dict=True)
        return {**said, "kid": self.kid, "alg": "ES384", "use": "sig"}

    def token(
        self, service: Service, path: str, *, key: Any = None, alg: str = "ES384", head: Any = None, **claims: Any
    ) -> str:
        now = int(service.registry.clock().replace(tzinfo=CHINA).timestamp())
        said = {
            "iss": self.issuer, "aud": service.settings.base_url + path, "iat": now, "exp": now + 300,
            "jti": str(uuid.uuid4()), **claims,
        }  # fmt: skip
        said = {name: value for name, value in said.items() if value is not None}
        return jwt.encode(said, self.key if key is None else key, alg, headers={"kid": self.kid, **(head or {})})


def draft_orders(code: str, resource_id: str = "sr-1") -> dict[str, Any]:
    """A bundle with one ServiceRequest."""
    resource = {
        "resourceType": "ServiceRequest", "id": resource_id, "status": "draft", "intent": "order",
        "code": {"coding": [{"system": "urn:nhsa:hilist", "code": code}]},
    }  # fmt: skip
    return {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": resource}]}


def order_sign(story: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The thyroid order as a call of order-sign."""
    context = {
        "userId": f"Practitioner/{story['staff_id']}", "patientId": story["person_id"],
        "encounterId": story["encounter_id"], "draftOrders": draft_orders(story["orders"][0]["item_code"]),
    }  # fmt: skip
    body = {
        "hook": "order-sign", "hookInstance": str(uuid.uuid4()), "context": context,
        "prefetch": {"patient": {"resourceType": "Patient", "id": story["person_id"]}},
    }  # fmt: skip
    return {**body, **changes}


def objecting(service: Service, name: str, indicator: str, words: str) -> tuple[str, str]:
    """An objection of a community health centre of city 9901 to its draft assessment, and the key of its system."""
    place = next(code for code, row in service.institutions.items()
                 if row["kind"] == "3" and row["region_code"].startswith("9901"))  # fmt: skip
    service.registry.do(add, name, name, kind="service", by="admin")
    service.registry.do(grant, name, "hospital", "institution", place, valid_from=date(2025, 1, 1), by="admin")
    plan = f"AS-{YEAR + 1}"
    said = service.registry.do(assessment.object_to, plan, place, indicator, words, by=name)
    return str(said["objection_id"]), make_key(service.registry, name, "tests", "admin")


def settled_within(seconds: float, done: Any) -> Any:
    """Wait for work in the background."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = done()
        if value:
            return value
        time.sleep(0.05)
    raise AssertionError("it did not end in time")
