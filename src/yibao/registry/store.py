"""The registry: opened at a place, asked to do one act after another.

registry = Registry.open("registry.db")
registry.do(assign, "CL-0001", to="auditor-1", by="lead-1")
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, bindparam, select
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from yibao.errors import YibaoError
from yibao.registry.articles import Refused, RegistryError
from yibao.registry.audit import body_digest, compact
from yibao.registry.calendar import Calendar, working_calendar
from yibao.registry.clock import TOLERANCE, Clock, china_time
from yibao.registry.database import connect, database_url
from yibao.registry.tables.core import IDEMPOTENCY
from yibao.registry.unit import Unit, reading

Answer = Mapping[str, Any]


@dataclass(frozen=True)
class Verb:
    """An act that the registry knows: its permission, the subject of its event, and what it does."""

    permission: str
    subject: str
    run: Callable[..., Answer]
    unsaid: tuple[str, ...] = ()

    def content(self, args: tuple[Any, ...], named: Mapping[str, Any]) -> dict[str, Any]:
        """What was asked, by the names of the arguments."""
        bound = inspect.signature(self.run).bind(None, *args, **named)
        bound.apply_defaults()
        return dict(list(bound.arguments.items())[1:])


def verb(permission: str, subject: str, *, unsaid: tuple[str, ...] = ()) -> Callable[[Callable[..., Answer]], Verb]:
    """Make a function ``(unit, …) -> answer`` an act. ``subject`` is filled in from its arguments.

    ``unsaid`` are arguments that are not kept in the event.
    """
    return lambda run: Verb(permission, subject, run, unsaid)


@dataclass
class Registry:
    """A registry at a place."""

    place: str
    engine: Engine
    clock: Clock = china_time
    calendar: Calendar = field(default_factory=working_calendar)

    @classmethod
    def open(cls, place: str, *, clock: Clock = china_time, pool: int = 5) -> Registry:
        """Open a registry. Raises :class:`RegistryError` when it is not there, or not of this version's form."""
        from yibao.registry.migrate import check_form

        registry = cls(place, connect(place, pool=pool), clock)
        try:
            check_form(registry.engine, place)
        except RegistryError:
            registry.close()
            raise
        return registry

    def close(self) -> None:
        self.engine.dispose()

    def __enter__(self) -> Registry:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def do(
        self, act: Verb, *args: Any, by: str, at: datetime | None = None, request: str | None = None, **named: Any
    ) -> Answer:
        """Do one act, all or nothing, and record it.

        ``by`` is the actor, ``at`` when it was done (now by default). ``request`` is a key of the caller's choice: the
        same request again changes nothing and gets the same answer. Raises :class:`Refused`, which is recorded, and
        :class:`RegistryError` when the database is out of reach (then nothing was done, or all of it: ask again with
        the same ``request``).
        """
        content = {name: value for name, value in act.content(args, named).items() if name not in act.unsaid}
        subject = act.subject.format(**content)
        asked = compact([act.permission, by, content]) if request is not None else ""
        with self._reported():
            with suppress(IntegrityError):
                return self._once(act, subject, content, args, named, by, at, request, asked)
            try:
                # Somebody was in between: the same request, or the same number. Seen from now on, it is refused by
                # name or answered; what is still in the way then is not ours to explain.
                return self._once(act, subject, content, args, named, by, at, request, asked)
            except IntegrityError as error:
                now = self.clock()
                self._record(refusal := _conflict(error), act.permission, subject, by, at or now, now, content)
                raise refusal from error

    def _once(
        self, act: Verb, subject: str, content: dict[str, Any], args: tuple[Any, ...], named: Mapping[str, Any],
        by: str, at: datetime | None, request: str | None, asked: str,
    ) -> Answer:  # fmt: skip
        with self.unit(act.permission, subject, by, at, content, request) as unit:
            if unit.answered is not None:
                unit.connection.rollback()
                return _same(unit.answered, str(request), asked)
            try:
                answer = json.loads(compact(act.run(unit, *args, **named)))
            except YibaoError:
                # It may be refused because the same request, sent twice at once, has been done meanwhile.
                if request is not None and (known := _answered(unit, request, asked)) is not None:
                    unit.connection.rollback()
                    return known
                raise
            if request is not None:
                # A key that retention forgot may come again, and is then a later version of its row.
                unit.insert_last(
                    IDEMPOTENCY, request=request, actor_id=by, action=act.permission, digest=body_digest(asked),
                    answer=compact(answer), answered_at=unit.now, version=int(unit.now.timestamp()),
                )  # fmt: skip
            unit.finish()
            return dict(answer)

    @contextmanager
    def unit(
        self, action: str, subject: str, by: str, at: datetime | None = None, content: Answer | None = None,
        request: str | None = None,
    ) -> Iterator[Unit]:  # fmt: skip
        """A transaction of one actor; what is refused in it is undone and recorded."""
        now = self.clock()
        act_at = now if at is None else at
        body = dict(content or {})
        try:
            with self.engine.begin() as connection:
                unit = Unit(connection, action, subject, by, act_at, now, self.calendar, body=body)
                if act_at > now + TOLERANCE:
                    raise _future(act_at)
                unit.identify(request)
                yield unit
        except RegistryError:
            raise
        except YibaoError as refusal:
            self._record(refusal, action, subject, by, act_at, now, body)
            raise

    def _record(
        self, refusal: YibaoError, action: str, subject: str, by: str, at: datetime, now: datetime, body: Answer
    ) -> None:
        """The event of a refusal. Of a clock that was moved back, it is recorded at the time of the event before."""
        from yibao.registry.audit import Event, append
        from yibao.registry.tables.core import HEAD

        with self.engine.begin() as connection:
            last = connection.execute(select(HEAD.c.recorded_at)).scalars().all()
            recorded = max([now, *(moment for moment in last if moment is not None)])
            name, article = getattr(refusal, "name", type(refusal).__name__), getattr(refusal, "article", None)
            said = {**body, "refused": name, "article": article, "said": refusal.what}
            append(connection, Event(at, by, "", action, subject, "refused", said, ()), recorded)

    @contextmanager
    def reading(self, permission: str, by: str) -> Iterator[Unit]:
        """One state of the registry to read from, as far as an actor reaches; nothing can be written in it.

        Reading leaves no event; what is refused does.
        """
        now = self.clock()
        with self._reported():
            try:
                with self.engine.connect() as connection, reading(connection) as seen:
                    unit = Unit(seen, permission, "", by, now, now, self.calendar)
                    unit.identify()
                    unit.allow()
                    yield unit
            except Refused as refusal:
                self._record(refusal, permission, f"actor:{by}", by, now, now, {})
                raise

    @contextmanager
    def _reported(self) -> Iterator[None]:
        try:
            yield
        except SQLAlchemyError as error:
            raise out_of_reach(self.place) from error

    def within(self, clock: Clock) -> Registry:
        """The same registry by another clock."""
        return replace(self, clock=clock)


def out_of_reach(place: str) -> RegistryError:
    return RegistryError(
        "the database is out of reach", where=database_url(place).render_as_string(),
        mend="see that it runs, then ask again with the same request", zh="数据库无法访问",
        mend_zh="请检查数据库，再以相同的请求编号重试",
    )  # fmt: skip


_KNOWN = select(IDEMPOTENCY).where(IDEMPOTENCY.c.request == bindparam("request"))


def _answered(unit: Unit, request: str, asked: str) -> Answer | None:
    """The answer that this request got before. Raises :class:`Refused` when it asked for something else then."""
    row = unit.connection.execute(_KNOWN, {"request": request}).mappings().one_or_none()
    return None if row is None else _same(dict(row), request, asked)


def _same(row: Mapping[str, Any], request: str, asked: str) -> Answer:
    if row["digest"] != body_digest(asked):
        raise Refused(
            "request_reused", "two_bases", f"the request {request} asked for something else before",
            f"请求编号 {request} 已用于另一事项", mend="give every matter a request key of its own",
            mend_zh="每一事项请用各自的请求编号",
        )  # fmt: skip
    answer: Answer = json.loads(row["answer"])
    return answer


def _conflict(error: IntegrityError) -> Refused:
    return Refused(
        "conflict", "two_bases", f"it would contradict what is recorded ({error.orig})", "与已有记录冲突",
        mend="read it again, then decide", mend_zh="请重新查看后再办理",
    )  # fmt: skip


def _future(at: datetime) -> Refused:
    return Refused(
        "in_the_future",
        "cyber_21",
        f"the act is dated {at:%Y-%m-%d %H:%M}, which is still to come",
        f"办理时间 {at:%Y-%m-%d %H:%M} 尚未到来",
        mend="give the time at which it was done",
        mend_zh="请填写实际办理时间",
    )


#: For how long answers of requests are kept: a retry comes sooner.
REQUESTS_KEPT = timedelta(days=90)
