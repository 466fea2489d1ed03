"""The decision list against a plain case-by-case reading of the same rules, and the words of the format one by one."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import smallpack as small
from hypothesis import given, settings
from hypothesis import strategies as st

from yibao.casemix import Grouper, encode_records, explain, load_pack

DIAGNOSES = sorted({code for name, codes in small.LISTS.items() if codes[0][0] == "D" for code in codes})
OTHERS = [*DIAGNOSES, *(code for code, _, _ in small.CC), "E90.1", "X99.9"]
PROCEDURES = ["10.01", "10.02", "11.01", "12.01", "12.02", "13.01", "99.99"]

cases = st.fixed_dictionaries(
    {
        "sex": st.sampled_from([1, 2]),
        "age_years": st.sampled_from([0, 1, 16, 17, 40]),
        "age_days": st.sampled_from([0, 28, 29, 200]),
        "birth_weight_g": st.sampled_from([None, 0, 1499, 1500, 3000]),
        "los_days": st.sampled_from([None, 0, 2, 3, 4, 60, 61]),
        "icu_hours": st.sampled_from([None, 23.5, 24]),
        "discharge_way": st.sampled_from(["", "1", "5"]),
        "department": st.sampled_from(["", "03", "99"]),
        "diagnoses": st.builds(
            lambda first, more: [first, *more],
            st.sampled_from([*DIAGNOSES, "X99.9"]),
            st.lists(st.sampled_from(OTHERS), max_size=5),
        ),
        "procedures": st.lists(st.sampled_from(PROCEDURES), max_size=4),
    }
)
modes = st.fixed_dictionaries(
    {
        "when_no_drg_matches": st.sampled_from(["stop_at_adrg", "try_next_adrg"]),
        "when_nothing_matches": st.sampled_from(["ungroupable", "retry_with_each_other_procedure_alone"]),
    }
)


def given_by(grouper: Grouper, records: list[dict[str, Any]]) -> list[tuple[str, str, str, str]]:
    rows = grouper.group_records([{"case_id": str(i), **record} for i, record in enumerate(records)])
    return [(row["status"], row["major_category"], row["base_group"], row["group_code"]) for row in rows]


@settings(max_examples=60, deadline=None)
@given(records=st.lists(cases, min_size=1, max_size=40), said=modes)
def test_the_groups_are_those_of_a_plain_reading(
    tmp_path_factory: pytest.TempPathFactory, records: list[dict[str, Any]], said: dict[str, str]
) -> None:
    doc = small.document()
    doc["evaluation"].update(said)
    grouper = Grouper(load_pack(small.write(tmp_path_factory.mktemp("pack"), doc)))
    assert given_by(grouper, records) == [small.answer(doc, record) for record in records]


def test_a_case_alone_has_the_group_that_it_has_among_many(grouper: Grouper) -> None:
    records = [_case(diagnoses=[code, other]) for code in DIAGNOSES for other in ("C01.0", "C03.0")]
    assert given_by(grouper, records) == [given_by(grouper, [record])[0] for record in records]


def test_more_lists_than_a_word_has_bits(tmp_path: Path) -> None:
    """Lists asked of any procedure: the last of seventy decides as the first does."""
    doc, lists = small.document(), copy.deepcopy(small.LISTS)
    lists |= {f"L{number:02d}": [f"50.{number:02d}"] for number in range(70)}
    doc["adrg"][7]["entry"] = {"any": [{"any_procedure_in": f"L{number:02d}"} for number in range(70)]}
    grouper = Grouper(load_pack(small.write(tmp_path, doc, lists)))
    for code, group in (("50.00", "HA19"), ("50.63", "HA19"), ("50.64", "HA19"), ("50.69", "HA19"), ("50.70", "0000")):
        assert given_by(grouper, [_case(diagnoses=["D20.0"], procedures=["99.99", code])])[0][3] == group


@pytest.mark.parametrize(
    ("changes", "group"),
    [
        ({"diagnoses": ["D10.1"], "procedures": ["10.01"]}, "GA15"),
        ({"diagnoses": ["D10.1", "C01.0"], "procedures": ["10.01"]}, "GA15"),  # table 1 is that of D10.1
        ({"diagnoses": ["D11.0", "C01.0"], "procedures": ["10.01"]}, "GA11"),
        ({"diagnoses": ["D10.1", "C03.0"], "procedures": ["10.01"]}, "GA13"),
        ({"diagnoses": ["D10.1", "C05.0"], "procedures": ["10.01"]}, "GA13"),  # no table: never excluded
        ({"diagnoses": ["D10.2", "C04.0", "C02.0"]}, "GR13"),  # the MCC is excluded, the CC counts
        ({"diagnoses": ["D10.1"], "procedures": ["13.01"]}, "GQY"),  # valid, but of no group of its category
        ({"diagnoses": ["D10.2"], "procedures": ["10.02"]}, "GA15"),  # the surgical group is tried before the doubt
        ({"diagnoses": ["D11.0"], "los_days": 3}, "GR2"),  # no split holds: the base group is the answer
        ({"diagnoses": ["D11.0"], "los_days": None}, "GR2"),  # what is missing is in no range
        ({"diagnoses": ["D30.0"], "age_years": 0, "age_days": 28, "birth_weight_g": 1499}, "PA15"),
        ({"diagnoses": ["D30.0"], "age_years": 0, "age_days": 28, "birth_weight_g": 0}, "0000"),  # 0 g is missing
        ({"diagnoses": ["D30.0"], "age_years": 0, "age_days": 29, "birth_weight_g": None}, "PB19"),
        ({"diagnoses": ["D40.0", "D44.0"], "age_years": 16}, "ZA1A"),
        ({"diagnoses": ["D40.0", "D43.0"], "age_years": 16}, "0000"),  # two injuries of one region
        ({"diagnoses": ["X99.9", "E90.1"], "procedures": ["12.01", "12.02"]}, "HA19"),
        ({"diagnoses": ["D20.0"], "procedures": ["12.01"]}, "0000"),  # serves both lists, but is no other procedure
        ({"diagnoses": ["D20.0"], "department": "03", "discharge_way": "5"}, "HB19"),
        ({"diagnoses": ["D20.0"], "icu_hours": 24, "sex": 2}, "HR39"),
    ],
)
def test_words_of_the_format(grouper: Grouper, changes: dict[str, Any], group: str) -> None:
    assert given_by(grouper, [_case(**changes)])[0][3] == group


def test_what_nothing_matched_says_how_far_it_came(grouper: Grouper) -> None:
    rows = grouper.group_records(
        [
            {"case_id": "nowhere", **_case(diagnoses=["X99.9"])},
            {"case_id": "entered", **_case(diagnoses=["D22.0"])},
            {"case_id": "stopped", **_case(diagnoses=["D11.0"])},
        ]
    )
    assert [row["reason"] for row in rows] == ["no_mdc", "no_adrg", "stopped_at_adrg"]
    assert [row["group_code"] for row in rows] == ["0000", "0000", "GR2"]


def test_the_condition_that_took_the_case_is_told(grouper: Grouper) -> None:
    row = grouper.group_records([{"case_id": "a", **_case(diagnoses=["D10.2", "C02.0"])}])[0]
    assert row["matched"] == "main diagnosis in G.stone; CC"
    assert row["complication"] == "CC"
    assert row["complication_code"] == "C02.0"
    assert row["plain_group"] == "GR15"
    assert "主要诊断属于 G.stone" in row["explanation_zh"]
    older = grouper.group_records([{"case_id": "b", **_case(diagnoses=["D30.0"], age_years=0, age_days=200)}])[0]
    assert older["matched"] == "age_days > 28"  # the alternative that held, not all of them


def test_facts_are_the_same_after_taking_some_cases(grouper: Grouper) -> None:
    cases = encode_records([{"case_id": str(i), **_case(diagnoses=["D11.0", *["C01.0"] * i])} for i in range(4)])
    whole = grouper.group(cases)["group_code"].to_pylist()
    assert grouper.group(cases.take(np.array([3, 1])))["group_code"].to_pylist() == [whole[3], whole[1]]


def _case(**changes: Any) -> dict[str, Any]:
    plain = {"sex": 1, "age_years": 40, "age_days": 14_700, "los_days": 1, "diagnoses": ["D10.1"], "procedures": []}
    return plain | changes


def test_a_case_grouped_by_one_procedure_alone_says_so_and_keeps_its_severity(tmp_path: Path) -> None:
    """12.01 first is no group; 10.01 alone is. Without its complication it is still looked at with 10.01 alone."""
    doc = small.document()
    doc["evaluation"]["when_nothing_matches"] = "retry_with_each_other_procedure_alone"
    doc["mdc"][2]["ambiguous_when"] = None
    doc["mdc"][2]["adrgs"] = ["GA1"]
    grouper = Grouper(load_pack(small.write(tmp_path, doc)))
    case = {"case_id": "a", **_case(diagnoses=["D11.0", "C01.0"], procedures=["99.99", "13.01", "10.01"])}
    row = grouper.group_records([case])[0]
    assert (row["group_code"], row["plain_group"], row["reason"]) == ("GA11", "GA15", "retried")
    told = explain(grouper, encode_records([case]))
    assert told.steps[-1].code == "GA11"
    assert told.steps[-1].held
