"""The page of one group, and the table of flows: sums, readings, funnels and withheld cells on planted rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest
from callers import HTML, Client
from hospital_stays import at, stays
from hypothesis import given
from hypothesis import strategies as st

from yibao.presentation.fmt import Format
from yibao.registry.actors import add, grant
from yibao.service.access.keys import make_key
from yibao.service.console.bureau import flows
from yibao.service.console.bureau.group import above_standard, group_view, monthly
from yibao.service.console.hospital.stays import Stays
from yibao.service.console.suppression import withheld_cells
from yibao.service.state import Service

PLACES = tuple(f"H{i}" for i in range(8))
CITY: Any = SimpleNamespace(
    institutions={p: {"name": f"医院{p}", "name_en": f"Hospital {p}", "level": "2"} for p in PLACES}
)
PERIOD = (date(2025, 1, 1), date(2025, 12, 1))


def planted(*more: Mapping[str, Any]) -> Stays:
    """Eight hospitals with forty cases of a group at a standard of 9,000 yuan; the first is 4,000 yuan dearer."""
    rows: list[Mapping[str, Any]] = []
    for i, place in enumerate(PLACES):
        dear = 400_000 if i == 0 else 0
        for n in range(40):
            rows += at(place, 1, group_status="grouped", group_code="FM19", group_name="冠脉支架",
                       standard_amount=900_000, weight_ppm=2_000_000, consumable=100_000 + dear,
                       amount=800_000 + 5_000 * (n % 5) + 1_000 * i + dear, month=date(2025, 1 + n % 6, 1))  # fmt: skip
    rows += at("H1", 60, group_status="grouped", group_code="AB10", group_name="其他", amount=1)
    return stays([*rows, *more])


def test_a_group_s_cases_cost_and_result_add_up_over_its_institutions() -> None:
    view = group_view(planted(), PLACES, "FM19", PERIOD)
    rows = view.rows(CITY, "zh")
    assert len(view.stays) == sum(row["cases"] for row in rows) == 320
    assert view.total("amount") == sum(row["amount"] for row in rows)
    assert view.result == sum(row["result"] for row in rows) and view.weight == 2_000_000
    dear = next(row for row in rows if row["code"] == "H0")
    assert dear["mean"] == 1_210_000 and dear["result"] == 40 * (900_000 - 1_210_000) and dear["standard"] == 900_000
    assert dear["reading"] == "higher" and "H0" not in {row["code"] for row in rows if row["reading"] != "higher"}


def test_an_institution_with_few_cases_has_no_interval_and_no_reading_but_few() -> None:
    few = at("H2", 0)
    view = group_view(planted(*few), ["H0", "H1", "H2", "H3"], "FM19", PERIOD)
    assert {row["reading"] for row in view.rows(CITY, "en")} == {None}  # three others: no comparison
    one = group_view(planted(), PLACES, "FM19", (date(2025, 1, 1), date(2025, 3, 1)))
    assert {row["reading"] for row in one.rows(CITY, "en")} == {"few"}  # some twenty cases each


def test_cases_above_the_standard_are_counted_against_the_level_of_all() -> None:
    view = group_view(planted(), PLACES, "FM19", PERIOD)
    drawn = above_standard(view, view.rows(CITY, "zh"), "zh")
    assert drawn is not None and drawn.table is not None
    by_name = {row["name"]: row for row in drawn.table.rows}
    assert by_name["医院H0"]["observed"] == 40 and by_name["医院H1"]["observed"] == 0
    assert by_name["医院H0"]["expected"] == 5_000_000  # forty of 320 above, forty cases here
    bare = stays([{**row, "standard_amount": None} for row in at("H0", 12, group_status="grouped", group_code="FM19")])
    assert above_standard(group_view(bare, ["H0"], "FM19", PERIOD), [], "zh") is None


def test_the_structure_of_one_institution_names_what_is_dear_and_months_carry_the_means() -> None:
    view = group_view(planted(), PLACES, "FM19", PERIOD)
    made = view.structure("H0")
    assert made is not None and made.peers is not None
    gaps = {name: made.own[name] - made.peers[name] for name in made.own}
    assert max(gaps, key=lambda name: abs(gaps[name])) == "consumable" and gaps["consumable"] == 400_000
    cost = monthly(view, Format("zh"))[0]
    assert cost.table is not None
    january = cost.table.rows[0]
    in_january = view.stays.where(view.stays.month == 0)["amount"].mean() / 100
    assert january["all"] == pytest.approx(in_january * 1_000_000, abs=1) and january["low"] < january["high"]
    assert view.cases() == dict.fromkeys(PLACES, 40)
    late = planted(*at("H1", 9, group_status="grouped", group_code="AB10", month=date(2025, 12, 1)))
    gaps = monthly(group_view(late, PLACES, "FM19", PERIOD), Format("zh"))[0]
    assert gaps.table is not None
    assert gaps.table.rows[-1]["month"] == "2025-12" and gaps.table.rows[-1]["all"] is None  # a gap stays a gap


@given(st.lists(st.lists(st.integers(0, 60), min_size=4, max_size=4), min_size=2, max_size=5))
def test_no_line_of_a_table_hides_exactly_one_cell(counts: list[list[int]]) -> None:
    hidden = withheld_cells(counts, 5)
    assert all((r, c) in hidden for r, row in enumerate(counts) for c, n in enumerate(row) if 0 < n < 5)
    lines: Sequence[Sequence[tuple[int, int]]] = [
        *([(r, c) for c in range(4)] for r in range(len(counts))),
        *([(r, c) for r in range(len(counts))] for c in range(4)),
    ]
    assert all(sum(cell in hidden for cell in line) != 1 for line in lines)
    if not any(0 < n < 5 for row in counts for n in row):
        assert hidden == {}


def test_flows_are_summed_over_units_and_small_cells_are_withheld() -> None:
    regions = {"99": None, "9901": "99", "9902": "99", "990101": "9901", "88": None}
    rows = [("990101", "9901", 90, 900), ("9901", "9902", 3, 30), ("9902", "9902", 50, 500), ("9902", "9901", 20, 200),
            ("9902", "88", 12, 120), ("88", "9901", 6, 60), ("88", "88", 1_000, 9)]  # fmt: skip
    service: Any = SimpleNamespace(
        regions={code: {"parent_code": parent} for code, parent in regions.items()},
        figures=SimpleNamespace(rows=lambda _: [
            {"home": h, "place": p, "stays": n, "visits": 0, "stay_fund": fen} for h, p, n, fen in rows]),
    )  # fmt: skip
    flow = flows.summed(service, ["9901", "9902"], "stay_fund")
    assert flow.values == [[900, 30, 0], [200, 500, 120], [60, 0, 0]]  # from elsewhere to elsewhere is none of ours
    assert flow.counts == [[90, 3, 0], [20, 50, 12], [6, 0, 0]]
    made = flows.matrix(flow, ["甲", "乙", "其他"], True, Format("zh"))
    texts = [[cell.text for cell in cells] for _, cells, _ in made.rows]
    assert texts[0][1] == "<5" and sum(text == "*" for row in texts for text in row) >= 3
    assert made.rows[0][2] == "9.30" and made.totals[0] == "11.60" and made.whole == "18.10"
    assert all(len(cells) == len(made.heads) == len(made.totals) for _, cells, _ in made.rows)
    lone = flows.Flow(["甲"], [[9, 0], [0, 0]], [[9, 0], [0, 0]])  # nothing elsewhere: no line for it
    one = flows.Matrix(["甲"], [("甲", [flows.Cell("9", "q5", "100%")], "9")], ["9"], "9")
    assert flows.matrix(lone, ["甲", "其他"], False, Format("zh")) == one
    shades = [[cell.shade for cell in cells] for _, cells, _ in made.rows]
    assert all(not shade for row, line in zip(texts, shades, strict=True) for text, shade in zip(row, line, strict=True)
               if text in ("*", "<5", "0.00", ""))  # fmt: skip


@pytest.fixture(scope="module")
def bureau(service: Service) -> str:
    """The key of a system that reads as the bureau of the whole."""
    service.figures.make()
    top = next(code for code, row in service.regions.items() if row["parent_code"] is None)
    service.registry.do(add, "g-bureau", "g-bureau", kind="service", by="admin")
    service.registry.do(grant, "g-bureau", "bureau", "region", top, valid_from=date(2025, 1, 1), by="admin")
    return make_key(service.registry, "g-bureau", "tests", "admin")


def test_the_page_of_a_disease_leads_on_from_payment_where_nothing_was_grouped(
    call: Client, service: Service, bureau: str
) -> None:
    listed = call("GET", "/bureau/payment?download=json&part=diseases", bureau).json()["rows"]
    most = listed[0]
    code = most["name"].split(" ")[0]
    assert f"/bureau/payment/groups/{code}" in call("GET", "/bureau/payment", bureau, headers=HTML).text
    page = call("GET", f"/bureau/payment/groups/{code}?lang=en", bureau, headers=HTML)
    assert page.status_code == 200 and "The newest run has no groups" in page.text
    rows = call("GET", f"/bureau/payment/groups/{code}?download=json&part=institutions", bureau).json()["rows"]
    known = [row["cases"] for row in rows if isinstance(row["cases"], int)]
    assert sum(known) <= most["cases"] and all(n >= 5 for n in known)
    assert call("GET", f"/bureau/payment/groups/{code}?download=svg&part=month_amount", bureau).text.startswith("<svg")
    assert call("GET", "/bureau/payment/groups/NONE", bureau).status_code == 404
    assert call("GET", f"/bureau/payment/groups/{code}?level=7", bureau, headers=HTML).status_code == 422


def test_flows_of_the_demonstration_hold_every_stay_once(call: Client, service: Service, bureau: str) -> None:
    text = call("GET", "/bureau/regions/flows?lang=zh", bureau, headers=HTML).text
    whole = sum(row["stays"] for row in service.figures.rows("region_flow"))
    assert f"*{whole:,}*" not in text and f"<b>{whole:,}</b>" in text and 'class="n q5"' in text
    assert (
        len(call("GET", "/bureau/regions/flows?download=json&part=flows&measure=stay_fund", bureau).json()["rows"]) > 3
    )
    assert call("GET", "/bureau/regions/flows?measure=none", bureau, headers=HTML).status_code == 422
