"""Reads the table contracts (`tables/<table>.yaml`) into :class:`yibao.engine.schema.Table`."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from types import MappingProxyType
from typing import Any

from yibao.engine.schema import TYPES, Check, Code, Column, Index, Table, Tables
from yibao.engine.yaml import Mapping, read_yaml
from yibao.errors import YibaoError

#: Columns that the ledger adds to every fact: when it was recorded, and by which batch.
RECORDED = (
    Column("recorded_at", "time", "入库时间", "recorded at", required=True),
    Column("batch_id", "text", "入库批次", "batch", required=True),
)

_TABLE_KEYS = {
    "table", "kind", "group", "title", "about", "national", "key", "slice", "order", "money", "foreign", "columns",
    "checks", "index",
}  # fmt: skip
_COLUMN_KEYS = {
    "name", "type", "required", "identity", "national", "codes", "open", "min", "max", "unit", "zh", "en", "about_zh",
    "about_en",
}  # fmt: skip


class ContractError(YibaoError):
    """A table contract is malformed."""


@cache
def load_contracts() -> Tables:
    """All table contracts of the package by table name, sorted by name."""
    folder = files("yibao.ledger") / "tables"
    tables = {}
    for entry in sorted(folder.iterdir(), key=lambda e: e.name):
        if entry.name.endswith(".yaml"):
            table = read_contract(entry)
            tables[table.name] = table
    return MappingProxyType(tables)


def read_contract(entry: Traversable) -> Table:
    """One contract file. Raises :class:`ContractError` naming file, line and key."""
    doc = read_yaml(entry.read_text(encoding="utf-8"), entry.name)
    _known(doc, _TABLE_KEYS, entry.name)
    name, kind = doc["table"], doc.get("kind") or "fact"
    columns = tuple(_column(c, entry.name) for c in doc["columns"])
    if kind == "fact":
        columns += RECORDED
    known = {c.name for c in columns}
    for key in ("key", "order"):
        for column in doc.get(key) or []:
            if column not in known:
                raise ContractError(f"{key} names the unknown column {column!r}", where=entry.name)
    indexes = tuple(_index(i, known, entry.name) for i in doc.get("index") or [])
    sql = None
    if kind == "derived":
        sql = (files("yibao.ledger") / "tables" / f"{name}.sql").read_text(encoding="utf-8")
    return Table(
        name=name,
        kind=kind,
        group=doc["group"],
        title=dict(doc["title"]),
        about=dict(doc["about"]),
        columns=columns,
        key=tuple(doc.get("key") or ()),
        slice=doc.get("slice"),
        order=tuple(doc.get("order") or doc.get("key") or ()),
        money=doc.get("money"),
        national=doc.get("national"),
        foreign={c: _target(c, t) for c, t in (doc.get("foreign") or {}).items()},
        checks=tuple(Check(c["code"], c["sql"], c["zh"], c["en"]) for c in doc.get("checks") or []),
        indexes=indexes,
        sql=sql,
    )


def _column(doc: Mapping, where: str) -> Column:
    _known(doc, _COLUMN_KEYS, where)
    if doc.get("type") not in TYPES:
        raise ContractError(
            f"column {doc.get('name')!r} has the unknown type {doc.get('type')!r}",
            where=f"{where}, line {doc.line}",
            mend=f"use one of {', '.join(TYPES)}",
        )
    codes = tuple(Code(value, text["zh"], text["en"]) for value, text in (doc.get("codes") or {}).items())
    plain: dict[str, Any] = {
        key: doc.get(key)
        for key in ("name", "type", "zh", "en", "national", "min", "max", "unit", "about_zh", "about_en")
    }
    flags: dict[str, Any] = {key: doc.get(key) == "true" for key in ("required", "identity", "open")}
    return Column(codes=codes, **plain, **flags)


def _index(doc: Any, known: set[str], where: str) -> Index:
    _known(doc, {"by", "with"}, where)
    index = Index(by=tuple(doc["by"]), include=tuple(doc.get("with") or ()))
    for column in (*index.by, *index.include):
        if column not in known:
            raise ContractError(f"an index names the unknown column {column!r}", where=where)
    return index


def _target(column: str, target: str) -> tuple[str, str]:
    table, _, name = target.partition(".")
    return table, name or column


def _known(doc: Any, allowed: set[str], where: str) -> None:
    if not isinstance(doc, Mapping):
        raise ContractError("expected a mapping", where=where)
    for key in doc:
        if key not in allowed:
            raise ContractError(f"unknown key {key!r}", where=f"{where}, line {doc.lines[key]}")
