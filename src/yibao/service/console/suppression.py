"""Small numbers: what could reveal a person is not shown, nor what would let it be worked out (console.md §8.10)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

#: The least number of persons or cases that is shown inside the bureau, to institutions, and to the public.
BUREAU, INSTITUTION, PUBLIC = 5, 10, 20
#: Stands for a figure that is withheld because the small one beside it could be worked out from it.
WITHHELD = "*"


def few(k: int) -> str:
    """How a figure below the limit is shown.

    >>> few(10)
    '<10'
    """
    return f"<{k}"


def shown(number: int, k: int) -> int | str:
    """One number by itself: nought and what reaches the limit are shown.

    >>> shown(0, 5), shown(4, 5), shown(5, 5)
    (0, '<5', 5)
    """
    return few(k) if 0 < number < k else number


def suppressed(
    rows: Sequence[Mapping[str, Any]], k: int, count: str, also: Sequence[str] = (), by: Sequence[str] = (),
) -> list[dict[str, Any]]:  # fmt: skip
    """Rows with small counts, and the figures ``also`` that rest on them, put out of sight.

    Rows with the same ``by`` add up to a total that is known: where exactly one of them is small, the smallest of the
    others is withheld too, so that the small one cannot be had by subtraction.

    >>> rows = [{"n": 3, "fen": 9}, {"n": 40, "fen": 80}, {"n": 12, "fen": 30}]
    >>> [(row["n"], row["fen"]) for row in suppressed(rows, 10, "n", ["fen"])]
    [('<10', '<10'), (40, 80), ('*', '*')]
    """
    made = [dict(row) for row in rows]
    groups: dict[tuple[Any, ...], list[int]] = defaultdict(list)
    for place, row in enumerate(rows):
        groups[tuple(row[name] for name in by)].append(place)
    for places in groups.values():
        small = [place for place in places if 0 < (rows[place][count] or 0) < k]
        for place in small:
            _hide(made[place], (count, *also), few(k))
        if len(small) == 1:
            others = [place for place in places if (rows[place][count] or 0) >= k]
            if others:
                _hide(made[min(others, key=lambda place: rows[place][count])], (count, *also), WITHHELD)
    return made


def _hide(row: dict[str, Any], names: Sequence[str], mark: str) -> None:
    for name in names:
        row[name] = mark
