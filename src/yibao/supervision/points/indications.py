"""Diseases that a limit names, and the drugs that must come first: texts that need a clinic's knowledge."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from importlib.resources import files

from yibao.engine.yaml import read_yaml
from yibao.supervision.points.compiled import COMPILED, NEEDS_SIGN_OFF, NOT_COMPILABLE, Compiled, Other
from yibao.supervision.points.numerals import NUMBER, number_of


@cache
def _diseases() -> dict[str, list[str]]:
    path = files("yibao.supervision") / "points" / "diseases.yaml"
    doc = read_yaml(path.read_text(encoding="utf-8"), "diseases.yaml")
    return dict(sorted(doc["diseases"].items(), key=lambda pair: -len(pair[0])))


#: What may stand around diseases without adding a condition.
_FILLERS = re.compile(
    r"限|用于|治疗|的?患者|成人|儿童|青少年|和|或|与|及|、|，|；|。|：|[0-9]+[.．]|的|引起|伴有|并有|"
    r"病人|确诊|诊断|明确|（[A-Za-z0-9 -]+）"
)


def indication(target: str) -> Callable[[str, str], Compiled]:
    def rule(_item: str, text: str) -> Compiled:
        prefixes, rest = _named_diseases(text)
        if not prefixes:
            return Compiled("P8", target, NOT_COMPILABLE, left_over=text)
        others = tuple(Other(code, "diagnosis", "indication", "prefix") for code in prefixes)
        rest = _FILLERS.sub("", rest)
        return Compiled("P8", target, NEEDS_SIGN_OFF if rest else COMPILED, {}, others, rest)

    return rule


def _named_diseases(text: str) -> tuple[list[str], str]:
    """Categories of the diseases that a text names, in their order there, and the text without them."""
    found: dict[str, int] = {}
    rest = text
    for name, codes in _diseases().items():
        if name in rest:
            found |= {code: text.index(name) for code in codes if code not in found}
            rest = rest.replace(name, "")
    return sorted(found, key=lambda code: (found[code], code)), rest


def second_line(_item: str, text: str) -> Compiled:
    """Which drugs come first is knowledge of the clinic: the text is a proposal at best."""
    number = re.search(rf"({NUMBER})(?:种|线)(?:及以上|以上|系统)?", text)
    prefixes, _ = _named_diseases(text)
    others = tuple(Other(code, "diagnosis", "indication", "prefix") for code in prefixes)
    params = {"others_needed": number_of(number[1]) if number and "种" in number.group() else None}
    named = bool(prefixes) or bool(re.search(r"二线|三线|无效|不耐受|不能耐受|失败|治疗后|既往|效果", text))
    return Compiled("P9", "drug", NEEDS_SIGN_OFF if named else NOT_COMPILABLE, params, others, text)
