"""What a pack's rules ask of cases, as a handful of integers per case: computed once, then only looked up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from yibao.casemix.cases import Cases, Codes
from yibao.casemix.codebook import BITS, CC, MCC, Book, Bools, Ints, Side, Words


@dataclass(frozen=True)
class Counted:
    """Complications that count, a row per diagnosis: its case, its place among the diagnoses, its level."""

    case: npt.NDArray[np.int64]
    code: npt.NDArray[np.int64]
    level: npt.NDArray[np.int8]


@dataclass(frozen=True)
class Facts:
    """Facts of n cases. ``principal`` and ``main`` are classes; ``diagnoses`` and ``procedures`` words of bits."""

    principal: Ints
    main: Ints
    diagnoses: Words
    procedures: Words
    mcc: Bools
    cc: Bools
    operated: Bools
    sex: npt.NDArray[np.int8]
    numbers: Mapping[str, npt.NDArray[np.float64]]
    values: Mapping[str, pa.DictionaryArray]

    def __len__(self) -> int:
        return len(self.principal)

    def take(self, rows: npt.NDArray[np.int64]) -> Facts:
        """The facts of some cases."""
        return Facts(
            self.principal[rows], self.main[rows], self.diagnoses[:, rows], self.procedures[:, rows], self.mcc[rows],
            self.cc[rows], self.operated[rows], self.sex[rows], {k: v[rows] for k, v in self.numbers.items()},
            {k: v.take(pa.array(rows)) for k, v in self.values.items()},
        )  # fmt: skip


def facts_of(
    book: Book, cases: Cases, numbers: Sequence[str], values: Sequence[str], procedures: Codes | None = None
) -> tuple[Facts, Counted]:
    """Facts of all cases, with the ``numbers`` and ``values`` that the rules ask; and what counts as complication.

    ``procedures`` take the place of the cases' own.
    """
    done = cases.procedures if procedures is None else procedures
    diagnosis = book.diagnoses.numbers(cases.diagnoses.distinct)
    principal = _first(book.diagnoses, cases.diagnoses, diagnosis)
    counted = complications(book, cases.diagnoses, diagnosis, principal)
    mcc, cc = np.zeros(len(cases), np.bool_), np.zeros(len(cases), np.bool_)
    mcc[counted.case[counted.level == MCC]] = True
    cc[counted.case[counted.level == CC]] = True
    procedure = book.procedures.numbers(done.distinct)
    facts = Facts(
        principal=book.diagnoses.classes[principal],
        main=book.procedures.classes[_first(book.procedures, done, procedure)],
        diagnoses=_words(book.diagnoses, cases.diagnoses, diagnosis, book.prefixes),
        procedures=_words(book.procedures, done, procedure, {}),
        mcc=mcc,
        cc=cc,
        operated=done.counts > 0,
        sex=cases.sex,
        numbers={name: cases.numbers[name] for name in numbers},
        values={name: cases.values[name] for name in values},
    )
    return facts, counted


def complications(book: Book, codes: Codes, number: Ints, principal: Ints) -> Counted:
    """Other diagnoses that count: at a level, and their table is none that the main diagnosis excludes."""
    level = np.append(book.level[number], np.int8(0))
    of = level[codes.index]
    of[codes.offsets[:-1][codes.counts > 0]] = 0  # the main diagnosis is none of the others
    at = np.flatnonzero(of)
    case = np.searchsorted(codes.offsets, at, side="right") - 1
    counts = ~book.excludes[book.table[number[codes.index[at]]], book.exclusion[principal[case]]]
    at, case = at[counts], case[counts]
    return Counted(case, at, of[at])


def _first(side: Side, codes: Codes, number: Ints) -> Ints:
    """The number of each case's first code in the pack; of no code, that of an unknown one."""
    return np.append(number, np.int32(len(side.number)))[codes.first(len(number))]


def _words(side: Side, codes: Codes, number: Ints, prefixes: Mapping[str, int]) -> Words:
    """Every case's bits: those of all its codes, and of all but the first those of places behind it."""
    anywhere, behind = side.anywhere[:, number], side.behind[:, number]
    for prefix, bit in prefixes.items():
        under = np.fromiter((code.startswith(prefix) for code in codes.distinct), np.bool_, len(codes.distinct))
        anywhere[bit // BITS, under] |= np.uint64(1 << bit % BITS)
    made = np.zeros((len(anywhere), len(codes.offsets) - 1), np.uint64)
    beginning = codes.offsets[:-1][codes.counts > 0]
    for word in range(len(anywhere)):
        brought = anywhere[word][codes.index]
        if behind[word].any():
            late = behind[word][codes.index]
            late[beginning] = 0
            brought |= late
        # Few codes bring a bit at all; only those are gathered by case.
        at = np.flatnonzero(brought)
        if len(at):
            case = np.searchsorted(codes.offsets, at, side="right") - 1
            starts = np.flatnonzero(np.diff(case, prepend=-1))
            made[word][case[starts]] = np.bitwise_or.reduceat(brought[at], starts)
    return made
