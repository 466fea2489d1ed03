"""A ledger of three batches, and what may be asked of any ledger before and after its files were rewritten."""

from __future__ import annotations

import random
from datetime import datetime
from pathlib import Path

from rawfiles import line, write

from yibao.engine import DuckEngine, content_hash
from yibao.ledger import Ledger
from yibao.ledger.ingest import ingest
from yibao.ledger.snapshot import read_snapshot

DAY = datetime(2025, 5, 1)
#: Lines of a small batch.
LINES = 2_000


def everything(ledger: Ledger, as_of: datetime | None = None) -> dict[str, str]:
    """Content of every table that has rows; an extension that no row of that time has does not count."""
    with DuckEngine() as engine:
        found, names = {}, [name for name in ledger.tables() if ledger.row_count(name, as_of)]
        ledger.attach(engine, as_of, names)
        for name in names:
            columns = [row["column_name"] for row in engine.execute(f'describe "{name}"').to_pylist()]
            empty = [
                column
                for column in columns
                if column.startswith("x_")
                and not engine.execute(f'select 1 from "{name}" where "{column}" is not null limit 1').num_rows
            ]
            listed = ", ".join(f'"{column}"' for column in columns if column not in empty)
            engine.view("visible", f'select {listed} from "{name}"')
            found[name] = content_hash(engine, "visible")
        return found


def named(city: Path) -> set[str]:
    return {file.path for files in read_snapshot(city).groups() for file in files}


def on_disk(city: Path) -> set[str]:
    return {path.relative_to(city).as_posix() for path in city.rglob("*.parquet") if "quarantine" not in path.parts}


def three_batches(folder: Path) -> Path:
    """A ledger of three batches of 600 lines, the second with an extension column, each with a quarantined line."""
    chance = random.Random(5)
    for number in range(3):
        rows = [
            line(
                f"{number}-{n}", psn_no=f"P{chance.randrange(16)}",
                fee_ocur_time=f"2025-03-{chance.randrange(1, 29):02d} 08:00:00", cnt="x" if n == 7 else "2",
            )
            for n in range(600)
        ]  # fmt: skip
        if number == 1:
            header = write(folder / "raw", name="header.csv").read_text(encoding="utf-8").strip()
            (folder / "raw" / "header.csv").unlink()
            write(folder / "raw", *(f"{row},w{n % 3}" for n, row in enumerate(rows)), header=f"{header},x_ward")
        else:
            write(folder / "raw", *rows)
        (folder / "raw" / "institution.csv").write_text(
            f"fixmedins_code,fixmedins_name,fixmedins_type,medinslv,admdvs\nH{number},甲,1,3,990100\n", encoding="utf-8"
        )
        ingest(folder / "raw", "national", folder / "city", recorded_at=DAY.replace(day=number + 1))
    return folder / "city"


def small_batch(folder: Path, number: int) -> Path:
    """Raw files of :data:`LINES` lines of five persons, so that few buckets have files; one line is no good."""
    chance = random.Random(number)
    lines = [line(f"{number}-{n}", psn_no=f"P{chance.randrange(5)}", cnt="2" if n else "x") for n in range(LINES)]
    return write(folder / f"raw{number}", *lines).parent
