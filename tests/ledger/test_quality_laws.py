"""Quality laws as a whole: the identity-number standard, the identities of a bill, and ledgers that lack much."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yibao.engine import DuckEngine
from yibao.lawbook import Law, bind, load_laws, run_body
from yibao.ledger.contracts import load_contracts

TABLES = load_contracts()
QUALITY = Path(str(files("yibao.ledger") / "quality"))
LAWS = load_laws([QUALITY], TABLES, primitives=[QUALITY / "primitives"]).laws
IDENTITIES = [LAWS[f"I{n}"] for n in range(1, 10)]
NOW = datetime(2026, 12, 31)

Rows = list[dict[str, Any]]

FUNDS = {
    "basic_fund_amount": "310100",
    "civil_servant_amount": "320100",
    "enterprise_amount": "370100",
    "critical_illness_amount": "390200",
    "large_amount_amount": "330100",
    "assistance_amount": "610100",
    "other_fund_amount": "999997",
}
SPLIT = ("not_covered_amount", "over_limit_amount", "first_share_amount", "eligible_amount")
#: Figures of a settlement that an identity ties down to the fen; a deductible inside its range is not one of them.
TIED = (
    "total_amount", *SPLIT, *FUNDS, "fund_amount", "person_amount", "account_amount", "cash_amount", "hospital_amount",
)  # fmt: skip


@pytest.fixture(scope="module")
def engine() -> Iterator[DuckEngine]:
    with DuckEngine(threads=1) as opened:
        yield opened


def issues(engine: DuckEngine, laws: list[Law], rows: Mapping[str, Rows], **params: Any) -> list[tuple[str, ...]]:
    """(law, row, column, value) of every issue that the laws raise on these rows; other tables are empty."""
    for name in {name for law in laws for name in law.tables}:
        engine.register(name, pa.Table.from_pylist(rows.get(name, []), schema=TABLES[name].arrow_schema()))
    return sorted(
        (law.id, row["ref_id"], row["column_name"], row["value"])
        for law in laws
        for row in run_body(engine, law, bind(law, NOW, params)).to_pylist()
    )


def person(number: str, **more: Any) -> dict[str, Rows]:
    return {"person": [{"person_id": "p", "id_type": "01", "id_number": number, **more}]}


@pytest.mark.parametrize(
    ("number", "fault"),
    [
        ("11010519491231002X", None),
        ("110105194912310021", "check_digit"),
        ("110105491231002", None),
        ("810000199901010014", None),
        ("99000020000229001X", "region"),
        ("990000190002290021", "region"),
    ],
)
def test_identity_number_standard(engine: DuckEngine, number: str, fault: str | None) -> None:
    expected = [("Q04", "p", "id_number", fault)] if fault else []
    assert issues(engine, [LAWS["Q04"]], person(number)) == expected


@pytest.mark.parametrize(("number", "fault"), [("99000020000229001X", None), ("990000190002290021", "date")])
def test_the_unissued_region_is_accepted_on_request_only(engine: DuckEngine, number: str, fault: str | None) -> None:
    expected = [("Q04", "p", "id_number", fault)] if fault else []
    assert issues(engine, [LAWS["Q04"]], person(number), allow_synthetic_region=True) == expected
    assert issues(engine, [LAWS["Q04"]], person(number, region_code="990101")) == expected


def test_fifteen_digits_convert_to_the_eighteen_of_the_standard(engine: DuckEngine) -> None:
    born = date(1949, 12, 31)
    for number in ("110105491231002", "11010519491231002X"):
        assert issues(engine, [LAWS["Q04"]], person(number, birth_date=born, sex="2")) == []
        assert issues(engine, [LAWS["Q04"]], person(number, birth_date=born, sex="1")) == [("Q04", "p", "sex", "1")]


BODIES = st.builds(
    lambda born, order: f"110105{born:%Y%m%d}{order:03d}",
    st.dates(date(1900, 1, 1), date(2026, 12, 31)),
    st.integers(0, 999),
)


@given(body=BODIES, wrong=st.integers(1, 10))
@settings(max_examples=30, deadline=None)
def test_one_check_character_of_eleven_is_right(engine: DuckEngine, body: str, wrong: int) -> None:
    weights = [2 ** (17 - i) % 11 for i in range(17)]
    remainder = sum(int(digit) * weight for digit, weight in zip(body, weights, strict=True)) % 11
    characters = "10X98765432"
    assert issues(engine, [LAWS["Q04"]], person(body + characters[remainder])) == []
    bad = body + characters[(remainder + wrong) % 11]
    assert issues(engine, [LAWS["Q04"]], person(bad)) == [("Q04", "p", "id_number", "check_digit")]


@st.composite
def balanced_bills(draw: st.DrawFn) -> dict[str, Rows]:
    """One settlement with lines and fund rows that keep all nine identities, or the reversal of such a one."""
    fen = st.integers(0, 500_000)
    lines = [dict(zip(SPLIT, draw(st.tuples(fen, fen, fen, fen)), strict=True)) for _ in range(draw(st.integers(1, 5)))]
    bill: dict[str, int] = {part: sum(line[part] for line in lines) for part in SPLIT}
    bill["total_amount"] = sum(bill.values())
    bill["deductible_amount"] = draw(st.integers(0, bill["eligible_amount"]))
    left = bill["eligible_amount"] - bill["deductible_amount"]
    for fund in FUNDS:
        bill[fund] = draw(st.integers(0, left))
        left -= bill[fund]
    bill["fund_amount"] = sum(bill[fund] for fund in FUNDS)
    left = bill["total_amount"] - bill["fund_amount"]
    bill["hospital_amount"] = draw(st.integers(0, left))
    bill["person_amount"] = left - bill["hospital_amount"]
    bill["account_amount"] = draw(st.integers(0, bill["person_amount"]))
    bill["cash_amount"] = bill["person_amount"] - bill["account_amount"]
    layers = [{"layer": code, "amount": bill[fund]} for fund, code in FUNDS.items()]
    if draw(st.booleans()):
        layers.append({"layer": "310200", "amount": bill["account_amount"]})
    sign = draw(st.sampled_from([1, -1]))
    names = {"reversed_settlement_id": "s0"} if sign < 0 else {}
    of_line = {"reversed_line_id": "l0"} if sign < 0 else {}
    return {
        "settlement": [{"settlement_id": "s", **{k: sign * v for k, v in bill.items()}, **names}],
        "settlement_layer": [{"settlement_id": "s", **row, "amount": sign * row["amount"]} for row in layers],
        "charge_line": [
            {
                "line_id": f"l{i}", "settlement_id": "s", "quantity": sign * 1000, "amount": sign * sum(line.values()),
                **{k: sign * v for k, v in line.items()}, **of_line,
            }
            for i, line in enumerate(lines, 1)
        ],
    }  # fmt: skip


@given(bill=balanced_bills(), change=st.sampled_from([1, -1]), data=st.data())
@settings(max_examples=60, deadline=None)
def test_a_balanced_bill_is_silent_and_one_fen_is_heard(
    engine: DuckEngine, bill: dict[str, Rows], change: int, data: st.DataObject
) -> None:
    assert issues(engine, IDENTITIES, bill) == []
    tied = {"settlement": TIED, "charge_line": ("amount", *SPLIT), "settlement_layer": ("amount",)}
    table = data.draw(st.sampled_from(sorted(tied)))
    row = data.draw(st.sampled_from(bill[table]))
    row[data.draw(st.sampled_from(tied[table]))] += change
    assert issues(engine, IDENTITIES, bill) != []


def test_every_quality_law_is_silent_on_an_empty_ledger(engine: DuckEngine) -> None:
    assert issues(engine, list(LAWS.values()), {}) == []


def test_icd9_claims_without_charges_are_not_measured_by_icd10_chapters(engine: DuckEngine) -> None:
    """A US inpatient claim: codes without a point, V and E codes, a payment and nothing else."""
    stay = {
        "encounter_id": "e", "person_id": "p", "institution_id": "h", "kind": "21", "main_diagnosis": "V5789",
        "admitted_at": datetime(2009, 4, 12), "discharged_at": datetime(2009, 4, 18),
    }  # fmt: skip
    codes = ["V5789", "E8889", "4019", "25000", "600", "V270", "E849"]
    rows: dict[str, Rows] = {
        "person": [{"person_id": "p", "sex": "2", "birth_date": date(1943, 1, 1)}],
        "institution": [{"institution_id": "h"}],
        "encounter": [stay],
        "diagnosis": [
            {"encounter_id": "e", "sequence": i, "person_id": "p", "code": code, "is_main": i == 1}
            for i, code in enumerate(codes, 1)
        ],
        "procedure": [{"encounter_id": "e", "sequence": 1, "person_id": "p", "code": "6029"}],
        "settlement": [
            {
                "settlement_id": "s", "encounter_id": "e", "person_id": "p", "institution_id": "h", "kind": "21",
                "settled_at": datetime(2009, 4, 18), "total_amount": 2_600_000, "fund_amount": 2_600_000,
                "drg_code": "201",
            }
        ],
    }  # fmt: skip
    assert issues(engine, list(LAWS.values()), rows) == []


@pytest.mark.parametrize("law_id", sorted(LAWS))
def test_a_quality_law_says_what_it_rests_on(law_id: str) -> None:
    law = LAWS[law_id]
    assert law.text.basis, "a quality law names its ground"
    assert law.text.money is not None, "a quality law says what its amount is"
    assert all(p.source for p in law.text.params.values()), "every threshold has a source"
