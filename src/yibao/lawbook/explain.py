"""Turns the evidence of a finding into one sentence.

For a run it is SQL, so that a million findings are worded in one pass; for one doctor's order it is plain Python,
because planning that SQL takes as long as a law. Both read the same phrases and give the same words (a test compares).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from yibao.engine.sql import sql_text
from yibao.lawbook.model import Law

#: The longest explanation a finding carries.
MAX_CHARACTERS = 300

_PLACEHOLDER = re.compile(r"\{(value|count|sum)\}")
#: Units that are thousandths and the like: decimals shown, whether zeros at the end are dropped, and what follows.
_DECIMALS = {
    "fen": (2, False, ""),
    "money": (2, False, ""),
    "milli": (3, True, ""),
    "micro": (6, True, ""),
    "bp": (2, True, "%"),
    "rate": (2, True, "%"),
}


def explanation(law: Law, rows: Sequence[Mapping[str, Any]], lang: str) -> str:
    """The sentence of one finding from its evidence rows (``signal``, ``value``)."""
    said = []
    for name, words in _phrases(law, lang):
        values = [row["value"] for row in rows if row["signal"] == name]
        if values:
            said.append(_PLACEHOLDER.sub(lambda match, v=values, n=name: _figure(law, n, match.group(1), v), words))  # type: ignore[misc]
    colon, comma = _marks(lang)
    return (_lead(law, lang) + (colon + comma.join(said) if said else ""))[:MAX_CHARACTERS]


def explanation_sql(law: Law, lang: str) -> str:
    """The same as an aggregate expression over the evidence rows of one finding."""
    colon, comma = _marks(lang)
    phrases = [
        f"case when max(case when signal = {sql_text(name)} then 1 end) = 1 then {_phrase_sql(law, name, words)} end"
        for name, words in _phrases(law, lang)
    ]
    said = f"concat_ws({sql_text(comma)}, {', '.join(phrases)})" if phrases else "''"
    lead = sql_text(_lead(law, lang))
    return f"left({lead} || case when {said} = '' then '' else {sql_text(colon)} || {said} end, {MAX_CHARACTERS})"


def _phrases(law: Law, lang: str) -> Iterator[tuple[str, str]]:
    """Signals that are said, in the law's order, with their words."""
    for name, signal in law.text.signals.items():
        if signal.say:
            yield name, signal.en if lang == "en" else signal.zh


def _marks(lang: str) -> tuple[str, str]:
    return ("：", "；") if lang == "zh" else (": ", "; ")


def _lead(law: Law, lang: str) -> str:
    assert law.text.lead is not None
    return law.text.lead[lang]


def _figure(law: Law, name: str, what: str, values: Sequence[int | None]) -> str:
    known = [value for value in values if value is not None]
    if what == "count":
        return str(len(known))
    if not known:
        return "?"
    value, unit = (sum(known) if what == "sum" else max(known)), law.text.signals[name].unit
    if unit not in _DECIMALS:
        return str(value)
    digits, drop_zeros, mark = _DECIMALS[unit]
    text = f"{'-' if value < 0 else ''}{abs(value) // 10**digits}.{abs(value) % 10**digits:0{digits}d}"
    return (text.rstrip("0").rstrip(".") if drop_zeros else text) + mark


def _phrase_sql(law: Law, name: str, words: str) -> str:
    """The words of a signal with its figures, as a SQL text expression."""
    out, position = [], 0
    for match in _PLACEHOLDER.finditer(words):
        out.append(sql_text(words[position : match.start()]))
        out.append(_figure_sql(name, match.group(1), law.text.signals[name].unit))
        position = match.end()
    out.append(sql_text(words[position:]))
    return " || ".join(part for part in out if part != "''") or "''"


def _figure_sql(name: str, what: str, unit: str | None) -> str:
    chosen = f"case when signal = {sql_text(name)} then value end"
    if what == "count":
        return f"cast(count({chosen}) as varchar)"
    value = f"cast(sum({chosen}) as bigint)" if what == "sum" else f"max({chosen})"
    return f"coalesce({_formatted_sql(value, unit)}, '?')"


def _formatted_sql(value: str, unit: str | None) -> str:
    """Integers in small units become the decimal text that people read; no fraction is computed."""
    if unit not in _DECIMALS:
        return f"cast({value} as varchar)"
    digits, drop_zeros, mark = _DECIMALS[unit]
    scale = 10**digits
    sign = f"case when {value} < 0 then '-' else '' end"
    whole = f"cast(abs({value}) // {scale} as varchar)"
    part = f"lpad(cast(abs({value}) % {scale} as varchar), {digits}, '0')"
    text = f"{sign} || {whole} || '.' || {part}"
    if drop_zeros:
        text = f"rtrim(rtrim({text}, '0'), '.')"
    return f"({text} || {sql_text(mark)})" if mark else f"({text})"
