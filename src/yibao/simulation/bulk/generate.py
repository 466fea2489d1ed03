"""Very many charge lines for benchmarks, with the tables that laws read beside them.

This is not the city: visits and items are drawn from flat tables, so that ten million lines take a minute. Blocks of
persons are pure functions of (seed, block) and are written in order, so the files do not depend on the threads.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv

from yibao.simulation.bulk.draw import (
    CENTRES,
    HOSPITALS,
    SHOPS,
    VISITS_PER_PERSON,
    draw_lines,
    draw_visits,
    sold_by_month,
)
from yibao.simulation.bulk.fixed import fixed_tables
from yibao.simulation.bulk.tables import charge_lines, encounters, examinations, people, wards
from yibao.simulation.catalogue import load_catalogue
from yibao.simulation.draws import stream
from yibao.simulation.frame import Array, take
from yibao.simulation.tables_people import Tables
from yibao.simulation.visits import INPATIENT
from yibao.simulation.write import OPTIONS, table

LINES_PER_PERSON, PERSONS_PER_BLOCK = 50, 5_000
_HEADERLESS = pa_csv.WriteOptions(include_header=False, quoting_style="none", batch_size=65_536)


@dataclass(frozen=True)
class LinesReport:
    """Rows written per table and the seconds it took."""

    lines: int
    out: Path
    tables: dict[str, int]
    seconds: float


@dataclass
class _Block:
    """One block of persons: finished CSV bodies, row counts, and what its sales take from stock."""

    bodies: dict[str, bytes]
    counts: dict[str, int]
    sold: Array


def simulate_lines(lines: int, seed: int, out_csv: Path, threads: int = 2, parts: int = 1) -> LinesReport:
    """Write ``lines`` charge lines to ``out_csv`` and the companion tables beside it.

    With several ``parts`` the persons are dealt out to folders ``part-<n>`` beside ``out_csv``, one after the other, so
    that a ledger can be filled batch by batch; what is not about persons stands in the last of them.

    Companions: person, death_source, institution, bed_device, encounter, settlement, diagnosis, medical_order,
    execution, leave_checkin, exam_report, drug_trace, stock_move and the catalogues. Per ten million lines there are
    200 000 persons and 1.8 million encounters.
    """
    begun = time.perf_counter()
    folder = out_csv.parent
    folder.mkdir(parents=True, exist_ok=True)
    blocks = max(1, -(-lines // (LINES_PER_PERSON * PERSONS_PER_BLOCK)))
    edges = np.linspace(0, lines, blocks + 1).astype(np.int64)
    persons = np.linspace(0, max(lines // LINES_PER_PERSON, 1), blocks + 1).astype(np.int64)
    jobs = ((seed, b, int(edges[b]), int(edges[b + 1]), int(persons[b]), int(persons[b + 1])) for b in range(blocks))
    counts: dict[str, int] = {}
    sold = np.zeros((HOSPITALS + CENTRES + SHOPS, len(load_catalogue().rows), 12), dtype=np.int64)
    finished = _in_order(jobs, threads)
    for part in range(parts):
        if parts > 1:
            folder = out_csv.parent / f"part-{part}"
            folder.mkdir()
        mine = islice(finished, blocks * (part + 1) // parts - blocks * part // parts)
        sold += _write_blocks(mine, folder / out_csv.name, counts)
    for name, (columns, rows) in fixed_tables(sold, HOSPITALS, CENTRES).items():
        pa_csv.write_csv(table(name, columns, rows), folder / f"{name}.csv", OPTIONS)
        counts[name] = rows
    return LinesReport(lines, out_csv, counts, time.perf_counter() - begun)


def _write_blocks(blocks: Iterable[_Block], out_csv: Path, counts: dict[str, int]) -> Array:
    """Append blocks to the files beside ``out_csv``, add to the row counts, and return what they take from stock."""
    sold = np.zeros(1, dtype=np.int64)
    with ExitStack() as stack:
        files: dict[str, BinaryIO] = {}
        for block in blocks:
            sold = sold + block.sold
            for name, body in block.bodies.items():
                if name not in files:
                    path = out_csv if name == "charge_line" else out_csv.with_name(f"{name}.csv")
                    files[name] = stack.enter_context(path.open("wb"))
                    files[name].write(_header(name))
                files[name].write(body)
                counts[name] = counts.get(name, 0) + block.counts[name]
    return sold


def _in_order(jobs: Iterator[tuple[int, int, int, int, int, int]], threads: int) -> Iterator[_Block]:
    """Blocks in order, a few of them ahead of the writer."""
    with ThreadPoolExecutor(threads) as pool:
        waiting: list[Future[_Block]] = [pool.submit(_block, *job) for job in islice(jobs, threads + 1)]
        while waiting:
            yield waiting.pop(0).result()
            waiting += [pool.submit(_block, *job) for job in islice(jobs, 1)]


def _header(name: str) -> bytes:
    sink = pa.BufferOutputStream()
    pa_csv.write_csv(table(name, {}, 0), sink, OPTIONS)
    return bytes(sink.getvalue())


def _block(seed: int, block: int, first: int, last: int, person_first: int, person_last: int) -> _Block:
    """Persons [person_first, person_last) with lines [first, last)."""
    rng = stream(seed, "lines", block)
    # Each block has room for twice its mean number of visits, so the numbers of blocks never meet.
    visits = draw_visits(rng, person_first, person_last, person_first * VISITS_PER_PERSON * 2)
    drawn = draw_lines(rng, visits, last - first, first)
    exam = np.flatnonzero(drawn["exam"] == 1)
    tables: Tables = people(rng, person_first, person_last)
    tables["encounter"] = encounters(visits)
    tables |= wards(take(visits, visits["kind"] == INPATIENT), block)
    tables |= charge_lines(drawn, visits)
    tables |= examinations(rng, take(drawn, exam), visits)
    bodies, counts = {}, {}
    for name, (columns, rows) in tables.items():
        sink = pa.BufferOutputStream()
        pa_csv.write_csv(table(name, columns, rows), sink, _HEADERLESS)
        bodies[name], counts[name] = bytes(sink.getvalue()), rows
    return _Block(bodies, counts, sold_by_month(drawn, visits))
