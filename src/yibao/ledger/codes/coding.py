"""Codes in use, and what is known of them: the tables that suggestions, coverage and the catalogue list rest on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files

from yibao.engine import DuckEngine
from yibao.errors import UsageError, YibaoError
from yibao.ledger.storage import Ledger

#: The system of an institution's own codes, and that of dated item codes, as code maps call them.
LOCAL, ITEMS = "local", "national"
#: Tables that the queries of a kind read.
_READS = {
    "item": ["charge_line", "catalogue_item"],
    "diagnosis": ["diagnosis", "encounter", "person", "settlement", "code_diagnosis"],
    "procedure": ["procedure", "encounter", "person", "settlement", "code_procedure"],
}
KINDS = tuple(_READS)


@dataclass(frozen=True)
class National:
    """Where the national codes of a kind stand; ``edition`` is the column of their edition (None: one dated list)."""

    table: str
    code: str
    edition: str | None


NATIONAL = {
    "item": National("catalogue_item", "item_code", None),
    "diagnosis": National("code_diagnosis", "code", "version"),
    "procedure": National("code_procedure", "code", "version"),
}


class NoEdition(YibaoError):
    """The ledger has no national list to map to, or several of which one must be named."""


def check_kind(kind: str) -> None:
    """Raises :class:`UsageError` for a kind of code that is not mapped."""
    if kind not in NATIONAL:
        raise UsageError(
            f"{kind!r} is no kind of code that is mapped",
            mend=f"use one of {', '.join(KINDS)}",
            zh=f"{kind!r} 不是可对照的编码类别",
            mend_zh=f"可用：{'、'.join(KINDS)}",
        )


def choose_edition(ledger: Ledger, kind: str, wanted: str | None) -> str:
    """The edition that local codes are mapped to: the one named, else the only one the ledger has.

    Raises :class:`NoEdition` when there is none, or several and none was named: the same string may mean different
    things in two editions.
    """
    check_kind(kind)
    national = NATIONAL[kind]
    known = editions(ledger, kind)
    if wanted in known or (wanted is None and len(known) == 1):
        return wanted or known[0]
    if not known:
        raise NoEdition(
            f"the ledger has no {national.table}",
            where=str(ledger.path),
            mend=f"take it in: yibao catalogue import {kind} FILE --into {ledger.path}",
            zh=f"账本中没有 {national.table}",
            mend_zh=f"请先导入：yibao catalogue import {kind} FILE --into {ledger.path}",
        )
    listed = ", ".join(known)
    if wanted:
        raise NoEdition(
            f"the ledger has no edition {wanted!r}", mend=f"use one of {listed}", zh=f"账本中没有版本 {wanted!r}",
            mend_zh=f"可用：{listed}",
        )  # fmt: skip
    raise NoEdition(
        f"the ledger has several editions: {listed}",
        mend="say which one is meant: --to EDITION",
        zh=f"账本中有多个版本：{listed}",
        mend_zh="请指明是哪一个：--to 版本",
    )


def editions(ledger: Ledger, kind: str) -> list[str]:
    """The editions of the national list in the ledger, by name."""
    national = NATIONAL[kind]
    if not ledger.row_count(national.table):
        return []
    if national.edition is None:
        return [ITEMS]
    with DuckEngine() as engine:
        ledger.attach(engine, only={national.table: [national.edition]})
        found = engine.execute(f"select distinct {national.edition} as edition from {national.table} order by 1")
    names: list[str] = found["edition"].to_pylist()
    return names


@contextmanager
def attached(ledger: Ledger, kind: str, edition: str) -> Iterator[DuckEngine]:
    """An engine with the ledger's tables of a kind, ``uses`` (codes by institution, month, name) and ``coded``."""
    with DuckEngine() as engine:
        ledger.attach(engine, only=[*_READS[kind], "code_map", "code_in_force", "institution"])
        params = {"edition": edition} if kind != "item" else None
        engine.materialise("uses", sql(f"uses_{kind}"), params)
        engine.materialise("coded", sql("coverage"), {"kind": kind, "edition": edition})
        yield engine


def sql(name: str) -> str:
    """A query of this package."""
    return (files("yibao.ledger.codes") / f"{name}.sql").read_text(encoding="utf-8")
