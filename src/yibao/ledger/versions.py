"""One version of each record: which rows of a batch are repeats, and which contradict a row with the same key.

Keys are compared by 64-bit hashes first; only rows whose hash occurs twice, in the batch or in the ledger, are looked
at with their keys and contents. In an ordinary batch there are none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from yibao.engine.schema import Table
from yibao.ledger.contracts import RECORDED
from yibao.ledger.duck import connect, read_parquet
from yibao.ledger.stage import Hashes, Stage

Places = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Verdict:
    """Places (in the batch) of rows not to be accepted; ``repeats`` is (input, rows, money) of the duplicates."""

    duplicates: Places = field(default_factory=lambda: np.empty(0, np.int64))
    conflicts: Places = field(default_factory=lambda: np.empty(0, np.int64))
    repeats: Sequence[tuple[int, int, int]] = ()


def settle(stage: Stage, recorded: Sequence[Path]) -> Verdict:
    """Judge the staged rows against each other (the first of a key counts) and against the files of the ledger."""
    keys = stage.keys()
    with connect(temp=stage.folder) as engine:
        suspects = np.union1d(_repeated(keys), _known(engine, keys, recorded, stage.table))
        if not len(suspects):
            return Verdict()
        engine.execute("create table mine (key varchar, content uhugeint, _place bigint, _input int, _amount bigint)")
        engine.execute("create table theirs (key varchar, content uhugeint)")
        _collect(engine, stage, suspects)
        _collect_recorded(engine, stage.table, recorded, suspects)
        return _verdict(engine)


def _repeated(keys: Hashes) -> Hashes:
    ordered = np.sort(keys)
    return np.unique(ordered[1:][ordered[1:] == ordered[:-1]])


def _known(engine: duckdb.DuckDBPyConnection, keys: Hashes, recorded: Sequence[Path], table: Table) -> Hashes:
    """Key hashes that the ledger has already."""
    if not recorded or not len(keys):
        return np.empty(0, np.uint64)
    engine.register("incoming", pa.table({"key": keys}))
    found = engine.execute(
        f"select distinct k as key from (select {_hash(table)} as k from {read_parquet(recorded)}) "
        "where k in (select key from incoming)"
    ).to_arrow_table()
    engine.unregister("incoming")
    return found["key"].to_numpy()


def _collect(engine: duckdb.DuckDBPyConnection, stage: Stage, suspects: Hashes) -> None:
    for bucket in stage.buckets():
        hashes = list(stage.batches(bucket, ["_key"]))
        if not any(np.isin(part["_key"].to_numpy(), suspects).any() for part in hashes):
            continue
        for rows in stage.batches(bucket):
            chosen = rows.filter(pa.array(np.isin(rows["_key"].to_numpy(), suspects)))
            engine.register("chosen", chosen)
            names = [name for name in chosen.column_names if not name.startswith("_")]
            engine.execute(
                f"insert into mine select {_key(stage.table)}, {_content(stage.table, names)}, "
                "_place, _input, _amount from chosen"
            )
            engine.unregister("chosen")


def _collect_recorded(
    engine: duckdb.DuckDBPyConnection, table: Table, recorded: Sequence[Path], suspects: Hashes
) -> None:
    if not recorded:
        return
    engine.register("suspects", pa.table({"key": suspects}))
    names = [row[0] for row in engine.execute(f"describe select * from {read_parquet(recorded)}").fetchall()]
    engine.execute(
        f"insert into theirs select {_key(table)}, {_content(table, names)} from {read_parquet(recorded)} "
        f"where {_hash(table)} in (select key from suspects)"
    )


def _verdict(engine: duckdb.DuckDBPyConnection) -> Verdict:
    engine.execute(
        """
        create table judged as
        with known as (select key, min(content) as content from theirs group by key),
        first as (
            select *, row_number() over w as n, first_value(content) over w as first_content
            from mine window w as (partition by key order by _place)
        )
        select _place, _input, _amount,
            case when known.key is null and n = 1 then 'accepted'
                 when first.content = coalesce(known.content, first_content) then 'duplicate'
                 else 'conflict' end as fate
        from first left join known using (key)
        """
    )
    places = {
        fate: engine.execute("select _place from judged where fate = ? order by 1", [fate]).fetchnumpy()["_place"]
        for fate in ("duplicate", "conflict")
    }
    repeats = engine.execute(
        "select _input, count(*), cast(coalesce(sum(_amount), 0) as bigint) "
        "from judged where fate = 'duplicate' group by 1"
    ).fetchall()
    return Verdict(places["duplicate"], places["conflict"], repeats)


def _hash(table: Table) -> str:
    return f"hash({', '.join(_q(name) for name in table.key)})"


def _key(table: Table) -> str:
    return f"concat_ws(chr(31), {', '.join(_cell(name) for name in table.key)})"


def _content(table: Table, names: Sequence[str]) -> str:
    """Hash of what a row says: contract columns by position, extensions only where they have a value."""
    ours = {column.name for column in RECORDED}
    cells = [_cell(c.name) if c.name in names else "chr(1)" for c in table.columns if c.name not in ours]
    cells += [f"'{name}=' || {_q(name)}" for name in sorted(names) if name.startswith("x_")]
    return f"md5_number(concat_ws(chr(31), {', '.join(cells)}))"


def _cell(name: str) -> str:
    return f"coalesce(cast({_q(name)} as varchar), chr(1))"


def _q(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
