"""Subjects of one kind with their measures and their peers: what the models score and portraits draw."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import pyarrow as pa

from yibao.engine import DuckEngine
from yibao.engine.yaml import read_yaml
from yibao.ledger import Ledger
from yibao.measures.poisson import Floats

KINDS = ("institution", "staff", "person")
#: Peers wanted in a group before it is widened, and needed at all for a comparison.
WANTED_PEERS, LEAST_PEERS = 30, 5
#: Days that are looked at.
PERIOD_DAYS = 365
_READS = (
    "encounter", "settlement", "charge_line", "institution", "staff", "person", "diagnosis", "procedure",
)  # fmt: skip


@dataclass(frozen=True)
class Measure:
    """What subjects are compared by; see ``measures.yaml``."""

    id: str
    family: str
    of: tuple[str, ...]
    form: str
    side: str
    unit: str
    zh: str
    en: str
    top: str = "0"
    square: str = "0"
    bottom: str = "1"


@dataclass(frozen=True)
class Column:
    """A measure of all subjects: as people read it, on the scale of comparison, and the noise of that."""

    natural: Floats
    scaled: Floats
    variance: Floats


@dataclass(frozen=True)
class Frame:
    """Subjects of one kind in the order of their ids. ``peers`` names each subject's group, empty without enough."""

    kind: str
    ids: tuple[str, ...]
    visits: Floats
    fund: Floats
    peers: tuple[str, ...]
    columns: Mapping[str, Column]
    since: date
    until: date


@cache
def measures(kind: str) -> tuple[Measure, ...]:
    """The measures of a kind of subject, in the order in which they are read."""
    rows: Any = read_yaml((files(__package__) / "measures.yaml").read_text(encoding="utf-8"), "measures.yaml")
    every = [Measure(**{**row, "of": tuple(row["of"])}) for row in rows]
    return tuple(m for m in every if kind in m.of)


class Visits:
    """The visits of a period in an engine of their own; a context manager.

    ``as_of`` limits the ledger to what was recorded by then; the period ends with the last visit.
    """

    def __init__(self, ledger: Ledger, as_of: datetime | None = None) -> None:
        self.engine = DuckEngine()
        ledger.attach(self.engine, as_of, only=_READS)
        found = self.engine.execute("select max(admitted_at) as last from encounter").to_pylist()[0]["last"]
        last = found or ledger.last_recorded() or datetime(2000, 1, 1)
        self.until = last.date() + timedelta(days=1)
        self.since = self.until - timedelta(days=PERIOD_DAYS)
        bounds = {"since": self.since, "until": self.until}
        self.engine.materialise("visit", _sql("visit.sql"), bounds)
        self.engine.materialise("seen", _sql("expected.sql"))

    def __enter__(self) -> Visits:
        return self

    def __exit__(self, *_: object) -> None:
        self.engine.close()

    def frame(self, kind: str) -> Frame:
        """Everybody of a kind who had a visit, with every measure."""
        from yibao.supervision.models.computed import computed  # reads this module's types

        key = _subject(kind)["key"]
        counted = [m for m in measures(kind) if m.form != "computed"]
        sums = ", ".join(
            f"cast({part} as double) as {m.id}__{name}"
            for m in counted
            for name, part in (("top", m.top), ("square", m.square), ("bottom", m.bottom))
        )
        table = self.engine.execute(
            f"select {key} as id, count(*) as visits, cast(sum(fund) as double) as fund, {sums} from seen "
            f"where {key} is not null group by {key} order by {key}"
        )
        ids = tuple(table["id"].to_pylist())
        columns = {m.id: _column(m, table) for m in counted}
        peers = self._peers(kind, ids)
        columns |= computed(self.engine, kind, ids, peers, self.since + (self.until - self.since) / 2)
        order = {m.id: columns[m.id] for m in measures(kind)}
        return Frame(kind, ids, _floats(table, "visits"), _floats(table, "fund"), peers, order, self.since, self.until)

    def _peers(self, kind: str, ids: tuple[str, ...]) -> tuple[str, ...]:
        sql = _subject(kind)["peers"]
        table = self.engine.execute(sql, {"until": self.until} if "$until" in sql else None)
        known = {row["id"]: (row["narrow"], row["wide"]) for row in table.to_pylist()}
        pairs = [known.get(unit, ("?", "?")) for unit in ids]
        narrow, wide = (_sizes([pair[i] for pair in pairs]) for i in (0, 1))
        return tuple(
            n if narrow[n] >= WANTED_PEERS else w if wide[w] >= LEAST_PEERS and w != "?" else "" for n, w in pairs
        )


def _column(measure: Measure, table: pa.Table) -> Column:
    """Transform sums into the scale of comparison; see ``measures.yaml`` for the forms."""
    top, square, bottom = (_floats(table, f"{measure.id}__{part}") for part in ("top", "square", "bottom"))
    some = bottom > 0
    n = np.where(some, bottom, 1.0)
    natural = np.where(some, top / n, np.nan)
    if measure.form == "share":
        return share_column(top, bottom)
    if measure.form == "rate":
        return Column(natural, np.where(some, np.log((top + 0.5) / n), np.nan), 1 / (np.nan_to_num(top) + 0.5))
    spread = np.maximum(square / n - natural**2, 0)
    if measure.form == "mean":
        usable = some & (natural > 0)
        positive = np.where(usable, natural, 1.0)
        typical = _typical(spread / positive**2, usable & (bottom > 1))
        return Column(natural, np.where(usable, np.log(positive), np.nan), typical / n)
    return Column(natural, natural, _typical(spread, some & (bottom > 1)) / n)


def share_column(hits: Floats, cases: Floats) -> Column:
    """Shares on Anscombe's scale, where their noise is 1/n whatever they are.

    Source: F. J. Anscombe, The transformation of Poisson, binomial and negative-binomial data, Biometrika 35 (1948).
    """
    hits, some = np.nan_to_num(hits), cases > 0
    inside = np.clip((hits + 3 / 8) / (cases + 3 / 4), 0, 1)
    natural = np.where(some, hits / np.where(some, cases, 1), np.nan)
    return Column(natural, np.where(some, 2 * np.arcsin(np.sqrt(inside)), np.nan), 1 / (cases + 0.5))


def _typical(values: Floats, usable: np.ndarray) -> float:
    """The middle noise of one visit, the same for all: a unit's own would be nought by chance when it has two."""
    return float(np.median(values[usable])) if usable.any() else 0.0


def _sizes(names: list[str]) -> dict[str, int]:
    labels, counts = np.unique(np.array(names, dtype=object), return_counts=True)
    return dict(zip(labels.tolist(), counts.tolist(), strict=True))


def _floats(table: pa.Table, name: str) -> Floats:
    return np.nan_to_num(table[name].cast(pa.float64()).to_numpy(zero_copy_only=False), nan=0.0)


def _subject(kind: str) -> dict[str, str]:
    doc: Any = read_yaml((files(__package__) / "subjects.yaml").read_text(encoding="utf-8"), "subjects.yaml")
    found: dict[str, str] = doc[kind]
    return found


def _sql(name: str) -> str:
    return (files(__package__) / name).read_text(encoding="utf-8")
