"""A unit of work: what one act of one actor changes, all of it or nothing, with the event that tells of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Select, Table, and_, bindparam, delete, select

from yibao.registry.articles import Refused
from yibao.registry.audit import Event, append, row_digest, row_key
from yibao.registry.calendar import Calendar
from yibao.registry.roles import roles
from yibao.registry.scopes import Place, Reach, reach
from yibao.registry.tables.core import ACTOR, GRANT, IDEMPOTENCY, INSTITUTION, REGION
from yibao.registry.types import Day
from yibao.registry.writes import Write, write

Row = Mapping[str, Any]


@dataclass
class Unit:
    """One transaction. Verbs read through it, and write through :meth:`insert` and :meth:`update` only.

    ``at`` is when the act was done, ``now`` when it is recorded; ``allow`` must have been asked before the unit ends.
    """

    connection: Connection
    action: str
    subject: str
    actor_id: str
    at: datetime
    now: datetime
    calendar: Calendar
    role: str = ""
    body: dict[str, Any] = field(default_factory=dict)
    answered: Row | None = None
    _changes: list[tuple[str, str, int, str]] = field(default_factory=list)
    _last: list[Write] = field(default_factory=list)
    _grants: Sequence[Row] = ()
    _allowed: bool = False

    # --- who ---------------------------------------------------------------------------------------------------------

    def identify(self, request: str | None = None) -> None:
        """Find the actor and his grants, and what this ``request`` was answered before (:attr:`answered`).

        Raises :class:`Refused`: ``unknown_actor``, ``actor_disabled``.
        """
        today = self.at.date()
        if request is None:
            rows = self.rows(_IDENTITY, actor=self.actor_id, today=today)
        else:
            rows = self.rows(_IDENTITY_ASKED, actor=self.actor_id, today=today, request=request)
        if not rows:
            raise Refused(
                "unknown_actor", "qualification_56", f"the registry knows no actor {self.actor_id!r}",
                f"登记库中没有操作人 {self.actor_id!r}", mend="an administrator adds actors: yibao registry actor add",
                mend_zh="由管理员登记操作人：yibao registry actor add",
            )  # fmt: skip
        if rows[0]["state"] != "active":
            raise Refused(
                "actor_disabled", "qualification_56", f"the actor {self.actor_id} is disabled",
                f"操作人 {self.actor_id} 已停用", mend="an administrator enables him", mend_zh="请由管理员启用",
            )  # fmt: skip
        self._grants = [r for r in rows if r["grant_id"] and (r["valid_to"] is None or today < r["valid_to"])]
        self.actor = rows[0]
        if request is not None and rows[0]["answer"] is not None:
            self.answered = {"digest": rows[0]["digest"], "answer": rows[0]["answer"]}

    def reach(self, permission: str | None = None) -> Reach:
        """What the actor reaches with this permission (the unit's own by default)."""
        granted = [g for g in self._grants if roles()[g["role"]].allows(permission or self.action)]
        return reach(granted, self._children(granted))

    def allow(self, *places: Place, permission: str | None = None) -> None:
        """The actor may do this at each of the places. Raises :class:`Refused`: ``no_role`` or ``out_of_scope``."""
        permission = permission or self.action
        granted = [g for g in self._grants if roles()[g["role"]].allows(permission)]
        if not granted:
            held = ", ".join(sorted({g["role"] for g in self._grants})) or "-"
            raise Refused(
                "no_role", "qualification_56", f"{self.actor_id} ({held}) may not do {permission}",
                f"{self.actor_id}（{held}）无权进行 {permission}", mend="an administrator grants a role that may",
                mend_zh="请由管理员授予有此权限的角色",
            )  # fmt: skip
        for place in places:
            # Most places are a scope themselves: the tree is asked only for what lies below one.
            fits = _fitting(granted, place, {}) or _fitting(granted, place, self._line(place.region, granted))
            if not fits:
                where = place.institution or place.person or place.region
                raise Refused(
                    "out_of_scope", "qualification_56", f"{where} is outside the scope of {self.actor_id}",
                    f"{where} 不在 {self.actor_id} 的权限范围内", mend="ask somebody whose scope it is",
                    mend_zh="请由有权限的人员办理",
                )  # fmt: skip
            self.role = self.role or fits[0]["role"]
        self._allowed = True

    def allow_anywhere(self) -> None:
        """The actor holds a role with this permission, for whatever scope: for matters that lie nowhere."""
        self.allow()
        self.role = self.role_for(self.action)

    def role_for(self, permission: str) -> str:
        """The first role of the actor that has a permission."""
        return next(str(g["role"]) for g in self._grants if roles()[g["role"]].allows(permission))

    def _children(self, granted: Sequence[Row]) -> Mapping[str, list[str]]:
        """The region tree; it is not read for grants of an institution or a person."""
        found: dict[str, list[str]] = {}
        if any(g["scope_kind"] == "region" for g in granted):
            for code, parent in self.connection.execute(select(REGION.c.region_code, REGION.c.parent_code)):
                found.setdefault(parent, []).append(code)
        return found

    def _line(self, region: str | None, granted: Sequence[Row]) -> Mapping[str, list[str]]:
        """The part of the region tree that leads to a region: itself and all above it, not the whole country."""
        if region is None or all(g["scope_kind"] != "region" for g in granted):
            return {}
        return {parent: [code] for code, parent in self.connection.execute(_LINE, {"region": region}) if parent}

    # --- reading -----------------------------------------------------------------------------------------------------

    def rows(self, query: Select[Any], **bound: Any) -> list[Row]:
        return [dict(row) for row in self.connection.execute(query, bound).mappings()]

    def find(self, table: Table, **key: Any) -> Row | None:
        """The row with this key, held until the unit ends (PostgreSQL; SQLite has one writer)."""
        row = self.connection.execute(_held(table, tuple(key)), key).mappings().one_or_none()
        return None if row is None else dict(row)

    def get(self, table: Table, what: str, zh: str, **key: Any) -> Row:
        """The same; raises :class:`Refused` (``unknown``) when it is not there."""
        row = self.find(table, **key)
        if row is None:
            name = "|".join(map(str, key.values()))
            raise Refused("unknown", "qualification_56", f"there is no {what} {name}", f"没有{zh} {name}",
                          mend="check the number", mend_zh="请核对编号")  # fmt: skip
        return row

    def place_of(self, institution_id: str | None, region: str | None = None, person: str | None = None) -> Place:
        """Where a matter of an institution lies; the region is the institution's unless it is said."""
        if institution_id is not None and region is None:
            found = select(INSTITUTION.c.region_code).where(INSTITUTION.c.institution_id == institution_id)
            region = self.connection.execute(found).scalar()
        return Place(region, institution_id, person)

    # --- writing -----------------------------------------------------------------------------------------------------

    def insert(self, table: Table, **row: Any) -> Row:
        """Write a new row, at version 1 unless it is said. What was removed must come again at a higher version."""
        made, one = self._new(table, row)
        write(self.connection, one)
        return made

    def insert_last(self, table: Table, **row: Any) -> Row:
        """The same, written together with the event: until then nothing in the unit can read it."""
        made, one = self._new(table, row)
        self._last.append(one)
        return made

    def update(self, table: Table, row: Row, **changes: Any) -> Row:
        """Write changes to a row as it was read. Raises :class:`Refused` (``stale``) when somebody was quicker."""
        made, one = self._changed(table, row, changes)
        write(self.connection, one)
        return made

    def update_last(self, table: Table, row: Row, **changes: Any) -> Row:
        """The same, written together with the event: until then nothing in the unit can read it or change it again."""
        made, one = self._changed(table, row, changes)
        self._last.append(one)
        return made

    def _new(self, table: Table, row: Row) -> tuple[Row, Write]:
        made = {column.name: row.get(column.name) for column in table.columns}
        made["version"] = row.get("version", 1)
        self._note(table, made)
        return made, Write(table, None, made, row_key(table, made))

    def _changed(self, table: Table, row: Row, changes: Row) -> tuple[Row, Write]:
        made = {**row, **changes, "version": row["version"] + 1}
        old = {f"old_{column.name}": row[column.name] for column in table.primary_key}
        bound = {**old, "old_version": row["version"], **changes, "version": made["version"]}
        self._note(table, made)
        return made, Write(table, (*changes, "version"), bound, row_key(table, row))

    def remove(self, table: Table, row: Row) -> None:
        """Take a row away, as retention does; the event keeps that it was there."""
        self.connection.execute(delete(table).where(*(column == row[column.name] for column in table.primary_key)))
        self._changes.append((table.name, row_key(table, row), row["version"] + 1, "-"))

    def say(self, **facts: Any) -> None:
        """Add to what the event tells."""
        self.body.update(facts)

    def finish(self, outcome: str = "done") -> None:
        """Append the event: the last step before the transaction is kept."""
        if not self._allowed:
            raise AssertionError(f"{self.action} never asked who may do it")
        said = Event(self.at, self.actor_id, self.role, self.action, self.subject, outcome, self.body, self._changes)
        append(self.connection, said, self.now, self._last)

    def _note(self, table: Table, row: Row) -> None:
        self._changes.append((table.name, row_key(table, row), row["version"], row_digest(row)))

    # --- time --------------------------------------------------------------------------------------------------------

    @property
    def today(self) -> date:
        return self.at.date()

    def within(self, limit: date, name: str, article: str, what: str, zh: str) -> None:
        """The act is not later than the limit. Raises :class:`Refused` under ``name``."""
        if self.today > limit:
            raise Refused(name, article, f"{what} ended on {limit}", f"{zh}已于 {limit} 届满",
                          mend="the limit cannot be passed over", mend_zh="期限不能逾越")  # fmt: skip


def _fitting(granted: Sequence[Row], place: Place, tree: Mapping[str, list[str]]) -> list[Row]:
    return [g for g in granted if reach([g], tree).covers(place)]


# Statements are made once: putting one together costs more than the database takes to run it.

_IDENTITY = (
    select(ACTOR.c.state, ACTOR.c.kind, ACTOR.c.licence, ACTOR.c.organisation, GRANT)
    .select_from(
        ACTOR.outerjoin(
            GRANT,
            and_(
                GRANT.c.actor_id == ACTOR.c.actor_id,
                GRANT.c.revoked_at.is_(None),
                GRANT.c.valid_from <= bindparam("today", type_=Day),
            ),
        )
    )
    .where(ACTOR.c.actor_id == bindparam("actor"))
)


# With what a request was answered before: most acts ask for both, and each question is a way to the database and back.
_IDENTITY_ASKED = _IDENTITY.add_columns(IDEMPOTENCY.c.digest, IDEMPOTENCY.c.answer).join(
    IDEMPOTENCY, IDEMPOTENCY.c.request == bindparam("request"), isouter=True
)


_START = select(REGION.c.region_code, REGION.c.parent_code).where(REGION.c.region_code == bindparam("region"))
_ABOVE = _START.cte("above", recursive=True)
# A union keeps each region once, so that a tree that bites its tail ends.
_LINE = select(
    _ABOVE.union(select(REGION.c.region_code, REGION.c.parent_code).where(REGION.c.region_code == _ABOVE.c.parent_code))
)


@cache
def _held(table: Table, key: tuple[str, ...]) -> Select[Any]:
    return select(table).where(*(table.c[name] == bindparam(name) for name in key)).with_for_update()


@contextmanager
def reading(connection: Connection) -> Iterator[Connection]:
    """A transaction that sees one state of the database throughout."""
    if connection.dialect.name == "postgresql":
        connection = connection.execution_options(isolation_level="REPEATABLE READ")
    connection = connection.execution_options(reading=True)
    with connection.begin():
        yield connection
