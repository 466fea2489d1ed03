"""Blanks at the ends of a text say nothing: `` P1 `` is P1, or one person's records would not meet.

Text columns of a contract are taken without them, whatever the source; extensions, and the record that is kept when
its row is quarantined, stay as they came. Blanks inside a text, and around an amount or a date, are not touched.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

#: White space of ASCII, the no-break space, the full-width space of Chinese text, and the mark some editors leave.
BLANKS = " \t\n\r\v\f\u00a0\u3000\ufeff"

_BYTES = [mark.encode() for mark in BLANKS]
_FIRST, _LAST = np.zeros(256, bool), np.zeros(256, bool)
_FIRST[[mark[0] for mark in _BYTES]] = True
_LAST[[mark[-1] for mark in _BYTES]] = True


def trimmed(rows: pa.Table, names: Iterable[str]) -> tuple[pa.Table, dict[str, int]]:
    """``rows`` with the text columns ``names`` trimmed, and how many cells of each column were."""
    counts = {}
    for name in names:
        column = rows[name]
        if not any(_may_have(part) for part in column.chunks):
            continue
        clean = pc.utf8_trim(column, characters=BLANKS)
        changed = pc.sum(pc.not_equal(pc.binary_length(clean), pc.binary_length(column))).as_py()
        if changed:
            rows = rows.set_column(rows.schema.get_field_index(name), name, clean)
            counts[name] = changed
    return rows, counts


def _may_have(texts: pa.StringArray) -> bool:
    """Whether some text begins or ends with a byte of a blank: a look at two bytes each, most columns need no more."""
    _, places, data = texts.buffers()
    if data is None or not len(texts):
        return False
    ends = np.frombuffer(places, np.int32)[texts.offset : texts.offset + len(texts) + 1]
    content: npt.NDArray[np.uint8] = np.frombuffer(data, np.uint8)
    if ends[0] == ends[-1]:
        return False
    # Where a text is empty the two bytes are its neighbours'; that costs a second look, no more.
    return bool(_FIRST[content[np.minimum(ends[:-1], len(content) - 1)]].any() or _LAST[content[ends[1:] - 1]].any())
