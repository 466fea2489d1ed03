"""A service over the suite's demo city: one registry, one application, callers of every role."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from console_browser import site as site

from yibao.ledger import open_ledger
from yibao.runs.demo import Demo
from yibao.service.app import create_app
from yibao.service.demo import make_registry, users
from yibao.service.settings import Settings
from yibao.service.state import Service


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2025, 12, 20, 9, 30)

    def __call__(self) -> datetime:
        self.now += timedelta(microseconds=1)
        return self.now


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

        return asyncio.run(call())


@pytest.fixture(scope="session")
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def service(demo: Demo, clock: Clock, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The demo's ledger is copied: answers and uploads are written into it."""
    home = tmp_path_factory.mktemp("service")
    shutil.copytree(demo.ledger.path, home / "ledger")
    registry = str(home / "registry.db")
    make_registry(registry, home, open_ledger(home / "ledger"), clock)
    settings = Settings(
        ledger=home / "ledger", registry=registry, home=home, caller_rate=(1e6, 10**6), address_rate=(1e6, 10**6),
        order_patience=30.0,
    )  # fmt: skip
    opened = Service(settings, clock)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def app(service: Service) -> Any:
    return create_app(service)


@pytest.fixture
def call(app: Any, service: Service) -> Client:
    return Client(app, service.settings.base_url)


@pytest.fixture(scope="session")
def given(service: Service) -> Mapping[str, Any]:
    """What each user was given: a password, a second factor, a key."""
    said: Mapping[str, Any] = json.loads((service.settings.home / "users.json").read_text(encoding="utf-8"))
    return said


@pytest.fixture(scope="session")
def keys(given: Mapping[str, Any]) -> dict[str, str]:
    return {name: entry["key"] for name, entry in given.items() if "key" in entry}


@pytest.fixture(scope="session")
def scopes(service: Service) -> dict[str, str]:
    return {user.name: user.scope for user in users(service.ledger)}


@pytest.fixture(scope="session")
def story(demo: Demo) -> dict[str, Any]:
    """The thyroid order of the demo city."""
    doc: dict[str, Any] = json.loads(Path(demo.order).read_text(encoding="utf-8"))
    return doc
