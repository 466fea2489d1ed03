"""The order of work: wave k holds the k-th bill of everybody who has so many.

Persons are ranked by their number of bills, most first, so that the persons of a wave are the first m ranks.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from yibao.engine.money import IntArray


@dataclass(frozen=True)
class Waves:
    """``rows`` are the row numbers wave by wave; wave k is ``rows[starts[k]:starts[k + 1]]``.

    ``first_rows`` is the first row of each person, in the order of the ranks.
    """

    rows: IntArray
    starts: IntArray
    first_rows: IntArray
    by_rank: IntArray  # the person, by order of appearance, of each rank
    places: IntArray  # where each row stands in ``rows``

    @property
    def persons(self) -> int:
        return len(self.first_rows)


def plan(begins: IntArray, rows: int) -> Waves:
    """Waves of ``rows`` rows in which a person's stand together; ``begins`` are the first rows of persons."""
    counts = np.diff(begins, append=rows)
    most = int(counts.max(initial=0))
    # A stable sort of small integers is a radix sort: it takes linear time.
    small = (most - counts).astype(np.uint16 if most < 65_536 else np.int64)
    by_rank = np.argsort(small, kind="stable")
    rank = np.empty(len(begins), dtype=np.int64)
    rank[by_rank] = np.arange(len(begins))
    size = len(begins) - np.cumsum(np.bincount(counts, minlength=most + 1))[:most]
    starts = np.concatenate([[0], np.cumsum(size)])
    nth = np.arange(rows) - np.repeat(begins, counts)
    places = starts[nth] + np.repeat(rank, counts)
    order = np.empty(rows, dtype=np.int64)
    order[places] = np.arange(rows)
    return Waves(order, starts, begins[by_rank], by_rank, places)
