"""What holds of every settlement under every policy: payers add up, nothing pays too much, only the order counts."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pyarrow as pa
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from benefits import invented
from yibao.benefits.accumulators import Accumulators
from yibao.benefits.bills import ProfileCache
from yibao.benefits.identities import broken
from yibao.benefits.kernel import reckon
from yibao.benefits.load import PolicyBook, Written, load_policies, policy_from
from yibao.benefits.results import kernel_table
from yibao.benefits.settle import settle
from yibao.benefits.vocabulary import LAYERS

seeds = st.integers(0, 10**9)
#: A failing world is named by its seed; shrinking a seed says nothing.
few = settings(max_examples=10, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))


def world(seed: int, persons: int = 8) -> tuple[dict[str, Any], list[dict[str, Any]], random.Random]:
    """Invented policies, and bills of invented people without reversals."""
    rng = random.Random(seed)
    docs = {
        f"P{r[:2]}-{s}@1": invented.policy(rng, f"P{r[:2]}-{s}", r, s)
        for r in ("110000", "420100")
        for s in ("310", "390")
    }
    bills = [bill for n in range(persons) for bill in invented.person(rng, f"p{n:03d}", list(docs))]
    return docs, [b for b in bills if not b["reverses"]], rng


def book_of(docs: dict[str, Any]) -> PolicyBook:
    from pathlib import Path

    return PolicyBook(tuple(Written(policy_from(doc), Path(), key, False) for key, doc in docs.items()))


def rows(bills: list[dict[str, Any]], docs: dict[str, Any], **options: Any) -> dict[str, dict[str, Any]]:
    settled = settle(invented.table(bills), book_of(docs), **options)
    assert settled.aside.num_rows == 0
    return {row["settlement_id"]: row for row in settled.results.to_pylist()}


@few
@given(seeds)
def test_the_identities_hold_and_a_floor_payment_is_the_only_exception(seed: int) -> None:
    docs, bills, _ = world(seed)
    reckoned = reckon(invented.table(bills), ProfileCache({k: policy_from(d) for k, d in docs.items()}))
    table = kernel_table(reckoned)
    assert not any(rows.any() for rows in broken(table).values())
    for row in table.to_pylist():
        assert row["fund_amount"] + row["hospital_amount"] + row["person_amount"] == row["total_amount"]
        assert row["person_amount"] == row["account_amount"] + row["cash_amount"]
        floor = any("floor" in b for b in docs[f"{row['policy_id']}@1"]["benefits"])
        assert floor or row["basic_fund_amount"] <= row["eligible_amount"] - row["deductible_amount"]
        assert row["suspended"] is None or floor


@few
@given(seeds, st.integers(1, 200_000))
def test_more_eligible_expense_never_brings_less(seed: int, more: int) -> None:
    """Of one bill by itself. Each layer rounds once, so that the sum may move a fen for each of them."""
    docs, bills, rng = world(seed, 4)
    bill = rng.choice(bills)
    larger = {**bill, "id": "larger", "person": "q", "eligible": bill["eligible"] + more, "total": bill["total"] + more}
    found = rows([{**bill, "person": "p"}, larger], docs)
    small, large = found[bill["id"]], found["larger"]
    assert large["basic_fund_amount"] >= small["basic_fund_amount"]
    assert large["fund_amount"] >= small["fund_amount"] - 1 - len(LAYERS)


@few
@given(seeds)
def test_without_any_layer_the_person_pays_all(seed: int) -> None:
    docs, bills, _ = world(seed, 6)
    for doc in docs.values():
        doc |= {"layers": {}, "benefits": [{**doc["benefits"][0], "kinds": ["53"]}]}
        doc.pop("account", None)
    for row in rows([{**b, "hospital": 0} for b in bills], docs).values():
        assert row["fund_amount"] == 0
        assert row["person_amount"] == row["total_amount"] == row["cash_amount"]


@few
@given(seeds)
def test_a_reversal_equals_the_year_without_the_bill(seed: int) -> None:
    docs, bills, rng = world(seed, 3)
    original = rng.choice(bills)
    last = max(b["at"] for b in bills)
    amounts = {k: -original[k] for k in ("total", "not_covered", "over_limit", "first_share", "eligible")}
    nothing = dict.fromkeys(("special_drug", "hospital", "account_credit", "family_credit", "own_rate", "own_pay"), 0)
    reversal = {**original, **amounts, **nothing, "id": "r", "reverses": original["id"], "at": last, "year": last.year}
    with_both = rows([*bills, reversal], docs)
    # Money that came into the account with the bill stays; without the bill it comes with the next one.
    rest = [dict(b) for b in bills if b is not original]
    after = [b for b in rest if b["person"] == original["person"] and b["at"] > original["at"]]
    if after:
        for name in ("account_credit", "family_credit"):
            after[0][name] += original[name]
    without = rows(rest, docs)
    for key, row in without.items():
        assert with_both[key] == row
    taken, returned = with_both[original["id"]], with_both["r"]
    for name, value in taken.items():
        if name.endswith("_amount") and value is not None:
            assert returned[name] == -value


@few
@given(seeds)
def test_bills_count_in_their_order_however_they_arrive(seed: int) -> None:
    docs, bills, rng = world(seed, 5)
    shuffled = rng.sample(bills, len(bills))
    assert rows(shuffled, docs) == rows(bills, docs)


@few
@given(seeds, st.integers(1, 60))
def test_one_by_one_in_pieces_and_in_threads_is_the_same(seed: int, piece: int) -> None:
    docs, bills, _ = world(seed, 5)
    whole = rows(bills, docs)
    assert rows(bills, docs, chunk_rows=piece, threads=2) == whole
    book, opening, found = book_of(docs), None, {}
    for bill in sorted(bills, key=lambda b: (b["at"], b["id"])):
        settled = settle(invented.table([bill]), book, opening=opening, threads=1)
        found |= {row["settlement_id"]: row for row in settled.results.to_pylist()}
        assert settled.aside.num_rows == 0, settled.aside.to_pylist()
        opening = settled.accumulators
    assert found == whole
    assert opening is not None
    at_once = settle(invented.table(bills), book).accumulators
    assert _figures(opening) == _figures(at_once)


def _figures(accumulators: Accumulators) -> list[dict[str, Any]]:
    """Whoever has no figures yet has no scheme to come from: the count of moves may then differ."""
    ordered = accumulators.table.sort_by([("person_id", "ascending"), ("name", "ascending")]).to_pylist()
    return [row for row in ordered if row["name"] != "moves.count"]


def test_a_split_bill_changes_nothing_when_the_year_is_rounded() -> None:
    """The property is promised for `rounding.scope: year` and a benefit without a deductible for each bill."""
    doc = {
        "id": "Y", "version": "1", "title": {"zh": "甲", "en": "Y"}, "region": "990000", "scheme": "390",
        "effective": {"from": "2020-01-01"}, "sources": [{"title": "invented", "grade": "own"}],
        "rounding": {"scope": "year"},
        "benefits": [
            {"id": "stay", "title": {"zh": "甲", "en": "stay"}, "kinds": ["21"], "pot": "inpatient",
             "axis": {"of": "annual_cumulative"}, "bands": [{"upto": "3000", "rate": "33.3%"}, {"rate": "66.7%"}]},
        ],
        "layers": {"critical_illness": {"threshold": "500", "bands": [{"rate": "61.7%"}]}},
    }  # fmt: skip
    rng = np.random.default_rng(7)
    amounts = rng.integers(1, 90_000, 40)
    halves = [part for a in amounts.tolist() for part in (a // 2, a - a // 2)]
    totals = []
    for parts in (amounts.tolist(), halves):
        n = len(parts)
        table = pa.table(
            {
                "settlement_id": [f"s{i:03d}" for i in range(n)], "person_id": ["p"] * n, "policy": ["Y@1"] * n,
                "ordered_at": pa.array(range(n), pa.timestamp("us")), "year": [2024] * n, "kind": ["21"] * n,
                "total_amount": parts, "eligible_amount": parts,
                **{c: [0] * n for c in ("not_covered_amount", "over_limit_amount", "first_share_amount")},
            }
        )  # fmt: skip
        results = settle(table, book_of({"Y@1": doc})).results
        totals.append([sum(results[c].to_pylist()) for c in ("basic_fund_amount", "critical_illness_amount")])
    assert totals[0] == totals[1]


def test_the_shipped_policies_settle_the_same_bill_by_the_table_and_alone() -> None:
    from yibao.benefits import bill_from, settle_bill

    book = load_policies()
    doc = {
        "policy": "EXAMPLE-390", "person": {"id": "p", "class": "adult", "status": "low_income"},
        "bill": {"id": "s", "kind": "21", "level": "3", "settled_at": "2024-05-01", "total": "60000",
                 "not_covered": "4000", "first_share": "2000", "eligible": "54000"},
    }  # fmt: skip
    alone = settle_bill(bill_from(doc), book)
    table = pa.table(
        {
            "settlement_id": ["s"], "person_id": ["p"], "insured_region": ["990102"], "scheme": ["390"],
            "ordered_at": pa.array(["2024-05-01"], pa.string()).cast(pa.timestamp("us")), "kind": ["21"],
            "level": ["3"], "person_class": ["adult"], "status": ["low_income"], "total_amount": [6_000_000],
            "not_covered_amount": [400_000], "over_limit_amount": [0], "first_share_amount": [200_000],
            "eligible_amount": [5_400_000],
        }
    )  # fmt: skip
    assert settle(table, book).results.to_pylist() == [alone.result]
