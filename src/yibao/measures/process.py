"""Change in a series of months that is more than the process itself gives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

#: Fewer points say nothing about a process.
FEWEST_POINTS = 12
#: So many in a row on one side of the median are no chance.
RUN = 8
SIGMAS = 3.0
#: Standard deviation over the median moving range of two, for a normal variable.
MOVING_RANGE = 0.954


@dataclass(frozen=True)
class Signal:
    """Where a process changed: ``at`` is the newest point of the signal and ``since`` its first (places in the series);
    ``side`` is 1 above and -1 below; ``beyond`` one point past three sigma, otherwise a run on one side of the median.
    """

    at: int
    since: int
    side: int
    beyond: bool


def signal(values: Sequence[float | None]) -> Signal | None:
    """The newest signal of a series: a point past three sigma of the process, else eight in a row on one side.

    Gaps (None) are passed over. Below twelve points nothing is said. Sigma is the median moving range over 0.954, the
    centre the median, so that the point in question does not widen its own limits.
    Source: D. Wheeler, Understanding Variation (SPC Press 2000), individuals chart; run rule of Western Electric.

    >>> signal([5, 6, 5, 6, 5, 6, 5, 6, 5, 6, 5, 20])
    Signal(at=11, since=11, side=1, beyond=True)
    >>> signal([9, 8, 9, 8, 5, 6, 5, 6, 5, 6, 5, 6, 7.1, 7.2]) is None
    True
    """
    places = [place for place, value in enumerate(values) if value is not None]
    if len(places) < FEWEST_POINTS:
        return None
    x = np.array([values[place] for place in places], dtype=np.float64)
    away = x - float(np.median(x))
    sigma = float(np.median(np.abs(np.diff(x)))) / MOVING_RANGE
    far = np.flatnonzero(np.abs(away) > SIGMAS * sigma) if sigma > 0 else np.empty(0, np.int64)
    beyond = None
    if len(far):
        last = int(far[-1])
        beyond = Signal(places[last], places[last], 1 if away[last] > 0 else -1, beyond=True)
    run = _run(away, places)
    return run if run is not None and (beyond is None or run.at > beyond.at) else beyond


def _run(away: np.ndarray, places: Sequence[int]) -> Signal | None:
    """The newest run of eight or more on one side of the centre; a point on the centre ends it."""
    side = np.sign(away).astype(int)
    for last in range(len(side) - 1, RUN - 2, -1):
        if side[last] != 0 and (side[last - RUN + 1 : last + 1] == side[last]).all():
            first = last
            while first > 0 and side[first - 1] == side[last]:
                first -= 1
            return Signal(places[last], places[first], int(side[last]), beyond=False)
    return None
