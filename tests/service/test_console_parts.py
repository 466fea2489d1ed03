"""What pages are built of: filters, tables and their files, small numbers, doors, clocks in words, funnels, tiles."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from yibao.presentation.charts.bridge import Step
from yibao.presentation.charts.panel import Point, panel
from yibao.presentation.fmt import Format
from yibao.presentation.provinces import provinces
from yibao.presentation.workbook import sheet_name
from yibao.service.access.scope import Caller
from yibao.service.console.audit.queue import left_words
from yibao.service.console.bridge import bridge_figure
from yibao.service.console.bureau.funnels import funnel_figure, quartiles, ratio, readings, unit_of
from yibao.service.console.bureau.peers import _row as among
from yibao.service.console.bureau.regions import national
from yibao.service.console.drawing import drawn
from yibao.service.console.filters import Filter, Option, read_query
from yibao.service.console.listing import Column, Listing, Stored, download, ordered, view
from yibao.service.console.navigation import ADMIN, AUDIT, BUREAU, OPEN, current, door_at, doors_of
from yibao.service.console.suppression import WITHHELD, few, shown, suppressed
from yibao.service.problems import Problem

FIELDS = (
    Filter("state", "状态", "State", options=[Option("open", "待办", "open"), Option("done", "办结", "done")]),
    Filter("mine", "我的", "Mine", kind="flag"), Filter("q", "查找", "Search", kind="text"),
    Filter("region", "地区", "Region", options=[Option("99", "省", "province")], default="99", every=None,
           known=frozenset({"98"})),
)  # fmt: skip


def asked(query: str = "") -> Request:
    return Request({"type": "http", "method": "GET", "path": "/x", "query_string": query.encode(), "headers": []})


def test_a_filter_takes_what_it_offers_and_names_what_it_does_not() -> None:
    chosen = read_query({"state": "done", "mine": "true", "q": " 一院 ", "sort": "-n"}, FIELDS, "zh")
    assert (chosen["state"], chosen.flag("mine"), chosen["q"], chosen["region"]) == ("done", True, "一院", "99")
    assert chosen.query(state=None) == "?sort=-n&mine=true&q=%E4%B8%80%E9%99%A2"
    wrong = read_query({"state": "x", "mine": "perhaps", "q": "y" * 81, "region": "97"}, FIELDS, "en")
    assert set(wrong.errors) == {"state", "mine", "q", "region"} and "x" in wrong.errors["state"]
    assert wrong["state"] == ""  # never taken, never silently ignored
    assert read_query({"region": "98"}, FIELDS, "zh").errors == {}  # it exists: whether one may is asked elsewhere


ROWS: list[dict[str, Any]] = [
    {"name": "=cmd()", "n": 3, "fen": -150, "share": 250_000}, {"name": "乙", "n": None, "fen": 20, "share": "<5"},
    {"name": "丙", "n": 10, "fen": 5, "share": 1_000_000},
]  # fmt: skip
TABLE = Listing(
    "t",
    "表",
    "Table",
    [
        Column("name", "名称", "Name", head=True),
        Column("n", "数", "Number", "count"),
        Column("fen", "金额，元", "Money, ¥", "money"),
        Column("share", "占比", "Share", "percent"),
    ],
    ROWS,
    order="name",
    page=2,
)


def test_a_table_is_sorted_and_turned_over_by_the_address() -> None:
    seen = view(asked("sort=-n&page=2"), TABLE, True)
    assert [row["name"] for row in seen.rows] == ["乙"] and (seen.number, seen.last) == (
        2,
        2,
    )  # nothing known comes last
    assert seen.direction(TABLE.columns[1]) == "descending" and seen.turned(TABLE.columns[1]) == "n"
    assert view(asked("sort.t=fen"), TABLE, False).rows[0]["fen"] == -150
    assert ordered(ROWS, "-share")[0]["name"] == "丙"  # a suppressed value is no number
    for wrong in ("sort=nothing", "page=0", "page=x", "page=9999999"):
        with pytest.raises(Problem) as told:
            view(asked(wrong), TABLE, True)
        assert told.value.status == 422


def test_rows_that_stay_in_the_database_are_fetched_by_the_page() -> None:
    fetched: list[tuple[str, int, int | None]] = []

    def fetch(sort: str, first: int, number: int | None) -> list[Any]:
        fetched.append((sort, first, number))
        return [{"name": "x"}]

    table = Listing("t", "表", "Table", TABLE.columns, Stored(120, fetch), page=50)
    seen = view(asked("sort=name&page=3"), table, True)
    assert fetched == [("name", 100, 20)] and seen.last == 3


@pytest.mark.parametrize("kind", ["csv", "json", "xlsx"])
def test_files_hold_the_rows_that_are_shown_and_no_formula(kind: str) -> None:
    body = download(asked("sort=-fen"), TABLE, kind).body
    if kind == "csv":
        lines = bytes(body).decode("utf-8-sig").splitlines()
        assert lines[1:] == ["乙,,0.20,<5", "丙,10,0.05,100.00%", "'=cmd(),3,-1.50,25.00%"]
    elif kind == "json":
        assert [row["fen"] for row in json.loads(body)["rows"]] == [20, 5, -150]
    else:
        assert bytes(body).startswith(b"PK")


def test_charts_that_several_ask_for_at_a_time_are_those_that_one_gets() -> None:
    def picture(one: int, round_: str) -> str:
        points = [Point(f"2025-{m:02d}", 10**one * (1 + (m * 7 % 5) / 10), provisional=m > 10) for m in range(1, 13)]
        return str(drawn(["together", one, round_], lambda: panel(points, 1, f"chart {one}")))

    alone = [picture(one % 4, f"alone {one}") for one in range(4)]
    with ThreadPoolExecutor(4) as several:
        together = list(several.map(lambda one: picture(one % 4, f"together {one}"), range(12)))
    assert together == alone * 3


def test_words_of_numbers_stand_in_the_order_of_the_numbers() -> None:
    said = [{"place": p, "value": f"{n:,} 元", "number": n} for p, n in (("甲", 10_189), ("乙", 8_803), ("丙", 9_645))]
    columns = (Column("place", "地区", "Region", head=True), Column("value", "数值", "Value", by="number"))
    seen = view(asked("sort=-value"), Listing("r", "各地区", "By region", columns, said), True)
    assert [row["number"] for row in seen.rows] == [10_189, 9_645, 8_803] and seen.turned(columns[1]) == "value"


def test_visitors_find_their_way_through_what_is_open() -> None:
    assert {door_at(path, None) for path in ("/open", "/open/institutions/H1", "/law/rule/D01")} == {OPEN}
    assert door_at("/account", None) is None and door_at("/openapi.json", None) is None


def test_a_title_that_no_sheet_may_bear_still_gives_a_workbook() -> None:
    titled = replace(TABLE, zh="职工医保：收入/支出 [1–12 月]: a title longer than a sheet's name may be")
    assert bytes(download(asked(""), titled, "xlsx").body).startswith(b"PK")
    assert sheet_name("'a:b?'") == "a b" and len(sheet_name("长" * 40)) == 31


def test_values_read_as_their_kind_says() -> None:
    fmt = Format("zh")
    assert [column.text(ROWS[0], fmt) for column in TABLE.columns] == ["=cmd()", "3", "−1.50", "25.0%"]
    assert TABLE.columns[3].text(ROWS[1], fmt) == "<5" and TABLE.columns[1].text(ROWS[1], fmt) == "—"


@given(st.lists(st.integers(0, 60), min_size=1, max_size=12), st.integers(2, 20))
def test_no_small_number_can_be_seen_or_worked_out(numbers: list[int], k: int) -> None:
    rows = [{"n": n, "fen": n * 100} for n in numbers]
    made = suppressed(rows, k, "n", ["fen"])
    small = [place for place, n in enumerate(numbers) if 0 < n < k]
    assert all(made[place]["n"] == made[place]["fen"] == few(k) for place in small)
    hidden = [place for place, row in enumerate(made) if isinstance(row["n"], str)]
    assert len(hidden) != 1 or all(n == 0 for place, n in enumerate(numbers) if place not in hidden)
    assert all(made[place]["n"] == WITHHELD for place in hidden if place not in small)
    assert [shown(n, k) for n in numbers] == [few(k) if 0 < n < k else n for n in numbers]


def test_doors_open_for_roles_and_the_longest_entry_is_current() -> None:
    def caller(role: str) -> Caller:
        return Caller("a", "a", "person", "session", [{"role": role, "scope_kind": "region", "scope": "99"}], {})

    assert [door for door, _ in doors_of(caller("auditor"))] == [AUDIT]
    assert [door for door, _ in doors_of(caller("bureau"))] == [BUREAU, AUDIT]
    assert (
        door_at("/admin/users", caller("administrator")) is ADMIN
        and door_at("/admin/users", caller("auditor")) is AUDIT
    )
    assert (
        door_at("/bureau/rules/C01", caller("auditor")) is AUDIT
        and door_at("/bureau/rules", caller("bureau")) is BUREAU
    )
    assert current(AUDIT.entries, "/bureau/rules/C01") == "/bureau/rules"
    assert doors_of(None) == [] and door_at("/bureau", None) is None
    assert current(AUDIT.entries, "/audit/clues/C1") == "/audit/clues" and current(AUDIT.entries, "/audit") == "/audit"
    assert all(len(door.entries) <= 6 for door, _ in doors_of(caller("bureau")))


def test_clocks_in_words() -> None:
    assert [left_words(n, "zh") for n in (3, 0, -1, None)] == ["剩 3 个工作日", "今天到期", "已超 1 个工作日", ""]
    assert left_words(1, "en") == "1 working day left"


def test_a_reading_needs_the_whole_interval_outside_the_middle_half() -> None:
    rows = [ratio(n, 100.0) for n in (100, 104, 96, 102, 98, 180, 40)] + [ratio(3, 4.9)]
    assert readings(rows) == ["similar"] * 5 + ["higher", "lower", "few"]
    assert readings(rows[:5]) == [None] * 5  # four others: no comparison
    assert quartiles([1, 2, 3, 4]) == (1, 3)
    drawn = funnel_figure(
        "f", [unit_of(str(n), n, 100.0, "zh") for n in (100, 104, 96, 102, 180)], ("甲", "A"), ("预期", "e"), "zh"
    )
    assert drawn is not None and drawn.table is not None and [r["observed"] for r in drawn.table.rows][-1] == 180
    assert funnel_figure("f", [unit_of("x", 1, 6.0, "en")] * 4, ("甲", "A"), ("预期", "e"), "en") is None


def test_positions_need_five_peers_and_show_no_extremes_below_ten() -> None:
    four = among("x", "n", 9.0, None, [1.0, 2.0, 3.0, 4.0], str, "pp", "zh")
    assert four["spread"] is None and four["reading"] is None and four["median"] == "—"
    nine = among("x", "n", 9.0, None, [float(n) for n in range(1, 10)], str, "pp", "zh")
    assert nine["spread"] == (3.0, 3.0, 5.0, 7.0, 7.0) and nine["reading"] == "higher"
    ten = among("x", "n", 5.0, (4.0, 6.0), [float(n) for n in range(1, 11)], str, "pp", "en")
    assert ten["spread"][0] == 1.0 and ten["spread"][4] == 9.0 and ten["reading"] == "similar"
    assert among("x", "n", None, None, [1.0] * 9, str, "pp", "en")["reading"] == "few"


def test_the_grid_has_each_of_the_34_units_once_and_says_what_the_table_says() -> None:
    rows = [{"code": unit.code, "name": unit.zh, "value": n * 10_000} for n, unit in enumerate(provinces()) if n < 31]
    drawn = national(rows, "away", "zh")
    assert drawn is not None and "不是地图" in drawn.unit
    for n, unit in enumerate(provinces()):
        assert str(drawn.svg).count(f">{unit.zh}<") == 1
        assert (f">{n}.0%<" in str(drawn.svg)) or n >= 31
    assert str(drawn.svg).count(">—<") == 3
    assert national(rows[:1], "away", "zh") is None


def test_a_bridge_adds_up() -> None:
    fmt = Format("zh")
    steps = [
        Step("甲", 500, fmt.short(500), "total"), Step("减", -200, fmt.short(-200)),
        Step("乙", 300, fmt.short(300), "result"),
    ]  # fmt: skip
    drawn = bridge_figure("b", ("桥", "Bridge"), "桥", "元", steps)
    assert drawn.table is not None and [row["amount"] for row in drawn.table.rows] == [500, -200, 300]
    assert "甲" in str(drawn.svg) and "−2 元" in str(drawn.svg)
