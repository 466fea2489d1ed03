"""Explanations as a coder reads them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from yibao.casemix import CaseFile, Grouper, encode_records, explain, find_case, read_weights
from yibao.casemix.explain import Explanation
from yibao.casemix.explain_text import Words, as_data
from yibao.casemix.weights import Price, Weights


def told(grouper: Grouper, **case: Any) -> Explanation:
    plain = {"case_id": "a", "sex": 1, "age_years": 40, "age_days": 14_700, "los_days": 1, "procedures": ""}
    return explain(grouper, encode_records([plain | case]))


def text(grouper: Grouper, found: Explanation, lang: Any = "en") -> str:
    return "\n".join(Words(grouper.pack, lang).lines(found))


def test_an_excluded_mcc_is_named_with_its_table(grouper: Grouper) -> None:
    found = told(grouper, diagnoses="D10.1|C01.0|C03.0", procedures="10.01")
    assert [(one.code, one.counts, one.table, one.principal_tables) for one in found.complications] == [
        ("C01.0", False, "1", ("1",)), ("C03.0", True, "2", ("1",))
    ]  # fmt: skip
    said = text(grouper, found)
    assert "✗ C01.0: MCC, excluded: the main diagnosis is in its exclusion table 1" in said
    assert "✓ C03.0: CC, counts" in said
    assert "因主要诊断与其同属排除表 1 而不计入" in text(grouper, found, "zh")


def test_the_next_better_paid_group_and_what_it_lacks(grouper: Grouper) -> None:
    found = told(grouper, diagnoses="D10.1|C01.0|C03.0", procedures="10.01")
    assert found.row["group_code"] == "GA13"
    assert found.neighbours[0].group == "GA11"
    said = text(grouper, found)
    assert "first condition that fails: a diagnosis that counts as MCC. its MCC candidates are excluded: C01.0" in said


def test_weights_decide_what_is_better_paid(grouper: Grouper) -> None:
    weights = Weights("w", {code: Price(weight) for code, weight in (("GA15", 900), ("GA13", 500), ("GA11", 1500))})
    found = told(Grouper(grouper.pack, weights), diagnoses="D10.1", procedures="10.01")
    assert [one.group for one in found.neighbours] == ["GA11"]  # GA13 stands before GA15 and pays less
    assert "(weight 0.0015)" in text(grouper, found)


@pytest.mark.parametrize(
    ("case", "group", "said"),
    [
        ({"diagnoses": "D11.0|D10.2", "los_days": 9}, "GR15", "D10.2 of this case is in the list, but does not stand"),
        ({"diagnoses": "D11.0", "los_days": 2}, "GR2A", "it is 2; needed is > 3"),
        ({"diagnoses": "D10.2"}, "GA11", "needed is a code of G.cut (it has 2, such as 10.01; 10.02)"),
        (
            {"diagnoses": "D20.0", "procedures": "12.01"},
            "HA19",
            "12.01 of this case is in the list, but does not stand",
        ),
    ],
)
def test_what_would_change_it(grouper: Grouper, case: dict[str, Any], group: str, said: str) -> None:
    weights = Weights("w", {code: Price(place) for place, code in enumerate(("GR2A", "GR15", "GA11"), 1)})
    priced = Grouper(grouper.pack, weights)
    found, words = told(priced, **case), Words(grouper.pack, "en")
    near = {one.group: words.lacking(one, found) for one in found.neighbours}
    assert said in near.get(group, str(near)), near


def test_the_path_ends_where_the_answer_was_given(grouper: Grouper) -> None:
    found = told(grouper, diagnoses="D10.2|C01.0", procedures="99.99")
    assert [(step.kind, step.code, step.held) for step in found.steps] == [
        ("mdc", "MDCP", False), ("mdc", "MDCZ", False), ("mdc", "MDCG", True), ("adrg", "GA1", False),
        ("adrg", "GK1", False), ("ambiguous", "GQY", False), ("adrg", "GR1", True), ("drg", "GR13", True),
    ]  # fmt: skip


def test_an_ambiguous_case_says_what_it_would_be_and_why_not(grouper: Grouper) -> None:
    found = told(grouper, diagnoses="D10.2", procedures="13.01")
    assert found.row["status"] == "ambiguous"
    assert found.steps[-1].kind == "ambiguous"
    said = text(grouper, found)
    assert "neighbouring group GR15 stone" in said
    assert "all conditions hold, but a rule tried before took it" in said


def test_a_case_that_was_held_back_is_told_so(grouper: Grouper) -> None:
    found = told(grouper, diagnoses="")
    assert found.steps == ()
    assert "held back: no main diagnosis" in text(grouper, found)
    assert "未参与分组：没有主要诊断" in text(grouper, found, "zh")
    assert as_data(found, Words(grouper.pack, "en"))["case"]["reason"] == "no_main_diagnosis"


def test_nothing_matched_and_the_nearest_groups(grouper: Grouper) -> None:
    found = told(grouper, diagnoses="X99.9")
    assert [one.missing > 0 for one in found.neighbours] == [True, True]
    assert "ungroupable: no major category takes it" in text(grouper, found)


def test_every_published_case_can_be_explained(drg: Path, published: Callable[[str], Grouper]) -> None:
    """The path's last step is the answer, in a pack with ambiguous rules and one that goes on to the next ADRG."""
    pack = published("suzhou_2023")
    grouper = Grouper(pack.pack, read_weights(drg / "suzhou_2023_weights.csv.gz", "9435.25"))
    file = CaseFile(drg / "examples_local_packs.csv.gz")
    records = next(file.pieces("suzhou_2023")).slice(0, 60).to_pylist()
    for record in records:
        found = explain(grouper, encode_records([record]))
        if found.row["status"] != "ungroupable":
            assert found.steps[-1].code in (record["expected_drg"], found.row["group_code"])
            assert found.steps[-1].held
        assert text(grouper, found).count("\n") > 3
    case = find_case(file, "suzhou_2023-00277", "suzhou_2023")
    assert case is not None
    said = text(grouper, explain(grouper, case), "zh")
    assert "歧义病案 PQY" in said
    assert "P57.000: MCC，因主要诊断与其同属排除表 167 而不计入" in said
