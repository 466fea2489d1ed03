"""Registries of the tests, on both databases: SQLite in a file, and a PostgreSQL server of the tests' own."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from named_refusals import RAISED, hold_against_the_trail

from yibao.benchmarks.postgres import Server
from yibao.registry import Registry
from yibao.registry.actors import add, found, grant, take_places
from yibao.registry.database import connect
from yibao.registry.migrate import migrate

#: The instant at which the tests' registries are; acts are dated before it.
NOW = datetime(2026, 1, 15, 9, 0)


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database."""
    if request.param == "sqlite":
        return str(tmp_path / "registry.db")
    server: Server = request.getfixturevalue("server")
    server.fresh()
    return server.url


@pytest.fixture(scope="session")
def made_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bureau of the tests in a file, to be copied."""
    path = tmp_path_factory.mktemp("bureau") / "registry.db"
    make_bureau(str(path)).close()
    return path


@pytest.fixture(scope="session")
def made_database(server: Server) -> str:
    """The same in PostgreSQL, to make others like it."""
    server.fresh()
    make_bureau(server.url).close()
    server.keep("bureau")
    return "bureau"


@pytest.fixture(params=["sqlite", "postgresql"])
def registry(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Registry]:
    """A registry with a small bureau, on either database: people of every role, two cities, three institutions."""
    if request.param == "postgresql":
        like = request.getfixturevalue("made_database")
        server: Server = request.getfixturevalue("server")
        server.fresh(like)
        place = server.url
    else:
        place = str(tmp_path / "registry.db")
        shutil.copy(request.getfixturevalue("made_file"), place)
    with Registry.open(place, clock=lambda: NOW, pool=10) as opened:
        RAISED.clear()
        yield opened
        hold_against_the_trail(opened)


@pytest.fixture
def sqlite_registry(tmp_path: Path, made_file: Path) -> Iterator[Registry]:
    place = str(tmp_path / "registry.db")
    shutil.copy(made_file, place)
    with Registry.open(place, clock=lambda: NOW) as opened:
        RAISED.clear()
        yield opened
        hold_against_the_trail(opened)


PEOPLE = (
    ("lead", "lead", "region", "990100"), ("auditor1", "auditor", "region", "990100"),
    ("auditor2", "auditor", "region", "990100"), ("auditor3", "auditor", "region", "990200"),
    ("officer1", "officer", "region", "990100"), ("officer2", "officer", "region", "990100"),
    ("expert1", "expert", "region", "990100"), ("expert2", "expert", "region", "990100"),
    ("expert3", "expert", "region", "990100"), ("bureau", "bureau", "region", "990000"),
    ("agency", "agency", "region", "990000"), ("h1", "hospital", "institution", "H1"),
    ("h2", "hospital", "institution", "H2"), ("d1", "pharmacy", "institution", "D1"),
    ("till", "settlement", "region", "990000"), ("p1", "insured", "person", "P1"),
    ("analyst", "analyst", "region", "990000"), ("scholar", "researcher", "region", "990000"),
)  # fmt: skip


def make_bureau(place: str) -> Registry:
    engine = connect(place)
    migrate(engine)
    registry = Registry(place, engine, lambda: NOW)
    found(registry, "root", "系统管理员", "990000", "某省", "R-test")
    regions = [{"region_code": f"990{n}00", "name": f"第{n}市", "parent_code": "990000"} for n in (1, 2)]
    institutions = [
        {"institution_id": "H1", "name": "市一院", "kind": "1", "region_code": "990100"},
        {"institution_id": "H2", "name": "市二院", "kind": "1", "region_code": "990200"},
        {"institution_id": "D1", "name": "大药房", "kind": "2", "region_code": "990100"},
    ]
    registry.do(take_places, regions, institutions, by="root")
    for name, role, kind, scope in PEOPLE:
        licence = f"L-{name}" if role == "officer" else None
        registry.do(add, name, name, licence=licence, organisation=scope, by="root")
        registry.do(grant, name, role, kind, scope, valid_from=datetime(2024, 1, 1).date(), by="root")
    return registry
