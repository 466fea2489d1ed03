"""How long the service keeps its own rows: what has ended is forgotten, what is old is retired and told of."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, inspect, select

from yibao.benchmarks.postgres import Server
from yibao.registry import Refused, Registry, RegistryError
from yibao.registry.actors import found
from yibao.registry.backup import back_up, restore
from yibao.registry.database import connect
from yibao.registry.migrate import migrate
from yibao.registry.retention import LEAST
from yibao.service.access.trail import record
from yibao.service.forms import prepare
from yibao.service.retention import annex, beside, retire, tidy, verify_all
from yibao.service.tables import ONCE, SESSION, UPLOAD, VISIT

NOW = datetime(2026, 1, 15, 9)


@pytest.fixture(params=["sqlite", "postgresql"])
def registry(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Registry]:
    server: Server = request.getfixturevalue("server")
    place = str(tmp_path / "r.db") if request.param == "sqlite" else server.another("retention")
    engine = connect(place)
    migrate(engine)
    prepare(engine)
    made = Registry(place, engine, lambda: NOW)
    found(made, "root", "root", "990000", "某省", "R")
    yield made
    made.close()


def enter(registry: Registry, home: Path, number: int, at: datetime) -> None:
    """A visit and an upload of a day, with their events."""
    upload = {
        "upload_id": f"U{number}", "institution_id": "H1", "actor_id": "root", "file_name": "staff.csv", "sha256": "0",
        "bytes": 1, "state": "taken", "done": 1, "total": 1, "rows_in": 1, "accepted": 1, "quarantined": 0,
        "duplicates": 0, "made_at": at, "moved_at": at,
    }  # fmt: skip
    visit = {"visit_id": f"V{number}", "person_id": "P", "institution_id": "H1", "use": "check_in", "made_at": at,
             "ends_at": at}  # fmt: skip
    with registry.engine.begin() as connection:
        connection.execute(insert(UPLOAD), upload)
        connection.execute(insert(VISIT), visit)
        record(connection, NOW, "root", "test.enter", f"upload:U{number}",
               changed=((UPLOAD, {"upload_id": f"U{number}"}), (VISIT, {"visit_id": f"V{number}"})))  # fmt: skip
    (home / "uploads" / f"U{number}").mkdir(parents=True)
    (home / "uploads" / f"U{number}" / "staff.csv").write_text("x", encoding="utf-8")


def test_what_has_ended_by_itself_is_forgotten(registry: Registry) -> None:
    with registry.engine.begin() as connection:
        for name, ends in (("old", NOW - timedelta(seconds=1)), ("new", NOW + timedelta(hours=1))):
            connection.execute(insert(ONCE), {"token": name, "until": ends})
            connection.execute(insert(SESSION), {"digest": name, "actor_id": "root", "csrf": "", "factors": 1,
                                                 "made_at": NOW, "seen_at": NOW, "ends_at": ends})  # fmt: skip
    tidy(registry)
    with registry.engine.connect() as connection:
        assert connection.execute(select(ONCE.c.token)).scalars().all() == ["new"]
        assert connection.execute(select(SESSION.c.digest)).scalars().all() == ["new"]


def test_old_rows_and_files_are_retired_and_the_trail_knows(registry: Registry, tmp_path: Path) -> None:
    enter(registry, tmp_path, 1, NOW - timedelta(days=400))
    enter(registry, tmp_path, 2, NOW - timedelta(days=10))
    with pytest.raises(Refused, match="must be kept"):
        retire(registry, tmp_path, NOW.date(), "root")
    done = retire(registry, tmp_path, (NOW - LEAST).date(), "root")
    assert (done["service_visit"], done["service_upload"], done["files"]) == (1, 1, 1)
    assert [path.name for path in (tmp_path / "uploads").iterdir()] == ["U2"]
    checked = verify_all(registry)
    assert checked.problems == [] and checked.rows > 0


def test_a_backup_takes_the_service_along_but_for_sessions(registry: Registry, tmp_path: Path) -> None:
    enter(registry, tmp_path, 1, NOW)
    file = tmp_path / "backup.zip"
    made = back_up(registry, file, annex())
    assert made.verified.sound and made.rows["service_visit"] == 1 and "service_session" not in made.rows
    again = connect(str(tmp_path / "again.db"))
    restore(file, again, annex())
    with again.connect() as connection:
        assert connection.execute(select(VISIT.c.visit_id)).scalars().all() == ["V1"]
    restored = Registry("again", again)
    assert verify_all(restored).problems == []
    again.dispose()
    damaged, part = connect(str(tmp_path / "damaged.db")), tmp_path / "damaged.zip"
    with zipfile.ZipFile(file) as whole, zipfile.ZipFile(part, "w") as archive:
        for name in whole.namelist():
            archive.writestr(name, b"[]\n" if name == "service_visit.jsonl" else whole.read(name))
    with pytest.raises(RegistryError, match="cannot be restored"):
        restore(part, damaged, annex())
    assert inspect(damaged).get_table_names() in ([], ["alembic_version"])
    damaged.dispose()


def test_a_registry_without_a_service_has_nothing_beside(tmp_path: Path) -> None:
    engine = connect(str(tmp_path / "bare.db"))
    migrate(engine)
    assert beside(Registry("bare", engine)) == []
    engine.dispose()
