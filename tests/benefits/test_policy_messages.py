"""What a clerk is told about a policy that cannot be used: file, line, key and the mend, in both languages."""

from __future__ import annotations

from pathlib import Path

import jsonschema
import pytest
import yaml

from yibao.benefits.load import PolicyError, load_folder, load_policies
from yibao.benefits.schema import policy_schema

GOOD = """\
id: CITY-390
version: "2026.1"
title: {zh: 甲市居民, en: residents of A}
region: "420100"
scheme: 390
effective: {from: 2026-01-01}
sources: [{title: notice, grade: A}]
benefits:
  - id: inpatient
    title: {zh: 住院, en: inpatient}
    kinds: [21]
    pot: inpatient
    deductible: {amount: 500}
    bands: [{upto: 3万, rate: 60%}, {rate: 70%}]
layers:
  critical_illness: {threshold: 12000, bands: [{rate: 60%}]}
"""

MISTAKES = [
    ("rate: 60%", "rate: 0.6", 14, "write it with a percent sign", "请带百分号"),
    ("upto: 3万", "upto: 三万", 14, "is no amount: write yuan", "不是金额：请写元"),
    ("{rate: 70%}", "{rate: 170%}", 14, "a rate above 100%", "比例超过 100%"),
    ("upto: 3万, rate: 60%}, {rate", "rate: 60%}, {upto: 3万, rate", 14, "only the last band may be without",
     "只有最后一段可以不写"),
    ("deductible:", "deductable:", 13, "did you mean 'deductible'?", "是否应为 'deductible'？"),
    ("pot: inpatient", "pot: hospital", 12, "'hospital' is none of", "不在可选值之内"),
    ("kinds: [21]", "kinds: [121]", 11, "no kind of care '121'", "没有医疗类别 '121'"),
    ("threshold: 12000", "threshold: 50% of income", 0, "share of 'income'", "按 'income' 的比例"),
    ("threshold: 12000", "benefits: [stays]", 16, "no benefit 'stays'", "没有待遇 'stays'"),
    ("threshold: 12000", "who: [{status: poor}]", 16, "no hardship status 'poor'", "没有身份类别 'poor'"),
    ("from: 2026-01-01", "from: 2026/1/1", 6, "is no date: write 2024-01-31", "不是日期"),
    ("id: CITY-390", "id: OTHER-390", 0, "the folder must be named OTHER-390_", "目录名应为 OTHER-390_"),
    ("{amount: 500}", "{nth: [100%, 50%]}", 13, "say `amount`", "须写 `amount`"),
    ("{amount: 500}", "{amount: 500, per: year, nth: [50%]}", 13, "a yearly deductible is paid once",
     "年度起付线只付一次"),
    ("version:", "\tversion:", 2, "a tab cannot indent", "a tab cannot indent"),
    ("bands: [{upto", "bands: [{rate: 60%}]\n    cap: {basis: eligible, per: bill, amount: 5}\n    x: [{upto", 15,
     "a limit per bill is one on payment", "每次限额是对支付额的限额"),
]  # fmt: skip


def written(tmp_path: Path, text: str) -> Path:
    folder = tmp_path / "CITY-390_a"
    folder.mkdir(exist_ok=True)
    (folder / "policy.yaml").write_text(text, encoding="utf-8")
    return folder


def test_the_good_one_loads(tmp_path: Path) -> None:
    book = load_folder(written(tmp_path, GOOD))
    assert book.problems == ()
    assert book.get("CITY-390").key == "CITY-390@2026.1"


@pytest.mark.parametrize(("old", "new", "line", "english", "chinese"), MISTAKES, ids=[m[3][:30] for m in MISTAKES])
def test_a_mistake_is_named_with_its_line(
    tmp_path: Path, old: str, new: str, line: int, english: str, chinese: str
) -> None:
    assert old in GOOD
    book = load_folder(written(tmp_path, GOOD.replace(old, new, 1)))
    assert book.written == ()
    said = [p for p in book.problems if english in p.said("en")]
    assert said, [p.said("en") for p in book.problems]
    assert chinese in said[0].said("zh")
    assert said[0].line == line
    assert said[0].said("en").startswith(f"CITY-390_a/policy.yaml{f', line {line}' if line else ''}: ")


def test_one_bad_policy_does_not_hide_the_others_and_is_named_when_asked_for(tmp_path: Path) -> None:
    written(tmp_path, GOOD.replace("60%", "0.6"))
    book = load_policies([tmp_path])
    assert len(book.written) == len(load_policies().written)
    with pytest.raises(PolicyError, match=r"CITY-390 cannot be used: CITY-390_a/policy\.yaml, line 14"):
        book.get("CITY-390")
    with pytest.raises(PolicyError, match="there is no policy 'NOWHERE'"):
        book.get("NOWHERE")
    with pytest.raises(PolicyError, match="no policy is here"):
        load_folder(tmp_path / "empty")


def test_a_users_policy_takes_the_place_of_a_shipped_one(tmp_path: Path) -> None:
    folder = tmp_path / "EXAMPLE-390_ours"
    folder.mkdir()
    (folder / "policy.yaml").write_text(GOOD.replace("CITY-390", "EXAMPLE-390"), encoding="utf-8")
    book = load_policies([tmp_path])
    assert book.get("EXAMPLE-390").version == "2026.1"
    assert sum(w.policy.id == "EXAMPLE-390" for w in book.written) == 1


def test_editors_accept_the_shipped_policies_and_refuse_a_misspelt_key() -> None:
    validator = jsonschema.Draft202012Validator(policy_schema())
    for item in load_policies().written:
        doc = yaml.safe_load(item.text)
        doc["effective"] = {name: str(day) for name, day in doc["effective"].items()}
        problems = [f"{list(e.absolute_path)}: {e.message[:200]}" for e in validator.iter_errors(doc)]
        assert problems == [], item.policy.id
    doc["benefits"][0]["deductable"] = 5
    assert not validator.is_valid(doc)
