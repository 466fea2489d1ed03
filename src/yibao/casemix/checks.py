"""What is looked at before a case is grouped: what cannot be grouped is held back, what is odd is told.

Sources: input checks of the public CHS-DRG programs (sex, age, age in days below one year, weight up to 28 days, a
main diagnosis); weights outside 200-20 000 g from the national rules of the settlement list (rule 2132).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from yibao.casemix.cases import Bools, Cases, Codes
from yibao.casemix.codes import AS_WRITTEN, WAYS, Ways

NEWBORN_DAYS = 28
LIGHTEST_G, HEAVIEST_G = 200, 20_000
#: Nobody is known to have grown older.
OLDEST_YEARS = 125
#: Beyond so many diagnoses somebody should look at the list.
MANY_DIAGNOSES = 40


@dataclass(frozen=True)
class Check:
    """A check by name; ``error`` holds the case back, ``warning`` and ``note`` are told beside its group."""

    name: str
    severity: Literal["error", "warning", "note"]
    zh: str
    en: str


CHECKS: Mapping[str, Check] = {
    check.name: check
    for check in (
        Check("no_main_diagnosis", "error", "没有主要诊断", "no main diagnosis"),
        Check("several_main_diagnoses", "error", "有多个主要诊断", "several main diagnoses"),
        Check("sex_unknown", "error", "性别不明", "sex is not known"),
        Check("no_age", "error", "没有年龄", "no age, neither in years nor in days"),
        Check("impossible_age", "error", "年龄不可能", "an impossible age"),
        Check("duplicate_case", "error", "同一病例编号有内容不同的多条记录", "several records of this id that differ"),
        Check("number_unreadable", "warning", "不是数值，按缺失处理", "no number; taken as missing"),
        Check("age_disagrees", "warning", "岁数与日龄不符", "age in years and in days disagree"),
        Check("age_days_missing", "warning", "不足 1 岁而没有日龄", "below one year without age in days"),
        Check("weight_missing", "warning", "28 天以内没有体重", "up to 28 days old without a weight"),
        Check("weight_incredible", "warning", "新生儿体重不在 200–20000 克", "newborn weight outside 200-20,000 g"),
        Check("stay_impossible", "warning", "住院天数为负", "a negative length of stay"),
        Check("many_diagnoses", "note", "诊断多于 40 个", "more than 40 diagnoses"),
        Check("code_twice", "note", "编码重复", "a code that is there twice"),
        Check("code_respelled", "note", "编码已按标准写法改写", "a code was respelled the usual way"),
        Check("code_mapped", "note", "编码已按对照表换码", "a code was mapped"),
        Check("code_unknown", "warning", "编码不在编码表中", "a code that no list knows"),
        Check("main_in_no_list", "warning", "主要诊断不在方案目录中", "main diagnosis in no list"),
    )
}  # fmt: skip

#: Reasons to hold a case back, the first that applies is told; by number from 1.
HELD: Sequence[str] = tuple(name for name, check in CHECKS.items() if check.severity == "error")


class Remarks:
    """Remarks on cases, gathered check by check: rows, and a text beside the check's name or none."""

    def __init__(self, n: int, made: pa.Array | None = None) -> None:
        """``made`` are remarks on each case that were made before."""
        self._n = n
        self._made = made if made is not None and made.null_count < n else None
        self._rows: list[npt.NDArray[np.int64]] = []
        self._texts: list[pa.Array] = []

    def mark(self, name: str, where: Bools) -> None:
        """A check that these cases raise."""
        rows = np.flatnonzero(where)
        self._rows.append(rows)
        self._texts.append(pa.repeat(name, len(rows)))

    def say(self, name: str, rows: npt.NDArray[np.int64], texts: pa.Array) -> None:
        """A check raised by one text (a code, a column) of each of these cases."""
        self._rows.append(rows)
        self._texts.append(pc.binary_join_element_wise(name, texts.cast(pa.string()), ":"))

    def texts(self) -> pa.Array:
        """All remarks on each case, separated by spaces; null where there are none."""
        own = self._own()
        if self._made is None:
            return own
        both = pc.utf8_trim(pc.binary_join_element_wise(self._made.fill_null(""), own.fill_null(""), " "), " ")
        return pc.if_else(pc.equal(both, ""), pa.scalar(None, pa.string()), both)

    def _own(self) -> pa.Array:
        rows = np.concatenate([np.empty(0, np.int64), *self._rows])
        if not len(rows):
            return pa.nulls(self._n, pa.string())
        order = np.argsort(rows, kind="stable")
        counts = np.bincount(rows, minlength=self._n)
        texts = pa.concat_arrays([text.cast(pa.string()) for text in self._texts]).take(pa.array(order))
        lists = pa.ListArray.from_arrays(pa.array(np.concatenate([[0], np.cumsum(counts)]), pa.int32()), texts)
        return pc.if_else(pa.array(counts > 0), pc.binary_join(lists, " "), pa.scalar(None, pa.string()))


def hold_back(cases: Cases, remarks: Remarks) -> npt.NDArray[np.int8]:
    """For every case the number of the reason to hold it back, from 1 (0: none); remarks on what is odd otherwise."""
    years, days = cases.numbers["age_years"], cases.numbers["age_days"]
    reasons: Mapping[str, Bools] = {
        "no_main_diagnosis": cases.headless,
        "several_main_diagnoses": cases.several,
        "sex_unknown": cases.sex == 0,
        "no_age": np.isnan(years) & np.isnan(days),
        "impossible_age": (years < 0) | (days < 0) | (years > OLDEST_YEARS) | (days > OLDEST_YEARS * 366),
        "duplicate_case": cases.disputed,
    }
    held = np.zeros(len(cases), np.int8)
    for number in range(len(HELD), 0, -1):
        held[reasons[HELD[number - 1]]] = number
    for name, where in reasons.items():
        remarks.mark(name, where)
    _odd_numbers(cases, years, days, remarks)
    remarks.mark("many_diagnoses", cases.diagnoses.counts > MANY_DIAGNOSES)
    return held


def _odd_numbers(cases: Cases, years: npt.NDArray, days: npt.NDArray, remarks: Remarks) -> None:
    weight, newborn = cases.numbers["birth_weight_g"], days <= NEWBORN_DAYS
    for column, row, _ in cases.unread:
        remarks.say("number_unreadable", np.array([row]), pa.array([column]))
    # A year has 365 or 366 days; somebody of n years has lived at least 365 n of them and less than 366 (n + 1).
    remarks.mark("age_disagrees", (days < 365 * years) | (days >= 366 * (years + 1)))
    remarks.mark("age_days_missing", (years == 0) & np.isnan(days))
    remarks.mark("weight_missing", newborn & np.isnan(weight))
    remarks.mark("weight_incredible", newborn & ((weight < LIGHTEST_G) | (weight > HEAVIEST_G)))
    remarks.mark("stay_impossible", cases.numbers["los_days"] < 0)


def remark_codes(codes: Codes, written: Sequence[str], ways: Ways, remarks: Remarks) -> None:
    """Remarks on codes that were respelled or mapped, that nobody knows, or that stand twice in one case."""
    texts = pa.array(["_".join(code.split()) for code in written], pa.string())
    if (ways != AS_WRITTEN).any():
        at = np.flatnonzero(ways[codes.index] != AS_WRITTEN)
        case = np.searchsorted(codes.offsets, at, side="right") - 1
        way = ways[codes.index[at]]
        for number in np.unique(way):
            chosen = way == number
            remarks.say(f"code_{WAYS[number]}", case[chosen], texts.take(pa.array(codes.index[at[chosen]])))
    case, index = _twice(codes)
    if len(case):
        remarks.say("code_twice", case, texts.take(pa.array(index)))


def _twice(codes: Codes) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Cases and codes that stand in them more than once, each once."""
    key = codes.rows * max(len(codes.distinct), 1) + codes.index
    key = np.sort(key)
    again = np.unique(key[1:][key[1:] == key[:-1]])
    case, index = np.divmod(again, max(len(codes.distinct), 1))
    return case, index
