"""The commands that are killed, each with the ledger on which it is tried."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pa_csv

from yibao.benchmarks.city import line_batches
from yibao.benchmarks.kill_states import link_copy
from yibao.ledger.compact import compact
from yibao.ledger.history import rollback
from yibao.ledger.ingest import ingest

#: Batches that every ledger has before something is killed.
BATCHES = 3
#: One line in so many is corrected.
CORRECTED = 10


@dataclass(frozen=True)
class Operation:
    """A command over ``ledger``; ``LEDGER`` in ``arguments`` stands for the copy on which it is tried.

    ``again`` does the same from Python; ``times`` says whether all times of recording must stay as they are.
    """

    name: str
    ledger: Path
    arguments: tuple[str, ...]
    again: Callable[[Path], object]
    times: bool

    @contextmanager
    def fresh(self) -> Iterator[Path]:
        """A copy of the ledger, gone afterwards."""
        city = self.ledger.parent / "killed"
        shutil.rmtree(city, ignore_errors=True)
        link_copy(self.ledger, city)
        try:
            yield city
        finally:
            shutil.rmtree(city, ignore_errors=True)

    def command(self, city: Path) -> list[str]:
        """The real command line."""
        return [sys.executable, "-m", "yibao", *self._named(city)]

    def dying(self, city: Path, step: int) -> list[str]:
        """The same, which kills itself before a step: see :mod:`yibao.benchmarks.dying`."""
        trace = str(city.with_suffix(".trace"))
        return [sys.executable, "-m", "yibao.benchmarks.dying", str(step), trace, *self._named(city)]

    def _named(self, city: Path) -> list[str]:
        return [str(city) if argument == "LEDGER" else argument for argument in self.arguments]


def operations(work: Path, lines: int) -> list[Operation]:
    """Ingest of a fourth batch of ``lines``, its corrections, compaction, dropping old snapshots, rollback."""
    folder = work / f"kills-{lines}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    *first, last = line_batches((BATCHES + 1) * lines, BATCHES + 1, work)
    few = folder / "few"
    for batch in first:
        ingest(batch, "national", few)
    merged = folder / "merged"
    link_copy(few, merged)
    compact(merged)
    return [
        taking("ingest", few, last),
        taking("corrections", few, _corrected(first[0], folder / "corrections"), corrections=True),
        merging("compact", few),
        merging("compact, drop", few, keep=1),
        merging("drop", merged, keep=1),
        Operation("rollback", few, ("snapshot", "rollback", "LEDGER", "--to", "1"), lambda c: rollback(c, 1), True),
    ]


def taking(name: str, ledger: Path, raw: Path, corrections: bool = False) -> Operation:
    """Ingest of a folder of raw national files."""
    options = ("--corrections",) if corrections else ()
    return Operation(
        name,
        ledger,
        ("ingest", str(raw), "--into", "LEDGER", *options),
        lambda city: ingest(raw, "national", city, corrections=corrections),
        times=False,
    )


def merging(name: str, ledger: Path, keep: int | None = None) -> Operation:
    """Compaction, with the old snapshots dropped but the last ``keep``."""
    options = ("--keep", str(keep)) if keep else ()
    return Operation(name, ledger, ("compact", "LEDGER", *options), lambda city: compact(city, keep=keep), times=True)


def _corrected(batch: Path, folder: Path) -> Path:
    """Some lines of a batch with another department."""
    (source,) = batch.glob("*.csv")
    header = source.read_text(encoding="utf-8").partition("\n")[0].replace('"', "").split(",")
    options = pa_csv.ConvertOptions(column_types=dict.fromkeys(header, pa.string()))
    rows = pa_csv.read_csv(source, convert_options=options)
    rows = rows.take(pa.array(range(0, rows.num_rows, CORRECTED)))
    at = header.index("bilg_dept_codg")
    rows = rows.set_column(at, header[at], pa.array(["corrected"] * rows.num_rows))
    folder.mkdir()
    pa_csv.write_csv(rows, folder / source.name)
    return folder
