"""Valid documents with a few things wrong: cut, doubled, moved, overwritten, or with a word of the language put in."""

from __future__ import annotations

import copy
import json
from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**25), 10**25) | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=4,
)


@st.composite
def spoiled(draw: st.DrawFn, seeds: Sequence[bytes], words: Sequence[str]) -> bytes:
    """Bytes of a seed after one to six changes."""
    data = bytearray(draw(st.sampled_from(seeds)))
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, len(data)))
        size = draw(st.integers(0, 40))
        kind = draw(st.sampled_from(["cut", "double", "word", "byte", "end", "move"]))
        part = data[at : at + size]
        if kind == "cut":
            del data[at : at + size]
        elif kind == "double":
            data[at:at] = part * draw(st.integers(1, 3))
        elif kind == "word":
            data[at:at] = draw(st.sampled_from(words)).encode()
        elif kind == "byte":
            data[at : at + 1] = bytes([draw(st.integers(0, 255))])
        elif kind == "end":
            del data[at:]
        else:
            del data[at : at + size]
            to = draw(st.integers(0, len(data)))
            data[to:to] = part
    return bytes(data)


@st.composite
def misshapen(draw: st.DrawFn, documents: Sequence[Any]) -> bytes:
    """JSON lines in which a few values, keys and elements are something else."""
    chosen = copy.deepcopy(draw(st.lists(st.sampled_from(documents), min_size=1, max_size=4)))
    for _ in range(draw(st.integers(1, 5))):
        node: Any = chosen
        while True:
            inner = list(node.items() if isinstance(node, dict) else enumerate(node))
            if not inner:
                break
            key, value = draw(st.sampled_from(inner))
            if isinstance(value, dict | list) and draw(st.integers(0, 3)):
                node = value
                continue
            if draw(st.booleans()):
                node[key] = draw(_VALUES)
            elif isinstance(node, dict):
                del node[key]
            else:
                node.insert(key, draw(_VALUES))
            break
    return "\n".join(json.dumps(one, ensure_ascii=draw(st.booleans())) for one in chosen).encode("utf-8", "replace")
