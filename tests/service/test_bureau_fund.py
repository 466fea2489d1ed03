"""The fund's page and the overview's small multiples and alerts: sums against the ledger, planted months, scope."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest
from callers import HTML, Client

from yibao.engine import DuckEngine
from yibao.registry.actors import add, grant
from yibao.service.access.keys import make_key
from yibao.service.console.bureau import alerts, care
from yibao.service.state import Service

POOLS = tuple(f"99{n:02d}00" for n in range(1, 7))


def months(count: int) -> list[date]:
    return [date(2024 + (n // 12), n % 12 + 1, 1) for n in range(count)]


def bills(pool: str, month: date, **said: int) -> dict[str, Any]:
    plain = {"bills": 400, "bills_away": 40, "stays": 40, "stays_away": 4, "stay_total": 40_000_000,
             "stay_eligible": 36_000_000, "stay_fund": 27_000_000, "stay_person": 13_000_000,
             "stay_not_covered": 2_000_000, "fund": 50_000_000, "fund_away": 5_000_000}  # fmt: skip
    return {"region_code": pool, "scheme": "310", "month": month, **plain, **said}


def book(pool: str, month: date, income: int = 100, spending: int = 80, balance: int = 800) -> dict[str, Any]:
    return {"region_code": pool, "scheme": "310", "month": month, "insured": 1_000, "pooled_income": income,
            "pooled_spending": spending, "pooled_balance": balance}  # fmt: skip


def by_month(rows: list[dict[str, Any]]) -> dict[date, dict[str, int]]:
    return {row["month"]: {"income": row["pooled_income"], "spending": row["pooled_spending"],
                           "balance": row["pooled_balance"], "insured": row["insured"]} for row in rows}  # fmt: skip


def test_an_indicator_is_the_ratio_of_sums_with_the_middle_half_of_the_pools() -> None:
    known = months(14)
    rows = [bills(pool, month, stays=40 + 10 * n) for n, pool in enumerate(POOLS) for month in known]
    made = care.course(care.sums_by_pool(rows, [book(p, m) for p in POOLS for m in known], ""), care.BY_NAME["rate"])
    assert made is not None
    point = made.points[3]
    assert point.own == pytest.approx(sum(40 + 10 * n for n in range(6)) / 6_000 * 1_000)
    assert point.median == pytest.approx(65) and (point.low or 0) < 65 < (point.high or 0)
    assert [p.provisional for p in made.points] == [False] * 12 + [True] * 2
    assert made.signal is None and made.last is not None and made.last.month == "2024-12"


def test_months_with_few_cases_are_gaps_and_their_sums_are_not_in_the_table() -> None:
    known = months(13)
    rows = [bills("990100", month, stays=4 if n == 2 else 7 if n == 3 else 40) for n, month in enumerate(known)]
    pools = care.sums_by_pool(rows, [book("990100", m) for m in known], "")
    rate, cost = (care.course(pools, care.BY_NAME[name]) for name in ("rate", "cost"))
    assert rate is not None and cost is not None
    assert rate.points[2].own is None and rate.points[3].own == 7.0
    assert cost.points[2].own is None and cost.points[3].own is None  # a mean wants ten
    table = care.figures([rate, cost], "zh")[0].table
    assert table is not None and table.rows[2]["part"] == table.rows[2]["whole"] == table.rows[2]["value"] == "<5"
    away = [bills("990100", m, bills_away=3) for m in known]
    hidden = care.course(care.sums_by_pool(away, [], ""), care.BY_NAME["away"])
    assert hidden is None  # three bills outside: no month may be shown


def test_what_builds_up_in_the_books_is_reckoned_by_hand() -> None:
    known = months(14)
    rows = [book("990100", month, income=100 + n, spending=90, balance=900 + n) for n, month in enumerate(known)]
    pools = care.sums_by_pool([], rows, "310")
    payable, spent = (care.course(pools, care.BY_NAME[name], "310") for name in ("payable", "spent"))
    assert payable is not None and spent is not None
    assert [p.own for p in payable.points[:5]] == [None] * 5  # below six months nothing is said
    assert payable.points[13].own == pytest.approx(913 / 90)
    assert spent.points[12].own == pytest.approx(90 / 112 * 100)  # January starts anew
    assert spent.points[13].own == pytest.approx(180 / 225 * 100)
    assert payable.name == "care_payable_310" and payable.signal is None


def test_a_month_out_of_its_own_variation_warns_and_names_its_rule() -> None:
    known = months(18)
    rows = [bills("990100", m, stays=90 if n == 14 else 40 + n % 3) for n, m in enumerate(known)]
    made = care.course(care.sums_by_pool(rows, [book("990100", m) for m in known], ""), care.BY_NAME["rate"])
    assert made is not None
    found = alerts.of_courses([made], "990000")
    assert [(one.kind, one.since, one.href) for one in found] == [
        ("beyond", known[14], "/bureau/fund?region=990000#care_rate")]  # fmt: skip
    assert "高于自身波动" in found[0].words("what")[0] and "above its own variation" in found[0].words("what")[1]
    rows[14] = bills("990100", known[14])
    assert alerts.of_courses([care.course(care.sums_by_pool(  # type: ignore[list-item]
        rows, [book("990100", m) for m in known], ""), care.BY_NAME["rate"])], "990000") == []  # fmt: skip


@pytest.mark.parametrize(
    ("balance", "income", "level"),
    [(200, 100, 1), (400, 100, 2), (640, 70, 3), (640, 100, None), (2_000, 70, None)],
)
def test_a_reserve_warns_by_its_months(balance: int, income: int, level: int | None) -> None:
    rows = [book("990100", m, income=income, spending=80, balance=balance) for m in months(14)]
    found = alerts.of_reserve({"310": by_month(rows)}, "990000")
    assert [one.level for one in found] == ([] if level is None else [level])
    if level:
        assert found[0].since == months(14)[5]  # from the sixth month on it can be said


def test_spending_that_outgrows_income_three_months_running_warns() -> None:
    rows = [book("990100", m, income=100, spending=80 + (5 if n >= 21 else 0), balance=9_000)
            for n, m in enumerate(months(24))]  # fmt: skip
    found = alerts.of_reserve({"310": by_month(rows)}, "990000")
    assert [(one.kind, one.since) for one in found] == [("growth", date(2025, 10, 1))]
    rows[-1]["pooled_spending"] = 80
    assert alerts.of_reserve({"310": by_month(rows)}, "990000") == []


def test_a_rule_that_finds_far_more_warns_once_and_clocks_warn_by_their_oldest() -> None:
    rows = [{"law_id": law, "month": m, "findings": n}
            for law, last in (("A01", 60), ("A02", 6))
            for m, n in zip(months(12), [5, 6, 5, 7, 6, 5, 6, 7, 5, 6, 5, last], strict=True)]  # fmt: skip
    assert alerts.surges(rows) == {"A01": (date(2024, 12, 1), 60, 6)}
    assert alerts.surges(rows[:11]) == {}
    made = alerts.of_clocks(3, date(2026, 1, 2), [date(2026, 1, 1), date(2026, 3, 1)], date(2026, 2, 1))
    table = alerts.listed(made)
    assert [(row["level"], row["since"]) for row in table.rows] == [(2, date(2026, 1, 1)), (2, date(2026, 1, 2))]
    assert all(all(isinstance(row[part], tuple) for part in ("what", "rule", "advice", "owner")) for row in table.rows)
    assert alerts.of_clocks(0, None, [], date(2026, 2, 1)) == []


@pytest.fixture(scope="module")
def keys_of(service: Service) -> Mapping[str, str]:
    service.figures.make()
    top = next(code for code, row in service.regions.items() if row["parent_code"] is None)
    made = {}
    for name, scope in (("f-bureau", top), ("f-city", "990300")):
        service.registry.do(add, name, name, kind="service", by="admin")
        service.registry.do(grant, name, "bureau", "region", scope, valid_from=date(2025, 1, 1), by="admin")
        made[name] = make_key(service.registry, name, "tests", "admin")
    return made


def test_the_page_s_months_equal_the_ledger_s_bills_and_books(
    call: Client, keys_of: Mapping[str, str], service: Service
) -> None:
    """An independent reckoning: straight from settlements, institutions and the books."""
    sql = """
        select cast(date_trunc('month', s.settled_at) as date) as month,
            sum(case when s.kind in ('21', '22', '23', '24', '52') and s.reversed_settlement_id is null then 1
                when s.kind in ('21', '22', '23', '24', '52') then -1 else 0 end) as stays,
            sum(case when s.kind in ('21', '22', '23', '24', '52') then s.total_amount else 0 end) as total
        from settlement s where s.insured_region = '990100' group by 1 order by 1"""
    with DuckEngine(threads=1) as engine, service.ledger.reading():
        service.ledger.attach(engine, only=["settlement", "fund_month"])
        seen = {f"{row['month']:%Y-%m}": row for row in engine.execute(sql).to_pylist()}
        books = "select month, sum(insured) as n from fund_month where region_code = '990100' group by 1"
        insured = {f"{row['month']:%Y-%m}": int(row["n"]) for row in engine.execute(books).to_pylist()}
    key, at = keys_of["f-bureau"], "/bureau/fund?region=990100"
    rate = call("GET", f"{at}&download=json&part=care_rate", key).json()["rows"]
    cost = call("GET", f"{at}&download=json&part=care_cost", key).json()["rows"]
    assert [row["month"] for row in rate] == sorted(seen)
    for row, money in zip(rate, cost, strict=True):
        stays = int(seen[row["month"]]["stays"])
        if stays >= 5:
            assert (row["part"], row["whole"]) == (stays, insured[row["month"]])
            assert row["value"] == pytest.approx(stays * 1_000 / insured[row["month"]], abs=1e-5)
        elif stays:
            assert row["part"] == row["value"] == "<5"
        if stays >= 10:
            assert money["part"] == int(seen[row["month"]]["total"])
            assert money["value"] == pytest.approx(int(seen[row["month"]]["total"]) / 100 / stays, abs=1e-5)
    for kind in ("csv", "xlsx", "svg"):
        assert call("GET", f"{at}&download={kind}&part=care_rate", key).status_code == 200


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_fund_page_and_the_overview_stand_in_both_languages(
    call: Client, keys_of: Mapping[str, str], lang: str
) -> None:
    for path, names in (("/bureau/fund", ("schemes", "definitions")), ("/bureau", ("schemes", "warnings"))):
        text = call("GET", f"{path}?lang={lang}", keys_of["f-bureau"], headers=HTML).text
        assert text.count("<h1") == 1 and text.count("<figure") >= 6 and "None" not in re.sub(r"<[^>]*>", "", text)
        assert all(f"part={name}" in text for name in names)


def test_a_city_s_fund_is_its_own_and_another_s_is_refused(call: Client, keys_of: Mapping[str, str]) -> None:
    key = keys_of["f-city"]
    assert call("GET", "/bureau/fund?region=990100", key).status_code == 403
    mine = call("GET", "/bureau/fund?download=json&part=schemes", key).json()["rows"]
    both = call("GET", "/bureau/fund?region=990300&download=json&part=schemes", keys_of["f-bureau"]).json()["rows"]
    assert mine == both and len(mine) == 2
    only = call("GET", "/bureau/fund?scheme=390&download=json&part=schemes", key).json()["rows"]
    assert len(only) == 1 and call("GET", "/bureau/fund?scheme=999", key, headers=HTML).status_code == 422
    empty = call("GET", "/bureau/fund?region=990302&lang=zh", key, headers=HTML)
    assert empty.status_code == 200 and "基金按统筹区记账" in empty.text


def test_an_alert_of_a_rule_leads_to_the_rule(service: Service, keys_of: Mapping[str, str], call: Client) -> None:
    where: Any = SimpleNamespace(region="990000", institutions=frozenset(service.institutions))
    findings = alerts.findings_by_month(service, where)
    every = [row for row in service.figures.rows("finding_month") if row["month"] is not None]
    assert sum(row["findings"] for row in findings) == sum(row["findings"] for row in every)
    assert sum(row["fund"] for row in findings) == sum(row["fund_amount"] for row in every)
    found = alerts.of_rules(service, findings)
    assert found and all(one.href.startswith("/bureau/rules/") for one in found)
    assert call("GET", found[0].href, keys_of["f-bureau"], headers=HTML).status_code == 200
