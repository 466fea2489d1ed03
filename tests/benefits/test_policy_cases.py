"""The shipped policies load, say how far they can be trusted, and reproduce the published examples to the fen."""

from __future__ import annotations

import re

import pytest

from yibao.benefits.cases import CaseError, prove, read_cases
from yibao.benefits.load import Written, load_policies
from yibao.benefits.vocabulary import VERIFIED

BOOK = load_policies()
each_policy = pytest.mark.parametrize("written", BOOK.written, ids=lambda w: w.policy.id)

#: Examples that somebody printed, and our arithmetic on published parameters.
PUBLISHED = {"TV-01", "TV-02", "TV-08", "TV-09", "TV-10", "TV-12", "TV-13", "TV-15", "TV-17", "TV-18"}
CALCULATED = {"TV-03", "TV-05", "TV-19"}


def test_no_shipped_policy_has_a_problem() -> None:
    assert BOOK.problems == ()
    assert len(BOOK.written) >= 25


@each_policy
def test_the_cases_of_a_policy_pass_to_the_fen(written: Written) -> None:
    results = list(prove(written))
    assert results
    assert [(r.case.name, r.differences) for r in results if not r.passed] == []


def test_every_published_example_is_a_case_and_arithmetic_is_not_called_published() -> None:
    named: dict[str, set[str]] = {"published": set(), "calculated": set()}
    for written in BOOK.written:
        for case, _ in read_cases(written):
            named[case.kind] |= set(re.findall(r"TV-\d\d", case.source))
    assert named["published"] == PUBLISHED
    assert named["calculated"] == CALCULATED


@each_policy
def test_a_policy_shows_its_sources_and_is_as_sure_as_the_least_sure_of_them(written: Written) -> None:
    policy = written.policy
    grades = [source.grade for source in policy.sources]
    assert policy.verified == all(grade in VERIFIED for grade in grades)
    if policy.grade == "own":
        assert policy.region.startswith("99"), "an invented policy stays in the invented province"


def test_a_wrong_case_fails_and_says_what_came_out(tmp_path) -> None:
    written = BOOK.find("HLJ-310")
    folder = tmp_path / written.folder.name
    folder.mkdir()
    cases = written.cases_path.read_text(encoding="utf-8")
    (folder / "cases.yaml").write_text(cases.replace("person: 3440", "person: 3441"), encoding="utf-8")
    moved = Written(written.policy, folder, written.text, False)
    assert [r.differences for r in prove(moved)] == [("person: 3440.00, due 3441.00",)]
    (folder / "cases.yaml").write_text(cases.replace("person: 3440", "persons: 3440"), encoding="utf-8")
    with pytest.raises(CaseError, match="there is no result 'persons'"):
        read_cases(moved)
