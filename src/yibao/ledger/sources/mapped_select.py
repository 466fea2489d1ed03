"""One select of a mapping as an input: rows of a contract table, by SQL over raw relations.

The SQL is somebody's text. It runs in an engine of its own that reads the staged relations and nothing else: no other
file, no network, no setting can be reached from it.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from yibao.engine.schema import Table
from yibao.engine.sql import sql_files, sql_name, sql_text
from yibao.errors import YibaoError
from yibao.ledger.duck import connect
from yibao.ledger.sources import FAULTS, Chunk, Reject, place_of
from yibao.ledger.sources.mapping import FUNCTIONS, ROW, ColumnText, TableText
from yibao.ledger.sources.relation import Relation

ROWS = 65_536


class SourceError(YibaoError):
    """A source's raw relations could not be mapped."""


@dataclass(frozen=True)
class SelectInput:
    """An :class:`yibao.ledger.sources.Input`. ``home`` is the relation whose every record must become one row.

    ``names`` are the files of the source, in which a row's upper bits count.
    """

    contract: Table
    text: TableText
    relations: Sequence[Relation]
    views: Mapping[str, str]
    names: Sequence[str]
    fields: dict[str, str]
    home: Relation | None
    tells: bool  # of the inputs with the same home, the one that tells of the records that are no rows
    remarks: list[tuple[str, str]]  # grows while the chunks are read

    @property
    def shares(self) -> bool:
        """Whether this select takes only its part of the home relation, and others the rest."""
        return self.home is not None and self.text.where is not None

    @property
    def table(self) -> str:
        return self.contract.name

    @property
    def file(self) -> str:
        return ", ".join(table.file for relation in self.relations for table in relation.tables)

    @cached_property
    def size(self) -> int:
        return sum(relation.size for relation in self.relations)

    def content(self) -> str:
        return self._content

    @cached_property
    def _content(self) -> str:
        said = [self.table, self.text.model_dump_json(), *self.views.values()]
        said += [f"{relation.name} {relation.nulls} {relation.sha256()}" for relation in self.relations]
        return hashlib.sha256("\n".join(said).encode()).hexdigest()

    def chunks(self) -> Iterator[Callable[[], Chunk]]:
        staged = [path for relation in self.relations if (path := relation.stage())]
        for relation in self.relations:
            if relation.text.lookup and relation.rejects:
                raise self._unreadable(relation.rejects[0])
        seen: list[npt.NDArray[np.int64]] = []
        counts = [0] * len(self.text.tell)
        done = 0
        with connect() as engine:
            try:
                prepare(engine, self.relations, self.views, staged)
                reader = engine.execute(select_sql(engine, self.contract, self.text)).to_arrow_reader(ROWS)
                own = [ROW, *(f"_tell{n}" for n in range(len(counts)))]
                empty = reader.schema.empty_table().drop_columns(own)
                for batch in reader:
                    # The total of rows is not known before the end: the bar approaches its end by eighths.
                    share = (self.size - done) // 8
                    done += share
                    seen.append(batch.column(ROW).to_numpy().astype(np.int64))
                    counts = [n + (pc.sum(batch.column(f"_tell{at}")).as_py() or 0) for at, n in enumerate(counts)]
                    yield partial(Chunk, pa.Table.from_batches([batch]).drop_columns(own), seen[-1], done=share)
            except duckdb.Error as error:
                said = str(error).strip()
                raise SourceError(said, where=self.file, zh=f"无法读取：{said}") from error
        for tell, number in zip(self.text.tell, counts, strict=True):
            if number:
                self.remarks.append((f"{self.table}: {number:,} {tell.en}", f"{self.table}：{number:,} {tell.zh}"))
        if self.home is not None:
            self._conserve(self.home, seen)
            if self.tells and (self.home.rejects or self.home.notes):
                yield lambda: self._told(empty)

    def _unreadable(self, reject: Reject) -> SourceError:
        """A record that only others look up has no row to be quarantined in its place."""
        file, row = place_of(self, reject.row)
        return SourceError(
            f"the record cannot be read ({reject.code}): {reject.value or reject.raw}",
            where=f"{file}, line {row}",
            mend="mend that record",
            zh=f"这条记录无法读取（{reject.code}）：{reject.value or reject.raw}",
            mend_zh="请改正这条记录",
        )

    def _told(self, empty: pa.Table) -> Chunk:
        """The records of the home relation that are no rows, and what is to be said of its cells."""
        assert self.home is not None
        notes = Counter({(kind, _mapped(self.fields, column)): n for (kind, column), n in self.home.notes.items()})
        return Chunk(empty, np.empty(0, np.int64), tuple(self.home.rejects), notes=notes)

    def _conserve(self, home: Relation, seen: Sequence[npt.NDArray[np.int64]]) -> None:
        """Every record of the home relation has become exactly one row, or was rejected when it was read."""
        rows = np.concatenate([*seen, np.empty(0, np.int64)])
        if self.shares:
            home.taken.append(rows)
            if len(home.taken) < home.parts:
                return
            rows = np.concatenate(home.taken)
        expected = home.records - len(home.rejects)
        values, times = np.unique(rows, return_counts=True)
        if len(rows) == len(values) == expected:
            return
        twice = values[times > 1]
        if len(twice):
            file, row = place_of(self, int(twice[0]))
            what = f"{file}, line {row}: this record gives {int(times.max())} rows of {self.table}"
            zh = f"{file} 第 {row} 行：这条记录变成了 {self.table} 的 {int(times.max())} 行"
        else:
            what = f"{home.name} has {expected:,} records, {self.table} {len(values):,} rows of them"
            zh = f"{home.name} 有 {expected:,} 条记录，{self.table} 只得到 {len(values):,} 行"
        raise SourceError(
            f"the mapping does not keep the records: {what}",
            where=f"{self.table} from {self.text.source}",
            mend=f"every record of {home.name} must become one row; set aside with a reason what is not to be taken in",
            zh=f"映射没有守住记录数：{zh}",
            mend_zh=f"{home.name} 的每条记录都应恰成一行；不该接收的用 set_aside 写明原因",
        )


def prepare(
    engine: duckdb.DuckDBPyConnection, relations: Sequence[Relation], views: Mapping[str, str], staged: Sequence[Path]
) -> None:
    """Relations, functions and views in an engine that can reach nothing beside ``staged``."""
    engine.execute(f"set allowed_paths = {sql_files(staged)}")
    engine.execute("set enable_external_access = false")
    engine.execute("set python_enable_replacements = false")
    for definition, _, _ in FUNCTIONS.values():
        engine.execute(f"create macro {definition}")
    for relation in relations:
        relation.define(engine)
    engine.execute("set lock_configuration = true")
    for name, body in views.items():
        engine.execute(f'create view "{name}" as {body}')


def select_sql(engine: duckdb.DuckDBPyConnection, contract: Table, text: TableText) -> str:
    """The select, every column written as the ingest reads it; ``engine`` knows what it reads from."""
    inner = ", ".join(f"{value_sql(column)} as {sql_name(name)}" for name, column in text.columns.items())
    where = f" where {text.where}\n" if text.where else ""
    aside = ""
    if text.set_aside:
        whens = " ".join(f"when {rule.when}\n then {sql_text(rule.code)}" for rule in text.set_aside)
        aside = f", case {whens} end as _aside"
    tells = "".join(f", coalesce(({tell.when}\n), false)::int as _tell{n}" for n, tell in enumerate(text.tell))
    body = f"select {ROW}, {inner}{aside}{tells} from {sql_name(text.source)}{where}"
    columns = [ROW]
    for name, kind, *_ in engine.execute(f"describe {body}").fetchall():
        if not name.startswith("_"):
            columns.append(f"{text_of(name, kind, contract)} as {sql_name(name)}")
    columns += [f"_tell{n}" for n in range(len(text.tell))]
    if text.set_aside:
        fault = "[{'column': null::varchar, 'code': _aside, 'value': null::varchar}]"
        columns.append(f"case when _aside is not null then {fault} end as {FAULTS}")
    return f"select {', '.join(columns)} from ({body})"


def value_sql(column: ColumnText) -> str:
    if not column.values:
        return f"({column.sql}\n)"
    whens = " ".join(f"when {sql_text(a)} then {sql_text(b)}" for a, b in column.values.items())
    return f"case cast(({column.sql}\n) as varchar) {whens} else cast(({column.sql}\n) as varchar) end"


def text_of(name: str, kind: str, contract: Table) -> str:
    """A column of SQL type ``kind`` in the form of text that the ingest reads."""
    quoted = sql_name(name)
    column = contract.by_name.get(name)
    if kind == "BOOLEAN":
        return f"case {quoted} when true then '1' when false then '0' end"
    if kind == "DATE" and column is not None and column.type == "time":
        return f"cast(cast({quoted} as timestamp) as varchar)"
    return f"cast({quoted} as varchar)"


def _mapped(fields: Mapping[str, str], column: str) -> str:
    """The contract's name of a raw column, where it has one."""
    return next((name for name, raw in fields.items() if raw.lower() == column.lower()), column)
