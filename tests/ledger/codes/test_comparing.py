"""Names become comparable, distances are exact, scores weigh what speaks for and against a candidate."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yibao.benchmarks.catalogue_map import accuracy, composed_names
from yibao.ledger.codes.distance import edit_distances
from yibao.ledger.codes.entries import Entries, entries
from yibao.ledger.codes.names import plain_name
from yibao.ledger.codes.scoring import compare
from yibao.ledger.codes.suggesting import STRONG


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("阿莫西林胶囊（０．２５ｇ×２４粒）", "阿莫西林胶囊250mg*24粒"),
        ("阿莫西林胶囊 0.25*24", "阿莫西林胶囊 0.25g×24粒"),
        ("注射用头孢呋辛钠750mg", "头孢呋辛钠 注射用 0.75g"),
        ("生理盐水 100ml:0.9%", "0.9%氯化钠注射液100ml"),
        ("青霉素80万单位", "青霉素 800000IU"),
    ],
)
def test_one_drug_written_in_two_ways_is_one_name(one: str, other: str) -> None:
    a, b = plain_name(one, drug=True), plain_name(other, drug=True)
    assert a.text.removesuffix("注射液") == b.text.removesuffix("注射液")
    assert a.strengths == b.strengths
    assert a.strengths
    assert (a.pack or b.pack) == (b.pack or a.pack)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ⅱ型糖尿病", "二型糖尿病（待查）"),
        ("十二指肠溃疡", "12 指肠溃疡"),
        ("慢阻肺", "慢性阻塞性肺疾病"),
        ("颅内Ａ期", "颅内a期"),
    ],
)
def test_one_disease_written_in_two_ways_is_one_name(one: str, other: str) -> None:
    assert plain_name(one).text == plain_name(other).text


def test_measures_are_not_read_from_the_name_of_a_disease() -> None:
    assert plain_name("5g 缺乏").strengths == frozenset()


def _slow(a: str, b: str) -> int:
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        last, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            last, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, last + (x != y))
    return row[-1]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.text("胃炎ab", max_size=63), st.text("胃炎ab", max_size=63)), max_size=8))
def test_edit_distances_are_those_of_the_plain_algorithm(pairs: list[tuple[str, str]]) -> None:
    found = edit_distances([a for a, _ in pairs], [b for _, b in pairs]).tolist()
    assert found == [_slow(a, b) for a, b in pairs]


def _side(kind: str, *rows: dict[str, object]) -> Entries:
    return entries(kind, pa.Table.from_pylist(list(rows)))


def _candidates(local: Entries, national: Entries, top: int = 5) -> list[tuple[str, int]]:
    found = compare(local, national, top)
    codes = national.texts("code")
    return [(str(codes[n]), int(score)) for n, score in zip(found.national, found.score, strict=True)]


def test_another_strength_form_or_side_never_stands_before_the_right_one() -> None:
    national = _side(
        "item",
        {"code": "a", "name": "阿莫西林胶囊 0.5g", "list_type": "101"},
        {"code": "b", "name": "阿莫西林分散片 0.25g", "list_type": "101"},
        {"code": "c", "name": "阿莫西林克拉维酸钾胶囊 250mg", "list_type": "101"},
    )
    local = _side("item", {"code": "x", "name": "阿莫西林胶囊 250mg", "list_type": "101"})
    assert _candidates(local, national)[0][0] == "c"
    sides = _side("diagnosis", {"code": "l", "name": "左侧股骨颈骨折"}, {"code": "r", "name": "右侧股骨颈骨折"})
    (first, score), (_, against) = _candidates(_side("diagnosis", {"code": "x", "name": "股骨颈骨折（右）"}), sides)
    assert first == "r"
    assert against < score // 2 + 100_000


def test_a_gray_code_is_no_candidate_for_a_main_diagnosis() -> None:
    national = _side(
        "diagnosis", {"code": "g", "name": "高血压", "gray": True}, {"code": "n", "name": "高血压病", "gray": False}
    )
    used_as_main = _side("diagnosis", {"code": "x", "name": "高血压", "main": True})
    never_main = _side("diagnosis", {"code": "x", "name": "高血压", "main": False})
    unknown = _side("diagnosis", {"code": "x", "name": "高血压"})
    assert [code for code, _ in _candidates(used_as_main, national)] == ["n"]
    assert [code for code, _ in _candidates(unknown, national)] == ["n"]
    assert [code for code, _ in _candidates(never_main, national)] == ["g", "n"]


def test_the_same_code_with_another_name_is_another_edition_not_a_match() -> None:
    national = _side(
        "diagnosis", {"code": "I10.x00", "name": "特发性高血压"}, {"code": "K25.000", "name": "急性胃溃疡"}
    )
    local = _side("diagnosis", {"code": "K25.000", "name": "特发性高血压"})
    assert _candidates(local, national)[0][0] == "I10.x00"
    assert _candidates(local, national)[1][1] < STRONG // 2


def test_a_code_used_for_the_other_sex_speaks_against_a_candidate() -> None:
    national = _side(
        "diagnosis", {"code": "m", "name": "外阴炎", "sex": "1"}, {"code": "f", "name": "外阴炎症", "sex": "2"}
    )
    local = _side("diagnosis", {"code": "x", "name": "外阴炎", "male": 0, "female": 40})
    assert _candidates(local, national)[0][0] == "f"


def test_ties_follow_the_code_and_runs_agree() -> None:
    national = _side("diagnosis", {"code": "b", "name": "肺 癌"}, {"code": "a", "name": "肺癌"})
    local = _side("diagnosis", {"code": "x", "name": "肺癌"})
    assert [code for code, _ in _candidates(local, national)] == ["a", "b"]
    assert _candidates(local, national) == _candidates(local, national)


def test_most_misspelt_names_find_their_code() -> None:
    """Composed names differ in a letter or two, so an error often makes another name of them: the floor is modest."""
    found = accuracy(composed_names(6_000), 600, seed=3)
    assert found["top1"] >= 0.84
    assert found["top5"] >= 0.93
    assert found["wrong_strong"] <= 0.03


@pytest.mark.slow
def test_most_misspelt_names_of_the_real_list_find_their_code(real_data) -> None:  # type: ignore[no-untyped-def]
    from yibao.benchmarks.catalogue_map import real_names

    found = accuracy(real_names(real_data), 2_000, seed=3)
    assert found["top1"] >= 0.92
    assert found["top5"] >= 0.97
    assert found["strong"] >= 0.55
    assert found["wrong_strong"] <= 0.02
