"""Figures of pages: SQL files that run once for a ledger's snapshot and its newest run, and are read many times.

A file ``NAME.sql`` is one SELECT in the portable subset over contract tables, facts and results; a result that the run
does not have is an empty table. What it gives is kept as ``home/figures/<snapshot>-<run>/NAME.parquet``, which appears
whole or not at all, so that a page never waits for a ledger of ten million lines.
"""

from __future__ import annotations

import logging
import shutil
import threading
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import sqlglot
from sqlglot import exp

from yibao.engine import DuckEngine, Tables
from yibao.ledger import Ledger
from yibao.runs.manifest import Manifest, latest_run
from yibao.service.problems import Problem

log = logging.getLogger("yibao.service.figures")
#: Seconds that a page waits for figures in the making before it says so.
PATIENCE = 2.0


class NotYet(Problem):
    """Figures are being reckoned; the page says so and comes again by itself."""

    def __init__(self) -> None:
        super().__init__(
            503, "figures", "the figures are being worked out", "正在汇总数据",
            mend="this page shows them as soon as they are there", mend_zh="汇总完成后本页会自动显示",
            headers={"Retry-After": "3"},
        )  # fmt: skip


@cache
def statements() -> Mapping[str, str]:
    """The SQL of every figure by its name."""
    folder = files(__name__)
    return {
        one.name.removesuffix(".sql"): one.read_text(encoding="utf-8")
        for one in sorted(folder.iterdir(), key=lambda file: file.name)
        if one.name.endswith(".sql")
    }


@cache
def sources(name: str) -> frozenset[str]:
    """The tables that a figure reads."""
    tree = sqlglot.parse_one(statements()[name], dialect="duckdb")
    own = {cte.alias for cte in tree.find_all(exp.CTE)}
    return frozenset(table.name for table in tree.find_all(exp.Table)) - own


class Figures:
    """The figures of one ledger as it stands; ``make`` brings them up to date."""

    def __init__(self, home: Path, ledger: Ledger) -> None:
        self._home, self._ledger = home / "figures", ledger
        self._making = threading.Lock()
        self._made = threading.Event()
        self._folder: Path | None = None
        self._tables: dict[str, pa.Table] = {}
        self.run: Manifest | None = None
        self.run_folder: Path | None = None

    def make(self) -> None:
        """Reckon what the newest snapshot and run have no figures for yet. Done beside requests."""
        with self._making:
            run = latest_run(self._ledger.path)
            folder = self._home / f"{self._ledger.snapshot_id}-{run.name if run else 'none'}"
            folder.mkdir(parents=True, exist_ok=True)
            missing = [name for name in statements() if not (folder / f"{name}.parquet").exists()]
            if missing:
                self._reckon(missing, folder, run)
            tables = {name: pq.read_table(folder / f"{name}.parquet", memory_map=True) for name in statements()}
            self._folder, self._tables = folder, tables
            self.run, self.run_folder = (Manifest.read(run) if run else None), run
            self._made.set()
            for old in self._home.iterdir():
                if old != folder:
                    shutil.rmtree(old, ignore_errors=True)

    def stale(self) -> bool:
        """Whether there is a newer run than the one that the figures rest on."""
        run = latest_run(self._ledger.path)
        return self._folder is not None and self._folder.name.partition("-")[2] != (run.name if run else "none")

    def _reckon(self, names: Sequence[str], folder: Path, run: Path | None) -> None:
        contracts = self._ledger.tables()
        wanted = frozenset().union(*(sources(name) for name in names))
        results = {name for name in wanted if contracts[name].kind == "result"}
        with DuckEngine(threads=1) as engine, self._ledger.reading():
            self._ledger.attach(engine, only=wanted - results)
            for name in results:
                engine.register(name, _result(name, contracts, run))
            for name in names:
                log.info("figures", extra={"said": {"name": name}})
                half = folder / f".{name}.unfinished"
                pq.write_table(engine.execute(statements()[name]), half, compression="zstd")
                half.replace(folder / f"{name}.parquet")

    def table(self, name: str, columns: Sequence[str] | None = None, **where: Any) -> pa.Table:
        """A figure's rows where columns have a value, or one of several. Raises :class:`NotYet` while it is made."""
        if not self._made.wait(PATIENCE):
            raise NotYet
        found = self._tables[name]
        mask: Any = None
        for column, wanted in where.items():
            several = isinstance(wanted, (list, tuple, set, frozenset))
            values = pa.array(sorted(wanted) if several else [wanted], found.schema.field(column).type)
            fits = pc.is_in(found[column], value_set=values)
            mask = fits if mask is None else pc.and_(mask, fits)
        found = found if mask is None else found.filter(mask)
        return found if columns is None else found.select(list(columns))

    def rows(self, name: str, **where: Any) -> list[dict[str, Any]]:
        """The same as dictionaries."""
        found: list[dict[str, Any]] = self.table(name, **where).to_pylist()
        return found

    @property
    def name(self) -> str:
        """What the figures rest on: snapshot and run, for the foot of a page. Raises :class:`NotYet`."""
        if not self._made.wait(PATIENCE) or self._folder is None:
            raise NotYet
        return self._folder.name


def _result(name: str, contracts: Tables, run: Path | None) -> Any:
    file = run / f"{name}.parquet" if run is not None else None
    return [file] if file is not None and file.exists() else contracts[name].empty()
