"""One version of each record: which rows of a batch are repeats, and which contradict or correct one with the same key.

Keys are compared by 64-bit hashes first; only rows whose hash occurs twice, in the batch or in the ledger, are looked
at with their keys and contents. In an ordinary batch there are none.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from yibao.engine.schema import Table
from yibao.ledger.contracts import RECORDED
from yibao.ledger.duck import connect, extension_cells, read_parquet
from yibao.ledger.stage import Hashes, Stage
from yibao.ledger.superseded import superseded_layout
from yibao.ledger.visible import Reading

Places = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Verdict:
    """Places (in the batch) of rows not to be accepted; ``repeats`` is (input, rows, money) of the duplicates.

    ``superseded`` are the recorded versions that corrections replace: slice column, key and ``batch_id``. ``corrected``
    is (input, rows, money before, money after) of these corrections, which are among the accepted rows.
    """

    duplicates: Places = field(default_factory=lambda: np.empty(0, np.int64))
    conflicts: Places = field(default_factory=lambda: np.empty(0, np.int64))
    repeats: Sequence[tuple[int, int, int]] = ()
    superseded: pa.Table | None = None
    corrected: Sequence[tuple[int, int, int, int]] = ()


def settle(stage: Stage, recorded: Reading, corrections: bool = False, again: Collection[int] = ()) -> Verdict:
    """Judge the staged rows against each other (the first of a key counts) and against what is visible in the ledger.

    With ``corrections`` a row whose key is known with other content is a new version of the record. ``again`` are
    inputs that were taken before: what they say of a record that was corrected since is no correction of it.
    """
    keys = stage.keys()
    repeated = _repeated(keys)
    if not len(repeated) and not recorded.files:
        return Verdict()
    with connect(temp=stage.folder) as engine:
        suspects = np.union1d(repeated, _known(engine, keys, recorded.files, stage.table))
        if not len(suspects):
            return Verdict()
        engine.register("suspects", pa.table({"key": suspects}))
        engine.execute("create table mine (key varchar, content uhugeint, _place bigint, _input int, _amount bigint)")
        _collect(engine, stage, suspects)
        _collect_recorded(engine, recorded)
        return _verdict(engine, stage.table, corrections, again)


def _repeated(keys: Hashes) -> Hashes:
    ordered = np.sort(keys)
    return np.unique(ordered[1:][ordered[1:] == ordered[:-1]])


def _known(engine: duckdb.DuckDBPyConnection, keys: Hashes, files: Sequence[Path], table: Table) -> Hashes:
    """Key hashes that the ledger has already."""
    if not files or not len(keys):
        return np.empty(0, np.uint64)
    engine.register("incoming", pa.table({"key": keys}))
    found = engine.execute(
        f"select distinct k as key from (select {_hash(table)} as k from {read_parquet(files)}) "
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


def _collect_recorded(engine: duckdb.DuckDBPyConnection, recorded: Reading) -> None:
    """``theirs`` are the visible versions of the suspects, ``earlier`` what any version of them said."""
    table = recorded.table
    named = ", ".join(_q(name) for name in superseded_layout(table).keys)
    money = _q(table.money) if table.money else "0"
    if not recorded.files:
        engine.register("nothing", table.empty())
        files = visible = "nothing"
    else:
        files, visible = read_parquet(recorded.files), f"({recorded.parquet_sql()})"
    names = [row[0] for row in engine.execute(f"describe select * from {files}").fetchall()]
    said, suspected = f"{_key(table)} as key, {_content(table, names)} as content", "in (select key from suspects)"
    engine.execute(
        f"create table theirs as select {said}, {money} as amount, {named} from {visible} "
        f"where {_hash(table)} {suspected}"
    )
    earlier = f"select {said} from {files} where {_hash(table)} {suspected}"
    engine.execute(f"create table earlier as {earlier if recorded.superseded else 'select key, content from theirs'}")


def _verdict(engine: duckdb.DuckDBPyConnection, table: Table, corrections: bool, again: Collection[int]) -> Verdict:
    engine.execute(
        """
        create table judged as
        with compared as (
            select mine.*, theirs.key is not null as known,
                coalesce(mine.content = theirs.content, false)
                or (_input in (select unnest($again)) and (key, mine.content) in (select (key, content) from earlier))
                as said_before
            from mine left join theirs using (key)
        ),
        first as (
            select *, row_number() over w as n, first_value(content) over w as first_content
            from compared window w as (partition by key, said_before order by _place)
        )
        select key, _place, _input, _amount,
            case when said_before then 'duplicate'
                 when known and not $corrections then 'conflict'
                 when n = 1 then case when known then 'correction' else 'accepted' end
                 when content = first_content then 'duplicate'
                 else 'conflict' end as fate
        from first
        """,
        {"again": list(again), "corrections": corrections},
    )
    places = {
        fate: engine.execute("select _place from judged where fate = ? order by 1", [fate]).fetchnumpy()["_place"]
        for fate in ("duplicate", "conflict")
    }
    repeats = engine.execute(
        "select _input, count(*), cast(coalesce(sum(_amount), 0) as bigint) "
        "from judged where fate = 'duplicate' group by 1"
    ).fetchall()
    engine.execute("create view replaced as select * from judged join theirs using (key) where fate = 'correction'")
    corrected = engine.execute(
        "select _input, count(*), cast(coalesce(sum(amount), 0) as bigint), "
        "cast(coalesce(sum(_amount), 0) as bigint) from replaced group by 1"
    ).fetchall()
    named = ", ".join(_q(name) for name in superseded_layout(table).keys)
    old = engine.execute(f"select {named} from replaced").to_arrow_table() if corrected else None
    return Verdict(places["duplicate"], places["conflict"], repeats, old, corrected)


def _hash(table: Table) -> str:
    return f"hash({', '.join(_q(name) for name in table.key)})"


def _key(table: Table) -> str:
    return f"concat_ws(chr(31), {', '.join(_cell(name) for name in table.key)})"


def _content(table: Table, names: Sequence[str]) -> str:
    """Hash of what a row says: contract columns by position, extensions only where they have a value."""
    ours = {column.name for column in RECORDED}
    cells = [_cell(c.name) if c.name in names else "chr(1)" for c in table.columns if c.name not in ours]
    cells += extension_cells(names)
    return f"md5_number(concat_ws(chr(31), {', '.join(cells)}))"


def _cell(name: str) -> str:
    return f"coalesce(cast({_q(name)} as varchar), chr(1))"


def _q(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
