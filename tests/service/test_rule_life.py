"""Steps of a rule's life at the console: who may take them, what each shows and needs, what is kept of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date

import pytest
from callers import HTML, Client, settled_within
from sqlalchemy import select

from yibao.lawbook import Law, Lawbook
from yibao.registry.actors import add, grant
from yibao.registry.tables.core import EVENT
from yibao.service.access.keys import make_key
from yibao.service.keeping import Keeper
from yibao.service.state import Service
from yibao.supervision.lifecycle.register import Register

AT = "/bureau/rules/E02"


@pytest.fixture(scope="module")
def made(service: Service) -> Mapping[str, str]:
    """Keys of the bureau and the lead of the whole province, and of the bureau of one city."""
    service.figures.make()
    top = next(code for code, row in service.regions.items() if row["parent_code"] is None)
    found = {}
    for name, role, scope in (("l-bureau", "bureau", top), ("l-lead", "lead", top), ("l-city", "bureau", "990300")):
        service.registry.do(add, name, name, kind="service", by="admin")
        service.registry.do(grant, name, role, "region", scope, valid_from=date(2025, 1, 1), by="admin")
        found[name] = make_key(service.registry, name, "tests", "admin")
    return found


@pytest.fixture
def draft(service: Service) -> Iterator[Law]:
    """A rule that begins as a draft."""
    before = service.lawbook
    law = before.get("E02")
    drafted = replace(law, text=law.text.model_copy(update={"status": "draft"}))
    service.lawbook = Lawbook(tuple(drafted if one is law else one for one in before.versions), before.problems)
    yield drafted
    service.lawbook = before


def stage(service: Service, law: Law) -> str:
    return Register(service.ledger).standing(law).stage


def told(service: Service, action: str) -> list[tuple[str, str, str]]:
    """(who, outcome, what) of the events of an action, in order."""
    mine = select(EVENT.c.actor_id, EVENT.c.outcome, EVENT.c.body).where(EVENT.c.action == action)
    with service.registry.engine.connect() as connection:
        return [(a, o, str(b)) for a, o, b in connection.execute(mine.order_by(EVENT.c.recorded_at))]


def test_a_draft_goes_on_step_by_step_each_with_its_report(
    call: Client, made: Mapping[str, str], service: Service, draft: Law
) -> None:
    key = made["l-bureau"]

    def page(path: str = AT) -> str:
        answer = call("GET", path, key, headers={**HTML, "accept-language": "zh"})
        assert answer.status_code == 200
        return answer.text

    # Nothing was reported: the page offers the back-test, and the step is refused and told in the trail.
    assert "现在做回测" in page() and "还没有，先做报告" in page(f"{AT}/steps/grey")
    refused = call("POST", f"{AT}/steps/grey", key, data={"final": "1"}, headers=HTML)
    assert refused.status_code == 422 and "未在此账本上回测" in refused.text and stage(service, draft) == "draft"
    assert told(service, "rule.move")[-1][:2] == ("l-bureau", "refused")
    # The back-test is made behind requests; the next page shows it, and the step is asked once more.
    assert call("POST", f"{AT}/reports/backtest", key).status_code == 303
    settled_within(60, lambda: "现在做回测" not in page() and "正在做" not in page())
    report = Register(service.ledger).report(draft, "backtest")
    assert report is not None and f"{AT}/steps/grey" in page()
    asked = call("POST", f"{AT}/steps/grey", key, headers=HTML)
    assert asked.status_code == 200 and stage(service, draft) == "draft"
    assert f"命中 {report.figures['findings']:,} 条" in asked.text and "草稿" in asked.text
    done = call("POST", f"{AT}/steps/grey", key, data={"final": "1", "why": "先看看"}, headers=HTML)
    assert done.status_code == 303 and stage(service, draft) == "grey"
    assert "规则已转为灰度" in page(done.headers["location"]) and "先看看" in page()
    entry = Register(service.ledger).entries[-1]
    assert (entry.by, entry.reason, entry.stage) == ("l-bureau", "先看看", "grey")
    assert told(service, "rule.move")[-1][:2] == ("l-bureau", "done")
    # No run had it in its shadow: the page says that the report failed, and why.
    assert call("POST", f"{AT}/reports/grey", key).status_code == 303
    settled_within(60, lambda: "灰度报告没有做成" in page())
    Register(service.ledger).add(draft, "grey", "grey", figures=report.figures)
    # Too few were decided: a reason is asked for at its field.
    bare = call("POST", f"{AT}/steps/on", key, data={"final": "1"}, headers=HTML)
    assert bare.status_code == 422 and 'id="e-why"' in bare.text and stage(service, draft) == "grey"
    assert call("POST", f"{AT}/steps/on", key, data={"final": "1", "why": "已抽查"}, headers=HTML).status_code == 303
    assert stage(service, draft) == "on"


def test_what_took_a_step_reaches_the_checks(
    call: Client, made: Mapping[str, str], service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    law, checker = service.lawbook.get("D01"), service.checker
    keeper = Keeper(service)
    keeper._follow()
    assert "D01" in {one.id for one in service.checker.laws} and not service.behind()
    off = call("POST", "/bureau/rules/D01/steps/off", made["l-bureau"], data={"final": "1", "why": "停用试验"})
    assert off.status_code == 303 and service.behind()
    keeper._follow()
    assert "D01" not in {one.id for one in service.checker.laws} and service.checker is not checker
    Register(service.ledger).add(law, "step", "on", by="tests")  # as it was, for the tests that follow
    keeper._follow()
    assert "D01" in {one.id for one in service.checker.laws}


def test_only_the_bureau_of_the_whole_takes_steps(call: Client, made: Mapping[str, str], service: Service) -> None:
    before = len(Register(service.ledger).entries)
    for name in ("l-lead", "l-city"):
        text = call("GET", f"{AT}?lang=zh", made[name], headers=HTML).text
        assert "/steps/" not in text and "/reports/" not in text
        assert call("GET", f"{AT}/steps/off", made[name]).status_code == 403
        assert call("POST", f"{AT}/steps/off", made[name], data={"final": "1", "why": "x"}).status_code == 403
        assert call("POST", f"{AT}/reports/backtest", made[name]).status_code == 403
    assert call("GET", "/bureau/rules/NONE/steps/off", made["l-bureau"]).status_code == 404
    assert call("GET", f"{AT}/steps/nowhere", made["l-bureau"]).status_code == 422
    assert len(Register(service.ledger).entries) == before
