"""Rule texts of the workbook: set ids joined by ``+`` (and), ``|`` (or), ``!`` (not), brackets, and limits of a case.

``DX1`` alone asks a set of diagnoses of the principal one, a set of procedures of the main one. ``其他诊断:DX1``
(``other:``), ``任一诊断:`` and ``任一手术:`` (``any:``) ask the others, or any. ``MCC``, ``CC``, ``男``, ``女`` and
limits such as ``年龄<17``, ``日龄<=28``, ``体重>=1500``, ``住院天数>7``, ``重症小时>=96`` stand for themselves;
``有效手术`` is a main procedure that is a valid operation. The operators are those of the national DIP workbook.

>>> parse_rule("D1+(P1|任一手术:P2)+年龄<17", {"D1": "DI", "P1": "OP", "P2": "OP"}) == c.All((
...     c.InList("principal", "D1"),
...     c.Any_((c.InList("main", "P1"), c.InList("any_procedure", "P2"))),
...     c.Range("age_years", (("below", 17.0),)),
... ))
True
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

from yibao.casemix.pack import conditions as c

_TOKEN = re.compile(r"\s*([+|!()]|[^\s+|!()]+)")
_LIMIT = re.compile(r"(?P<what>[^<>=]+?)(?P<sign><=|>=|<|>|=)(?P<limit>\d+(?:\.\d+)?)")
_SIGNS = {"<=": "max", ">=": "min", "<": "below", ">": "above", "=": "eq"}
_LIMITS = {
    "年龄": "age_years", "age": "age_years", "日龄": "age_days", "days": "age_days", "体重": "birth_weight_g",
    "出生体重": "birth_weight_g", "入院体重": "birth_weight_g", "weight": "birth_weight_g",
    "住院天数": "los_days", "los": "los_days", "重症小时": "icu_hours", "icu": "icu_hours",
}  # fmt: skip
_WORDS: Mapping[str, c.Condition] = {
    "MCC": c.Complication("MCC"), "CC": c.Complication("CC"), "男": c.Sex(1), "女": c.Sex(2), "M": c.Sex(1),
    "F": c.Sex(2), "有效手术": c.ValidProcedure(True, True), "VALID": c.ValidProcedure(True, True),
    "其他": c.OTHERWISE, "OTHERWISE": c.OTHERWISE,
}  # fmt: skip
_ASK: Mapping[str, tuple[c.Role, c.Role]] = {
    "": ("principal", "main"), "主要诊断": ("principal", "main"), "主要手术": ("principal", "main"),
    "其他诊断": ("other_diagnosis", "other_procedure"), "其他手术": ("other_diagnosis", "other_procedure"),
    "other": ("other_diagnosis", "other_procedure"), "任一诊断": ("any_diagnosis", "any_procedure"),
    "任一手术": ("any_diagnosis", "any_procedure"), "any": ("any_diagnosis", "any_procedure"),
}  # fmt: skip


class RuleTextError(ValueError):
    """A rule text that says nothing that is known; the message names the part."""


def parse_rule(text: str, sets: Mapping[str, str]) -> c.Condition:
    """The condition that a rule text says. ``sets`` is set id -> type (``DI``, ``OP``). An empty text always holds."""
    words = _TOKEN.findall(unicodedata.normalize("NFKC", text))
    if not words:
        return c.OTHERWISE
    reader = _Reader(words, sets)
    condition = reader.either()
    if reader.words:
        raise RuleTextError(f"{reader.words[0]!r} is left over")
    return condition


class _Reader:
    def __init__(self, words: list[str], sets: Mapping[str, str]) -> None:
        self.words, self._sets = words, sets

    def either(self) -> c.Condition:
        parts = [self.both()]
        while self.words and self.words[0] == "|":
            self.words.pop(0)
            parts.append(self.both())
        return parts[0] if len(parts) == 1 else c.Any_(tuple(parts))

    def both(self) -> c.Condition:
        parts = [self.one()]
        while self.words and self.words[0] == "+":
            self.words.pop(0)
            parts.append(self.one())
        return parts[0] if len(parts) == 1 else c.All(tuple(parts))

    def one(self) -> c.Condition:
        if not self.words:
            raise RuleTextError("it ends too early")
        word = self.words.pop(0)
        if word == "!":
            return c.Not(self.one())
        if word == "(":
            inner = self.either()
            if not self.words or self.words.pop(0) != ")":
                raise RuleTextError("a bracket is not closed")
            return inner
        return self._leaf(word)

    def _leaf(self, word: str) -> c.Condition:
        if word in self._sets:
            return self._asked("", word)
        if word.upper() in _WORDS:
            return _WORDS[word.upper()]
        limit = _LIMIT.fullmatch(word)
        if limit and limit["what"].lower() in _LIMITS:
            return c.Range(_LIMITS[limit["what"].lower()], ((_SIGNS[limit["sign"]], float(limit["limit"])),))
        whose, colon, name = word.partition(":")
        if colon and whose in _ASK and name in self._sets:
            return self._asked(whose, name)
        raise RuleTextError(f"{word!r} is neither a set nor a known word")

    def _asked(self, whose: str, name: str) -> c.Condition:
        diagnosis, procedure = _ASK[whose]
        return c.InList(procedure if self._sets[name] == "OP" else diagnosis, name)
