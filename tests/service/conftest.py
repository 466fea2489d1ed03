"""A service over the suite's demo city: one registry, one application, callers of every role."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from callers import Client, Clock
from console_browser import site as site

from yibao.benchmarks.postgres import Server
from yibao.ledger import open_ledger
from yibao.runs.demo import Demo
from yibao.service.access import signin
from yibao.service.app import create_app
from yibao.service.demo import late_register, make_registry, users
from yibao.service.settings import Settings
from yibao.service.state import Service


@pytest.fixture(scope="session")
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session", autouse=True)
def quick_passwords() -> Iterator[None]:
    """Passwords that are quickly checked: the tests sign in hundreds of times."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(signin, "HASHER", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
        yield


def _opened(demo: Demo, clock: Clock, home: Path, registry: str) -> Service:
    """The demo's ledger is copied: answers and uploads are written into it."""
    shutil.copytree(demo.ledger.path, home / "ledger")
    late_register(open_ledger(home / "ledger"))
    make_registry(registry, home, open_ledger(home / "ledger"), clock)
    settings = Settings(
        ledger=home / "ledger", registry=registry, home=home, caller_rate=(1e6, 10**6), address_rate=(1e6, 10**6),
        order_patience=30.0,
    )  # fmt: skip
    return Service(settings, clock)


@pytest.fixture(scope="session")
def service(demo: Demo, clock: Clock, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    home = tmp_path_factory.mktemp("service")
    with closing(_opened(demo, clock, home, str(home / "registry.db"))) as opened:
        yield opened


@pytest.fixture(scope="session")
def on_postgres(
    demo: Demo, clock: Clock, server: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    """The same over PostgreSQL, in a database of its own."""
    home = tmp_path_factory.mktemp("service-postgres")
    with closing(_opened(demo, clock, home, server.another("service"))) as opened:
        yield opened


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
