"""Codes to be compared: a local catalogue on one side, the national one on the other, both in the same columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from yibao.ledger.codes.names import PlainName, plain_name, spelling

Ints = npt.NDArray[np.int64]

#: Columns of both sides. Prices are millionths of a major unit; ``male`` and ``female`` count the uses of a local code;
#: ages are days: those seen at a local code, those allowed by a national one; ``main`` says whether a local code was
#: ever a main diagnosis (unknown counts as yes); null is "not known" in every column but ``code``.
SCHEMA = pa.schema(
    {
        "institution_id": pa.string(),
        "from_system": pa.string(),
        "code": pa.string(),
        "name": pa.string(),
        "alias": pa.string(),
        "list_type": pa.string(),
        "charge_type": pa.string(),
        "unit": pa.string(),
        "price": pa.int64(),
        "sex": pa.string(),
        "male": pa.int64(),
        "female": pa.int64(),
        "age_from": pa.int64(),
        "age_to": pa.int64(),
        "gray": pa.bool_(),
        "main": pa.bool_(),
        "rows": pa.int64(),
        "money": pa.int64(),
    }
)
#: Lists of drugs and consumables, whose names carry strengths, packs and forms.
_MEASURED = {None, "101", "102", "103", "301"}


@dataclass(frozen=True)
class Entries:
    """Codes of one side; ``kind`` is item, diagnosis or procedure."""

    kind: str
    table: pa.Table

    def __len__(self) -> int:
        return int(self.table.num_rows)

    def texts(self, column: str) -> list[str | None]:
        found: list[str | None] = self.table[column].to_pylist()
        return found

    def words(self, column: str) -> npt.NDArray[np.object_]:
        """A text column with '' for null."""
        return np.array([value or "" for value in self.texts(column)], dtype=object)

    def numbers(self, column: str) -> Ints:
        """A number column with -1 for null."""
        return self.table[column].fill_null(-1).to_numpy().astype(np.int64)

    def flags(self, column: str, null: bool) -> npt.NDArray[np.bool_]:
        return self.table[column].fill_null(null).to_numpy(zero_copy_only=False).astype(bool)

    @cached_property
    def plain(self) -> list[PlainName]:
        return self._plain("name")

    @cached_property
    def plain_alias(self) -> list[PlainName | None]:
        names = self.texts("alias")
        if not any(names):
            return [None] * len(self)
        return [plain if name else None for name, plain in zip(names, self._plain("alias"), strict=True)]

    @cached_property
    def spelling(self) -> npt.NDArray[np.object_]:
        """Names without width, case and space; '' for null."""
        return np.array([spelling(name or "") for name in self.texts("name")], dtype=object)

    @cached_property
    def codes(self) -> npt.NDArray[np.str_]:
        """Codes as they are compared: trimmed, without case (local systems write the extension's ``x`` as ``X``)."""
        return np.array([code.strip().casefold() for code in self.texts("code") if code is not None], dtype=np.str_)

    def _plain(self, column: str) -> list[PlainName]:
        measured: Sequence[bool] = [self.kind == "item" and kind in _MEASURED for kind in self.texts("list_type")]
        return [plain_name(n or "", drug=d) for n, d in zip(self.texts(column), measured, strict=True)]


def entries(kind: str, columns: pa.Table) -> Entries:
    """A side from whatever columns are known of it; the others are null."""
    arrays = [
        columns[field.name].cast(field.type)
        if field.name in columns.column_names
        else pa.nulls(columns.num_rows, field.type)
        for field in SCHEMA
    ]
    return Entries(kind, pa.table(arrays, schema=SCHEMA))
