"""Pages of bureau, lead and administrator through the application: what they count, refuse, keep and record."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import pyarrow as pa
import pytest
from callers import HTML, Client, objecting
from markupsafe import escape
from sqlalchemy import select

from yibao.lawbook import Lawbook
from yibao.registry import assessment, clues, opinions
from yibao.registry.actors import add, grant
from yibao.registry.tables.assessments import ASSESSED_SCORE, ASSESSED_VALUE, OBJECTION
from yibao.registry.tables.core import ACTOR, EVENT
from yibao.runs.lifecycle import figures
from yibao.service.access.keys import make_key
from yibao.service.console.bureau.trail import monthly_figure
from yibao.service.figures import Figures, sources, statements
from yibao.service.state import Service
from yibao.supervision.lifecycle.backtest import backtest
from yibao.supervision.lifecycle.register import Register

BUREAU = ("/bureau", "/bureau/fund", "/bureau/regions", "/bureau/institutions", "/bureau/rules", "/bureau/rules/C01",
          "/bureau/payment", "/bureau/regions/flows", "/bureau/opinions", "/bureau/quality",
          "/bureau/access", "/bureau/objections")  # fmt: skip


@pytest.fixture(scope="module")
def made(service: Service) -> Mapping[str, str]:
    """Keys of systems that read as the bureau, a lead and an administrator of the whole province, and of one city."""
    service.figures.make()
    top = next(code for code, row in service.regions.items() if row["parent_code"] is None)
    who = (
        ("k-bureau", "bureau", top),
        ("k-lead", "lead", top),
        ("k-admin", "administrator", top),
        ("k-city", "bureau", "990300"),
    )
    found = {}
    for name, role, scope in who:
        service.registry.do(add, name, name, kind="service", by="admin")
        service.registry.do(grant, name, role, "region", scope, valid_from=date(2025, 1, 1), by="admin")
        found[name] = make_key(service.registry, name, "tests", "admin")
    return found


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("path", BUREAU)
def test_a_page_has_one_head_a_question_and_no_inline_code(
    call: Client, made: Mapping[str, str], service: Service, path: str, lang: str
) -> None:
    answer = call("GET", f"{path}?lang={lang}", made["k-bureau"], headers=HTML)
    text = answer.text
    assert answer.status_code == 200 and text.count("<h1") == 1 and 'class="ask"' in text
    assert " style=" not in text and "<script" not in text and "None" not in re.sub(r"<[^>]*>", "", text)
    if lang == "en":
        with service.registry.reading("opinion.read", "bureau") as unit:
            written = opinions.opinions(unit)
        words = re.sub(
            r'lang="zh-CN"[^<]*', "", re.sub(r"<option.*?</option>|<title>.*?</title>", "", text, flags=re.S)
        )
        for row in written:  # what people wrote stays in their language
            words = words.replace(row["words"][:60], "").replace(row["words"], "")
        with service.registry.engine.connect() as connection:
            names = connection.execute(select(ACTOR.c.name)).scalars().all()
        for name in names:  # and names are as they are
            words = words.replace(str(escape(name)), "")
        assert not re.search(r"[\u4e00-\u9fff]", re.sub(r"<[^>]*>", "", words).replace("中文", "")), path


def test_what_a_page_counts_is_what_its_table_and_its_files_hold(
    call: Client, made: Mapping[str, str], service: Service
) -> None:
    key = made["k-bureau"]
    rows = call("GET", "/bureau/institutions?kind=1&download=json&part=institutions", key).json()["rows"]
    hospitals = [row for row in service.institutions.values() if row["kind"] == "1"]
    assert len(rows) == len(hospitals)
    page = call("GET", "/bureau/institutions?kind=1&lang=zh", key, headers=HTML).text
    assert f"{len(hospitals)} 家医院" in page and all(row["name"] in page for row in hospitals)
    found = call("GET", "/bureau/rules?download=json&part=rules&silent=true", key).json()["rows"]
    month = service.figures.rows("finding_month")
    assert sum(row["findings"] for row in found) == sum(row["findings"] for row in month)
    assert sum(row["fund"] for row in found) == sum(row["fund_amount"] for row in month)
    inflow = call("GET", "/bureau/quality?download=json&part=inflow", key).json()["rows"]
    assert all(row["rows_in"] == row["accepted"] + row["quarantined"] + row["duplicates"] for row in inflow)
    places = call("GET", "/bureau/quality?download=json&part=places", key).json()["rows"]
    sums = service.figures.rows("quality_sum")
    assert sum(row["issues"] for row in places) == sum(row["issues"] for row in sums)
    assert sum(row["checked"] for row in places) == sum(row["rows_checked"] for row in sums)
    assert all(row["share"] is None or 0 <= row["share"] <= 1_000_000 for row in places)
    assert any(row["assessed"] for row in rows)  # the demonstration's hospitals were assessed
    assert call("GET", "/bureau?download=svg&part=found", key).text.startswith("<svg")
    assert call("GET", "/bureau?download=csv&part=nothing", key).status_code == 422


def test_a_city_sees_its_own_and_another_region_is_refused_by_the_predicate(
    call: Client, made: Mapping[str, str], service: Service
) -> None:
    key = made["k-city"]
    own = {code for code, row in service.institutions.items() if row["region_code"].startswith("9903")}
    text = "".join(call("GET", f"/bureau/institutions?kind={kind}", key, headers=HTML).text for kind in "1234")
    assert own == {code for code in service.institutions if code in text}
    assert call("GET", "/bureau?region=990100", key).status_code == 403
    wrong = call("GET", "/bureau?region=nowhere&lang=zh", key, headers=HTML)
    assert wrong.status_code == 422 and 'aria-invalid="true"' in wrong.text and "没有“nowhere”" in wrong.text
    other = next(code for code in service.institutions if code not in own)
    assert call("GET", f"/bureau/institutions/{other}", key).status_code == 404
    assert call("GET", "/bureau/institutions/none", key).status_code == 404


def test_an_opinion_is_answered_and_a_wrong_form_names_its_fields(
    call: Client, made: Mapping[str, str], service: Service
) -> None:
    hospital = next(code for code, row in service.institutions.items() if row["kind"] == "1")
    given = service.registry.do(opinions.give, hospital, "group", "标准偏低", subject="FM19", by="hospital")
    at, key = f"/bureau/opinions/{given['opinion_id']}", made["k-bureau"]
    wrong = call("POST", at, key, data={"publish": "1"}, headers=HTML)
    assert wrong.status_code == 422 and [
        wrong.text.count(f'href="#f-{name}"') for name in ("outcome", "words", "summary")
    ] == [1, 1, 1]
    assert 'id="errors" role="alert" tabindex="-1"' in wrong.text and "<title>错误：" in wrong.text
    kept = call("POST", at, key, data={"words": "草稿文字", "draft": "1"}, headers=HTML)
    assert kept.status_code == 303 and "草稿文字" in call("GET", at, key, headers=HTML).text
    assert "草稿文字" not in call("GET", at, made["k-lead"], headers=HTML).text  # nobody else's
    answer = {"outcome": "partly", "words": "重算 2 例"}
    asked = call("POST", at, key, data=answer, headers=HTML)
    assert asked.status_code == 200 and "提交后不能更改" in asked.text and "重算 2 例" in asked.text
    done = call("POST", at, key, data={**answer, "final": "1"}, headers=HTML)
    assert done.headers["location"] == f"{at}?done=answered"
    assert call("POST", at, key, data={**answer, "final": "1"}, headers=HTML).status_code == 409
    listed = call("GET", "/bureau/opinions?state=answered&download=json&part=opinions", key).json()["rows"]
    assert given["opinion_id"] in [row["opinion_id"] for row in listed]


def test_a_published_answer_is_public_without_the_provider(
    call: Client, made: Mapping[str, str], service: Service
) -> None:
    hospital = next(code for code, row in service.institutions.items() if row["kind"] == "1")
    for words, publish in (("公开的一件", "1"), ("不公开的一件", "")):
        given = service.registry.do(opinions.give, hospital, "price", words, by="hospital")
        said = {"outcome": "accepted", "words": "已核", "summary": f"{words}：按新价格重算", "final": "1"}
        at = f"/bureau/opinions/{given['opinion_id']}"
        sent = call("POST", at, made["k-bureau"], data={**said, "publish": publish}, headers=HTML)
        assert sent.status_code == 303
    text = call("GET", "/open/answers?lang=zh", headers=HTML).text
    assert "公开的一件：按新价格重算" in text and "不公开的一件" not in text
    name = service.institutions[hospital]["name"]
    assert hospital not in text and name not in text and "None" not in re.sub(r"<[^>]*>", "", text)
    rows = call("GET", "/open/answers?about=price&download=json&part=answers").json()["rows"]
    assert rows and set(rows[0]) == {"summary", "about", "subject", "outcome", "day"}
    assert "公开的一件" not in call("GET", "/open/answers?about=group", headers=HTML).text
    assert call("GET", "/open/answers?about=none", headers=HTML).status_code == 422


def test_an_objection_is_answered_with_reasons_as_the_command_does(
    call: Client, made: Mapping[str, str], service: Service
) -> None:
    number, house = objecting(service, "objector-page", "recognition", "互认率应为 72%")
    beside, _ = objecting(service, "objector-verb", "commitment_rate", "承诺书已补签")
    at, key = f"/bureau/objections/{number}", made["k-bureau"]
    assert call("GET", at, made["k-city"], headers=HTML).status_code == 404
    listed = call("GET", "/bureau/objections?download=json&part=objections&lang=zh", key).json()["rows"]
    assert {number, beside} <= {row["objection_id"] for row in listed}
    anew = "已重新计分"
    assert anew not in call("GET", "/bureau/objections?lang=zh", key, headers=HTML).text
    assert anew in call("GET", "/bureau/objections?lang=zh&done=draft", key, headers=HTML).text
    wrong = call("POST", at, key, data={"outcome": "granted", "mended": "七十二"}, headers=HTML)
    assert wrong.status_code == 422 and all(f'href="#f-{name}"' in wrong.text for name in ("mended", "words"))
    assert 'href="#f-outcome"' in call("POST", at, key, data={"words": "核实"}, headers=HTML).text
    kept = call("POST", at, key, data={"words": "先放着", "draft": "1"}, headers=HTML)
    assert kept.status_code == 303 and "先放着" in call("GET", at, key, headers=HTML).text
    answer = {"outcome": "granted", "mended": "72", "words": "经核对调阅记录，互认率为 72%"}
    asked = call("POST", f"{at}?lang=zh", key, data=answer, headers=HTML)
    assert asked.status_code == 200 and "→ 72.00 %" in asked.text and "→ 86.67" in asked.text  # (72 − 20) of 60
    done = call("POST", at, key, data={**answer, "final": "1"}, headers=HTML)
    assert done.headers["location"] == f"{at}?done=granted"
    assert call("POST", at, key, data={**answer, "final": "1"}, headers=HTML).status_code == 409
    service.registry.do(assessment.answer_objection, beside, True, 7_200, answer["words"], by="k-bureau")
    with service.registry.engine.connect() as connection:
        found = connection.execute(select(OBJECTION).where(OBJECTION.c.objection_id.in_([number, beside]))).mappings()
        rows = [dict(row) for row in found]
        values = connection.execute(select(ASSESSED_VALUE.c.verified).where(
            ASSESSED_VALUE.c.institution_id == rows[0]["institution_id"],
            ASSESSED_VALUE.c.plan_id == rows[0]["plan_id"],
            ASSESSED_VALUE.c.indicator.in_(["recognition", "commitment_rate"]))).scalars().all()  # fmt: skip
    same = [{k: row[k] for k in ("state", "mended", "answer", "decided_by")} for row in rows]
    assert same == 2 * [{"state": "granted", "mended": 7_200, "answer": answer["words"], "decided_by": "k-bureau"}]
    assert values == [7_200, 7_200]
    shown = call("GET", "/hospital/assessment?lang=zh", house, headers=HTML).text
    assert answer["words"] in shown and "72.00 %" in shown and "成立，已更正" in shown
    assert "检查检验互认率：成立，已更正" in call("GET", "/hospital?lang=zh", house, headers=HTML).text


def test_a_draft_is_made_anew_after_an_upheld_objection(
    call: Client, made: Mapping[str, str], service: Service
) -> None:
    place = next(code for code, row in service.institutions.items() if row["kind"] == "3")
    top = next(code for code, row in service.regions.items() if row["parent_code"] is None)
    service.registry.do(assessment.open_plan, "AS-T", 2020, top, by="k-bureau")
    service.registry.do(assessment.verify_values, "AS-T", place, {"recognition": 5_000}, by="k-bureau")
    service.registry.do(assessment.draft, "AS-T", by="k-bureau")

    def score() -> int:
        with service.registry.engine.connect() as connection:
            mine = select(ASSESSED_SCORE.c.score_milli).where(ASSESSED_SCORE.c.plan_id == "AS-T")
            return int(connection.execute(mine).scalar_one())

    before, at = score(), "/bureau/assessments/AS-T/draft"
    service.registry.do(assessment.verify_values, "AS-T", place, {"recognition": 8_000}, by="k-bureau")
    asked = call("GET", f"{at}?lang=zh", made["k-bureau"], headers=HTML)
    assert asked.status_code == 200 and "即将重新出考核初步结果" in asked.text and score() == before
    assert call("GET", at, made["k-city"], headers=HTML).status_code == 404
    assert call("POST", at, made["k-bureau"], headers=HTML).status_code == 200 and score() == before
    done = call("POST", at, made["k-bureau"], data={"final": "1"}, headers=HTML)
    assert done.status_code == 303 and score() > before
    told = call("GET", done.headers["location"] + "&lang=zh", made["k-bureau"], headers=HTML).text
    assert "已重新计分" in told
    final = call("POST", "/bureau/assessments/AS-2024/draft", made["k-bureau"], data={"final": "1"}, headers=HTML)
    assert final.status_code == 409  # a final result stays


def test_a_rule_shows_its_back_test_and_waits_among_the_decisions(
    call: Client, made: Mapping[str, str], service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, law = made["k-bureau"], service.lawbook.get("E01")
    at = "/bureau/rules/E01?lang=zh"
    assert "yibao law backtest E01 LEDGER" in call("GET", at, made["k-lead"], headers=HTML).text
    assert "现在做回测" in call("GET", at, key, headers=HTML).text
    found = backtest(service.ledger, law)
    Register(service.ledger).add(law, "backtest", "on", figures=figures(found))
    text = call("GET", at, key, headers=HTML).text
    assert "现在做回测" not in text and f"命中 <b>{found.findings:,}</b> 条" in text
    rows = call("GET", f"{at}&download=json&part=tested", key).json()["rows"]
    assert [(row["findings"], row["amount"]) for row in rows] == [(n, money) for _, n, money in found.by_institution]
    if len(found.by_month) > 1:
        months = call("GET", f"{at}&download=json&part=backtest", key).json()["rows"]
        assert sum(row["findings"] for row in months) == found.findings
    assert not _rules_to_decide(call, key)  # it is on
    draft = replace(law, text=law.text.model_copy(update={"status": "draft"}))
    monkeypatch.setattr(service, "lawbook", Lawbook((draft,)))
    assert [(row["name"], row["what"]) for row in _rules_to_decide(call, key)] == [
        ("E01", f"{law.title['zh']}：报告已齐，可转为灰度")
    ]
    assert "等待决定是否转为灰度" in call("GET", at, key, headers=HTML).text


def _rules_to_decide(call: Client, key: str) -> list[dict[str, Any]]:
    rows = call("GET", "/bureau?lang=zh&download=json&part=decide", key).json()["rows"]
    return [row for row in rows if row["kind"] == "规则是否转入下一阶段"]


def test_reasons_of_rows_set_aside_add_up_over_the_batches(
    call: Client, made: Mapping[str, str], service: Service
) -> None:
    rows = call("GET", "/bureau/quality?download=json&part=aside", made["k-bureau"]).json()["rows"]
    found = service.ledger.quarantine().to_pylist()
    assert rows and sum(row["rows"] for row in rows) == len(
        {(one["batch_id"], one["file"], one["row"], one["table_name"], one["code"]) for one in found}
    )
    assert {row["code"] for row in rows} == {one["code"] for one in found}


def test_a_lead_assigns_several_clues_at_once(call: Client, made: Mapping[str, str], service: Service) -> None:
    with service.registry.reading("clue.read", "lead") as unit:
        new = [row["clue_id"] for row in clues.clues(unit, state="S0")][:3]
    done = call("POST", "/audit/clues", made["k-lead"], data={"clue": new, "to": "auditor2", "back": "?whose=nobody"})
    assert done.headers["location"] == "/audit/clues?whose=nobody&assigned=3"
    with service.registry.reading("clue.read", "lead") as unit:
        state = {row["clue_id"]: (row["state"], row["first_reviewer"]) for row in clues.clues(unit)}
    assert {state[one] for one in new} == {("S2", "auditor2")}
    assert call("POST", "/audit/clues", made["k-bureau"], data={"clue": new, "to": "auditor2"}).status_code == 403
    away = call("POST", "/audit/clues", made["k-lead"], data={"clue": new, "to": "auditor", "back": "//evil.example"})
    assert away.headers["location"].startswith("/audit/clues?")


def test_the_audit_of_looks_counts_persons_and_the_chains_are_checked(
    call: Client, made: Mapping[str, str], service: Service
) -> None:
    with service.registry.reading("clue.read", "lead") as unit:
        clue = next(row["clue_id"] for row in clues.clues(unit) if row["persons"] >= 1)
    assert call("GET", f"/audit/clues/{clue}", made["k-lead"], headers=HTML).status_code == 200
    with service.registry.engine.connect() as connection:
        seen = (
            connection.execute(select(EVENT).where(EVENT.c.actor_id == "k-lead", EVENT.c.action == "data.look"))
            .mappings()
            .all()
        )
    assert seen and all(json.loads(row["body"])["purpose"] == "clue_review" for row in seen)
    rows = call("GET", "/bureau/access?days=90&download=json&part=looks", made["k-bureau"]).json()["rows"]
    assert sum(row["looks"] for row in rows if row["name"] == "k-lead") == len(seen)
    checked = call("POST", "/bureau/access", made["k-bureau"])
    assert checked.headers["location"] == "/bureau/access?verified=0"
    assert 'role="status"' in call("GET", checked.headers["location"], made["k-bureau"], headers=HTML).text


def test_looks_by_month_are_drawn_once_two_months_may_be_shown() -> None:
    rows = [{"month": "2025-11", "looks": 40, "off": 1, "persons": 9, "callers": 2},
            {"month": "2025-12", "looks": 8, "off": 0, "persons": 2, "callers": 1}]  # fmt: skip
    assert monthly_figure(rows, "zh") is None
    shown = monthly_figure([rows[0], {**rows[1], "persons": 7}], "en")
    assert shown is not None and shown.title == "48 looks in 2 months, 2% off hours"


def test_a_provider_with_few_peers_is_compared_with_nobody(
    call: Client, made: Mapping[str, str], service: Service
) -> None:
    seen = set()
    for code in service.institutions:
        if service.institutions[code]["kind"] == "1":
            text = call("GET", f"/bureau/institutions/{code}?lang=en", made["k-bureau"], headers=HTML).text
            peers = int(re.findall(r"peers (\d+)<", text)[0])
            few = f"Only {peers} of its level and type" in text
            assert few == (peers < 5) and few != (f"Against {peers} peers" in text)
            seen.add(few)
        if True in seen:
            break
    assert True in seen


def test_a_user_needs_a_scope_that_fits_the_role_and_gets_it_once(
    call: Client, made: Mapping[str, str], service: Service
) -> None:
    key = made["k-admin"]
    wrong = call(
        "POST",
        "/admin/users/new",
        key,
        headers=HTML,
        data={"actor_id": "x y", "role": "hospital", "scope_kind": "region", "scope": "nowhere", "kind": "person"},
    )
    assert wrong.status_code == 422
    assert all(f'href="#f-{name}"' in wrong.text for name in ("actor_id", "name", "scope_kind", "scope"))
    said = {
        "actor_id": "newcomer",
        "name": "=新人",
        "role": "auditor",
        "scope_kind": "region",
        "scope": "990300",
        "kind": "person",
    }
    done = call("POST", "/admin/users/new", key, data=said, headers=HTML)
    assert done.status_code == 200 and "首次密码" in done.text and "<svg" in done.text and "style=" not in done.text
    password = re.findall(r'class="secret">([^<]+)<', done.text)[0]
    assert service.sign_in.sign_in("newcomer", password).actor_id == "newcomer"
    assert call("POST", "/admin/users/new", key, data=said, headers=HTML).status_code == 409
    listed = call("GET", "/admin/users?q=newcomer&download=csv&part=users", key).text
    region = service.regions["990300"]
    assert "'=新人" in listed and f"{region['name']} 990300" in listed
    english = call("GET", "/admin/users/newcomer?lang=en", key, headers=HTML).text
    assert f"{region['name_en']} <code>990300</code>" in english and f">{region['name']}<" not in english
    disable = "/admin/users/newcomer/disable"
    assert "即将停用账号" in call("POST", disable, key, data={}, headers=HTML).text  # what follows is said first
    assert call("POST", disable, key, data={"final": "1"}, headers=HTML).status_code == 422  # and why is asked
    assert call("POST", disable, key, data={"final": "1", "why": "离职"}).status_code == 303
    assert "停用" in call("GET", "/admin/users/newcomer", key, headers=HTML).text
    assert call("GET", "/admin/users", made["k-bureau"]).status_code == 403
    held = call("GET", "/admin/users/newcomer", key, headers=HTML).text
    back = {"grant_id": re.findall(r'name="grant_id" value="([^"]+)"', held)[0]}
    asked = call("POST", "/admin/users/newcomer/revoke", key, data=back, headers=HTML).text
    assert "990300" in asked and f'value="{back["grant_id"]}"' in asked
    back |= {"final": "1", "why": "调岗"}
    assert call("POST", "/admin/users/newcomer/revoke", key, data=back).status_code == 303
    assert "已收回" in call("GET", "/admin/users/newcomer", key, headers=HTML).text


def test_a_key_is_shown_once_and_ended(
    call: Client, made: Mapping[str, str], service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service.callers, "fresh", 0)  # who showed a key is remembered for a second
    admin = made["k-admin"]
    assert call("POST", "/admin/keys", admin, data={"days": "0"}, headers=HTML).status_code == 422
    shown = call(
        "POST", "/admin/keys", admin, data={"actor_id": "k-city", "label": "测试", "days": "30"}, headers=HTML
    ).text
    key = re.findall(r'class="secret">([^<]+)<', shown)[0]
    assert call("GET", "/bureau", key, headers=HTML).status_code == 200
    assert key not in call("GET", "/admin/keys", admin, headers=HTML).text
    end = f"/admin/keys/{key.split('_')[1]}/end"
    asked = call("POST", end, admin, headers=HTML)  # what follows is said before it is done
    assert asked.status_code == 200 and "测试" in asked.text
    assert call("GET", "/bureau", key).status_code == 200
    assert call("POST", end, admin, data={"final": "1"}).status_code == 422  # why is asked too
    assert call("POST", end, admin, data={"final": "1", "why": "系统下线"}).status_code == 303
    assert call("POST", "/admin/keys/none/end", admin).status_code == 404
    assert call("GET", "/bureau", key).status_code == 401


def test_figures_are_made_once_whole_and_again_for_a_new_snapshot(service: Service, tmp_path: Any) -> None:
    made = Figures(tmp_path, service.ledger)
    made.make()
    files = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "figures" / made.name).iterdir()}
    assert {name.removesuffix(".parquet") for name in files} == set(statements())
    made.make()
    assert files == {path.name: path.stat().st_mtime_ns for path in (tmp_path / "figures" / made.name).iterdir()}
    assert not made.stale()
    assert made.rows("settlement_month", scheme="310") and not made.rows("settlement_month", scheme="none")
    tables = service.ledger.tables()
    assert all(name in tables for each in statements() for name in sources(each))
    whole = sum(row["total_amount"] for row in made.rows("settlement_month"))
    assert whole == sum(row["total_amount"] for row in made.rows("institution_year"))


def test_the_evidence_pack_verifies(call: Client, made: Mapping[str, str], service: Service) -> None:
    import hashlib
    import zipfile

    with service.registry.reading("clue.read", "lead") as unit:
        clue = next(row for row in clues.clues(unit) if row["persons"] >= 1)
    answer = call("GET", f"/audit/clues/{clue['clue_id']}/pack.zip", made["k-lead"])
    with zipfile.ZipFile(io.BytesIO(answer.content)) as pack:
        manifest = json.loads(pack.read("manifest.json"))
        assert set(pack.namelist()) == {"evidence.html", "lines.csv", "findings.csv", "events.csv", "manifest.json"}
        for name, said in manifest["files"].items():
            assert hashlib.sha256(pack.read(name)).hexdigest() == said["sha256"]
        page = pack.read("evidence.html").decode()
    assert manifest["claimed_fen"] == clue["claimed"] and "<form" not in page and clue["clue_id"] in page
    assert "<link" not in page and "src=" not in page


def test_results_of_groups_add_up_and_small_ones_are_withheld(
    call: Client, made: Mapping[str, str], service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two hospitals, one with three cases: the three are hidden, and the other so that they cannot be worked out."""
    hospitals = [code for code, row in service.institutions.items() if row["kind"] == "1"][:2]
    base = {"system": "CHS-DRG", "version": "2.0", "status": "grouped", "major_category": "F", "group_code": "FM19",
            "group_name": "冠脉支架", "weight_ppm": 2_000_000, "days": 40}  # fmt: skip
    rows = [
        {**base, "institution_id": hospitals[0], "cases": 20, "priced": 20, "amount": 900_000, "priced_amount": 900_000,
         "standard_amount": 1_000_000},
        {**base, "institution_id": hospitals[1], "cases": 3, "priced": 3, "amount": 90_000, "priced_amount": 90_000,
         "standard_amount": 60_000},
        {**base, "institution_id": hospitals[0], "status": "ungroupable", "group_code": None, "cases": 2, "priced": 0,
         "amount": 5, "priced_amount": 0, "standard_amount": 0},
    ]  # fmt: skip
    empty = service.figures.table("case_result")
    monkeypatch.setitem(service.figures._tables, "case_result", pa.Table.from_pylist(rows, schema=empty.schema))
    page = call("GET", "/bureau/payment?lang=zh", made["k-bureau"], headers=HTML).text
    assert "住院病例 25 例" in page and "23 例" in page and "700 元" in page  # 1,000 - 300 yuan over both
    table = call("GET", "/bureau/payment?download=json&part=hospitals", made["k-bureau"]).json()["rows"]
    assert [(row["cases"], row["result"]) for row in table if row["cases"] == "<5"] == [("<5", "<5")]
    assert [row["result"] for row in table if row["cases"] == "*"] == ["*"]
    groups = call("GET", "/bureau/payment?download=json&part=groups&q=fm19", made["k-bureau"]).json()["rows"]
    assert [(row["cases"], row["result"]) for row in groups] == [(23, 70_000)]
