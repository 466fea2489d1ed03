"""Result folders of a ledger: each appears under its name only when it is complete."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from yibao.engine import DuckEngine, content_hash
from yibao.ledger import Ledger
from yibao.runs.manifest import Manifest, TableEntry


def run_id(ledger: Ledger, started: datetime, prefix: str = "") -> str:
    """A name for a result folder that no other has."""
    base = prefix + started.strftime("%Y%m%d-%H%M%S")
    taken = {p.name for p in (ledger.path / "results").glob(f"{base}*")}
    return base if base not in taken else f"{base}-{len(taken)}"


class ResultFolder:
    """A result folder in the making; ``latest`` makes it the run that the others build on."""

    def __init__(self, ledger: Ledger, run_id: str, *, latest: bool = True) -> None:
        self._latest = latest
        self.target = ledger.path / "results" / run_id
        self.path = ledger.path / "results" / f".{run_id}.unfinished"

    def __enter__(self) -> ResultFolder:
        for stale in self.path.parent.glob(".*.unfinished"):
            shutil.rmtree(stale, ignore_errors=True)
        self.path.mkdir(parents=True)
        return self

    def commit(self) -> None:
        self.path.rename(self.target)
        if not self._latest:
            return
        pointer = self.target.parent / ".LATEST"
        pointer.write_text(self.target.name, encoding="utf-8")
        pointer.replace(self.target.parent / "LATEST")

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self.path, ignore_errors=True)


def add_table(ledger: Ledger, run: Path, name: str, table: pa.Table) -> None:
    """Put a result table that came about after the run into its folder, and into its manifest."""
    manifest = Manifest.read(run)
    with tempfile.TemporaryDirectory(prefix=".", suffix=".unfinished", dir=run.parent) as aside, DuckEngine() as engine:
        manifest.tables[name] = write_table(engine, ledger, name, [table], Path(aside))
        (Path(aside) / f"{name}.parquet").replace(run / f"{name}.parquet")
        manifest.write(Path(aside))
        (Path(aside) / "manifest.json").replace(run / "manifest.json")


def write_table(engine: DuckEngine, ledger: Ledger, name: str, tables: Sequence[pa.Table], folder: Path) -> TableEntry:
    """Write the rows of a result table and return what the manifest says of them."""
    contract = ledger.tables()[name]
    schema = contract.arrow_schema()
    whole = pa.concat_tables([t.select(schema.names).cast(schema) for t in tables]) if tables else contract.empty()
    pq.write_table(whole, folder / f"{name}.parquet", compression="zstd")
    engine.register("result_table", whole)
    total = 0
    money = contract.money or "amount"
    if money in schema.names:
        total = engine.execute(f"select cast(sum({money}) as bigint) as total from result_table").to_pylist()[0][
            "total"
        ]
    return TableEntry(whole.num_rows, total or 0, content_hash(engine, "result_table"))
