"""The ledger that benchmarks run on: made once per scale in a process of its own, then used again."""

from __future__ import annotations

import multiprocessing
import shutil
from contextlib import ExitStack
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pa_csv

from yibao.benchmarks import BenchmarkError
from yibao.ledger import Ledger, open_ledger

SEED = 1
_BLOCKS = pa_csv.ReadOptions(block_size=16 << 20)


def raw_files(lines: int, work: Path) -> Path:
    """Folder with the raw national files of a city of ``lines`` charge lines."""
    folder = work / f"raw-{lines}"
    if not folder.exists():
        _apart(_simulate, lines, folder)
    return folder


def line_batches(lines: int, parts: int, work: Path) -> list[Path]:
    """Folders with the charge lines of a city in several batches, in each of which everybody has some."""
    folder = work / f"batches-{lines}-{parts}"
    if not folder.exists():
        _apart(_deal, raw_files(lines, work), parts, folder)
    return [folder / str(part) for part in range(parts)]


def bench_ledger(lines: int, work: Path) -> Ledger:
    """A ledger of ``lines`` charge lines and what belongs to them."""
    folder = work / f"ledger-{lines}"
    if not (folder / "CURRENT").exists():
        shutil.rmtree(folder, ignore_errors=True)
        _apart(_ingest, raw_files(lines, work), folder)
    return open_ledger(folder)


def batch_ledger(lines: int, parts: int, work: Path) -> Path:
    """A ledger of the charge lines of a city, taken in batch by batch."""
    folder = work / f"ledger-{lines}-{parts}"
    if not (folder / "CURRENT").exists():
        unfinished = folder.with_suffix(".unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        for batch in line_batches(lines, parts, work):
            _apart(_ingest, batch, unfinished)
        unfinished.rename(folder)
    return folder


def _apart(function: object, *args: object) -> None:
    """Run in another process: what it needs in memory is not this benchmark's."""
    process = multiprocessing.get_context("spawn").Process(target=function, args=args)  # type: ignore[arg-type]
    process.start()
    process.join()
    if process.exitcode:
        raise BenchmarkError("the benchmark's data could not be prepared", mend="see the message above")


def _simulate(lines: int, folder: Path) -> None:
    from yibao.simulation import simulate

    unfinished = folder.with_suffix(".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    simulate(persons_for(lines), SEED, unfinished, dirt=False)
    (unfinished / "raw").rename(folder)
    shutil.rmtree(unfinished)


def persons_for(lines: int) -> int:
    """So many people have about so many charge lines; there is no city below its smallest."""
    from yibao.simulation import LINES_PER_PERSON
    from yibao.simulation.generate import SMALLEST_CITY

    return max(SMALLEST_CITY, lines // LINES_PER_PERSON)


def _deal(raw: Path, parts: int, folder: Path) -> None:
    """Deal lines out one by one, a block of the file at a time."""
    unfinished = folder.with_suffix(".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    source = raw / "charge_line.csv"
    with source.open(encoding="utf-8") as file:
        names = file.readline().strip().replace('"', "").split(",")
    texts = pa_csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()))
    with ExitStack() as stack:
        blocks = stack.enter_context(pa_csv.open_csv(source, convert_options=texts, read_options=_BLOCKS))
        writers = []
        for part in range(parts):
            (unfinished / str(part)).mkdir(parents=True)
            target = pa_csv.CSVWriter(unfinished / str(part) / source.name, blocks.schema)
            writers.append(stack.enter_context(target))
        for block in blocks:
            for part, writer in enumerate(writers):
                writer.write_batch(block.take(pa.array(range(part, block.num_rows, parts))))
    unfinished.rename(folder)


def _ingest(raw: Path, folder: Path) -> None:
    from yibao.ledger.ingest import ingest

    ingest(raw, "national", folder, currency="CNY")
