"""Columns ``x_*`` beside the contract's: no contract gives them a type, so what was recorded first does.

Files of one table are read together, and a column of numbers in one and of dates in another cannot be. A batch that
would bring such a column is refused as a whole: later it could only be withdrawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from yibao.engine.schema import Table
from yibao.ledger.duck import connect
from yibao.ledger.refusals import ExtensionRefused

#: Types whose values have parts: they read as nothing but themselves.
_NESTED = ("[", "STRUCT", "MAP", "UNION")
#: Numbers read together, truth as 1 and 0; the engine would not compare truth with them unasked.
_NUMBERS = ("BOOLEAN", "INT", "FLOAT", "DOUBLE", "DECIMAL")


class Extensions:
    """The types of a table's extension columns so far: in the ledger's files, then in what a batch brings."""

    def __init__(self, table: Table, recorded: Sequence[Path]) -> None:
        self._table = table
        self._recorded = recorded
        self._types: dict[str, dict[pa.DataType, str]] | None = None

    def admit(self, schema: pa.Schema, file: str) -> None:
        """Take note of the columns of ``file``. Raises :class:`ExtensionRefused` for one that reads as no other does.

        The ledger's files are looked at when there is something to compare with them.
        """
        for field in schema:
            if field.name.startswith("x_"):
                self._admit(field, file)

    def _admit(self, field: pa.Field, file: str) -> None:
        if self._types is None:
            self._types = {}
            for path in self._recorded:
                for known in pq.read_schema(path):
                    if known.name.startswith("x_"):
                        self._types.setdefault(known.name, {})[known.type] = ""
        types = self._types.setdefault(field.name, {})
        if field.type not in types:
            for known, where in types.items():
                if not agree(known, field.type):
                    raise _refused(self._table, field, file, known, where)
            types[field.type] = file


@cache
def agree(one: pa.DataType, other: pa.DataType) -> bool:
    """Whether every value of both types reads as one column: numbers together, and anything single with text.

    >>> agree(pa.int64(), pa.string()), agree(pa.int64(), pa.float64()), agree(pa.int64(), pa.date32())
    (True, True, False)
    """
    with connect(threads=1) as engine:
        engine.register("pair", pa.table({"a": pa.array([], one), "b": pa.array([], other)}))
        names = engine.execute("describe pair").fetchall()
        first, second = (row[1] for row in names)
        single = not any(part in first + second for part in _NESTED)
        if "VARCHAR" in (first, second):
            return first == second or single
        if single and all(any(number in each for number in _NUMBERS) for each in (first, second)):
            return True
        try:
            engine.execute("select coalesce(a, b) from pair")
        except duckdb.BinderException:
            return False
        return True


def _refused(table: Table, field: pa.Field, file: str, known: pa.DataType, where: str) -> ExtensionRefused:
    there, there_zh = (f"in {where}", f"在 {where} 中") if where else ("in the ledger", "在账本中")
    return ExtensionRefused(
        f"column {field.name} of {table.name} is {field.type} here and {known} {there}: they cannot be read as one",
        where=file,
        mend="write it as the same type or as text, or give it another name",
        zh=f"{table.name} 的列 {field.name} 在此为 {field.type}，{there_zh}为 {known}，无法作为同一列读取",
        mend_zh="请写成相同类型或文本，或换一个列名",
    )
