"""A pack with all that goes with it, opened from files, and a fingerprint of all of it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from yibao.casemix.codes import CodeRules, Kind, read_map, read_table
from yibao.casemix.grouper import Grouper
from yibao.casemix.pack.load import load_pack
from yibao.casemix.weights import read_weights


@dataclass(frozen=True)
class Sources:
    """Where a grouping comes from: the pack's folder, weights with the rate, maps and lists of codes by kind.

    ``edition`` names the code edition to which confirmed maps of a ledger are applied (None: none is).
    """

    pack: Path
    weights: Path | None = None
    rate: str | None = None
    maps: Mapping[Kind, Path] | None = None
    tables: Mapping[Kind, Path] | None = None
    edition: str | None = None


@dataclass(frozen=True)
class Grouping:
    """A grouper, the edition of a ledger's code maps that it is used with, and what its results depend on."""

    grouper: Grouper
    edition: str
    fingerprint: str
    names: Mapping[str, str]


def open_grouping(sources: Sources) -> Grouping:
    """Read everything. Raises what the readers of its parts raise."""
    tables = {kind: read_table(path) for kind, path in (sources.tables or {}).items()}
    rules = CodeRules(
        maps={kind: read_map(path, kind) for kind, path in (sources.maps or {}).items()},
        tables={kind: table.keys() for kind, table in tables.items()},
    )
    weights = read_weights(sources.weights, sources.rate) if sources.weights else None
    grouper = Grouper(load_pack(sources.pack), weights, rules)
    folder = sources.pack if sources.pack.is_dir() else sources.pack.parent
    read = [*sorted(folder.iterdir()), *filter(None, [sources.weights])]
    read += [path for paths in (sources.maps or {}, sources.tables or {}) for _, path in sorted(paths.items())]
    names = {code: name for table in tables.values() for code, name in table.items() if name}
    return Grouping(grouper, sources.edition or "", _fingerprint(read, [sources.rate, sources.edition]), names)


def _fingerprint(paths: Sequence[Path], said: Sequence[str | None]) -> str:
    seen = hashlib.sha256(repr(said).encode())
    for path in paths:
        if path.is_file():
            seen.update(path.name.encode() + hashlib.sha256(path.read_bytes()).digest())
    return seen.hexdigest()[:16]
