"""Chronic diseases that have a quota or deductible of their own: each is a pot of its person, numbered from nought."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from yibao.benefits.bills import has, whole
from yibao.benefits.resolve import Profile
from yibao.engine.money import IntArray


@dataclass(frozen=True)
class Diseases:
    """The slots of rows, and which slot of a person is which disease.

    ``most`` slots that one person has; ``slots`` of each row; for each pair of person (by order of appearance) and
    disease its ``slot``, sorted by person; ``code`` is its place in ``values``.
    """

    most: int
    slots: IntArray
    person: IntArray
    slot: IntArray
    code: IntArray
    values: list[str]

    def of(self, value: str, rank_of: IntArray) -> tuple[IntArray, IntArray]:
        """The ranks of the persons who have a disease, and its slot of each."""
        mine = self.code == self.values.index(value) if value in self.values else np.zeros(len(self.code), dtype=bool)
        return rank_of[self.person[mine]], self.slot[mine]


def diseases_of(
    table: pa.Table,
    rows: IntArray,
    profiles: Sequence[Profile],
    which: IntArray,
    begins: IntArray,
    brought: tuple[IntArray, list[str]],
) -> Diseases:
    """Number the diseases of each person that a policy counts apart.

    ``rows`` of the table are reckoned, ``which`` are their profiles, and persons begin at ``begins`` of them;
    ``brought`` are persons and diseases of accumulators from before.
    """
    slots, empty = np.zeros(len(rows), dtype=np.int64), np.empty(0, dtype=np.int64)
    apart = np.array([p.basic["ded_by_disease"] or p.basic["cap_by_disease"] for p in profiles], dtype=bool)
    if not apart.any() and not brought[1]:
        return Diseases(0, slots, empty, empty, empty, [])
    person = np.repeat(np.arange(len(begins)), np.diff(begins, append=len(rows)))
    own = np.flatnonzero(apart[which])
    said, names = _said(table, rows[own])
    values = sorted({*names, *brought[1]})
    number = {value: place for place, value in enumerate(values)}
    keys = person[own] * len(values) + np.array([number[n] for n in names], dtype=np.int64)[said]
    known = brought[0] * len(values) + np.array([number[code] for code in brought[1]], dtype=np.int64)
    every = np.unique(np.concatenate([keys, known]))
    owner = every // max(len(values), 1)
    slot = np.arange(len(every)) - np.searchsorted(owner, owner, side="left")
    slots[own] = slot[np.searchsorted(every, keys)]
    return Diseases(int(slot.max(initial=-1)) + 1, slots, owner, slot, every % max(len(values), 1), values)


def _said(table: pa.Table, rows: IntArray) -> tuple[IntArray, list[str]]:
    """The diseases of rows as places in a list; a bill that names none counts with the disease without a code."""
    if not has(table, "disease") or not len(rows):
        return np.zeros(len(rows), dtype=np.int64), [""]
    encoded = whole(table["disease"].take(pa.array(rows)).cast(pa.string()).fill_null("")).dictionary_encode()
    return encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64), encoded.dictionary.to_pylist()
