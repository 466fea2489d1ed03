"""Doctors of this city recognise each other's results: chance repeats of examinations are not billed."""

from __future__ import annotations

import numpy as np

from yibao.simulation.catalogue import MODALITIES, load_catalogue
from yibao.simulation.frame import DAY, Array, Frame, take
from yibao.simulation.planting.cast import REASONS


def without_chance_repeats(lines: Frame, person: Array, course: Array) -> Frame:
    """``lines`` less the drawn examinations that repeat an equal or related one inside its window.

    ``person`` is parallel to ``lines``. Lines with a tag were put there on purpose: they stay, and count as earlier
    examinations for the others. Laboratory tests of a ``course`` of treatment (true for its lines) are repeated at
    each cycle, and the order says that the protocol asks for it.
    """
    catalogue = load_catalogue()
    exam = np.flatnonzero(catalogue.report_class[lines["item"]] >= 0)
    dropped = np.zeros(len(person), dtype=bool)
    classes = catalogue.report_class[lines["item"]]
    groups = catalogue.group[lines["item"]]
    for key, window in ((classes, catalogue.equal_window), (groups, catalogue.related_window)):
        rows = exam[key[exam] >= 0]
        rows = rows[np.lexsort((lines["at"][rows], key[rows], person[rows]))]
        days = lines["at"][rows] // DAY
        follows = (np.diff(person[rows]) == 0) & (np.diff(key[rows]) == 0)
        near = follows & (np.diff(days) <= window[lines["item"][rows[1:]]])
        dropped[rows[1:][near]] = True
    asked = dropped & course & (catalogue.modality[lines["item"]] == MODALITIES.index("lab")) & (lines["tag"] == 0)
    lines["reason"] = np.where(asked, REASONS.index("PROTOCOL"), lines["reason"])
    return take(lines, ~dropped | asked | (lines["tag"] > 0))
