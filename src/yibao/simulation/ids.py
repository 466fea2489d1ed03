"""Identifiers of everything in the raw files: numbers that tell the block, so that blocks need not know each other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from yibao.simulation.frame import NONE, Array
from yibao.simulation.write import running

#: Room for the rows of one block in every running number.
ROOM = 10_000_000
HOUSEHOLDS = PERSONS = 100_000


@dataclass(frozen=True)
class Ids:
    """Row numbers of one block as identifiers; a negative row has none."""

    block: int

    def _number(self, row: Array) -> Array:
        return np.where(row < 0, -1, self.block * ROOM + row + 1)

    def person(self, row: Array) -> pa.Array:
        """The people of the block, and after them the second rows of those who stand in the register twice."""
        return running("99010000", np.where(row < 0, -1, self.block * PERSONS + row + 1), 12)

    def household(self, row: Array) -> pa.Array:
        return running("J990000", self.block * HOUSEHOLDS + row + 1, 9)

    def encounter(self, row: Array) -> pa.Array:
        return running("M2025", self._number(row), 13)

    def settlement(self, row: Array) -> pa.Array:
        return running("S2025", self._number(row), 13)

    def line(self, row: Array) -> pa.Array:
        """30 characters, as long as the national ones."""
        return running("F2025990000", np.where(row == NONE, -1, self._number(row)), 19)

    def order(self, row: Array) -> pa.Array:
        return running("Y2025", self._number(row), 13)

    def prescription(self, encounter: Array) -> pa.Array:
        return running("R2025", self._number(encounter), 13)

    def report(self, row: Array) -> pa.Array:
        return running("B2025", self._number(row), 13)

    def event(self, prefix: str, row: Array) -> pa.Array:
        """Running numbers of any other kind of record: a letter, the year, thirteen digits."""
        return running(f"{prefix}2025", self._number(row), 13)

    def bed(self, institution: Array, department: Array, bed: Array) -> pa.Array:
        """A bed by the global number of its institution, department and its number there; null outside hospital.

        Every block has wards of its own in the hospitals it shares, so no bed is given away twice.
        """
        place = ((institution * 100 + department) * 10_000 + self.block) * 10_000 + np.maximum(bed, 0)
        return running("C", np.where(bed == NONE, -1, place), 16)


def staff_id(row: Array) -> pa.Array:
    return running("D990000", np.where(row < 0, -1, row + 1), 7)


def device_id(row: Array) -> pa.Array:
    return running("E990000", np.where(row < 0, -1, row + 1), 6)
