"""The region tree: walks, pools, the derived paths, and who was insured where on the day of care."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from yibao.engine import DuckEngine
from yibao.engine.portable import derived_order, derived_sources
from yibao.ledger.contracts import load_contracts
from yibao.ledger.regions import LEVELS, OUTCOMES, Region, RegionTree

TABLES = load_contracts()


def region(code: str, level: str, parent: str | None = None, pool: str | None = None) -> Region:
    return Region(code, code, None, level, parent, pool)


TREE = RegionTree(
    [
        region("100000", "nation"),
        region("990000", "province", "100000"),
        region("990100", "city", "990000", "990100"),
        region("990102", "county", "990100"),
        region("990200", "city", "990000"),
        region("980000", "province", "100000", "980000"),
        region("980100", "city", "980000", "980000"),
    ]
)


def derive(name: str, rows: dict[str, list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """Rows of a derived table, computed from the rows given; other tables are empty."""
    with DuckEngine(threads=1) as engine:
        derived_in(engine, name, rows)
        return engine.execute(f"select * from {name} order by all").to_pylist()


def derived_in(engine: DuckEngine, name: str, rows: dict[str, list[dict[str, Any]]]) -> None:
    for source in derived_sources(name, TABLES):
        engine.register(source, pa.Table.from_pylist(rows.get(source, []), TABLES[source].arrow_schema()))
    for inner in derived_order([name], TABLES):
        engine.materialise(inner, TABLES[inner].sql or "")


def rows_of(tree: RegionTree) -> list[dict[str, Any]]:
    return [
        {"region_code": r.code, "name": r.name, "level": r.level, "parent_code": r.parent, "pool_code": r.pool}
        for r in tree.regions.values()
    ]


def test_above_below_and_pool() -> None:
    assert TREE.ancestors("990102") == ["990100", "990000", "100000"]
    assert TREE.below("990000") == {"990000", "990100", "990102", "990200"}
    assert TREE.below("000001") == {"000001"}
    pools = {code: TREE.pool_of(code) for code in ("990102", "990200", "980100", "990000", "000001")}
    assert pools == {"990102": "990100", "990200": "990200", "980100": "980000", "990000": "990000", "000001": None}
    assert [(depth, r.code) for depth, r in TREE.walk()][:4] == [
        (0, "100000"), (1, "980000"), (2, "980100"), (1, "990000")
    ]  # fmt: skip


CODES = "ABCDEF"
some_trees = st.lists(
    st.tuples(st.sampled_from(LEVELS), st.none() | st.sampled_from(CODES + "Z")), min_size=6, max_size=6
).map(lambda rows: RegionTree(region(c, level, parent) for c, (level, parent) in zip(CODES, rows, strict=True)))


@given(some_trees)
def test_no_tree_however_faulty_is_walked_for_ever(tree: RegionTree) -> None:
    assert sorted(r.code for _, r in tree.walk()) == sorted(tree.regions)
    for code in tree.regions:
        above = tree.ancestors(code)
        assert len(set(above)) == len(above)
        assert code in tree.below(code)
        assert all(code in tree.below(ancestor) for ancestor in above)


@settings(deadline=None, max_examples=40)
@given(some_trees)
def test_the_derived_paths_are_those_of_the_tree(tree: RegionTree) -> None:
    found = derive("region_path", {"region": rows_of(tree)})
    derived = {(r["region_code"], r["ancestor_code"]): r["distance"] for r in found}
    walked = {(c, a): n for c in tree.regions for n, a in enumerate((c, *tree.ancestors(c))) if n <= 3}
    assert derived == walked


def test_the_insured_place_is_that_of_the_day_and_the_filing_must_fit_the_place_of_care() -> None:
    def encounter(number: int, day: int, institution: str, person: str = "p") -> dict[str, Any]:
        return {
            "encounter_id": f"e{number}", "person_id": person, "institution_id": institution, "scheme": "310",
            "admitted_at": datetime(2026, 3, day, 8),
        }  # fmt: skip

    def enrolment(number: int, code: str, begin: date, end: date | None = None) -> dict[str, Any]:
        return {
            "enrolment_id": f"n{number}", "person_id": "p", "scheme": "310", "region_code": code,
            "begin_date": begin, "end_date": end,
        }  # fmt: skip

    def filing(number: str, to_region: str, end: date | None) -> dict[str, Any]:
        return {
            "filing_id": number, "person_id": "p", "to_region": to_region, "begin_date": date(2026, 3, 1),
            "end_date": end,
        }  # fmt: skip

    rows = {
        "region": rows_of(TREE),
        "institution": [
            {"institution_id": "county", "region_code": "990102"},
            {"institution_id": "other", "region_code": "990200"},
            {"institution_id": "far", "region_code": "980100"},
        ],
        "enrolment": [
            enrolment(1, "990102", date(2020, 1, 1), date(2026, 3, 10)),
            enrolment(2, "990200", date(2026, 3, 11)),
        ],
        "person": [{"person_id": "q", "region_code": "980000"}],
        "settlement": [{"settlement_id": "s", "encounter_id": "e6", "insured_region": "990100"}],
        "encounter": [
            encounter(1, 10, "county"), encounter(2, 10, "other"), encounter(3, 11, "other"), encounter(4, 12, "far"),
            encounter(5, 12, "county", "q"), encounter(6, 12, "county", "r"), encounter(7, 12, "county", "nobody"),
        ],
        "referral_filing": [
            filing("f1", "990000", date(2026, 3, 10)), filing("f2", "980000", None)
        ],
    }  # fmt: skip
    found = {r["encounter_id"]: r for r in derive("encounter_region", rows)}
    told = {k: (r["insured_region"], r["insured_by"], r["crossing"], r["filing_id"]) for k, r in found.items()}
    assert told == {
        "e1": ("990102", "enrolment", "same_county", "f1"),
        "e2": ("990102", "enrolment", "same_province", "f1"),
        "e3": ("990200", "enrolment", "same_pool", None),
        "e4": ("990200", "enrolment", "cross_province", "f2"),
        "e5": ("980000", "residence", "cross_province", None),
        "e6": ("990100", "settlement", "same_pool", None),
        "e7": (None, None, None, None),
    }
    assert found["e2"]["pool_code"] == "990100"


bills = st.lists(
    st.tuples(
        st.sampled_from(["insured", "care"]), st.integers(1, 5), st.sampled_from("pq"), st.integers(1, 2),
        st.integers(0, 2), st.integers(1, 3),
    ),
    max_size=12,
)  # fmt: skip


@settings(deadline=None, max_examples=60)
@given(bills)
def test_every_bill_is_paired_at_most_once_and_none_is_lost(drawn: list[tuple[Any, ...]]) -> None:
    """Money on each side is the money of that side's bills, however they are numbered."""
    rows = {}
    for side, number, person, total, fund, day in drawn:
        rows[side, number] = {
            "reported_by": "990100" if side == "insured" else "990200", "side": side, "settlement_id": f"s{number}",
            "person_id": person, "institution_id": "h", "insured_region": "990100", "care_region": "990200",
            "settled_at": datetime(2026, 3, day), "total_amount": total, "fund_amount": fund,
        }  # fmt: skip
    found = derive("cross_region_match", {"region": rows_of(TREE), "cross_region_bill": list(rows.values())})
    for side in ("insured", "care"):
        ids = [r[f"{side}_settlement_id"] for r in found if r[f"{side}_settlement_id"]]
        assert sorted(ids) == sorted(r["settlement_id"] for r in rows.values() if r["side"] == side)
    sums = {side: sum(r["fund_amount"] for r in rows.values() if r["side"] == side) for side in ("insured", "care")}
    assert sum(r["fund_difference"] for r in found) == sums["insured"] - sums["care"]
    agreed = [r for r in found if r["outcome"] in ("matched", "other_id")]
    assert all(r["fund_difference"] == r["total_difference"] == 0 for r in agreed)
    assert len({r["match_id"] for r in found}) == len(found)


def test_bills_are_paired_by_hashing_not_one_by_one() -> None:
    """An outer join with a condition on its own side alone compares every row with every row."""
    bill = {"reported_by": "990100", "side": "insured", "settlement_id": "s", "settled_at": datetime(2026, 3, 1)}
    with DuckEngine(threads=1) as engine:
        derived_in(engine, "cross_region_match", {"region": rows_of(TREE), "cross_region_bill": [bill, bill]})
        ((_, plan),) = engine.connection.execute(f"explain (format json) {TABLES['cross_region_match'].sql}").fetchall()
    assert "HASH_JOIN" in plan and "BLOCKWISE_NL_JOIN" not in plan


def test_the_outcomes_shown_are_those_of_the_contract() -> None:
    codes = {code.value for code in TABLES["cross_region_match"].by_name["outcome"].codes}
    assert set(OUTCOMES) == codes
