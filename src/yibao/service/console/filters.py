"""Filters of a page: a GET form whose state is the address. What is not known is refused at its field, not ignored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from fastapi import Request

from yibao.presentation.fmt import Lang
from yibao.service.problems import language

#: Longest text that is searched for.
LONGEST = 80


@dataclass(frozen=True)
class Option:
    """A value of a filter, in words; ``count`` is how many rows have it (a facet), as it may be shown."""

    value: str
    zh: str
    en: str
    count: int | str | None = None

    def label(self, lang: Lang) -> str:
        return self.zh if lang == "zh" else self.en


@dataclass(frozen=True)
class Filter:
    """One field. ``kind``: ``choice`` (of ``options``), ``flag`` (a tick box), ``text`` (a search).

    ``default`` is taken when nothing is said; a choice with ``every`` may be left open, under that word.
    """

    name: str
    zh: str
    en: str
    kind: str = "choice"
    options: Sequence[Option] = ()
    default: str = ""
    every: tuple[str, str] | None = ("全部", "All")
    #: Values that exist beside those offered: whether the caller may have them is not the filter's matter.
    known: frozenset[str] = frozenset()

    def label(self, lang: Lang) -> str:
        return self.zh if lang == "zh" else self.en

    def wrong(self, value: str, lang: Lang) -> str | None:
        """What is wrong with a value, in words; None when it is right."""
        zh = lang == "zh"
        if self.kind == "text":
            return None if len(value) <= LONGEST else ("最多 80 个字" if zh else "at most 80 characters")
        if self.kind == "flag":
            return None if value in ("", "true", "false") else ("只能勾选或不勾选" if zh else "it is ticked or not")
        offered = {option.value for option in self.options}
        if value in offered or value in self.known or (not value and self.every is not None):
            return None
        said = value[:40]
        return f"没有“{said}”，请从列表中选择" if zh else f"there is no “{said}”; choose one of the list"


@dataclass
class Chosen:
    """What a request chose. ``values`` holds what is right, ``errors`` what is wrong, by field."""

    fields: Sequence[Filter]
    values: dict[str, str] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    kept: dict[str, str] = field(default_factory=dict)

    def __getitem__(self, name: str) -> str:
        return self.values[name]

    def flag(self, name: str) -> bool:
        return self.values[name] == "true"

    @property
    def said(self) -> dict[str, str]:
        """The fields that differ from what is taken when nothing is said."""
        of = {one.name: one.default for one in self.fields}
        return {name: value for name, value in self.values.items() if value != of[name]}

    def query(self, **changes: Any) -> str:
        """The address of the same view with changes (None or "" takes a field away), beginning with ``?``."""
        merged: dict[str, Any] = {**self.kept, **self.said, **changes}
        left = {name: value for name, value in merged.items() if value not in (None, "")}
        return "?" + urlencode(left) if left else "?"


def read(request: Request, fields: Sequence[Filter], kept: Sequence[str] = ("sort",)) -> Chosen:
    """The filters of a request. ``kept`` are parameters of the address that go along unchanged."""
    return read_query(request.query_params, fields, "zh" if language(request) == "zh" else "en", kept)


def read_query(
    query: Mapping[str, str], fields: Sequence[Filter], lang: Lang, kept: Sequence[str] = ("sort",)
) -> Chosen:
    """The same for the parameters of an address."""
    chosen = Chosen(fields, kept={name: query[name] for name in kept if name in query})
    for one in fields:
        value = query.get(one.name, one.default).strip()
        problem = one.wrong(value, lang)
        if problem:
            chosen.errors[one.name] = problem
        chosen.values[one.name] = one.default if problem else value
    return chosen
