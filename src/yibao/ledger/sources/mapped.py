"""Sources that are a written mapping: `mapping.yaml` says which raw relations there are and what each table selects.

    name: cms
    currency: USD
    nulls: ["", NA]
    relations:
      inpatient: {about: …, columns: [BeneID, ClaimID, …]}
    views:
      deaths: select …
    tables:
      - {table: person, from: beneficiary, columns: {person_id: BeneID, sex: Gender, …}}

The keys are described in :mod:`yibao.ledger.sources.mapping`. Shipped sources and a user's own are read the same way.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from importlib.resources import files
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from yibao.engine.schema import Table, Tables
from yibao.engine.yaml import Mapping as YamlMapping
from yibao.engine.yaml import read_yaml, schema_problems
from yibao.ledger.raw import RawTable, open_tables
from yibao.ledger.refusals import NothingToRead, UnreadableFile, unreadable
from yibao.ledger.sources import Inputs
from yibao.ledger.sources.mapped_select import SelectInput
from yibao.ledger.sources.mapping import ASK, MappingText, TableText
from yibao.ledger.sources.mapping_check import MappingProblem, MappingRefused, check_mapping
from yibao.ledger.sources.relation import Relation, Workspace


@dataclass(frozen=True)
class MappedSource:
    """A :class:`yibao.ledger.sources.Source` made from a mapping."""

    text: MappingText

    @property
    def name(self) -> str:
        return self.text.name

    @property
    def about(self) -> tuple[str, str]:
        """What it reads, in English and Chinese."""
        return (self.text.about.en, self.text.about.zh) if self.text.about else ("", "")

    @property
    def currency(self) -> str | None:
        return None if self.text.currency == ASK else self.text.currency

    def inputs(self, path: Path, tables: Tables) -> Inputs:
        """One input for each mapped table that has something to read. Raises a refusal when a file or a column is
        missing, or stands twice."""
        relations, ignored, remarks = self.relations(path)
        items, told = [], set[str]()
        for text in self.text.tables:
            item = self._input(text, tables[text.table], relations, told, remarks)
            if item is not None:
                items.append(item)
        for relation in relations.values():
            relation.parts = sum(item.shares and item.home is relation for item in items)
        remarks += self._absent(items, relations, tables)
        return Inputs(items, ignored, remarks=remarks, sparse=True, needs_currency=self._asks(items))

    def relations(self, path: Path) -> tuple[dict[str, Relation], list[str], list[tuple[str, str]]]:
        """The relations of a path by name, the names of files that belong to none, and remarks on others."""
        found = open_tables(_files(path, self._wanted()))
        held: dict[str, list[RawTable]] = {name: [] for name in self.text.relations}
        ignored = list(found.ignored)
        for table in found.tables:
            name = self._relation_of(table)
            if name is None:
                ignored.append(table.file)
            else:
                held[name].append(table)
        self._refuse(path, held)
        names = [table.file for table in found.tables]
        workspace = Workspace()
        relations = {
            name: Relation(name, text, held[name], names, self.text.nulls, workspace)
            for name, text in self.text.relations.items()
        }
        for relation in relations.values():
            _ = relation.headers
        return relations, ignored, list(found.remarks)

    def _relation_of(self, table: RawTable) -> str | None:
        """The relation whose patterns fit one of the table's names; the most exact pattern when several do."""
        for stem in table.stems:
            fitting = [
                (len(pattern.replace("*", "")), name)
                for name, text in self.text.relations.items()
                for pattern in text.files or (f"*{name}*",)
                if fnmatchcase(stem, pattern.lower())
            ]
            if fitting:
                return max(fitting)[1]
        return None

    def _refuse(self, path: Path, held: Mapping[str, Sequence[RawTable]]) -> None:
        missing = [name for name, text in self.text.relations.items() if not held[name] and not text.optional]
        if missing or not any(held.values()):
            names = missing or list(held)
            raise NothingToRead(
                f"no file for {', '.join(names)}",
                where=str(path),
                mend=f"it holds {self._wanted()}",
                zh=f"缺少 {'、'.join(names)} 的文件",
                mend_zh="目录中应有 " + self._wanted("、", "（.csv、.xlsx 或 .parquet）"),
            )
        for name, tables in held.items():
            if len(tables) > 1 and not self.text.relations[name].several:
                both = f"{tables[0].file} and {tables[1].file}"
                raise NothingToRead(
                    f"two files for {name}: {both}",
                    where=str(path),
                    mend="keep one of them in the directory",
                    zh=f"{name} 有两个文件：{both.replace(' and ', ' 和 ')}",
                    mend_zh="目录中请只留一个",
                )

    def _wanted(self, joint: str = " and ", forms: str = " (.csv, .xlsx or .parquet)") -> str:
        """The files that must be there, in words."""
        names = [(n, text.files or (f"…{n}…",)) for n, text in self.text.relations.items() if not text.optional]
        return joint.join("|".join(patterns) for _, patterns in names) + forms

    def _input(
        self,
        text: TableText,
        contract: Table,
        relations: Mapping[str, Relation],
        told: set[str],
        remarks: list[tuple[str, str]],
    ) -> SelectInput | None:
        """The input of one select; None when what it reads from is not there. It will add to ``remarks``."""
        views = needed_views(text, self.text.views)
        sql = " ".join([sql_of(text), *views.values()])
        named = [relation for name, relation in relations.items() if names(name, sql)]
        home = relations.get(self.text.home_of(text) or "")
        if not any(relation.tables for relation in ([home] if home else named)):
            return None
        tells = home is not None and home.name not in told
        told.update([home.name] if home else [])
        raw = {cell.lower() for relation in named for cells in relation.headers.values() for cell in cells}
        plain = {name: column.sql.strip().strip('"') for name, column in text.columns.items()}
        fields = {name: said for name, said in plain.items() if said.lower() in raw}
        files = next(iter(relations.values())).names
        return SelectInput(contract, text, named, views, files, fields, home, tells, remarks)

    def _absent(
        self, items: Sequence[SelectInput], relations: Mapping[str, Relation], tables: Tables
    ) -> list[tuple[str, str]]:
        """Remarks on relations that are not there, and on amounts that therefore nobody knows."""
        gone = [name for name, relation in relations.items() if not relation.tables]
        remarks = []
        if gone:
            remarks.append(
                (f"no file for {', '.join(gone)}: nothing of it is taken in", f"没有 {'、'.join(gone)} 的文件，未读入")
            )
        sums = {text.table for text in self.text.tables if tables[text.table].money}
        if sums and not sums & {item.table for item in items}:
            remarks.append(
                (
                    "the files hold no amounts: the money of these rows is unknown, which is not the same as 0",
                    "文件中没有金额：这些记录的金额是未知，不是 0",
                )
            )
        return remarks

    def _asks(self, items: Sequence[SelectInput]) -> bool:
        """Whether there are amounts of which the files do not say the currency."""
        columns = (item.contract.by_name.get(name) for item in items for name in item.text.columns)
        return self.text.currency == ASK and any(c is not None and c.type in ("money", "micro") for c in columns)


def shipped_mapping(package: str) -> MappedSource:
    """The source that `mapping.yaml` of a package of ours describes; that it holds is what its tests show."""
    doc = read_yaml((files(package) / "mapping.yaml").read_text(encoding="utf-8"), f"{package}/mapping.yaml")
    return MappedSource(MappingText.model_validate(doc))


def read_mapping(path: Path, tables: Tables) -> MappedSource:
    """A user's own mapping: the file, or a directory with a `mapping.yaml`.

    Raises :class:`MappingRefused` with every problem and its line.
    """
    place = path / "mapping.yaml" if path.is_dir() else path
    try:
        raw = place.read_text(encoding="utf-8")
    except OSError as error:
        raise unreadable(error, str(place)) from error
    except UnicodeDecodeError as error:
        raise UnreadableFile("the mapping is not UTF-8 text", where=str(place), zh="映射文件不是 UTF-8 文本") from error
    doc: Any = read_yaml(raw, place.name)
    if not isinstance(doc, YamlMapping):
        raise MappingRefused(place, [MappingProblem(1, "expected keys such as name, relations and tables")])
    try:
        text = MappingText.model_validate(doc)
    except ValidationError as error:
        raise MappingRefused(place, [MappingProblem(*found) for found in schema_problems(doc, error)]) from None
    problems = check_mapping(text, doc, tables)
    if problems:
        raise MappingRefused(place, problems)
    return MappedSource(text)


def needed_views(text: TableText, views: Mapping[str, str]) -> dict[str, str]:
    """The views that a select reads, directly or through other views, in the order of the mapping."""
    said = sql_of(text)
    needed: set[str] = set()
    for name in reversed(list(views)):
        if names(name, said) or any(names(name, views[other]) for other in needed):
            needed.add(name)
    return {name: body for name, body in views.items() if name in needed}


def sql_of(text: TableText) -> str:
    """All that a select says in SQL."""
    conditions = [text.where or "", *(rule.when for rule in text.set_aside), *(tell.when for tell in text.tell)]
    return " ".join([text.source, *conditions, *(column.sql for column in text.columns.values())])


def names(name: str, sql: str) -> bool:
    """Whether a text speaks of a name."""
    return re.search(rf"\b{re.escape(name)}\b", sql, flags=re.IGNORECASE) is not None


def _files(path: Path, wanted: str) -> list[Path]:
    if not path.is_dir():
        if path.is_file():
            return [path]
        raise UnreadableFile(
            "there is no such directory",
            where=str(path),
            mend=f"it holds {wanted}",
            zh="没有这个目录",
            mend_zh=f"目录中应有 {wanted}",
        )
    return [f for f in sorted(path.iterdir()) if f.is_file() and not f.name.startswith((".", "~$"))]
