"""The core: every change, deletion and reordering is found; migrations, backup, retention; who may do what, once."""

from __future__ import annotations

import zipfile
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from named_refusals import refused
from sqlalchemy import inspect, select, text

from yibao.errors import UsageError
from yibao.registry import Registry, RegistryError, verb
from yibao.registry.actors import add, grant, revoke, set_state
from yibao.registry.audit import row_digest
from yibao.registry.backup import back_up, restore
from yibao.registry.calendar import working_calendar
from yibao.registry.database import connect
from yibao.registry.migrate import form_of, migrate, revisions
from yibao.registry.retention import retain
from yibao.registry.tables import METADATA
from yibao.registry.tables.core import ACTOR, EVENT, GRANT, IDEMPOTENCY
from yibao.registry.unit import Unit
from yibao.registry.verify import verify


def behind_its_back(registry: Registry, *statements: str) -> None:
    with registry.engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))


def kinds(registry: Registry) -> set[str]:
    return {kind for kind, _, _ in verify(registry).problems}


# --- the trail -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("statements", "kind"),
    [
        (["update audit_event set actor_id = 'nobody' where seq = 1"], "changed_event"),
        (["update audit_event set body = '{}' where seq = 2"], "changed_body"),
        (["update audit_event set body = null where seq = 2"], "body_missing"),
        (["delete from audit_event where seq = 2"], "missing_event"),
        (
            ["delete from audit_event where (chain, seq) in (select chain, seq from audit_head where chain = 2)"],
            "wrong_head",
        ),
        (
            [
                "update audit_event set seq = -1 where chain = 2 and seq = 1",
                "update audit_event set seq = 1 where chain = 2 and seq = 2",
                "update audit_event set seq = 2 where chain = 2 and seq = -1",
            ],
            "changed_event",
        ),
        (["update audit_head set hash = 'x' where chain = 2"], "wrong_head"),
        (["update actor set name = 'somebody else' where actor_id = 'lead'"], "changed_row"),
        (["delete from actor_grant where actor_id = 'h1'"], "missing_row"),
        (["insert into region_node (region_code, name, version) values ('1', 'x', 1)"], "unknown_row"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_tampering_is_found(sqlite_registry: Registry, statements: list[str], kind: str) -> None:
    for number in range(3):
        sqlite_registry.do(set_state, "lead", "active", by="root", request=f"x{number}")
    assert verify(sqlite_registry).sound
    behind_its_back(sqlite_registry, *statements)
    assert kind in kinds(sqlite_registry)


def test_a_column_that_says_nothing_leaves_the_digest_as_it_is() -> None:
    assert row_digest({"a": 1, "b": None}) == row_digest({"a": 1})
    assert row_digest({"a": 1}) != row_digest({"a": "1"})


# --- forms -----------------------------------------------------------------------------------------------------------


def test_migrations_make_the_tables_that_the_code_knows_up_and_down(place: str) -> None:
    engine = connect(place)
    try:
        for revision in revisions():
            assert migrate(engine, revision)[1] == revision
        with engine.connect() as connection:
            assert compare_metadata(MigrationContext.configure(connection), METADATA) == []
        for revision in reversed(("base", *revisions()[:-1])):
            migrate(engine, revision)
        assert set(inspect(engine).get_table_names()) <= {"alembic_version"}
        assert form_of(engine) is None
    finally:
        engine.dispose()


def test_going_down_does_not_lose_rows_and_other_forms_are_refused(sqlite_registry: Registry) -> None:
    with pytest.raises(RegistryError, match="not empty"):
        migrate(sqlite_registry.engine, "base")
    with pytest.raises(UsageError, match="no form"):
        migrate(sqlite_registry.engine, "9999")
    migrate(sqlite_registry.engine, "0004")
    with pytest.raises(RegistryError, match="yibao registry migrate"):
        Registry.open(sqlite_registry.place)
    migrate(sqlite_registry.engine)
    assert verify(Registry.open(sqlite_registry.place)).sound


def test_what_is_no_registry_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RegistryError, match="no registry"):
        Registry.open(str(tmp_path / "nothing.db"))
    (tmp_path / "text.db").write_text("hello, this is no database at all" * 99)
    with pytest.raises(RegistryError, match=r"not a registry|out of reach"):
        Registry.open(str(tmp_path / "text.db"))
    with pytest.raises(RegistryError, match="out of reach"):
        Registry.open(f"postgresql://nobody@/none?host={tmp_path}")
    with pytest.raises(RegistryError, match="not the address"):
        Registry.open("mysql://here/there")


# --- backup ----------------------------------------------------------------------------------------------------------


def test_a_backup_is_proved_and_restores_on_either_database(registry: Registry, tmp_path: Path) -> None:
    registry.do(set_state, "lead", "disabled", by="root", request="r1")
    made = back_up(registry, tmp_path / "b.zip")
    assert made.verified.sound and made.rows["actor"] > 10
    engine = connect(str(tmp_path / "other.db"))
    restore(tmp_path / "b.zip", engine)
    with Registry("other", engine, registry.clock) as other:
        assert verify(other).heads == verify(registry).heads
        again = other.do(set_state, "lead", "disabled", by="root", request="r1")
        assert again == {"actor_id": "lead", "state": "disabled"}
        with pytest.raises(RegistryError, match="already"):
            restore(tmp_path / "b.zip", other.engine)
    with pytest.raises(RegistryError, match="a file already"):
        back_up(registry, tmp_path / "b.zip")


def test_a_damaged_backup_leaves_nothing(sqlite_registry: Registry, tmp_path: Path) -> None:
    back_up(sqlite_registry, tmp_path / "b.zip")
    with zipfile.ZipFile(tmp_path / "b.zip") as good, zipfile.ZipFile(tmp_path / "bad.zip", "w") as bad:
        for name in good.namelist():
            content = good.read(name)
            bad.writestr(name, content.replace(b"Auditor", b"auditor").replace(b'"lead"', b'"lady"'))
    engine = connect(str(tmp_path / "other.db"))
    with pytest.raises(RegistryError, match="not what was written"):
        restore(tmp_path / "bad.zip", engine)
    assert form_of(engine) is None
    (tmp_path / "none.zip").write_bytes(b"PK")
    with pytest.raises(RegistryError, match="not a backup"):
        restore(tmp_path / "none.zip", engine)
    engine.dispose()


# --- retention -------------------------------------------------------------------------------------------------------


def test_retention_erases_bodies_and_keeps_the_chain(registry: Registry) -> None:
    registry.do(set_state, "lead", "active", by="root", request="r1")
    later = registry.within(lambda: registry.clock() + timedelta(days=1_200))
    refused("kept_by_law", lambda: later.do(retain, date(2029, 4, 1), by="root"))
    answer = later.do(retain, date(2028, 6, 1), by="root")
    assert answer["bodies_erased"] > 20 and answer["requests_forgotten"] == 1
    assert verify(later).problems == []
    later.do(set_state, "lead", "active", by="root", request="r1")  # a key that was forgotten may come again
    assert verify(later).problems == []
    with later.reading("audit.read", "root") as unit:
        first = unit.rows(select(EVENT).where(EVENT.c.subject == "actor:lead").order_by(EVENT.c.seq))[0]
    assert (first["body"], first["actor_id"], first["action"]) == (None, "root", "actor.add")


# --- acts ------------------------------------------------------------------------------------------------------------


def test_the_same_request_gets_the_same_answer_and_no_other(registry: Registry) -> None:
    first = registry.do(add, "new", "New", by="root", request="r1")
    assert registry.do(add, "new", "New", by="root", request="r1") == first
    refused("request_reused", lambda: registry.do(add, "newer", "New", by="root", request="r1"))
    refused("actor_known", lambda: registry.do(add, "new", "New", by="root"))
    with registry.reading("audit.read", "root") as unit:
        assert len(unit.rows(select(IDEMPOTENCY))) == 1


def test_who_was_slower_is_told(registry: Registry) -> None:
    @verb("actor.disable", "actor:{actor_id}")
    def slow(unit: Unit, actor_id: str) -> dict[str, str]:
        unit.allow_anywhere()
        row = unit.get(ACTOR, "actor", "操作人", actor_id=actor_id)
        unit.update(ACTOR, row, name="one")
        unit.update(ACTOR, row, name="two")  # with a row that was read before
        return {}

    refused("stale", lambda: registry.do(slow, "lead", by="root"))
    with registry.reading("audit.read", "root") as unit:
        assert unit.rows(select(ACTOR.c.name).where(ACTOR.c.actor_id == "lead")) == [{"name": "lead"}]


def test_rows_written_with_the_event_are_all_kept_or_none(registry: Registry) -> None:
    @verb("actor.add", "actor:{actor_id}")
    def together(unit: Unit, actor_id: str, stale: bool) -> dict[str, str]:
        unit.allow()
        row = unit.get(ACTOR, "actor", "操作人", actor_id=actor_id)
        unit.update_last(ACTOR, {**row, "version": row["version"] - stale}, name=f"with {stale}")
        unit.insert_last(ACTOR, **{**row, "actor_id": f"beside-{stale}", "version": 1})
        return {}

    names = select(ACTOR.c.actor_id, ACTOR.c.name).where(ACTOR.c.actor_id.in_(["lead", "beside-False", "beside-True"]))
    refused("stale", lambda: registry.do(together, "lead", True, by="root"))
    registry.do(together, "lead", False, by="root")
    with registry.reading("audit.read", "root") as unit:
        found = {row["actor_id"]: row["name"] for row in unit.rows(names)}
    assert found == {"lead": "with False", "beside-False": "lead"}
    assert verify(registry).sound


def test_a_verb_that_never_asks_is_a_defect(registry: Registry) -> None:
    @verb("actor.add", "nothing")
    def careless(unit: Unit) -> dict[str, str]:
        return {}

    with pytest.raises(AssertionError, match="never asked"):
        registry.do(careless, by="root")


def test_actors_roles_and_scopes(registry: Registry) -> None:
    told = refused("role_without_scope", lambda: registry.do(grant, "lead", "auditor", by="root"))
    assert "第56条" in told.zh and "Art. 56" in told.what
    refused("unknown_role", lambda: registry.do(grant, "lead", "king", "region", "990000", by="root"))
    refused("wrong_scope", lambda: registry.do(grant, "lead", "auditor", "person", "P1", by="root"))
    refused("unknown", lambda: registry.do(grant, "lead", "auditor", "region", "120000", by="root"))
    refused("unknown_actor", lambda: registry.do(add, "x", "x", by="nobody"))
    refused("no_role", lambda: registry.do(add, "x", "x", by="lead"))
    registry.do(set_state, "lead", "disabled", by="root")
    refused("actor_disabled", lambda: registry.do(add, "x", "x", by="lead"))
    registry.do(revoke, "h1:hospital:H1", by="root")
    with registry.reading("audit.read", "root") as unit:
        assert unit.rows(select(GRANT.c.revoked_at).where(GRANT.c.actor_id == "h1"))[0]["revoked_at"] is not None
        refusals = unit.rows(select(EVENT.c.body).where(EVENT.c.outcome == "refused"))
    assert len(refusals) == 7 and all('"article":"qualification_56"' in row["body"] for row in refusals)


def test_a_grant_holds_in_its_time(registry: Registry) -> None:
    registry.do(grant, "auditor1", "administrator", "region", "990000", date(2025, 6, 1), date(2025, 7, 1), by="root")
    registry.do(add, "x", "x", by="auditor1", at=datetime(2025, 6, 30, 9, 0))
    refused("no_role", lambda: registry.do(add, "y", "y", by="auditor1", at=datetime(2025, 7, 1, 9, 0)))
    refused("no_role", lambda: registry.do(add, "y", "y", by="auditor1", at=datetime(2025, 5, 31, 9, 0)))


@pytest.mark.parametrize(
    ("first", "days", "last"),
    [
        ("2025-01-24", 1, "2025-01-26"),  # a Sunday that is worked before the Spring Festival
        ("2025-01-27", 1, "2025-02-05"),  # across the festival
        ("2025-09-26", 5, "2025-10-10"),  # across the National Day, with a worked Sunday before it
        ("2026-02-13", 2, "2026-02-24"),  # a worked Saturday, then nine days off
        ("2025-03-06", 7, "2025-03-17"),
        ("2025-03-06", 0, "2025-03-06"),
    ],
)
def test_working_days(first: str, days: int, last: str) -> None:
    calendar = working_calendar()
    assert calendar.after(date.fromisoformat(first), days) == date.fromisoformat(last)
    assert calendar.provisional(date(2031, 1, 1)) and not calendar.provisional(date(2025, 1, 1))
