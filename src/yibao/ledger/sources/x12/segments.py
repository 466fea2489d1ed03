"""The segments of a piece as columns: their names, elements, components, and what each of them stands under.

Nothing here loops over segments. The text is split by Arrow; "the claim that this segment belongs to" is a running
maximum over places.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from yibao.ledger.sources.x12.interchange import Delimiters

Places = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

#: Segments of the 837 and of the envelope around it.
KNOWN = frozenset({
    "ISA", "TA1", "GS", "ST", "BHT", "NM1", "PER", "HL", "PRV", "CUR", "N2", "N3", "N4", "REF", "SBR", "PAT",
    "DMG", "CLM", "DTP", "CL1", "DN1", "DN2", "PWK", "CN1", "DSB", "UR", "AMT", "K3", "NTE", "CR1", "CR2",
    "CR3", "CR4", "CR5", "CR6", "CR7", "CRC", "HI", "QTY", "HCP", "HSD", "CAS", "OI", "MIA", "MOA", "LX",
    "SV1", "SV2", "SV3", "SV4", "SV5", "SV6", "SV7", "TOO", "MEA", "PS1", "IMM", "LIN", "CTP", "SVD", "LQ",
    "FRM", "TST", "SE", "GE", "IEA",
})  # fmt: skip


class Segments:
    """``names`` are the segments' first elements; ``numbers`` their numbers in the file, from 1."""

    def __init__(self, data: bytes, delimiters: Delimiters, first: int) -> None:
        self.delimiters = delimiters
        texts = pc.split_pattern(pa.array([_text(data)]), delimiters.segment.decode()).flatten()
        texts = pc.utf8_trim(texts, characters="\r\n")
        there = pc.greater(pc.binary_length(texts), 0).to_numpy(zero_copy_only=False)
        self.numbers: Places = np.flatnonzero(there) + first
        self.texts = texts.filter(pa.array(there))
        split = pc.split_pattern(self.texts, delimiters.element.decode())
        self._offsets = split.offsets.to_numpy()
        self._values = split.values
        self.names = self._values.take(pa.array(self._offsets[:-1])).dictionary_encode()
        self._codes = {name: code for code, name in enumerate(self.names.dictionary.to_pylist())}
        self._indices = self.names.indices.to_numpy()

    def __len__(self) -> int:
        return len(self.numbers)

    def named(self, *names: str) -> Mask:
        """Where segments of these names stand."""
        codes = [self._codes[name] for name in names if name in self._codes]
        return np.isin(self._indices, codes)

    def unknown(self) -> Mask:
        """Where something stands that is no segment of an 837."""
        return ~self.named(*KNOWN)

    def element(self, places: Places, number: int) -> pa.Array:
        """Element ``number`` (1 is the first after the name) of the segments at ``places``; null when empty.

        A place of -1 gives null.
        """
        at = np.where(places < 0, 0, places)
        index = self._offsets[at] + number
        absent = (places < 0) | (index >= self._offsets[at + 1])
        values = self._values.take(pa.array(np.where(absent, 0, index), mask=absent))
        return pc.if_else(pc.equal(values, ""), pa.scalar(None, pa.string()), values)

    def width(self, places: Places) -> Places:
        """How many elements the segments at ``places`` have."""
        counts: Places = self._offsets[places + 1] - self._offsets[places] - 1
        return counts

    def components(self, values: pa.Array, count: int) -> list[pa.Array]:
        """The first ``count`` components of composite elements; null when empty."""
        split = pc.split_pattern(pc.fill_null(values, ""), self.delimiters.component.decode())
        offsets, flat = split.offsets.to_numpy(), split.values
        found = []
        for number in range(count):
            index = offsets[:-1] + number
            absent = index >= offsets[1:]
            part = flat.take(pa.array(np.where(absent, 0, index), mask=absent))
            found.append(pc.if_else(pc.equal(part, ""), pa.scalar(None, pa.string()), part))
        return found

    def last(self, mask: Mask) -> Places:
        """For each segment the place of the last one of ``mask`` up to it, -1 before the first."""
        return np.maximum.accumulate(np.where(mask, np.arange(len(mask)), -1)) if len(mask) else np.empty(0, np.int64)

    def number_at(self, places: Places) -> pa.Array:
        """Numbers in the file of the segments at ``places``; null for -1."""
        numbers = self.numbers[np.where(places < 0, 0, places)] if len(self) else places
        return pa.array(numbers, pa.int64(), mask=places < 0)


def first_under(owners: Places, places: Places, size: int) -> Places:
    """For each of ``size`` places the first of ``places`` whose owner it is, -1 when there is none."""
    found = np.full(size, -1, np.int64)
    owned = owners >= 0
    # Written from the last to the first, so that the first stays.
    found[owners[owned][::-1]] = places[owned][::-1]
    return found


def latest(*scopes: Places) -> Places:
    """The later of several places, segment by segment."""
    return np.maximum.reduce(scopes)


def joined(values: Sequence[pa.Array], separator: str) -> pa.Array:
    """Texts side by side without the null ones; null when all are."""
    # Arrow's own way of skipping nulls loses rows: they are made empty texts, and the others carry their separator.
    parts = [pc.fill_null(pc.binary_join_element_wise(separator, part, ""), "") for part in values]
    texts = pc.utf8_slice_codeunits(pc.binary_join_element_wise(*parts, ""), len(separator))
    return pc.if_else(pc.equal(texts, ""), pa.scalar(None, pa.string()), texts)


def _text(data: bytes) -> str:
    """X12 names no character set: UTF-8 where it is that, otherwise the Latin one that most systems send."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    # A zero byte ends texts in many programs; no name or code has one.
    return text.replace("\0", "\ufffd")
