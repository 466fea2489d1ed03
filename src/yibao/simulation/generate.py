"""Write a seeded synthetic province as raw national files, with what was planted in it."""

from __future__ import annotations

import csv
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import numpy as np

from yibao.errors import UsageError
from yibao.simulation.block import BlockReport, write_block
from yibao.simulation.dirt import Dirt
from yibao.simulation.fund import fund_tables
from yibao.simulation.measures import Measures
from yibao.simulation.providers import Providers, build_providers
from yibao.simulation.tables_people import Tables
from yibao.simulation.tables_providers import code_tables, provider_tables
from yibao.simulation.write import table, write

SMALLEST_CITY = 1_000
#: People of one block; a province of fewer is one block.
BLOCK = 20_000
#: Charge lines per person, for those who ask for lines.
LINES_PER_PERSON = 42

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class SimulationReport:
    """What was written: rows per table, planted objects per rule and role, dirt, and the total billed in fen."""

    persons: int
    seed: int
    out: Path
    tables: dict[str, int]
    truths: dict[str, dict[str, int]]
    dirt: list[Dirt]
    charged_fen: int
    seconds: float
    measures: Measures
    orders: list[Path] = field(default_factory=list)


def simulate(
    persons: int, seed: int, out: Path, progress: Progress | None = None, threads: int = 2, dirt: bool = True
) -> SimulationReport:
    """Write a province of ``persons`` people into ``out/raw``, ``out/truth`` and ``out/orders``.

    The same ``persons`` and ``seed`` give the same content anywhere, on any number of ``threads``: every block of
    people is a pure function of the seed and its number. Without ``dirt`` all files are in order. ``progress(stage,
    done, total)`` is called after each step. Raises :class:`yibao.errors.UsageError` for a city too small for its
    scenes.
    """
    if persons < SMALLEST_CITY:
        raise UsageError(
            f"{persons} persons are too few",
            mend=f"simulate at least {SMALLEST_CITY}",
            zh=f"{persons} 人太少",
            mend_zh=f"请至少模拟 {SMALLEST_CITY} 人",
        )
    begun = time.perf_counter()
    (out / "raw").mkdir(parents=True, exist_ok=True)
    blocks = -(-persons // BLOCK)
    edges = np.linspace(0, persons, blocks + 1).astype(np.int64).tolist()
    providers = build_providers(blocks, seed)
    tell = progress or (lambda *_: None)
    jobs = ((b, edges[b + 1] - edges[b]) for b in range(blocks))

    def work(block: int, size: int) -> BlockReport:
        return write_block(out, block if blocks > 1 else None, size, providers, seed, dirt)

    reports = []
    for number, report in enumerate(_in_order(work, jobs, threads), 1):
        reports.append(report)
        tell("people", number, blocks + 1)
    measures = Measures.total([report.measures for report in reports])
    counts: dict[str, int] = {}
    for name, (columns, rows) in _common(providers, reports, measures).items():
        write(out / "raw" / f"{_name(name)}.csv", table(name, columns, rows))
        counts[name] = rows
    for report in reports:
        for name, rows in report.tables.items():
            counts[name] = counts.get(name, 0) + rows
    truths = _write_truth(out / "truth", reports)
    tell("institutions", blocks + 1, blocks + 1)
    return SimulationReport(
        persons,
        seed,
        out,
        counts,
        truths,
        [piece for report in reports for piece in report.dirt],
        sum(report.charged_fen for report in reports),
        time.perf_counter() - begun,
        measures,
        reports[0].orders,
    )


def _in_order(
    work: Callable[[int, int], BlockReport], jobs: Iterator[tuple[int, int]], threads: int
) -> Iterator[BlockReport]:
    """Blocks in order, as many at a time as there are threads."""
    with ThreadPoolExecutor(threads) as pool:
        waiting: list[Future[BlockReport]] = [pool.submit(work, *job) for job in islice(jobs, threads)]
        while waiting:
            yield waiting.pop(0).result()
            waiting += [pool.submit(work, *job) for job in islice(jobs, 1)]


def _common(providers: Providers, reports: Sequence[BlockReport], measures: Measures) -> Tables:
    """What belongs to no block: institutions, catalogues, the fund's months and the regions' year."""
    capacity = {device: scans for report in reports for device, scans in report.capacity.items()}
    off = [span for report in reports for span in report.off]
    suspended = [span for report in reports for span in report.suspended]
    return provider_tables(providers, capacity, off, suspended) | code_tables() | fund_tables(measures.fund, providers)


def _name(table_name: str) -> str:
    """Machines go beside the blocks' beds; the other common tables have their own name."""
    return "bed_device_machines" if table_name == "bed_device" else table_name


def _write_truth(folder: Path, reports: Sequence[BlockReport]) -> dict[str, dict[str, int]]:
    folder.mkdir(parents=True, exist_ok=True)
    counts: dict[str, dict[str, int]] = {}
    rows: list[list[object]] = []
    for report in reports:
        for truth in report.truths:
            roles = counts.setdefault(str(truth[0]), {"positive": 0, "lookalike": 0})
            roles[str(truth[1])] += 1
            rows.append([f"T{len(rows) + 1:06d}", *truth])
    header = ["truth_id", "truth_rule", "truth_role", "kind", "strength", "ref_table", "ref_id", "person_id", "note"]
    _write_csv(folder / "truth.csv", header, rows)
    pieces = [[piece.file, piece.kind, piece.rows, piece.fen] for report in reports for piece in report.dirt]
    _write_csv(folder / "dirt.csv", ["file", "kind", "rows", "fen"], pieces)
    return dict(sorted(counts.items()))


def _write_csv(path: Path, header: list[str], rows: Iterable[list[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
