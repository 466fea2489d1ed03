"""Names as they are compared: one spelling of what is written in many ways, and measures apart from words.

``plain_name("阿莫西林胶囊（０．２５ｇ×２４粒）", drug=True)`` has the text ``阿莫西林胶囊``, the strength
250 mg, the pack 24 and the form capsule. Both sides of a comparison pass through here, so a rewriting that is odd as
language does no harm.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from importlib.resources import files

from yibao.engine.yaml import read_yaml

#: A measure: its dimension and its amount in millionths of the base unit (mg, ml, international unit, per cent …).
Measure = tuple[str, int]


@dataclass(frozen=True)
class PlainName:
    """``text`` without width, case, brackets, signs and measures; ``opposed`` are (group, word) pairs found in it."""

    text: str
    strengths: frozenset[Measure] = frozenset()
    pack: int | None = None
    form: str | None = None
    numbers: frozenset[str] = frozenset()
    opposed: frozenset[tuple[int, str]] = field(default_factory=frozenset)


@dataclass(frozen=True)
class _Words:
    same: re.Pattern[str]
    instead: dict[str, str]
    opposed: tuple[re.Pattern[str], ...]
    forms: re.Pattern[str]
    families: dict[str, str]


_UNITS: dict[str, tuple[str, int]] = {
    # unit: dimension, base units times a million
    "kg": ("mg", 10**12), "g": ("mg", 10**9), "克": ("mg", 10**9), "mg": ("mg", 10**6), "毫克": ("mg", 10**6),
    "ug": ("mg", 10**3), "μg": ("mg", 10**3), "mcg": ("mg", 10**3), "微克": ("mg", 10**3),
    "l": ("ml", 10**9), "ml": ("ml", 10**6), "毫升": ("ml", 10**6), "升": ("ml", 10**9),
    "iu": ("iu", 10**6), "u": ("iu", 10**6), "单位": ("iu", 10**6), "国际单位": ("iu", 10**6),
    "万单位": ("iu", 10**10), "万iu": ("iu", 10**10), "万u": ("iu", 10**10),
    "%": ("%", 10**6), "cm": ("mm", 10**7), "mm": ("mm", 10**6), "mmol": ("mmol", 10**6), "mbq": ("mbq", 10**6),
}  # fmt: skip
_MEASURE = re.compile(
    r"(?<![\d.])(\d+(?:\.\d+)?)\s*("
    + "|".join(sorted(map(re.escape, _UNITS), key=len, reverse=True))
    # A letter that goes on is no unit (the 5g of "5gy"), but for the x of 5gx10.
    + r")(?!(?!x\d)[a-z])(?:/(?:片|粒|支|瓶|袋|丸|ml|枚|贴|喷|揿|次))?"
)
#: Hospitals write 0.25 for 0.25 g.
_BARE = re.compile(r"(?<![\d.])(0\.\d+)(?![\d.%a-z一-龥]|x?\d*(?:ml|%))")
_PACK = re.compile(r"[x*]\s*(\d+)\s*(?:片|粒|支|袋|瓶|丸|贴|枚|s|t)?|(\d+)\s*(?:片|粒|袋|丸|贴|枚|s|t)(?=/|装|$|\W|x)")
_REST_OF_PACK = re.compile(r"[*/]+\d*(?:片|粒|支|袋|瓶|丸|贴|枚|盒|板|s|t)?|(?<=\s)x(?=\s|\d|$)")
_ROMAN = {
    "viii": "8",
    "vii": "7",
    "iii": "3",
    "iv": "4",
    "vi": "6",
    "ix": "9",
    "ii": "2",
    "v": "5",
    "i": "1",
    "x": "10",
}
_ROMAN_WORD = re.compile(r"(?<![a-z0-9])(viii|vii|iii|iv|vi|ix|ii|v|i)(?=[型期级度类代区节束至\-]|$|\s)")
_CHINESE = str.maketrans("〇零一二三四五六七八九", "00123456789")
_TEN = re.compile(r"(\d?)十(\d?)")
_DOUBT = re.compile("待查|待排除?|[?？]|停用|作废")
_INJECTION = "injection"
_SIGNS = re.compile(r"(?<=\d)[.](?=\d)|[\W_]+")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")


def plain_name(name: str, *, drug: bool = False) -> PlainName:
    """What is compared of a name. ``drug``: read strengths, packs and dosage forms, which a diagnosis has not."""
    words = _words()
    text = unicodedata.normalize("NFKC", name).casefold().replace("×", "x").replace("✕", "x").replace("ⅹ", "x")
    strengths: frozenset[Measure] = frozenset()
    pack, form = None, None
    if drug:
        strengths = frozenset(_measure(*found) for found in _MEASURE.findall(text))
        if not strengths:
            text = _BARE.sub(r"\1g", text)
            strengths = frozenset(_measure(*found) for found in _MEASURE.findall(text))
        packs = [int(a or b) for a, b in _PACK.findall(text) if int(a or b) > 0]
        pack = packs[-1] if packs else None
        if strengths or pack:
            text = _REST_OF_PACK.sub(" ", _PACK.sub(" ", _MEASURE.sub(" ", text)))
        found_forms = words.forms.findall(text)
        form = words.families[found_forms[-1]] if found_forms else None
        if form == _INJECTION:
            # It stands before the name or behind it; which, says nothing.
            text = words.forms.sub(lambda m: "" if words.families[m[0]] == _INJECTION else m[0], text)
    text = _DOUBT.sub("", text)
    text = _ROMAN_WORD.sub(lambda m: _ROMAN[m[1]], text).translate(_CHINESE)
    text = _TEN.sub(_ten, text)
    text = _SIGNS.sub(lambda m: m[0] if m[0] == "." else "", text)
    text = words.same.sub(lambda m: words.instead[m[0]], text)
    opposed = frozenset((n, word) for n, pattern in enumerate(words.opposed) for word in pattern.findall(text))
    return PlainName(text, strengths, pack, form, frozenset(_NUMBER.findall(text)), opposed)


def spelling(name: str) -> str:
    """A name without width, case and space, otherwise as it is written."""
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())


def _measure(amount: str, unit: str) -> Measure:
    dimension, base = _UNITS[unit]
    return dimension, int(Decimal(amount) * base)


def _ten(match: re.Match[str]) -> str:
    """
    >>> _TEN.sub(_ten, "十2"), _TEN.sub(_ten, "2十"), _TEN.sub(_ten, "3十6")
    ('12', '20', '36')
    """
    tens, ones = match[1] or "1", match[2] or "0"
    return tens + ones


@cache
def _words() -> _Words:
    doc = read_yaml((files("yibao.ledger.codes") / "words.yaml").read_text(encoding="utf-8"), "words.yaml")
    instead = {str(k): str(v) for k, v in doc["same"].items()}
    families = {form: family for family, forms in doc["forms"].items() for form in forms}
    return _Words(
        same=_any(instead),
        instead=instead,
        opposed=tuple(_any(group) for group in doc["opposed"]),
        forms=_any(families),
        families=families,
    )


def _any(words: object) -> re.Pattern[str]:
    return re.compile("|".join(sorted(map(re.escape, words), key=len, reverse=True)))  # type: ignore[call-overload]
