"""A table of counts by region, scheme and month with all its totals, and which of its cells may not be shown.

A cell below the limit is hidden. A hidden cell that is alone in a line with its total could be worked out by
subtraction, so another cell of the line is hidden too, until no line is left with a single one: the totals of every
view are known to everybody, whichever filters he chooses.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

#: Stands for "all" on an axis.
ALL = "*"
Key = tuple[str, ...]


def protected(counts: Mapping[Key, int], k: int) -> set[Key]:
    """The cells to be hidden. ``counts`` has a cell for every combination with :data:`ALL` that has any case.

    >>> cells = {("a",): 30, ("b",): 3, ("c",): 25, ("*",): 58}
    >>> sorted(protected(cells, 20))
    [('b',), ('c',)]
    """
    hidden = {key for key, count in counts.items() if 0 < count < k}
    lines = _lines(counts)
    changed = bool(hidden)
    while changed:
        changed = False
        for line in lines:
            if sum(key in hidden for key in line) == 1:
                rest = [key for key in line if key not in hidden and counts[key] > 0]
                if rest:
                    # Totals are kept as long as a part can do it.
                    hidden.add(min(rest, key=lambda key: (key.count(ALL), counts[key], key)))
                    changed = True
    return hidden


def _lines(counts: Mapping[Key, int]) -> list[list[Key]]:
    """Cells that add up: along one axis, with the total."""
    found: dict[tuple[int, Key], list[Key]] = defaultdict(list)
    for key in counts:
        for axis in range(len(key)):
            found[axis, (*key[:axis], *key[axis + 1 :])].append(key)
    return [sorted(line) for line in found.values() if len(line) > 1]


@dataclass(frozen=True)
class Cube:
    """Sums by key with all totals, and the keys that may not be shown."""

    sums: Mapping[Key, Mapping[str, int]]
    hidden: set[Key]

    def axis(self, place: int) -> list[str]:
        """The values of an axis, without the total."""
        return sorted({key[place] for key in self.sums} - {ALL})


def cube(rows: Iterable[tuple[Key, Mapping[str, Any]]], names: Sequence[str], count: str, k: int) -> Cube:
    """Rows added up over every axis. ``names`` are the columns that are summed, ``count`` the one that is guarded."""
    sums: dict[Key, dict[str, int]] = defaultdict(lambda: dict.fromkeys(names, 0))
    for key, row in rows:
        for chosen in product(*((value, ALL) for value in key)):
            cell = sums[chosen]
            for name in names:
                cell[name] += row[name]
    return Cube(dict(sums), protected({key: cell[count] for key, cell in sums.items()}, k))
