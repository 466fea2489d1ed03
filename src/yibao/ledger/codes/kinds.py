"""Kinds of catalogue: which table a file fills, and under which headings its columns are known."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files

from yibao.engine.schema import Table
from yibao.engine.yaml import read_yaml
from yibao.errors import UsageError
from yibao.ledger.contracts import RECORDED, load_contracts

_OURS = {column.name for column in RECORDED}
_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|【[^【】]*】")
_SIGNS = re.compile(r"[\W_]+")


@dataclass(frozen=True)
class Kind:
    """One kind of catalogue file.

    ``version`` and ``system`` are the columns that the options of these names fill; ``needs`` those that a file without
    them must be given by options; ``code`` the column by which two editions are compared.
    """

    name: str
    table: Table
    title: Mapping[str, str]
    version: str
    system: str | None
    needs: tuple[str, ...]
    code: str
    synonyms: Mapping[str, tuple[str, ...]]
    ignored: frozenset[str]

    @cached_property
    def headings(self) -> Mapping[str, str]:
        """Plain heading -> column of the table. A column's own name goes before its label and synonyms."""
        known: dict[str, str] = {}
        columns = [column for column in self.table.columns if column.name not in _OURS]
        ranks = (
            lambda c: [c.name],
            lambda c: [c.national or "", c.zh, c.en],
            lambda c: self.synonyms.get(c.name, ()),
        )
        for words in ranks:
            for column in columns:
                for word in words(column):
                    if plain_heading(word):
                        known.setdefault(plain_heading(word), column.name)
        return known

    def is_heading(self, cell: str) -> bool:
        """Whether a cell is the heading of a column of such lists, read or not."""
        plain = plain_heading(cell)
        return plain in self.headings or plain in self.ignored


@cache
def load_kinds() -> Mapping[str, Kind]:
    """All kinds by name, in the order in which they are shown."""
    tables = load_contracts()
    doc = read_yaml((files("yibao.ledger.codes") / "kinds.yaml").read_text(encoding="utf-8"), "kinds.yaml")
    ignored = frozenset(map(plain_heading, doc.pop("ignored")))
    return {
        name: Kind(
            name=name,
            table=tables[about["table"]],
            title=dict(about["title"]),
            version=about["version"],
            system=about.get("system"),
            needs=tuple(about["needs"]),
            code=about["code"],
            ignored=ignored,
            synonyms={column: tuple(words) for column, words in about["columns"].items()},
        )
        for name, about in doc.items()
    }


def get_kind(name: str) -> Kind:
    """The kind of that name. Raises :class:`UsageError` naming those that exist."""
    kinds = load_kinds()
    if name not in kinds:
        known = ", ".join(kinds)
        known_zh = "、".join(f"{kind.name}（{kind.title['zh']}）" for kind in kinds.values())
        raise UsageError(
            f"there is no kind of catalogue {name!r}",
            mend=f"use one of {known}",
            zh=f"没有目录类别 {name!r}",
            mend_zh=f"可用：{known_zh}",
        )
    return kinds[name]


def plain_heading(cell: str) -> str:
    """A heading without width, case, signs and remarks in brackets.

    >>> plain_heading("诊断编码（ICD-10 医保版）"), plain_heading(" Item_Code ")
    ('诊断编码', 'itemcode')
    """
    text = unicodedata.normalize("NFKC", cell).casefold()
    return _SIGNS.sub("", _BRACKETS.sub("", text)) or _SIGNS.sub("", text)
