"""Where the shipped laws lie, and the lawbook of a run: shipped laws and the user's own."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

from yibao.lawbook import Lawbook, load_laws
from yibao.ledger.contracts import load_contracts


def shipped_roots() -> list[Path]:
    return [Path(str(files("yibao.supervision") / "rules")), Path(str(files("yibao.ledger") / "quality"))]


def shipped_primitives() -> list[Path]:
    return [Path(str(root / "primitives")) for root in (files("yibao.supervision"), files("yibao.ledger") / "quality")]


def load_lawbook(own: Sequence[Path] = (), *, shipped: bool = True) -> Lawbook:
    """The shipped laws and those below the user's ``--law`` directories."""
    roots = shipped_roots() if shipped else []
    return load_laws(roots, load_contracts(), primitives=shipped_primitives(), own=own)
