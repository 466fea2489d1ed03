"""Stays as arrays: whose they are, in which group, and what they cost. What pages of institutions are computed from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

MILLION = 1_000_000
#: Groups with fewer stays than this would be compared with themselves: together they are one group.
FEWEST_IN_GROUP = 5
#: The parts of what a stay costs, in the order of every figure; they add up to ``amount``.
PARTS: Sequence[tuple[str, str, str]] = (
    ("drug", "药品", "Drugs"), ("consumable", "耗材", "Consumables"), ("exam", "检查", "Exams"),
    ("test", "检验", "Tests"), ("treatment", "手术治疗", "Treatment"),
    ("care", "诊察护理", "Care, bed"), ("other", "其他", "Other"),
)  # fmt: skip


@dataclass(frozen=True)
class Group:
    """A case-mix group, or the disease where cases were not grouped."""

    code: str
    zh: str
    en: str

    def name(self, lang: str) -> str:
        return self.zh if lang == "zh" else self.en


class Stays:
    """Rows of the figure ``stay`` as arrays of one length. Money in fen, ``expected_ppm`` in millionths.

    ``grouped`` says whether the casemix room gave groups; without them a stay's group is its disease.
    """

    def __init__(self, table: pa.Table) -> None:
        self.table = table
        self._read: dict[str, Floats] = {}
        self._due: dict[str, Floats] = {}

    def __len__(self) -> int:
        return int(self.table.num_rows)

    def __getitem__(self, name: str) -> Floats:
        """A column of numbers; what is missing is NaN."""
        if name not in self._read:
            column = self.table[name].combine_chunks()
            self._read[name] = column.cast(pa.float64()).to_numpy(zero_copy_only=False)
        return self._read[name]

    @cached_property
    def grouped(self) -> bool:
        return len(self) > 0 and self.table["group_code"].null_count < len(self)

    @cached_property
    def priced(self) -> bool:
        """Whether groups have a payment standard."""
        return len(self) > 0 and self.table["standard_amount"].null_count < len(self)

    @cached_property
    def _places(self) -> tuple[Ints, list[str]]:
        return numbered(self.table["institution_id"])

    @property
    def place(self) -> Ints:
        return self._places[0]

    @property
    def places(self) -> list[str]:
        return self._places[1]

    @cached_property
    def _groups(self) -> tuple[Ints, list[str]]:
        code = self.table["disease"]
        if self.grouped:
            code = pc.if_else(pc.equal(self.table["group_status"], "grouped"), self.table["group_code"], pa.scalar("-"))
        return numbered(code)

    @property
    def group(self) -> Ints:
        return self._groups[0]

    @property
    def group_codes(self) -> list[str]:
        return self._groups[1]

    @cached_property
    def in_group(self) -> Bools:
        """Stays that have a group at all."""
        nothing = self.group_codes.index("-") if "-" in self.group_codes else -1
        return self.group != nothing

    @cached_property
    def groups(self) -> dict[str, Group]:
        """Groups by their code."""
        names = ("group_code", "group_name", "group_name") if self.grouped else (
            "disease", "disease_name", "disease_name_en")  # fmt: skip
        columns = [self.table[name].to_pylist() for name in names]
        return {code: Group(code, zh or code, en or code) for code, zh, en in zip(*columns, strict=True) if code}

    @cached_property
    def stratum(self) -> Ints:
        """The group, or one for all rare groups."""
        size = np.bincount(self.group, minlength=len(self.group_codes))
        return np.where(size[self.group] >= FEWEST_IN_GROUP, self.group, len(self.group_codes))

    @cached_property
    def months(self) -> list[date]:
        return sorted(set(self.table["month"].to_pylist()))

    @cached_property
    def month(self) -> Ints:
        """The place of a stay's month in ``months``."""
        days = self.table["month"].combine_chunks().cast(pa.int32()).to_numpy(zero_copy_only=False)
        return np.searchsorted(np.unique(days), days).astype(np.int64)

    def where(self, mask: Any) -> Stays:
        return Stays(self.table.filter(mask if isinstance(mask, pa.ChunkedArray) else pa.array(mask)))

    def of(self, places: Sequence[str]) -> Stays:
        """The stays of these institutions."""
        return self.where(pc.is_in(self.table["institution_id"], pa.array(list(places), pa.string())))

    def from_month(self, first: date, last: date) -> Stays:
        """Stays that ended in these months, both counted."""
        month = self.table["month"]
        return self.where(pc.and_(pc.greater_equal(month, pa.scalar(first)), pc.less_equal(month, pa.scalar(last))))

    def expected(self, name: str) -> Floats:
        """What a column lets expect of each stay: the mean of its group over all stays here."""
        if name not in self._due:
            size = np.bincount(self.stratum)
            with np.errstate(invalid="ignore", divide="ignore"):
                mean = np.bincount(self.stratum, weights=self[name]) / size
            self._due[name] = mean[self.stratum]
        return self._due[name]


def numbered(column: pa.ChunkedArray) -> tuple[Ints, list[str]]:
    """Texts as numbers, and the texts in rising order."""
    coded = column.combine_chunks().dictionary_encode()
    texts = coded.dictionary.to_pylist()
    order = np.argsort(np.array(texts, dtype=object)) if texts else np.empty(0, np.int64)
    rank = np.empty(len(texts), np.int64)
    rank[order] = np.arange(len(texts))
    number = coded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    return (rank[number] if len(texts) else number), [texts[i] for i in order]
