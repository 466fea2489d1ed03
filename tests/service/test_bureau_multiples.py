"""Outliers, drift and hours: planted stays and rows, reckoned by hand; and what the pages show of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest
from callers import HTML, Client
from hospital_stays import at, stays
from sqlalchemy import select

from yibao.engine import DuckEngine
from yibao.registry import clues
from yibao.registry.actors import add, grant
from yibao.registry.tables.core import EVENT
from yibao.service.access.keys import make_key
from yibao.service.console.audit import drawings, hours, months
from yibao.service.console.bureau import drift, multiples, overrides, trail
from yibao.service.state import Service

PLACES = tuple(f"H{n}" for n in range(8))
LEVELS = dict.fromkeys(PLACES, "2") | {"H7": "3"}
CITY: Any = SimpleNamespace(
    institutions={p: {"name": f"医院{p}", "name_en": f"Hospital {p}", "level": LEVELS[p]} for p in PLACES}
)


def case(place: str, count: int, cost: int, standard: int | None = 1_000_000) -> list[dict[str, Any]]:
    return at(place, count, group_status="grouped", group_code="FM19", group_name="冠脉支架", standard_amount=standard,
              weight_ppm=1_000_000, amount=cost)  # fmt: skip


def city(*more: Mapping[str, Any]) -> multiples.Multiples:
    """Eight hospitals with a hundred cases: 80 at the standard, 10 at 2.5 times, 10 at a fifth of it."""
    rows: list[Mapping[str, Any]] = []
    for place in PLACES:
        rows += case(place, 80, 1_000_000) + case(place, 10, 2_500_000) + case(place, 10, 200_000)
    return multiples.multiples(stays([*rows, *more]), PLACES, LEVELS)


def test_outliers_are_counted_by_the_level_s_own_line() -> None:
    made = city(*case("H0", 5, 9_000_000, None))  # without a standard, where others have one: no multiple
    rows = {row["code"]: row for row in multiples.by_institution(CITY, made, "zh")}
    assert [rows["H1"][name] for name in ("cases", "dear", "cheap", "middle")] == [100, 10, 10, 1_000_000]
    assert rows["H0"]["cases"] == 100
    assert rows["H7"]["dear"] == 0 and rows["H7"]["cheap"] == 10  # level 3: from three times on
    assert rows["H1"]["expected"] == pytest.approx(100 * 70 / 800)
    assert rows["H1"]["ratio"] == pytest.approx(10 / 8.75 * 1_000_000, abs=1)
    assert sum(row["expected"] for row in rows.values()) == pytest.approx(70)


def test_a_hospital_with_far_more_is_higher_and_the_words_count_it() -> None:
    made = city(*case("H2", 60, 2_400_000))
    rows = multiples.by_institution(CITY, made, "en")
    assert {row["code"] for row in rows if row["reading"] == "higher"} == {"H2"}
    said = multiples.sentence(made, rows, "en")
    assert "*130* high-cost" in said and "*80*" in said and "*1* providers" in said
    assert multiples.funnel(rows, "en") is not None


def test_the_shape_holds_every_case_once_and_small_classes_are_hidden() -> None:
    made = city(*case("H3", 2, 1_550_000), *case("H3", 3, 4_000_000))
    assert sum(made.classes()) == 805
    drawn = multiples.shape(made, "zh")
    assert drawn is not None and drawn.table is not None
    cells = {row["class"]: row["cases"] for row in drawn.table.rows}
    assert (cells["1.0"], cells["2.5"], cells["0.2"]) == (640, 80, 80)
    assert cells["1.5"] == cells["3+"] == "<5"
    own = multiples.shape(made, "en", made.place("H3"))
    assert own is not None and own.title.startswith("Of 105 cases 13 are high-")
    assert multiples.shape(multiples.multiples(made.stays.where(made.place("H9")), PLACES, LEVELS), "zh") is None


def test_a_table_hides_few_and_what_would_tell_them() -> None:
    few = case("H0", 3, 100_000) + case("H1", 60, 1_000_000) + case("H2", 40, 1_000_000)
    few += case("H1", 2, 2_500_000) + case("H2", 9, 2_500_000)
    made = multiples.multiples(stays(few), PLACES, LEVELS)
    rows = {row["code"]: row for row in multiples.table(multiples.by_institution(CITY, made, "zh")).rows}
    assert rows["H0"]["cases"] == rows["H0"]["cheap"] == "<5" and rows["H2"]["cases"] == "*"
    assert rows["H1"]["dear"] == "<5" and rows["H1"]["dear_share"] == "<5" and rows["H1"]["dear_span"] == ""
    assert all(
        not any(sign.isdigit() for sign in str(rows["H0"][name]).replace("<5", "")) for name in ("half", "ratio")
    )


def test_without_standards_a_multiple_is_of_the_disease_s_mean() -> None:
    rows = at("H0", 50, disease="I63", amount=500_000) + at("H1", 50, disease="I63", amount=1_500_000)
    made = multiples.multiples(stays(rows), PLACES, LEVELS)
    assert not made.priced and set(made.multiple.round(6)) == {0.5, 1.5} and "例均费用" in multiples.base(made)[0]


def drifting(late: int) -> list[drift.Line]:
    """A hospital whose share of drugs leaps in one final month; five peers stay as they are."""
    rows = []
    for n in range(16):
        month = date(2024 + n // 12, n % 12 + 1, 1)
        for number, place in enumerate(PLACES[:6]):
            drug = late if (place, n) == ("H0", 13) else 380_000 + 10_000 * (n % 3) + 1_000 * number
            rows += at(place, 12, month=month, drug=drug, care=500_000 - drug)
    return drift.drifting(stays(rows), "H0", PLACES[1:6], dict.fromkeys(PLACES, "2"))


def test_a_month_out_of_the_own_variation_is_named_beside_the_peers() -> None:
    leapt = {line.indicator.name: line for line in drifting(480_000)}
    calm = {line.indicator.name: line for line in drifting(390_000)}
    assert leapt["drug"].words("zh").endswith("2025-02 高于自身波动") and not calm["drug"].words("zh")
    assert "above its own variation in 2025-02" in drift.sentence(list(leapt.values()), "en")
    assert "没有超出自身波动" in drift.sentence(list(calm.values()), "zh")
    drawn = next(one for one in drift.figures([leapt["drug"]], "该机构", "zh"))
    assert drawn.table is not None
    row = drawn.table.rows[13]
    assert row["own"] == 48_000_000 and row["median"] == pytest.approx((380_000 + 10_000 + 3_000) * 100)
    assert drift.drifting(stays(at("H1", 40)), "H0", PLACES, LEVELS) == []


def test_hours_of_the_night_are_counted_from_ten_to_six() -> None:
    by_hour = [1] * 24
    assert hours.at_night(by_hour) == 8 and sum(hours.counted({str(n): n for n in range(24)})) == 24


def test_overrides_are_counted_by_reason_within_scope_and_few_are_hidden() -> None:
    words = {"HR19-4": {"zh": "急诊急救", "en": "emergency"}, "HR19-6": {"zh": "其他", "en": "other"}}
    rows = [{"institution_id": place, "outcome": outcome, "reason_code": reason, "answers": n} for
            place, outcome, reason, n in (("H1", "overridden", "HR19-4", 30), ("H2", "overridden", "HR19-4", 10),
                                          ("H1", "overridden", "HR19-6", 3), ("H1", "accepted", "", 57),
                                          ("H9", "overridden", "HR19-6", 99))]  # fmt: skip
    told = overrides.overridden(rows, frozenset({"H1", "H2"}), words).rows
    assert [(row["reason"], row["answers"]) for row in told] == [
        (("急诊急救", "emergency"), "*"),
        (("其他", "other"), "<5"),
    ]
    assert "*100 条*" in overrides.followed(rows, frozenset({"H1", "H2"}), "zh")
    assert "57.0%" in overrides.followed(rows, frozenset({"H1", "H2"}), "en")
    assert overrides.followed(rows, frozenset(), "zh") == ""


@pytest.fixture(scope="module")
def keys_of(service: Service) -> Mapping[str, str]:
    service.figures.make()
    top = next(code for code, row in service.regions.items() if row["parent_code"] is None)
    made = {}
    for name, role, scope in (("m-bureau", "bureau", top), ("m-lead", "lead", top), ("m-city", "bureau", "990300")):
        service.registry.do(add, name, name, kind="service", by="admin")
        service.registry.do(grant, name, role, "region", scope, valid_from=date(2025, 1, 1), by="admin")
        made[name] = make_key(service.registry, name, "tests", "admin")
    return made


def test_the_payment_page_counts_each_provider_s_cases_and_no_other_region_s(
    call: Client, keys_of: Mapping[str, str], service: Service
) -> None:
    rows = call("GET", "/bureau/payment?download=json&part=outliers", keys_of["m-bureau"]).json()["rows"]
    table = service.figures.table("stay").to_pylist()
    last = max(row["month"] for row in table)
    first = sorted({row["month"] for row in table})[-12:][0]
    seen: dict[str, int] = {}
    for row in table:
        if first <= row["month"] <= last:
            name = service.institutions[row["institution_id"]]["name"]
            seen[name] = seen.get(name, 0) + 1
    told = {row["name"]: row["cases"] for row in rows}
    assert set(told) == set(seen)
    assert all(cases in ("<5", "*") or cases == seen[name] for name, cases in told.items())
    mine = call("GET", "/bureau/payment?download=json&part=outliers", keys_of["m-city"]).json()["rows"]
    own = {row["name"] for code, row in service.institutions.items() if row["region_code"].startswith("9903")}
    assert mine and {row["name"] for row in mine} <= own
    for kind in ("csv", "xlsx"):
        found = call("GET", f"/bureau/payment?download={kind}&part=outliers", keys_of["m-bureau"])
        assert found.status_code == 200
    assert call("GET", "/bureau/payment?download=svg&part=multiples", keys_of["m-bureau"]).text.startswith("<svg")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_profile_shows_its_months_and_multiples(
    call: Client, keys_of: Mapping[str, str], service: Service, lang: str
) -> None:
    def at_page(code: str) -> str:
        answer = call("GET", f"/bureau/institutions/{code}?lang={lang}", keys_of["m-bureau"], headers=HTML)
        assert answer.status_code == 200 and "None" not in re.sub(r"<[^>]*>", "", answer.text)
        assert answer.text.count("<h1") == 1
        return answer.text

    known = {row["institution_id"]: row["stays"] for row in service.figures.rows("institution_year")}
    busiest = max(known, key=lambda code: known[code])
    text = at_page(busiest)
    assert ('id="monthly"' in text) == bool(drift.lines(service, busiest, drawings.peers_of(service, busiest)))
    assert "part=multiples" in text
    pharmacy = next(code for code, row in service.institutions.items() if row["kind"] == "2")
    assert 'id="monthly"' not in at_page(pharmacy) and "part=multiples" not in at_page(pharmacy)


def test_a_clue_about_charges_shows_their_hours_as_the_ledger_has_them(
    call: Client, keys_of: Mapping[str, str], service: Service
) -> None:
    with service.registry.reading("clue.read", "lead") as unit:
        found = [row for row in clues.clues(unit) if row["law_ids"] == "A02" and row["institution_id"]]
    clue = max(found, key=lambda row: row["findings"])
    at_ = f"/audit/clues/{clue['clue_id']}"
    assert "关键图" in call("GET", f"{at_}?lang=zh", keys_of["m-lead"], headers=HTML).text
    rows = call("GET", f"{at_}?download=json&part=hours", keys_of["m-lead"]).json()["rows"]
    sql = f"""select extract(hour from charged_at) as h, count(*) as n from charge_line where reversed_line_id is null
        and quantity > 0 and institution_id = '{clue["institution_id"]}' group by 1"""
    with DuckEngine(threads=1) as engine, service.ledger.reading():
        service.ledger.attach(engine, only=["charge_line"])
        seen = {str(row["h"]): int(row["n"]) for row in engine.execute(sql).to_pylist()}
    assert {row["hour"]: row["every"] for row in rows if row["every"]} == seen
    assert sum(row["own"] for row in rows) >= 5 and len(rows) == 24


def test_reviews_and_looks_by_month_add_up(call: Client, keys_of: Mapping[str, str], service: Service) -> None:
    with service.registry.reading("clue.read", "lead") as unit:
        known = clues.clues(unit)
    rows = call("GET", "/audit/figures?download=json&part=months", keys_of["m-lead"]).json()["rows"]
    assert sum(row["opened"] for row in rows) == len(known)
    assert sum(row["found"] for row in rows) == sum(row["fund_amount"] for row in known)
    looked = trail.by_month(service)
    with service.registry.engine.connect() as connection:
        seen = connection.execute(select(EVENT.c.subject).where(EVENT.c.action == "data.look")).scalars().all()
    assert sum(row["looks"] for row in looked) == len(seen)
    assert all(row["off"] <= row["looks"] and row["persons"] <= row["looks"] for row in looked)
    assert call("GET", "/bureau/access", keys_of["m-bureau"]).status_code == 200


def test_looks_are_drawn_by_month_where_there_are_months_to_compare() -> None:
    row = {"looks": 30, "off": 3, "persons": 9, "callers": 2}
    rows = [{"month": f"2026-0{n}", **row} for n in (1, 2, 3)]
    figure = trail.monthly_figure(rows, "en")
    assert figure is not None and figure.table is not None and "90 looks in 3 months" in figure.title
    assert [one["month"] for one in figure.table.rows] == ["2026-01", "2026-02", "2026-03"]
    few = [rows[0], *({**one, "persons": 4} for one in rows[1:])]
    assert trail.monthly_figure(few, "en") is None and trail.monthly_figure(rows[:1], "en") is None


def test_months_of_reviews_draw_from_three_on_and_hide_shares_of_few() -> None:
    def row(month: str, concluded: int, held: int) -> dict[str, Any]:
        return months._row(month, {"opened": 9, "concluded": concluded, "held": held, "found": 100, "back": 10})

    rows = [row("2026-01", 10, 7), row("2026-02", 4, 4), row("2026-03", 8, 2)]
    assert [one["rate"] for one in rows] == [700_000, "<5", 250_000]
    drawn = {one.name: one for one in months.figures(rows, "zh")}
    assert set(drawn) == {"m_concluded", "m_rate", "m_found", "m_back"} and months.figures(rows[:2], "zh") == []
    assert months.table(rows).total == {
        "opened": 27,
        "concluded": 22,
        "held": 13,
        "found": 300,
        "upheld": 0,
        "back": 30,
    }
