"""A law as its page tells it: one form for rules, benefit policies and indicators, whatever file they come from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from pydantic import BaseModel

from yibao.benefits.cases import prove as prove_policy
from yibao.benefits.cases import read_cases as policy_cases
from yibao.benefits.conditions import Case, When, walk
from yibao.benefits.load import Written
from yibao.benefits.statement_words import GRADES
from yibao.benefits.statement_words import KINDS as CARE
from yibao.benefits.vocabulary import LAYERS, Policy
from yibao.benefits.words import KEYS, condition, value_words
from yibao.lawbook import Law, read_cases, run_cases
from yibao.lawbook.model import Param, typed_value
from yibao.ledger.contracts import load_contracts
from yibao.presentation.fmt import Format, Lang
from yibao.presentation.messages import Messages, catalogue
from yibao.presentation.report.page import article

Pair = tuple[str, str]
RESULTS: Mapping[str, Pair] = {
    "violation": ("明确违规", "violation"), "suspect": ("可疑", "suspect"), "lead": ("线索", "lead"),
    "error": ("数据错误", "data error"), "warning": ("数据提醒", "data warning"),
}  # fmt: skip
KINDS: Mapping[str, Pair] = {
    "rule": ("规则", "Rule"),
    "quality": ("数据质量规则", "Data-quality rule"),
    "policy": ("待遇政策", "Benefit policy"),
    "indicator": ("指标口径", "Definition of an indicator"),
}
#: Parts of a policy that are said elsewhere on its page, and keys that say nothing to a reader.
_ELSEWHERE = frozenset({"id", "version", "title", "about", "sources", "effective", "region", "scheme", "grade"})
_UNSAID = frozenset({"id", "pot", "zh", "en"})
#: The order in which parts of a policy are shown.
_ORDER = ("benefits", "annual_cap", "layers", "account", "lines", "statuses", "year", "rounding")
#: Keys whose whole numbers are rates in parts per million.
_RATES = frozenset(
    {
        "rate",
        "share",
        "points",
        "share_times",
        "nth",
        "first_share",
        "long_term",
        "referral",
        "emergency",
        "unfiled",
        "threshold_times",
    }
)


@dataclass(frozen=True)
class Said:
    """What a law page shows. ``source`` is SQL or YAML as written; ``cases`` are (name, kind, about)."""

    kind: str
    id: str
    version: str
    title: str
    question: str
    start: date
    end: date | None
    official: Sequence[str] = ()
    basis: Sequence[tuple[str, str]] = ()
    facts: Sequence[tuple[str, str]] = ()
    params: Sequence[tuple[str, str, str]] = ()
    looks_like: Sequence[str] = ()
    missing: Sequence[str] = ()
    source: str = ""
    cases: Sequence[tuple[str, str, str]] = ()
    versions: Sequence[tuple[str, date, date | None]] = field(default=())

    def in_force(self, day: date) -> bool:
        return self.start <= day and (self.end is None or day < self.end)


def of_law(law: Law, versions: Sequence[Law], lang: Lang) -> Said:
    """A rule, a quality rule or an indicator of the lawbook."""
    text, en = law.text, lang == "en"
    facts = [(("判断" if not en else "Result"), RESULTS[text.result or text.severity or "lead"][en])] if (
        text.result or text.severity) else []  # fmt: skip
    facts.append(("粒度" if not en else "Grain", text.grain[lang]))
    for words, said in ((("分子", "Numerator"), text.numerator), (("分母", "Denominator"), text.denominator),
                        (("金额", "Money"), text.money), (("期望值", "Expected"), text.expected)):  # fmt: skip
        if said is not None:
            facts.append((words[en], said[lang]))
    facts.append(("读取的表" if not en else "Reads", "、".join(_table(name, lang) for name in text.reads)
                  if not en else ", ".join(_table(name, lang) for name in text.reads)))  # fmt: skip
    basis = [
        (f"{one.law[lang]} {article(one.article, Messages(lang))}".strip(), one.gist[lang] if one.gist else "")
        for one in text.basis
    ]  # fmt: skip
    params = [(one.en if en else one.zh, _param(one, lang), one.source or "") for one in text.params.values()]
    return Said(
        text.kind,
        law.id,
        text.version,
        text.title[lang],
        text.question[lang],
        text.effective.start,
        text.effective.end,
        [" ".join(part for part in (one.code or "", one.name) if part) for one in text.official],
        basis,
        facts,
        params,
        [one[lang] for one in text.looks_like],
        [one[lang] for one in text.missing],
        law.source,
        _law_cases(law),
        [(one.text.version, one.text.effective.start, one.text.effective.end) for one in versions],
    )


def _param(one: Param, lang: Lang) -> str:
    """A parameter with its unit."""
    value, fmt = typed_value(one.type, one.value), Format(lang)
    if isinstance(value, bool):
        return ("是", "yes")[lang == "en"] if value else ("否", "no")[lang == "en"]
    if not isinstance(value, int):
        return str(value)
    said = fmt.value(value, one.type if one.type in ("money", "rate", "milli") else one.unit)
    known = one.type == "int" and f"unit.{one.unit}" in catalogue(lang)
    return f"{said} {Messages(lang).word('unit', one.unit, value)}" if known else said


def of_policy(written: Written, versions: Sequence[Policy], lang: Lang) -> Said:
    """A benefit policy, its parameters flattened under their words."""
    policy, en = written.policy, lang == "en"
    facts = [
        (("可信度", "Trust grade")[en], f"{policy.grade}：{GRADES[policy.grade][0]}" if not en
         else f"{policy.grade}: {GRADES[policy.grade][1]}"),
    ]  # fmt: skip
    if policy.about:
        facts.append((("说明", "About")[en], policy.about[lang]))
    basis = [(one.title, GRADES[one.grade][en]) for one in policy.sources]
    cases = [(case.name, case.kind, case.source) for case, _ in policy_cases(written)]
    return Said(
        "policy",
        policy.id,
        policy.version,
        policy.title[lang],
        "",
        policy.effective.start,
        policy.effective.end,
        (),
        basis,
        facts,
        [(name, value, "") for name, value in parameters(policy, lang)],
        source=written.text,
        cases=cases,
        versions=[(one.version, one.effective.start, one.effective.end) for one in versions],
    )


def parameters(policy: Policy, lang: Lang) -> list[tuple[str, str]]:
    """Every value of a policy with the words of its keys; cases carry their conditions, lists are one."""
    found: dict[str, list[str]] = {}
    en = lang == "en"
    titles = {one.id: one.title[lang] for one in policy.benefits}
    for keys, value in sorted(walk(policy), key=lambda pair: _rank(pair[0])):
        if str(keys[0]) in _ELSEWHERE or value is None or keys[-1] in _UNSAID or "title" in keys:
            continue
        under, when = _leading(policy, keys)
        if under is None:
            continue
        words = _under(policy, keys, en)
        name = " · ".join(words) + (("", f"（{when[0]}）", f" ({when[1]})")[(1 + en) if when[en] else 0])
        found.setdefault(name, []).append(titles.get(str(value)) or _value(keys, value, en))
    return [(name, ("、", ", ")[en].join(dict.fromkeys(values))) for name, values in found.items()]


def _rank(keys: Sequence[str | int]) -> tuple[int, list[tuple[int, str]]]:
    """Benefits first, then limits and layers, then the rest; numbers in their order."""
    first = str(keys[0])
    order = _ORDER.index(first) if first in _ORDER else len(_ORDER)
    layer = LAYERS.index(str(keys[1])) if first == "layers" and str(keys[1]) in LAYERS else 0
    return order, [(layer, "")] + [(key, "") if isinstance(key, int) else (0, key) for key in keys]


def _under(policy: Policy, keys: Sequence[str | int], en: bool) -> list[str]:
    """The words of the keys; a benefit goes by its title, a band by its number."""
    rest, words = list(keys), []
    if keys[0] == "benefits" and isinstance(keys[1], int):
        title = policy.benefits[keys[1]].title
        words, rest = [title.en if en else title.zh], rest[2:]
    elif keys[0] == "layers":
        words, rest = [KEYS.get(str(keys[1]), (str(keys[1]), str(keys[1])))[en]], rest[2:]
    for place, key in enumerate(rest):
        if isinstance(key, int):
            if place and rest[place - 1] == "bands":
                words.append(f"{key + 1}" if en else f"第 {key + 1} 段")
        elif key != "value":
            words.append(KEYS.get(key, (key, key))[en])
    return words


def _leading(policy: Policy, keys: Sequence[str | int]) -> tuple[Any, Pair]:
    """The conditions of the case that a value stands in; None for the conditions themselves."""
    node: Any = policy
    when: Pair = ("", "")
    for key in keys:
        if isinstance(node, Case) and key != "value":
            return None, when
        if isinstance(node, Case):
            when = condition(node)
        elif isinstance(node, When) and str(key) in When.model_fields:
            return None, when
        elif isinstance(node, When):
            when = condition(node)
        node = getattr(node, str(key)) if isinstance(node, BaseModel) else node[key]
    return policy, when


def _value(keys: Sequence[str | int], value: Any, en: bool) -> str:
    """A value in words: a kind of care, a rate in parts per million where the key says so, an amount, a word."""
    if "kinds" in keys:
        return CARE.get(str(value), (str(value), str(value)))[en]
    if isinstance(value, int) and not isinstance(value, bool) and any(str(key) in _RATES for key in keys):
        return f"{value / 10_000:g}%"
    return value_words(value)[en]


def _law_cases(law: Law) -> list[tuple[str, str, str]]:
    return [(case.name, case.kind, case.about) for case in read_cases(law.cases_path)[1]]


def proof_of_law(law: Law) -> tuple[int, int]:
    """How many of a law's cases pass, and how many there are."""
    results = list(run_cases(law, load_contracts()))
    return sum(one.passed for one in results), len(results)


def proof_of_policy(written: Written) -> tuple[int, int]:
    """The same of a policy."""
    results = list(prove_policy(written))
    return sum(one.passed for one in results), len(results)


def _table(name: str, lang: Lang) -> str:
    contract = load_contracts().get(name)
    return str(contract.title[lang]) if contract else name
