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


def withheld_cells(counts: Sequence[Sequence[int]], k: int) -> dict[tuple[int, int], str]:
    """The cells of a table of counts with known row and column totals that are put out of sight: (row, column) -> mark.

    Counts below ``k`` go, and as many others that no line has exactly one cell hidden, which its total would tell.

    >>> sorted(withheld_cells([[3, 40, 12], [20, 50, 9], [30, 8, 7]], 5).items())
    [((0, 0), '<5'), ((0, 2), '*'), ((1, 0), '*'), ((1, 2), '*')]
    """
    hidden = {(r, c): few(k) for r, row in enumerate(counts) for c, n in enumerate(row) if 0 < n < k}
    rows, columns = range(len(counts)), range(len(counts[0]) if counts else 0)
    lines = [[(r, c) for c in columns] for r in rows] + [[(r, c) for r in rows] for c in columns]
    while True:
        alone = next((line for line in lines if sum(cell in hidden for cell in line) == 1
                      and any(cell not in hidden for cell in line)), None)  # fmt: skip
        if alone is None:
            return hidden
        # The smallest that is left goes, one in a line that has something hidden already before others, nought last.
        left = [cell for cell in alone if cell not in hidden]
        hidden[min(left, key=lambda cell: _cost(cell, counts, hidden))] = WITHHELD


def _cost(
    cell: tuple[int, int], counts: Sequence[Sequence[int]], hidden: Mapping[tuple[int, int], str]
) -> tuple[bool, bool, int]:  # fmt: skip
    """How much is lost by hiding a cell, so that few are."""
    row, column = cell
    crossed = any(at in hidden for at in ((row, c) for c in range(len(counts[0])))) and any(
        at in hidden for at in ((r, column) for r in range(len(counts))))  # fmt: skip
    number = counts[row][column]
    return (number == 0, not crossed, number)


def _hide(row: dict[str, Any], names: Sequence[str], mark: str) -> None:
    for name in names:
        row[name] = mark
