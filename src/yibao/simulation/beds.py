"""Who lies in which bed."""

from __future__ import annotations

import heapq

import numpy as np

from yibao.simulation.frame import NONE, Array, Frame, full


def assign_beds(stays: Frame, ward: Array) -> Array:
    """The lowest free bed number of each stay's ward; a bed is free again two hours after a discharge.

    ``ward`` numbers (institution, department) pairs. A stay whose ``bed_of`` names another row takes that row's bed.
    """
    bed = full(len(ward), NONE)
    free: dict[int, list[int]] = {}
    used: dict[int, list[tuple[int, int]]] = {}
    opened: dict[int, int] = {}
    begin, end = stays["begin"].tolist(), stays["end"].tolist()
    for row in np.lexsort((stays["person"], stays["begin"])).tolist():
        if stays["bed_of"][row] != NONE:
            continue
        w = int(ward[row])
        waiting, busy = free.setdefault(w, []), used.setdefault(w, [])
        while busy and busy[0][0] <= begin[row]:
            heapq.heappush(waiting, heapq.heappop(busy)[1])
        if not waiting:
            opened[w] = opened.get(w, 0) + 1
            waiting.append(opened[w])
        bed[row] = heapq.heappop(waiting)
        heapq.heappush(busy, (end[row] + 7200, int(bed[row])))
    return bed
