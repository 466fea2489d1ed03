"""Names in English, where the ledger has them, in sentences that were written with Chinese ones.

An explanation is made when a rule runs, with names as its rows have them; whoever reads it in English is told the
English names of institutions, regions and items.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

_CHINESE = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_STARTS, _ENDS = re.compile(r"(?<!\w)\w"), re.compile(r"[^\s](?!\w)")


def in_english(names: Mapping[str, str], text: str) -> str:
    """A sentence with the names that are known in English too (``names``: Chinese -> English); all else as it is.

    A name counts where it stands as a word of its own; of several the longest.

    >>> in_english({"云州": "Yunzhou", "云州医院": "Yunzhou Hospital"}, "At 云州医院 (H1), not 云州市: 2 stays")
    'At Yunzhou Hospital (H1), not 云州市: 2 stays'
    """
    return "".join(_translated(text, names)) if _CHINESE.search(text) else text


def _translated(text: str, names: Mapping[str, str]) -> Iterator[str]:
    starts = [found.start() for found in _STARTS.finditer(text)]
    ends = [found.end() for found in _ENDS.finditer(text)]
    done = 0
    for start in starts:
        if start < done:
            continue
        end = next((e for e in reversed(ends) if start < e and text[start:e] in names), None)
        if end is not None:
            yield text[done:start]
            yield names[text[start:end]]
            done = end
    yield text[done:]
