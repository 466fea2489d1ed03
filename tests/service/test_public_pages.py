"""The public's pages: the calculator is the settlement, letters need no name, small numbers hide, law is dated."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from callers import HTML, Client, Clock, text_of
from test_signing_in import code, csrf, form
from typer.testing import CliRunner

from yibao.cli.app import app as command
from yibao.presentation.provinces import GRID_CAPTION, provinces
from yibao.service.access.signin import STEP
from yibao.service.console.navigation import OPEN
from yibao.service.console.public.institutions import by_domain
from yibao.service.console.public.measured import SUMS
from yibao.service.demo_assessment import YEAR
from yibao.service.state import Service


@pytest.fixture(scope="module", autouse=True)
def figures(service: Service) -> None:
    service.figures.make()


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize(
    "path",
    [
        "/open",
        "/open?region=990200&scheme=390",
        "/open/indicators/stay_cost",
        "/open/indicators/stay_away?region=990100",
        "/open/institutions",
        "/open/institutions/H99010200001",
        "/open/calculator",
        "/open/calculator?level_b=1&place_b=unfiled",
        "/open/complaint",
        "/open/complaint/answer",
        "/open/data",
        "/account",
        "/law/rule/D01",
        "/law/policy/YUNHAI-390",
        "/law/indicator/stay_cost",
        "/law/indicator/C06",
        "/law/indicator/K11",
    ],
)
def test_every_page_is_open_to_everybody_in_both_languages(call: Client, path: str, lang: str) -> None:
    text = text_of(call, path, lang)
    assert text.count("<h1") == 1 and " style=" not in text and "<script" not in text
    assert not re.search(r"9901\d{16}", text)  # no person


@pytest.mark.parametrize(
    "query",
    [
        "",
        "policy=YUNHAI-310&class=retired&total=68738.42&not_covered=510.6&first_share=6149.46",
        "policy=YUNHAI-390&status=low_income&level=2&place=referral&total=30000",
        "policy=EXAMPLE-390&kind=11&total=300&not_covered=0&first_share=0",
    ],
)
def test_the_calculator_equals_the_settlement_command(call: Client, tmp_path: Path, query: str) -> None:
    text = text_of(call, f"/open/calculator?{query}")
    file = call("GET", f"/open/calculator?{query}&download=bill", headers=HTML)
    bill = tmp_path / "bill.json"
    bill.write_text(file.text, encoding="utf-8")
    done = CliRunner().invoke(command, ["settle", "--bill", str(bill), "--json"])
    assert done.exit_code == 0, done.output
    result = json.loads(done.output)
    result = result.get("result", result)
    shown = {name: int(fen) for name, fen in re.findall(r'data-step="(\w+)" data-fen="(-?\d+)"', text)}
    assert shown["total"] == result["total_amount"]
    assert shown.get("basic", 0) == result["basic_fund_amount"]
    assert shown.get("assistance", 0) == result["assistance_amount"]
    own = sum(shown.get(name, 0) for name in ("not_covered", "over_limit", "first_share", "deductible", "rest", "back"))
    assert own == result["person_amount"]


def test_two_situations_stand_side_by_side_with_their_difference(call: Client) -> None:
    text = text_of(call, "/open/calculator?level_b=2")
    first, second = re.findall(r'class="y"><dt>您付</dt><dd>([\d,.]+)', text)
    less = round((float(first.replace(",", "")) - float(second.replace(",", ""))) * 100)
    assert less > 0 and f"换成二级：您少付 {less / 100:,.2f} 元" in text


def test_the_bureau_has_the_same_calculator_and_every_policy(
    app: Any, service: Service, given: Mapping[str, Any], clock: Clock
) -> None:
    call = Client(app, service.settings.base_url)
    assert call("GET", "/bureau/policies", headers=HTML).status_code == 303  # to the sign-in
    clock.now += timedelta(seconds=4 * STEP)
    form(call, "bureau", given["bureau"]["password"])
    call("POST", "/sign-in/code", data={"code": code(given, "bureau", clock), "csrf": csrf(call, "/sign-in/code")})
    text = text_of(call, "/bureau/policies")
    assert 'href="/bureau/policies/YUNHAI-390"' in text and 'data-step="basic"' in text
    assert 'value="YUNHAI-310" selected' in text_of(call, "/bureau/policies/YUNHAI-310")
    assert "命中" in text_of(call, "/law/rule/D01")  # how often it fired is for who reads results of rules


def test_wrong_fields_are_named_and_nothing_is_reckoned(call: Client) -> None:
    answer = call("GET", "/open/calculator?total=abc&level=9&class=minor&policy=YUNHAI-310", headers=HTML)
    assert answer.status_code == 422 and "有 3 处需要修改" in answer.text and 'data-step="basic"' not in answer.text
    for name in ("total", "level", "class"):
        assert f'href="#f-{name}"' in answer.text and f'aria-describedby="e-{name}"' in answer.text
    for path in ("/open?region=nowhere", "/open/institutions?level=99", "/open/indicators/stay_cost?year=1850"):
        assert call("GET", path, headers=HTML).status_code == 422
    for path in ("/open/indicators/nothing", "/open/institutions/H0", "/law/rule/Z99", "/law/kind/D01"):
        assert call("GET", path, headers=HTML).status_code == 404


def _turn(call: Client, page: str, **said: str) -> Any:
    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page)) | said
    return call("POST", "/open/complaint", data=fields, headers=HTML)


def test_a_report_without_a_name_in_four_short_pages(call: Client, service: Service) -> None:
    first = text_of(call, "/open/complaint?institution=H99010200001")
    empty = _turn(call, first)
    assert empty.status_code == 422 and "请选择一种" in empty.text
    second = _turn(call, first, kind="report")
    assert "第 2 步" in second.text and 'value="H99010200001" selected' in second.text
    third = _turn(call, second.text, institution="H99010200001")
    missing = _turn(call, third.text, words=" ")
    assert missing.status_code == 422 and 'href="#f-words"' in missing.text
    fourth = _turn(call, third.text, words="3 月 2 日，<b>挂床</b>住院")
    assert "&lt;b&gt;" in fourth.text and "<b>挂床" not in fourth.text
    back = _turn(call, fourth.text, back="1")
    assert "第 3 步" in back.text and "挂床" in back.text  # what was written is still there
    sent = _turn(call, fourth.text, contact="")
    number, secret = re.search(r'id="number">([^<]+)<', sent.text), re.search(r'id="code">([^<]+)<', sent.text)
    assert sent.status_code == 200 and number and secret and sent.headers["cache-control"] == "no-store"
    found = call("POST", "/open/complaint/answer", data={"number": number[1], "code": secret[1].lower()}, headers=HTML)
    assert found.status_code == 200 and "待答复" in found.text and "挂床" in found.text
    for wrong in ({"number": number[1], "code": "22222222"}, {"number": "FB-2025-999999", "code": secret[1]}):
        assert call("POST", "/open/complaint/answer", data=wrong, headers=HTML).status_code == 404
    with service.registry.reading("feedback.read", "bureau") as unit:
        from yibao.registry import feedback

        row = next(row for row in feedback.inbox(unit) if row["feedback_id"] == number[1])
    assert (row["person_id"], row["contact"], row["institution_id"]) == (None, None, "H99010200001")


def test_a_form_of_another_site_is_not_sent(call: Client) -> None:
    said = {"step": "3", "kind": "report", "institution": "", "words": "x", "contact": "", "form": "guessed"}
    answer = call("POST", "/open/complaint", data=said, headers=HTML)
    assert answer.status_code == 422 and 'id="code"' not in answer.text


def test_open_data_hide_what_is_small_and_what_would_give_it_away(call: Client) -> None:
    text = call("GET", "/open/data?download=csv&part=indicators&lang=en").text
    rows = list(csv.DictReader(io.StringIO(text.lstrip("\ufeff"))))
    assert len(rows) > 500
    values = [(row, list(row.values())) for row in rows]
    hidden = [row for row, cells in values if "<20" in cells or "*" in cells]
    assert hidden and all(list(row.values())[4] in ("", None) for row in hidden)
    shown = [cells for _, cells in values if cells[6] not in ("<20", "*")]
    assert all(int(cells[6]) >= 20 or cells[6] == "0" for cells in shown)
    assert all(float(cells[4]) >= 0 for cells in shown if cells[4])  # plain numbers, for programs
    assert json.loads(call("GET", "/open/data?download=json&part=laws&lang=en").text)["rows"]
    assert call("GET", "/open/data?download=xlsx&part=policies").content[:2] == b"PK"


def test_a_visitor_is_led_through_what_is_open_and_to_the_sign_in(call: Client) -> None:
    for path in ("/open", "/open/institutions/H99010200001", "/law/rule/D01"):
        text = text_of(call, path, "en")
        assert all(f'href="{entry.path}"' in text for entry in OPEN.entries) and 'href="/sign-in"' in text
        assert 'class="brand" href="/open"' in text  # the first page behind a sign-in is not his
    assert 'href="/open"' in text_of(call, "/sign-in") and 'href="/sign-in"' not in text_of(call, "/sign-in")


def test_the_order_of_a_list_is_not_taken_to_its_pages(call: Client) -> None:
    found = re.findall(r'href="(/open/indicators/[^"]*)"', call("GET", "/open?sort=title", headers=HTML).text)
    assert found and not any("sort" in path for path in found)


def test_an_indicator_and_its_table_say_the_same(call: Client, service: Service) -> None:
    rows = service.figures.rows("open_month")
    stays = [row for row in rows if row["care"] == "stay"]
    total, bills = sum(row["total_amount"] for row in stays), sum(row["bills"] for row in stays)
    text = text_of(call, "/open/indicators/stay_cost")
    assert f"{round(total / bills) / 100:,.2f} 元" in text and f"共 {bills:,} 例" in text
    trend = call("GET", "/open/indicators/stay_cost?download=csv&part=trend&lang=en").text.splitlines()
    assert len(trend) == 13 and call("GET", "/open/indicators/stay_cost?download=svg&part=trend").text.startswith(
        "<svg"
    )


def test_a_provider_is_told_against_its_level_and_never_ranked(call: Client, service: Service) -> None:
    centres = [name for name, row in service.institutions.items() if row["kind"] == "3" and row["level"] == "1"]
    text = text_of(call, f"/open/institutions/{centres[0]}")
    assert str(YEAR) in text and ("同级相近" in text or "于同级" in text) and 'class="strip"' in text
    lone = next(name for name, row in service.institutions.items() if row["kind"] == "4")
    assert "例数不足，不作评价" in text_of(call, f"/open/institutions/{lone}") or len(centres) >= 5
    for name in service.institutions:
        if name != centres[0]:
            assert name not in text  # peers stay anonymous
    assert by_domain({"indicators": [
        {"domain": "d", "points_milli": 100_000, "weight_ppm": 1}, {"domain": "d", "points_milli": 0, "weight_ppm": 3},
    ]}) == {"d": 25.0}  # fmt: skip


def test_a_law_stands_as_of_a_day(call: Client) -> None:
    now, before = text_of(call, "/law/policy/YUNHAI-390"), text_of(call, "/law/policy/YUNHAI-390?at=2019-05-01")
    assert "2019-05-01 不适用" in before and "这一天不适用" in before and "这一天不适用" not in now
    assert call("GET", "/law/policy/YUNHAI-390?at=yesterday", headers=HTML).status_code == 422
    assert "命中" not in text_of(call, "/law/rule/D01")  # not for the public


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_ledger_of_the_nation_draws_the_34_units_and_the_table_says_the_same(
    call: Client, service: Service, monkeypatch: pytest.MonkeyPatch, lang: str
) -> None:
    """Counties of real provinces are told by province; a province with few bills is hidden in tile and table alike."""
    said = {"pool_code": None, "name_en": None}
    regions = {"000000": {**said, "name": "全国", "parent_code": None}}
    rows, held = [], [unit for unit in provinces() if unit.zone]
    for number, unit in enumerate(held):
        city, county = f"{unit.code[:2]}0100", f"{unit.code[:2]}0102"
        regions[unit.code] = {**said, "name": unit.full, "name_en": unit.en, "parent_code": "000000"}
        regions[city] = {**said, "name": f"{unit.zh}一市", "parent_code": unit.code}
        regions[county] = {**said, "name": f"{unit.zh}一区", "parent_code": city}
        bills = 3 if unit.code == "540000" else 40
        rows.append(
            {
                **dict.fromkeys(SUMS, 0),
                "region_code": county,
                "scheme": "390",
                "care": "stay",
                "bills": bills,
                "month": date(2031, 1, 1),
                "total_amount": bills * (800_000 + 1_000 * number),
            }
        )
    monkeypatch.setattr(service, "regions", regions)
    monkeypatch.setattr(service, "pools", {})
    known = service.figures.rows
    monkeypatch.setattr(service.figures, "rows", lambda name, **at: rows if name == "open_month" else known(name, **at))
    text = text_of(call, "/open/indicators/stay_cost?year=2031&region=000000", lang)
    assert GRID_CAPTION[lang == "en"] in text
    grid = text[text.index('<svg class="chart') :]
    grid = grid[: grid.index("</svg>")]
    names = [unit.zh if lang == "zh" else unit.en for unit in provinces()]
    tiles = re.findall(r"<text[^>]*>([^<]+)</text>", grid)
    if lang == "zh":
        assert sorted(tiles.count(name) for name in names) == [1] * 34
    assert tiles.count("—") == 5  # three outside the statistics, one with few bills and the one that hides it
    notes = re.findall(r"<title>([^<]+)</title>", grid)
    assert len(notes) == 29 and all("n = 40" in note for note in notes)
    table = text.split("<tbody", 1)[1]
    for unit in held:
        value = re.search(rf"{re.escape(unit.full if lang == 'zh' else unit.en)}.*?</tr>", table, re.S)
        assert value is not None
        note = next((n for n in notes if n.startswith(unit.full if lang == "zh" else unit.en)), None)
        assert (note is None) == (("例数不足" if lang == "zh" else "too few") in value[0])
        assert note is None or note.rsplit(" ", 4)[-4].rstrip(",") in value[0]
    assert "一区" not in text and "一市" not in text
