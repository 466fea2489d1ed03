"""A bill's steps: the printed example to the word, sums that close for any bill, layers that pay back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yibao.benefits import PolicyBook, bill_from, load_policies, settle_bill
from yibao.benefits.bill import SettledBill
from yibao.service.console.insured.bill import registered
from yibao.service.console.insured.items import Item, dearest, items
from yibao.service.console.insured.steps import Shared, booked, shared
from yibao.service.console.insured.telling import Teller
from yibao.service.console.insured.words import Bill

#: The benefit of the example: 800 yuan first, then 70 %; above 14,000 yuan of a year's own share 60 % more.
POLICY = """
id: BOOK-390
version: "2026.1"
title: {zh: 云州居民医保住院, en: Yunzhou residents}
region: "990100"
scheme: 390
effective: {from: 2026-01-01}
sources: [{title: the example of a bill's page, grade: own}]
benefits:
  - id: inpatient
    title: {zh: 住院, en: inpatient}
    kinds: [21]
    pot: inpatient
    deductible: {amount: 800}
    bands: [{rate: 70%}]
layers:
  critical_illness: {benefits: [inpatient], threshold: 14000, origin: absolute, bands: [{rate: 60%}]}
"""


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> PolicyBook:
    folder = tmp_path_factory.mktemp("policies") / "BOOK-390_example"
    folder.mkdir()
    (folder / "policy.yaml").write_text(POLICY, encoding="utf-8")
    (folder / "cases.yaml").write_text("cases: []\n", encoding="utf-8")
    return load_policies([folder.parent])


def _settled(
    book: PolicyBook, policy: str = "BOOK-390", person: dict[str, Any] | None = None, **bill: Any
) -> SettledBill:
    said = {
        "id": "B1", "kind": "21", "settled_at": "2026-09-09", "level": "3", "total": "28640", "not_covered": "1260",
        "first_share": "980", "eligible": "26400", **bill,
    }  # fmt: skip
    doc = {"policy": policy, "person": {"id": "P1", "class": "adult", **(person or {})}, "bill": said}
    if policy == "BOOK-390":
        doc["accumulators"] = {"critical_illness.seen": "9650"}
    return settle_bill(bill_from(doc), book)


def _items() -> list[Item]:
    return [
        Item("C1", "可吸收止血材料", 1, 1000, 96_000, 96_000, 0, 0, 0),
        Item("S1", "单间床位差价", 2, 2000, 30_000, 30_000, 0, 0, 0),
        Item("C2", "一次性切割吻合器", 1, 1000, 648_000, 0, 0, 64_800, 1000),
        Item("D1", "某乙类药", 4, 4000, 332_000, 0, 0, 33_200, 1000),
    ]  # fmt: skip


def _teller(settled: SettledBill, lang: Any, **more: Any) -> Teller:
    made = shared(settled.result, settled.steps)
    bill = Bill(True, "3", "local", more.pop("status", "none"), registered(more.pop("registered", "none")), **more)
    return Teller(lang, bill, made, settled.profile)


def test_the_example_reads_as_it_is_printed(book: PolicyBook) -> None:
    teller = _teller(_settled(book), "zh", items=_items())
    told = {one.step.name: (one.name, one.who, one.step.amount, one.sentence, list(one.sums)) for one in teller.told()}
    assert told["not_covered"][:3] == ("目录外项目", "您付", 126_000)
    assert "2 项，全部自己付" in told["not_covered"][3]
    assert told["first_share"][2:4] == (98_000, "有些药和材料要先自己付 10%，再报销（先行自付）。")
    assert told["deductible"][2:4] == (80_000, "每次住院先由自己付的一段，三级医院 800.00 元。")
    assert told["basic"] == (
        "基本医保付", "医保付", 1_792_000, "剩下的 25,600.00 元，医保付 70%。", ["25,600.00 × 70% = 17,920.00"]
    )  # fmt: skip
    assert told["critical_illness"] == (
        "大病保险付", "医保付", 247_800, "您今年医保范围内自付累计 18,130.00 元，超过 14,000.00 元的部分，再付 60%。",
        ["18,130.00 − 14,000.00 = 4,130.00", "4,130.00 × 60% = 2,478.00"],
    )  # fmt: skip
    assert told["rest"][2:4] == (520_200, "26,400.00 − 800.00 − 17,920.00 − 2,478.00 = 5,202.00")
    assert teller.check() == "核对：您付的四项 1,260.00 + 980.00 + 800.00 + 5,202.00 = 8,242.00 元"


def test_the_example_reads_in_english(book: PolicyBook) -> None:
    teller = _teller(_settled(book), "en", items=_items())
    said = " ".join(one.sentence for one in teller.told())
    assert "For some drugs and materials you pay 10% first." in said
    assert "¥800.00 at a level-3 hospital." in said
    assert "it pays 70%" in said
    assert "came to ¥18,130.00; above ¥14,000.00 it pays 60%" in said
    assert teller.check() == "Check: your 4 parts 1,260.00 + 980.00 + 800.00 + 5,202.00 = ¥8,242.00"


def test_what_later_layers_pay_of_what_was_yours_first_is_given_back(book: PolicyBook) -> None:
    settled = _settled(
        book, "YUNHAI-390@2025.1", {"status": "destitute"}, not_covered="0", first_share="0", eligible="28640"
    )
    teller = _teller(settled, "zh", status="destitute", registered="destitute")
    assert teller.shared.person == 0 and teller.shared.adds_up
    back = teller.shared.steps[-1]
    assert (back.name, back.payer, back.amount) == ("back", "back", -120_000)
    told = {one.step.name: one.sentence for one in teller.told()}
    assert told["assistance"].startswith("您登记为特困人员。")
    assert teller.check().endswith("1,200.00 − 1,200.00 = 0.00 元")


@pytest.mark.parametrize(("bill", "sentence"), [
    ({"kind": "41"}, "这类就医不在待遇里，医保不付。"),
    ({"total": "900", "not_covered": "0", "first_share": "0", "eligible": "900"}, "还没有超过起付线，医保不付。"),
])  # fmt: skip
def test_a_bill_that_gets_nothing_says_why(book: PolicyBook, bill: dict[str, str], sentence: str) -> None:
    teller = _teller(_settled(book, "YUNHAI-390@2025.1", **bill), "zh")
    assert next(one.sentence for one in teller.told() if one.step.name == "basic") == sentence


@settings(max_examples=60, deadline=None)
@given(
    st.tuples(*(st.integers(0, 9_000_000),) * 4),
    st.sampled_from(["3", "2", "1"]),
    st.sampled_from(["21", "11", "14", "41"]),
    st.sampled_from(["none", "destitute", "low_income", "low_income_edge"]),
    st.sampled_from(["local", "referral", "unfiled"]),
)
def test_steps_close_for_any_bill(parts: tuple[int, ...], level: str, kind: str, status: str, place: str) -> None:
    book = _shipped()
    outside, above, first, eligible = parts
    yuan = [f"{fen // 100}.{fen % 100:02d}" for fen in (sum(parts), outside, above, first, eligible)]
    settled = _settled(
        book, "YUNHAI-390@2025.1", {"status": status}, total=yuan[0], not_covered=yuan[1], over_limit=yuan[2],
        first_share=yuan[3], eligible=yuan[4], level=level, kind=kind, place=place,
    )  # fmt: skip
    made = shared(settled.result, settled.steps)
    assert made.adds_up and made.person == settled.result["person_amount"]
    assert all(0 <= step.start <= made.total for step in made.steps)
    assert all(step.start + step.amount <= made.total for step in made.steps if step.payer not in ("whole", "back"))
    for lang in ("zh", "en"):
        told = _teller(settled, lang, status=status, registered=status).told()
        assert all(one.name and one.sentence for one in told)


def _shipped(known: list[PolicyBook] = []) -> PolicyBook:  # noqa: B006 - read once for all examples
    if not known:
        known.append(load_policies())
    return known[0]


def test_the_books_alone_still_close() -> None:
    names = ("not_covered", "over_limit", "first_share", "deductible", "basic_fund", "civil_servant", "enterprise",
             "large_amount", "critical_illness", "assistance", "other_fund", "hospital")  # fmt: skip
    row: dict[str, Any] = {f"{name}_amount": 0 for name in names}
    row |= {"large_amount_amount": 0, "total_amount": 10_000, "fund_amount": 6_000, "basic_fund_amount": 6_000,
            "deductible_amount": 1_000}  # fmt: skip
    made: Shared = booked(row)
    assert made.adds_up and [step.name for step in made.steps] == ["total", "deductible", "basic", "rest"]


def test_refunded_lines_are_taken_off_and_the_dearest_come_first() -> None:
    def line(code: str, amount: int, own: int, rate: int = 0, back: str | None = None) -> dict[str, Any]:
        return {
            "item_code": code,
            "item_name": code,
            "quantity": 1000 if amount > 0 else -1000,
            "amount": amount,
            "not_covered_amount": own if not rate else 0,
            "over_limit_amount": 0,
            "first_share_amount": own if rate else 0,
            "first_share_rate": rate,
            "reversed_line_id": back,
        }

    found = items([
        line("A", 5_000, 500, 1000), line("B", 3_000, 3_000), line("C", 900, 900), line("C", -900, -900, back="x"),
        line("D", 100, 0),
    ])  # fmt: skip
    assert [item.code for item in found] == ["B", "A", "D"]  # C was given back whole
    assert [item.code for item in dearest(found)] == ["B", "A"]
    assert found[0].why("zh") == "目录外或不符合支付条件，全部自己付" and found[1].why("en") == "you pay 10% first"


@pytest.mark.parametrize(
    ("used", "zh", "en"),
    [("0", "今年的限额到了，少付 7,920.00 元。", " The year's limit is reached, which takes ¥7,920.00 off."),
     ("10000", "今年的限额已经用完，这次不付。", " The year's limit is used up, so nothing is paid this time.")],
)  # fmt: skip
def test_a_limit_that_takes_what_the_share_would_give_is_said(tmp_path: Path, used: str, zh: str, en: str) -> None:
    folder = tmp_path / "BOOK-390_capped"
    folder.mkdir()
    capped = POLICY.replace(
        "    bands: [{rate: 70%}]", "    bands: [{rate: 70%}]\n    cap: {basis: fund_payment, amount: 10000}"
    )
    (folder / "policy.yaml").write_text(capped, encoding="utf-8")
    (folder / "cases.yaml").write_text("cases: []\n", encoding="utf-8")
    bill = {"id": "B1", "kind": "21", "settled_at": "2026-09-09", "level": "3", "total": "26400", "eligible": "26400"}
    doc = {"policy": "BOOK-390", "person": {"id": "P1", "class": "adult"}, "bill": bill,
           "accumulators": {"inpatient.cap_paid": used}}  # fmt: skip
    settled = settle_bill(bill_from(doc), load_policies([tmp_path]))
    for lang, said in (("zh", zh), ("en", en)):
        told = {one.step.name: one for one in _teller(settled, lang).told()}["basic"]
        assert told.step.amount == 1_000_000 - 100 * int(used)
        assert told.sentence.endswith(said)
