"""Statements that were checked before are not checked again: neither in this process nor, for a user, in the next.

They lie in the user's cache directory as Python's compiled modules lie beside their sources: a file for each, named by
everything that the verdict rests on. A cache that is lost, spoiled or not writable costs time and nothing else.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping, Set
from contextlib import suppress
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import sqlglot
from platformdirs import user_cache_path

from yibao.engine.schema import Tables

_HERE: dict[str, dict[str, Any]] = {}
#: The contracts asked of last, and their digest: all laws of a lawbook are checked against the same.
_DIGEST: dict[str, Any] = {}


def key(sql: str, tables: Tables, outputs: Set[str] | None, optional: Set[str]) -> str:
    """Names a check: the text, the contracts, the columns wanted, and the code that judges."""
    wanted = None if outputs is None else [sorted(outputs), sorted(optional)]
    return _digest(json.dumps([sql, _contracts(tables), wanted, _judges()]))


def recall(name: str) -> dict[str, Any] | None:
    """The fields of a statement that had no problem, or None when it was not met before."""
    if name not in _HERE:
        place = _place()
        if place is None:
            return None
        try:
            _HERE[name] = _thawed(json.loads((place / f"{name}.json").read_text(encoding="utf-8")))
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None
    return _HERE[name]


def keep(name: str, fields: Mapping[str, Any]) -> None:
    """Remember a statement without problems."""
    _HERE[name] = dict(fields)
    place = _place()
    if place is None:
        return
    with suppress(OSError):
        place.mkdir(parents=True, exist_ok=True)
        # Whoever reads meanwhile meets the whole file or none.
        with tempfile.NamedTemporaryFile("w", dir=place, delete=False, encoding="utf-8") as file:
            json.dump(_frozen(fields), file)
        Path(file.name).replace(place / f"{name}.json")


def _frozen(fields: Mapping[str, Any]) -> dict[str, Any]:
    columns = {table: sorted(names) for table, names in fields["columns"].items()}
    sets = {name: sorted(fields[name]) for name in ("tables", "parameters", "patterns")}
    return {**fields, **sets, "columns": columns}


def _thawed(document: Mapping[str, Any]) -> dict[str, Any]:
    columns = {table: frozenset(names) for table, names in document["columns"].items()}
    sets = {name: frozenset(document[name]) for name in ("tables", "parameters", "patterns")}
    return {"text": str(document["text"]), "names": tuple(document["names"]), "columns": columns, **sets}


def _place() -> Path | None:
    chosen = os.environ.get("YIBAO_CACHE")
    if chosen == "":
        return None
    return (Path(chosen) if chosen else user_cache_path("yibao", appauthor=False)) / "statements"


def _contracts(tables: Tables) -> str:
    if _DIGEST.get("of") is not tables:
        _DIGEST.update(of=tables, digest=_columns(tables))
    return str(_DIGEST["digest"])


def _columns(tables: Tables) -> str:
    return _digest(";".join(f"{t.name}({','.join(f'{c.name} {c.type}' for c in t.columns)})" for t in tables.values()))


@cache
def _judges() -> str:
    """What decides about a statement: SQLGlot's release and the text of this package."""
    code = [path.read_text(encoding="utf-8") for path in _sources(Path(str(files("yibao.engine"))))]
    return _digest("\n".join([sqlglot.__version__, *code]))


def _sources(package: Path) -> list[Path]:
    return sorted(path for path in package.iterdir() if path.suffix == ".py")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
