"""Default views are made ahead: whoever opens one finds its pictures drawn; nothing is told in anybody's name."""

from __future__ import annotations

import logging
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import pytest
from callers import HTML, Client, settled_within
from markupsafe import Markup
from sqlalchemy import func, select

from yibao.registry.tables.core import EVENT
from yibao.service.app import guarded_routes
from yibao.service.console import ahead, drawing
from yibao.service.console.recent import Recent
from yibao.service.state import Service
from yibao.service.traffic import Traffic


def events(service: Service) -> int:
    with service.registry.engine.connect() as connection:
        return int(connection.execute(select(func.count()).select_from(EVENT)).scalar_one())


def test_views_are_of_every_door_but_of_no_person(service: Service) -> None:
    service.figures.make()
    found = ahead.views(service)
    paths = {view.path for view in found}
    assert {"/bureau", "/audit", "/hospital/benchmark", "/pharmacy", "/open"} <= paths
    assert len({(view.path, view.lang, id(view.caller)) for view in found}) == len(found)
    assert {view.lang for view in found} == {"zh", "en"}
    of_persons = ("/me", "/audit/clues/", "/hospital/clues", "/hospital/reminders")
    assert not any(path.startswith(of_persons) for path in paths)
    clerks = [tuple(sorted(g["scope"] for g in view.caller.grants)) for view in found
              if view.path == "/audit" and view.lang == "zh" and view.caller]  # fmt: skip
    assert clerks and len(set(clerks)) == len(clerks)  # roles of one scope see the same pictures


def test_who_opens_a_view_finds_its_pictures_drawn(
    app: Any, call: Client, service: Service, keys: dict[str, str], monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    service.figures.make()
    kept: Recent[Any] = Recent(drawing.KEPT)
    monkeypatch.setattr(drawing, "_drawings", kept)
    before = events(service)
    wanted = ("/hospital/benchmark", "/hospital", "/pharmacy", "/open", "/bureau", "/audit/clues")
    made = [view for view in ahead.views(service) if view.path in wanted and view.lang == "en"]
    assert {view.path for view in made} == set(wanted)
    for view in made:
        ahead.make(app, guarded_routes(), view)
    assert events(service) == before and not caplog.records
    drawn = len(kept)
    assert drawn > 10
    answer = call("GET", "/hospital/benchmark?lang=en", keys["his"], headers=HTML)
    assert answer.status_code == 200 and "<svg" in answer.text and len(kept) == drawn


def test_views_are_made_once_for_each_set_of_figures(
    app: Any, service: Service, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    seen: list[ahead.View] = []
    monkeypatch.setattr(ahead, "make", lambda *given: seen.append(given[-1]))
    drawn = ahead.Ahead(app, guarded_routes(), Traffic())
    with caplog.at_level(logging.INFO, "yibao.service.ahead"):
        service.after_figures(drawn.start)
        settled_within(30, lambda: any("drawn ahead" in record.message for record in caplog.records))
    try:
        assert [view.path for view in seen] == [view.path for view in ahead.views(service)][: ahead.MOST]
        service.work.submit(service.make_figures).result(30)
        drawn.close()
        assert len(seen) == len(ahead.views(service)[: ahead.MOST])
    finally:
        service.after_figures(lambda: None)


def test_the_thread_that_draws_ahead_rests_after_each_drawing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawing, "_drawings", Recent(10))
    rests: list[None] = []

    def ahead_of_readers() -> None:
        drawing.rest_after(lambda: rests.append(None))
        for shown in ("a", "a", "b"):
            drawing.drawn(shown, lambda: Markup("<svg></svg>"))

    with ThreadPoolExecutor(1) as thread:
        thread.submit(ahead_of_readers).result(10)
    assert len(rests) == 2  # after what was there already nothing is to be rested from
    drawing.drawn("c", lambda: Markup("<svg></svg>"))
    assert len(rests) == 2  # who asks for a page does not rest


def test_nothing_is_done_ahead_while_somebody_waits(
    app: Any, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    traffic, seen = Traffic(), list[ahead.View]()
    monkeypatch.setattr(ahead, "make", lambda *given: seen.append(given[-1]))
    monkeypatch.setattr(ahead, "QUIET", 0.05)
    service.figures.make()
    with closing(ahead.Ahead(app, guarded_routes(), traffic)) as drawn:
        with traffic.request():
            drawn.start()
            time.sleep(0.5)
            assert traffic.quiet() == 0 and not seen
        settled_within(30, lambda: len(seen) == len(ahead.views(service)[: ahead.MOST]))


def test_a_service_that_is_never_quiet_still_gets_on(
    app: Any, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    traffic, seen = Traffic(), list[ahead.View]()
    monkeypatch.setattr(ahead, "make", lambda *given: seen.append(given[-1]))
    monkeypatch.setattr(ahead, "PATIENCE", 0.01)
    service.figures.make()
    with closing(ahead.Ahead(app, guarded_routes(), traffic)) as drawn, traffic.request():
        drawn.start()
        settled_within(30, lambda: len(seen) > 1)
