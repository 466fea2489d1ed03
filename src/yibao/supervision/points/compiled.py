"""What became of a knowledge point's text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

#: Every word was understood; somebody must look at a proposal; nothing could be read.
COMPILED, NEEDS_SIGN_OFF, NOT_COMPILABLE = "compiled", "needs_sign_off", "not_compilable"


@dataclass(frozen=True)
class Other:
    """The other code of a point: its kind, what it is to the bound one, and how it is matched."""

    code: str
    target: str
    relation: str
    match: str | None = None


@dataclass(frozen=True)
class Compiled:
    """What became of a text: parameters by column of ``knowledge_point``, other codes, and the part not understood."""

    primitive: str
    target: str
    status: str
    params: Mapping[str, Any] = field(default_factory=dict)
    others: tuple[Other, ...] = ()
    left_over: str = ""
