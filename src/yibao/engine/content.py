"""Order-free content hashes: two tables with the same rows have the same hash, however they were written.

Parquet files written by several threads differ in bytes with equal content, so results are compared by this.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping

import pyarrow as pa

from yibao.engine.duck import DuckEngine
from yibao.engine.protocol import EngineError


def content_hash(engine: DuckEngine, relation: str) -> str:
    """Hash of the rows of a table or view of ``engine``; columns count by name, rows in any order, repeats count.

    Each row becomes one text (columns sorted by name, nulls marked), its MD5 halves are summed as integers, and the
    sums with the row count are hashed.
    """
    columns = sorted(str(row["column_name"]) for row in engine.execute(f'describe "{relation}"').to_pylist())
    cells = ", ".join(f'coalesce(cast("{name}" as varchar), chr(1))' for name in columns)
    sums = engine.execute(
        f"select count(*) as n, cast(sum(md5_number_lower(t)) as varchar) as lower, "
        f"cast(sum(md5_number_upper(t)) as varchar) as upper "
        f'from (select concat_ws(chr(31), {cells}) as t from "{relation}")'
    ).to_pylist()[0]
    text = "\x1f".join([",".join(columns), str(sums["n"]), str(sums["lower"]), str(sums["upper"])])
    return hashlib.sha256(text.encode()).hexdigest()


def table_hash(table: pa.Table) -> str:
    """:func:`content_hash` of an Arrow table."""
    with DuckEngine(threads=1) as engine:
        engine.register("hashed", table)
        return content_hash(engine, "hashed")


def require_equal(answers: Mapping[str, pa.Table]) -> None:
    """Require that two engines, named by the keys, returned the same rows in any order, and the same types.

    Raises :class:`EngineError` naming rows that only one of them returned.
    """
    (first, one), (second, two) = answers.items()
    if one.schema != two.schema:
        raise EngineError(f"{first} and {second} return different types: {one.schema} and {two.schema}")
    left, right = (Counter(tuple(row.items()) for row in table.to_pylist()) for table in (one, two))
    only = [
        f"only {name}: {dict(row)}" for name, rows in ((first, left - right), (second, right - left)) for row in rows
    ]
    if only:
        raise EngineError(f"{first} and {second} return different rows: {'; '.join(only[:2])}")
