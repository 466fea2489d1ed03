"""Turns the evidence of a finding into one sentence, as SQL, so that a million findings are worded in one pass."""

from __future__ import annotations

import re

from yibao.lawbook.model import Law, Signal

#: The longest explanation a finding carries.
MAX_CHARACTERS = 300

_PLACEHOLDER = re.compile(r"\{(value|count|sum)\}")


def explanation_sql(law: Law, lang: str) -> str:
    """An aggregate expression over the evidence rows (``signal``, ``value``) of one finding."""
    colon, comma = ("：", "；") if lang == "zh" else (": ", "; ")
    assert law.text.lead is not None
    phrases = [
        f"case when max(case when signal = {_quote(name)} then 1 end) = 1 then {_phrase(name, signal, lang)} end"
        for name, signal in law.text.signals.items()
        if signal.say
    ]
    said = f"concat_ws({_quote(comma)}, {', '.join(phrases)})" if phrases else "''"
    lead = _quote(law.text.lead[lang])
    return f"left({lead} || case when {said} = '' then '' else {_quote(colon)} || {said} end, {MAX_CHARACTERS})"


def _phrase(name: str, signal: Signal, lang: str) -> str:
    """The words of a signal with its figures, as a SQL text expression."""
    words, out, position = (signal.en if lang == "en" else signal.zh), [], 0
    for match in _PLACEHOLDER.finditer(words):
        out.append(_quote(words[position : match.start()]))
        out.append(_figure(name, match.group(1), signal.unit))
        position = match.end()
    out.append(_quote(words[position:]))
    return " || ".join(part for part in out if part != "''") or "''"


def _figure(name: str, what: str, unit: str | None) -> str:
    chosen = f"case when signal = {_quote(name)} then value end"
    if what == "count":
        return f"cast(count({chosen}) as varchar)"
    value = f"cast(sum({chosen}) as bigint)" if what == "sum" else f"max({chosen})"
    return f"coalesce({_formatted(value, unit)}, '?')"


def _formatted(value: str, unit: str | None) -> str:
    """Integers in small units become the decimal text that people read; no fraction is computed."""
    digits = {"fen": 2, "money": 2, "milli": 3, "bp": 2, "rate": 2}.get(unit or "", 0)
    if not digits:
        return f"cast({value} as varchar)"
    scale = 10**digits
    sign = f"case when {value} < 0 then '-' else '' end"
    whole = f"cast(abs({value}) // {scale} as varchar)"
    part = f"lpad(cast(abs({value}) % {scale} as varchar), {digits}, '0')"
    text = f"{sign} || {whole} || '.' || {part}"
    if unit in ("milli", "bp", "rate"):
        text = f"rtrim(rtrim({text}, '0'), '.')"
    return f"({text} || '%')" if unit in ("bp", "rate") else f"({text})"


def _quote(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
