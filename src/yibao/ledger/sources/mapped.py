"""Sources that are a written mapping: `mapping.yaml` says which raw relations there are and what each table selects.

    name: cms
    currency: USD
    nulls: ["", NA]                  # texts that mean "not known"
    relations:
      inpatient: {about: …, columns: [BeneID, ClaimID, …]}      # what a file must have; more is allowed
    views:                           # named selects over relations and earlier views
      deaths: select …
    tables:
      - {table: person, from: beneficiary, columns: {person_id: BeneID, sex: Gender, …}}

A file belongs to the relation whose name is in the file's name. Every raw column reaches the selects as text (null for
`nulls`), so that CSV and Parquet give the same rows and the ingest judges what cannot be read. A relation keeps its
record number as `_row`; a table's select passes it on.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import duckdb

from yibao.engine.schema import Tables
from yibao.engine.yaml import read_yaml
from yibao.ledger.refusals import HeaderRefused, NothingToRead, UnreadableFile
from yibao.ledger.sources import Inputs
from yibao.ledger.sources.relation import SqlInput

_SUFFIXES = (".parquet", ".csv", ".csv.gz")


@dataclass(frozen=True)
class MappedSource:
    """A :class:`yibao.ledger.sources.Source` made from a mapping file."""

    name: str
    currency: str | None
    nulls: tuple[str, ...]
    relations: Mapping[str, tuple[str, ...]]  # relation -> columns it must have
    views: Mapping[str, str]
    selects: tuple[Mapping[str, Any], ...]

    def inputs(self, path: Path, tables: Tables) -> Inputs:
        """One input per mapped table. Raises a refusal when a file or a column is missing or stands twice."""
        found, ignored = self._files(path)
        headers = {name: self._header(name, file) for name, file in found.items()}
        items = [self._input(select, found, headers) for select in self.selects if select["table"] in tables]
        return Inputs(items, ignored)

    def _files(self, path: Path) -> tuple[dict[str, Path], list[str]]:
        if not path.is_dir():
            raise UnreadableFile(
                "there is no such directory",
                where=str(path),
                mend=f"it holds {self._wanted()}",
                zh="没有这个目录",
                mend_zh=f"目录中应有 {self._wanted()}",
            )
        found: dict[str, Path] = {}
        ignored = []
        for entry in sorted(path.iterdir()):
            relation = self._relation_of(entry)
            if relation is None:
                if entry.is_file() and not entry.name.startswith("."):
                    ignored.append(entry.name)
            elif relation in found:
                raise NothingToRead(
                    f"two files for {relation}: {found[relation].name} and {entry.name}",
                    where=str(path),
                    mend="keep one of them in the directory",
                    zh=f"{relation} 有两个文件：{found[relation].name} 和 {entry.name}",
                    mend_zh="目录中请只留一个",
                )
            else:
                found[relation] = entry
        missing = [name for name in self.relations if name not in found]
        if missing:
            raise NothingToRead(
                f"no file for {', '.join(missing)}",
                where=str(path),
                mend=f"it holds {self._wanted()}",
                zh=f"缺少 {'、'.join(missing)} 的文件",
                mend_zh=f"目录中应有 {self._wanted()}",
            )
        return found, ignored

    def _relation_of(self, entry: Path) -> str | None:
        name = entry.name.lower()
        if not entry.is_file() or not name.endswith(_SUFFIXES):
            return None
        return next((relation for relation in self.relations if relation in name), None)

    def _wanted(self) -> str:
        return " and ".join(f"<…{name}…>.csv or .parquet" for name in self.relations)

    def _header(self, relation: str, file: Path) -> list[str]:
        """The columns of a raw file; refuses one that lacks a column the mapping needs."""
        reader = "read_parquet" if file.name.endswith(".parquet") else "read_csv"
        options = "" if reader == "read_parquet" else ", all_varchar = true, header = true"
        quoted = str(file).replace("'", "''")
        with duckdb.connect(":memory:") as connection:
            try:
                rows = connection.execute(f"describe select * from {reader}('{quoted}'{options})").fetchall()
            except duckdb.Error as error:
                said = str(error).splitlines()[0]
                raise UnreadableFile(said, where=file.name, zh=f"无法读取：{said}") from error
        names = [row[0] for row in rows]
        missing = [name for name in self.relations[relation] if name not in names]
        if missing:
            raise HeaderRefused(
                f"without the column{'s' if len(missing) > 1 else ''} {', '.join(missing)}",
                where=file.name,
                mend=f"the source {self.name} reads {', '.join(self.relations[relation])}",
                zh=f"缺少列 {'、'.join(missing)}",
                mend_zh=f"来源 {self.name} 读取 {'、'.join(self.relations[relation])}",
            )
        return names

    def _input(
        self, select: Mapping[str, Any], found: Mapping[str, Path], headers: Mapping[str, list[str]]
    ) -> SqlInput:
        text = _select(select)
        views = _needed(text, self.views)
        named = [name for name in found if any(_names(name, body) for body in (text, *views.values()))]
        ctes = [f"{name} as ({self._text_of(name, headers[name])})" for name in named]
        ctes += [f"{name} as ({body})" for name, body in views.items()]
        return SqlInput(
            table=select["table"],
            file=", ".join(found[name].name for name in named),
            sql=f"with {', '.join(ctes)} {text}",
            relations={f"raw_{name}": found[name] for name in named},
            fields={column: sql for column, sql in select["columns"].items() if any(sql in headers[n] for n in named)},
        )

    def _text_of(self, relation: str, header: list[str]) -> str:
        """The raw relation with every column as text and what means "not known" as null."""
        columns = []
        for name in header:
            text = f'cast("{name}" as varchar)'
            for null in self.nulls:
                text = f"nullif({text}, '{null}')"
            columns.append(f'{text} as "{name}"')
        return f"select {', '.join(columns)}, _row from raw_{relation}"


def read_mapping(package: str) -> MappedSource:
    """The source that `mapping.yaml` of a package describes."""
    doc = read_yaml((files(package) / "mapping.yaml").read_text(encoding="utf-8"), f"{package}/mapping.yaml")
    return MappedSource(
        name=doc["name"],
        currency=doc["currency"],
        nulls=tuple(doc["nulls"]),
        relations={name: tuple(relation["columns"]) for name, relation in doc["relations"].items()},
        views=dict(doc.get("views") or {}),
        selects=tuple(doc["tables"]),
    )


def _select(select: Mapping[str, Any]) -> str:
    columns = ", ".join(f"{sql} as {column}" for column, sql in select["columns"].items())
    where = f" where {select['where']}" if select.get("where") else ""
    return f"select _row, {columns} from {select['from']}{where}"


def _needed(text: str, views: Mapping[str, str]) -> dict[str, str]:
    """The views that a select names, directly or through other views, in the order of the mapping."""
    needed: set[str] = set()
    for name in reversed(list(views)):
        if _names(name, text) or any(_names(name, views[other]) for other in needed):
            needed.add(name)
    return {name: body for name, body in views.items() if name in needed}


def _names(name: str, sql: str) -> bool:
    return re.search(rf"\b{re.escape(name)}\b", sql) is not None
