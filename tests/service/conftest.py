"""A service over the suite's demo city: one registry, one application, callers of every role."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from callers import Client, Clock
from console_browser import site as site

from yibao.ledger import open_ledger
from yibao.runs.demo import Demo
from yibao.service.app import create_app
from yibao.service.demo import make_registry, users
from yibao.service.settings import Settings
from yibao.service.state import Service


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
