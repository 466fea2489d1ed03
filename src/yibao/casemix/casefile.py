"""Files of cases: one row per stay, in pieces, with what is known of ids that stand there more than once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from yibao.casemix.cases import CARRIED, DISPUTED
from yibao.casemix.files import lacks, text_table
from yibao.casemix.pack.conditions import NUMBERS, VALUES
from yibao.casemix.refusals import CaseFileError

#: Cases that are encoded and decided at once.
ROWS = 262_144

NEEDED = ("case_id", "sex", "diagnoses")
EXPECTED = ("expected_status", "expected_mdc", "expected_adrg", "expected_drg")
COLUMNS = (
    *NEEDED, "procedures", *NUMBERS, *VALUES.values(), *CARRIED, "amount", "discharged_at", "several_main",
    "pack", *EXPECTED,
)  # fmt: skip

#: Headings that hospitals use -> columns.
HEADINGS: Mapping[str, str] = {
    "病例编号": "case_id", "病案号": "case_id", "结算编号": "case_id", "encounter_id": "case_id", "mdtrt_id": "case_id",
    "性别": "sex", "gend": "sex", "年龄": "age_years", "年龄（岁）": "age_years", "年龄(岁)": "age_years",
    "日龄": "age_days", "年龄（天）": "age_days", "年龄(天)": "age_days", "新生儿体重": "birth_weight_g",
    "新生儿入院体重": "birth_weight_g", "住院天数": "los_days", "实际住院天数": "los_days",
    "重症监护小时": "icu_hours", "离院方式": "discharge_way", "dscg_way": "discharge_way", "科室": "department",
    "出院科室": "department", "诊断": "diagnoses", "诊断编码": "diagnoses", "手术操作": "procedures",
    "手术操作编码": "procedures", "医疗机构编码": "institution_id", "医院级别": "institution_level",
    "总费用": "amount", "住院总费用": "amount", "出院时间": "discharged_at",
}  # fmt: skip


@dataclass(frozen=True)
class Repeats:
    """Ids that stand in a file more than once."""

    ids: pa.Array

    def split(self, table: pa.Table) -> tuple[pa.Table, pa.Table]:
        """The records whose id stands there once, and the others."""
        if not len(self.ids):
            return table, table.slice(0, 0)
        again = pc.is_in(table["case_id"], value_set=self.ids)
        return table.filter(pc.invert(again)), table.filter(again)


class CaseFile:
    """A file of cases: CSV (UTF-8 or GB18030, gzip), Excel or Parquet. Columns: see the manual."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._parquet = path.suffix.lower() == ".parquet"
        if self._parquet:
            self._named = _parquet_columns(path)
            self._text = None
            self.rows = pq.read_metadata(path).num_rows
        else:
            self._text = text_table(path, HEADINGS, COLUMNS)
            self._named = {name: name for name in self._text.column_names}
            self.rows = self._text.num_rows
        missing = [name for name in NEEDED if name not in self._named]
        if missing:
            raise lacks(path, missing)

    @property
    def columns(self) -> frozenset[str]:
        return frozenset(self._named)

    def repeats(self) -> Repeats:
        """Ids that more than one record has."""
        column = self._text["case_id"] if self._text is not None else self._ids()
        coded = pc.utf8_trim_whitespace(column.cast(pa.string())).combine_chunks().dictionary_encode()
        indices = coded.indices.drop_null().to_numpy(zero_copy_only=False)
        counts = np.bincount(indices, minlength=len(coded.dictionary))
        return Repeats(coded.dictionary.filter(pa.array(counts > 1)))

    def _ids(self) -> pa.ChunkedArray:
        return pq.read_table(self.path, columns=[self._named["case_id"]]).column(0)

    def pieces(self, pack: str) -> Iterator[pa.Table]:
        """The records in pieces; where a file has those of several packs, those of ``pack``.

        A record without id is called by its number in the file, such as ``#12``.
        """
        first = 1
        for piece in self._pieces():
            named = _named(piece, first)
            first += piece.num_rows
            if "pack" in named.column_names:
                named = named.filter(pc.equal(named["pack"], pack).fill_null(True))
            yield named

    def _pieces(self) -> Iterator[pa.Table]:
        if self._text is not None:
            yield from (pa.Table.from_batches([batch]) for batch in self._text.combine_chunks().to_batches(ROWS))
            return
        names = {column: name for name, column in self._named.items()}
        with pq.ParquetFile(self.path) as file:
            for batch in file.iter_batches(ROWS, columns=list(names)):
                table = pa.Table.from_batches([batch])
                yield table.rename_columns([names[column] for column in table.column_names])


def settle(repeated: Sequence[pa.Table]) -> tuple[pa.Table | None, int]:
    """Of records with repeated ids the first of each id, marked where others differ from it; and how many are left out.

    Equal records are one record that came twice; of records that differ nobody can say which is right.
    """
    table = pa.concat_tables(repeated).combine_chunks() if repeated else None
    if table is None or not table.num_rows:
        return None, 0
    texts = [_text(table[name]).fill_null("\x00") for name in table.column_names if name != "case_id"]
    whole = pc.binary_join_element_wise(table["case_id"].cast(pa.string()), *texts, "\x1f")
    ids = table["case_id"].cast(pa.string()).combine_chunks().dictionary_encode().indices.to_numpy()
    contents = whole.combine_chunks().dictionary_encode().indices.to_numpy()
    _, first, place = np.unique(ids, return_index=True, return_inverse=True)
    differs = np.zeros(len(first), np.bool_)
    np.logical_or.at(differs, place, contents != contents[first][place])
    order = np.argsort(first)
    kept = table.take(pa.array(first[order])).append_column(DISPUTED, pa.array(differs[order]))
    return kept, table.num_rows - len(first)


def _text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if pa.types.is_list(column.type) or pa.types.is_large_list(column.type):
        return pc.binary_join(column, "|")
    return column.cast(pa.string())


def _named(piece: pa.Table, first: int) -> pa.Table:
    ids = pc.utf8_trim_whitespace(piece["case_id"].cast(pa.string())).fill_null("")
    if pc.any(pc.equal(ids, "")).as_py():
        numbers = pa.array([f"#{number}" for number in range(first, first + piece.num_rows)])
        ids = pc.if_else(pc.equal(ids, ""), numbers, ids)
    return piece.set_column(piece.column_names.index("case_id"), "case_id", ids)


def _parquet_columns(path: Path) -> dict[str, str]:
    """Columns by our name -> as the file calls them."""
    try:
        names = pq.read_schema(path).names
    except (pa.ArrowException, OSError) as error:
        said = str(error).splitlines()[0]
        raise CaseFileError(f"cannot be read as Parquet: {said}", where=path.name, zh=f"无法读取：{said}") from error
    found: dict[str, str] = {}
    for name in names:
        known = name if name in COLUMNS else HEADINGS.get(name)
        if known:
            found.setdefault(known, name)
    return found
