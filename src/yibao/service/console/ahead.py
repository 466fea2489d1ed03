"""Before anybody asks: default views are made once after new figures, so that the first who opens one does not wait.

Each is made as its reader would get it, by its own route, and thrown away; what pages keep for the next reader
(drawings, stays, sums) stays in memory. It is done while nobody waits for an answer: before each view and after each
drawing the thread waits until all has been quiet for a moment, so that under load next to nothing is done ahead. (A
thread of the lowest priority would keep Python's lock for as long as others use the processor.) Pages that look at data
of persons are not among them: what is drawn of one person is drawn for whoever may see it, when he asks.
"""

from __future__ import annotations

import inspect
import logging
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from fastapi import FastAPI, Request
from sqlalchemy import func, select
from starlette.routing import Match

from yibao.errors import YibaoError
from yibao.registry.tables.core import ACTOR, GRANT
from yibao.service.access.guard import GuardedRoute
from yibao.service.access.scope import Caller, caller_of, permissions
from yibao.service.console import drawing
from yibao.service.console.navigation import AUDIT, BUREAU, HOSPITAL, PHARMACY, Door
from yibao.service.console.public.measured import indicators
from yibao.service.reads import reads
from yibao.service.state import Service
from yibao.service.traffic import Traffic

log = logging.getLogger("yibao.service.ahead")
#: Views of each door that a reader sees without filters.
PAGES = {
    BUREAU: ("/bureau", "/bureau/fund", "/bureau/institutions", "/bureau/regions", "/bureau/payment", "/bureau/rules",
             "/bureau/regions/flows", "/bureau/quality"),
    AUDIT: ("/audit", "/audit/clues", "/audit/figures", "/audit/recoveries"),
    HOSPITAL: ("/hospital", "/hospital/benchmark", "/hospital/money", "/hospital/casemix", "/hospital/flows",
               "/hospital/drugs"),
    PHARMACY: ("/pharmacy", "/pharmacy/stock"),
}  # fmt: skip
PUBLIC = ("/open", "/open/institutions", "/open/data", "/open/calculator")
#: Views made at most: their drawings fit into what is kept of drawings.
MOST = 300
#: Seconds without a request after which nobody is taken to wait; and those after which, load or no load, one drawing
#: more is made: a reader may be waiting for what the thread holds.
QUIET, PATIENCE = 0.5, 60.0


@dataclass(frozen=True)
class View:
    """A page in a language, as somebody sees it; ``caller`` None: as everybody does."""

    path: str
    lang: str
    caller: Caller | None = None


class Ahead:
    """Views of one application by its ``routes``; :meth:`start` goes through them once for each new set of figures."""

    def __init__(self, app: FastAPI, routes: Sequence[GuardedRoute], traffic: Traffic) -> None:
        self.app, self.routes, self.traffic = app, routes, traffic
        self.service: Service = app.state.service
        self._of = ""
        self._ended = threading.Event()
        self._thread = ThreadPoolExecutor(1, "ahead", initializer=drawing.rest_after, initargs=(self._pause,))

    def start(self) -> None:
        """Begin, once figures are there; views of older figures are given up."""
        if self._of != self.service.figures.name:
            self._of = self.service.figures.name
            self._thread.submit(self._all, self._of)

    def close(self) -> None:
        """End after the view that is being made."""
        self._ended.set()
        self._thread.shutdown(wait=True)

    def _all(self, of: str) -> None:
        begun, found = time.perf_counter(), views(self.service)[:MOST]
        for view in found:
            self._pause()
            if self._ended.is_set() or of != self._of:
                return
            make(self.app, self.routes, view)
        ms = round(1000 * (time.perf_counter() - begun))
        log.info("pages are drawn ahead", extra={"said": {"pages": len(found), "ms": ms}})

    def _pause(self) -> None:
        """Until nobody waits, the service ends, or patience does."""
        deadline = time.monotonic() + PATIENCE
        while self.traffic.quiet() < QUIET and time.monotonic() < deadline:
            if self._ended.wait(QUIET / 5):
                return


def make(app: FastAPI, routes: Sequence[GuardedRoute], view: View) -> None:
    """Make a view by its route and throw it away. One that is refused, or fails, is left to whoever asks for it."""
    scope = {
        "type": "http", "method": "GET", "path": view.path, "root_path": "", "query_string": b"", "scheme": "http",
        "server": ("ahead", 80), "headers": [(b"cookie", f"lang={view.lang}".encode())], "app": app, "state": {},
    }  # fmt: skip
    matched = ((one, one.matches(scope)) for one in routes)
    route, found = next((one, told) for one, (how, told) in matched if how is Match.FULL)
    given = {"request": Request({**scope, **found}), "caller": view.caller, "service": app.state.service,
             **found["path_params"]}  # fmt: skip
    wanted = inspect.signature(route.endpoint).parameters
    try:
        if view.caller is not None and route.access.permission:
            view.caller.require(route.access.permission)
        route.endpoint(**{name: value for name, value in given.items() if name in wanted})
    except YibaoError:
        pass  # nothing to see there for this reader
    except Exception:
        log.exception("a page could not be drawn ahead", extra={"said": {"route": route.path}})


def views(service: Service) -> list[View]:
    """First what everybody opens first, then one thing each: providers and rules."""
    readers = {door: _readers(service, door) for door in PAGES}
    first: list[tuple[str, Caller | None]] = [(path, None) for path in PUBLIC]
    first += [(f"/open/indicators/{name}", None) for name in indicators()]
    first += [(path, one) for door, pages in PAGES.items() for one in readers[door] for path in pages]
    then: list[tuple[str, Caller | None]] = []
    for one in readers[BUREAU][:1]:
        hospitals = [code for code, row in sorted(service.institutions.items()) if row["kind"] == "1"]
        then += [(f"/bureau/institutions/{code}", one) for code in hospitals]
        found = service.figures.table("finding_month", ["law_id"])["law_id"].unique().to_pylist()
        then += [(f"/bureau/rules/{law}", one) for law in sorted(found)]
    return [View(path, lang, one) for path, one in (*first, *then) for lang in ("zh", "en")]


def _readers(service: Service, door: Door) -> list[Caller]:
    """One reader for each scope that has a door, regions before institutions: roles of one scope see the same."""
    now = service.registry.clock()
    query = (
        select(func.min(GRANT.c.actor_id))
        .join(ACTOR, ACTOR.c.actor_id == GRANT.c.actor_id)
        .where(GRANT.c.role.in_(sorted(permissions()[door.permission])), ACTOR.c.state == "active",
               GRANT.c.revoked_at.is_(None))
        .group_by(GRANT.c.scope_kind, GRANT.c.scope)
        .order_by(GRANT.c.scope_kind.desc(), GRANT.c.scope)
    )  # fmt: skip
    with reads(service.registry) as connection:
        return [caller_of(connection, actor_id, now, "ahead") for actor_id in connection.execute(query).scalars().all()]
