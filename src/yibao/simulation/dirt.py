"""Dirt on purpose: an old encoding, malformed rows, rows and files sent twice or late, codes that nobody knows or that

are retired, a clock that runs behind. Every piece is counted.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from yibao.simulation.catalogue import RETIRED_CODE
from yibao.simulation.frame import Array
from yibao.simulation.write import write

#: Every so many-th line is sent twice, and the last so many per cent of the lines arrive as GB18030.
TWICE_EVERY, OLD_ENCODING_PERCENT = 4_000, 8


@dataclass(frozen=True)
class Dirt:
    """``rows`` pieces of one kind in one file; ``fen`` is their amount where the file says one that can be read."""

    file: str
    kind: str
    rows: int
    fen: int


#: A code in the place of a consultation's that no catalogue has; the other one is retired.
UNKNOWN_CODE = "990299990000000"
#: One consultation in so many carries one of them; the two kinds take turns.
WRONG_CODE_EVERY = 400
#: A card reader's clock is so many hours behind (it keeps Greenwich time).
HOURS_BEHIND = 8


def write_charge_lines(folder: Path, rows: pa.Table, part: str, plain: Array) -> list[Dirt]:
    """The charge lines in three files: UTF-8 with repeated and malformed rows, GB18030, and what came weeks late.

    ``plain`` are positions of consultations that no scene needs: some of them get a wrong code.
    """
    names = [f"charge_line{part}_{which}.csv" for which in ("1", "2", "late")]
    first, second, late = (folder / name for name in names)
    rows, wrong = _wrong_codes(rows, plain, names[0])
    cut = rows.num_rows * (100 - OLD_ENCODING_PERCENT) // 100
    head = rows.slice(0, cut)
    place = head["fixmedins_code"][-1]
    month = pc.starts_with(head["fee_ocur_time"].cast(pa.string()), "2025-11")
    delayed = pc.and_(pc.equal(head["fixmedins_code"], place), month)
    on_time, afterwards = head.filter(pc.invert(delayed)), head.filter(delayed)
    write(first, on_time)
    write(second, rows.slice(cut))
    second.write_bytes(second.read_bytes().decode("utf-8").encode("gb18030"))
    write(late, afterwards)
    return [
        *wrong,
        Dirt(second.name, "encoding_gb18030", rows.num_rows - cut, _fen(rows.slice(cut))),
        Dirt(late.name, "late_file", afterwards.num_rows, _fen(afterwards)),
        _send_twice(first, on_time),
        *_malform(first, on_time),
    ]


def _wrong_codes(rows: pa.Table, plain: Array, file: str) -> tuple[pa.Table, list[Dirt]]:
    """Some consultations under a code that nobody knows, or that is no longer valid; the amounts stay."""
    picked = plain[WRONG_CODE_EVERY // 2 :: WRONG_CODE_EVERY]
    codes = rows["med_list_codg"].to_pylist() if len(picked) else []
    pieces = []
    for k, (kind, code) in enumerate((("unknown_item", UNKNOWN_CODE), ("retired_item", RETIRED_CODE))):
        mine = picked[k::2]
        for row in mine.tolist():
            codes[row] = code
        pieces.append(Dirt(file, kind, len(mine), _fen(rows.take(pa.array(mine))) if len(mine) else 0))
    if codes:
        at = rows.column_names.index("med_list_codg")
        rows = rows.set_column(at, "med_list_codg", pa.array(codes, pa.string()))
    return rows, pieces


def write_death_sources(folder: Path, rows: pa.Table, part: str) -> list[Dirt]:
    """The registers of deaths, and the same file once more under another name."""
    write(folder / f"death_source{part}.csv", rows)
    copy = folder / f"death_source{part}_copy.csv"
    write(copy, rows)
    return [Dirt(copy.name, "duplicate_file", rows.num_rows, 0)]


def write_terminal_events(folder: Path, rows: pa.Table, part: str) -> list[Dirt]:
    """What card readers recorded, one of them with a clock that is hours behind."""
    path = folder / f"terminal_event{part}.csv"
    slow = pc.equal(rows["terminal_id"], rows["terminal_id"][rows.num_rows // 2])
    behind = pc.subtract(rows["happened_at"], pa.scalar(HOURS_BEHIND * 3600, pa.duration("s")))
    at = rows.column_names.index("happened_at")
    write(path, rows.set_column(at, "happened_at", pc.if_else(slow, behind, rows["happened_at"])))
    return [Dirt(path.name, "clock_behind", int(pc.sum(slow).as_py()), 0)]


def write_encounters(folder: Path, rows: pa.Table, part: str) -> list[Dirt]:
    """Encounters with a few visits of an unknown kind and impossible dates appended."""
    path = folder / f"encounter{part}.csv"
    write(path, rows)
    pieces = [
        _append(path, rows, "unknown_code", [7, 19], "mdtrt_id", {"med_type": lambda _: "88"}),
        _append(path, rows, "bad_date", [11], "mdtrt_id", {"begntime": lambda _: "2025-02-30 08:00:00"}),
    ]
    return [Dirt(path.name, piece.kind, piece.rows, 0) for piece in pieces]


def _send_twice(path: Path, rows: pa.Table) -> Dirt:
    repeated = rows.take(pa.array(np.arange(TWICE_EVERY // 2, rows.num_rows, TWICE_EVERY)))
    twin = path.with_name(path.name + ".part")
    write(twin, repeated)
    body = twin.read_bytes().split(b"\n", 1)[1]
    twin.unlink()
    with path.open("ab") as file:
        file.write(body)
    return Dirt(path.name, "duplicate", repeated.num_rows, _fen(repeated))


def _malform(path: Path, rows: pa.Table) -> list[Dirt]:
    """Copies of honest lines under new numbers, each with one thing wrong."""
    return [
        _append(
            path, rows, "bad_date", [101, 202, 303], "feedetl_sn", {"fee_ocur_time": lambda _: "2025-13-40 10:00:00"}
        ),
        _append(path, rows, "unknown_code", [404, 505], "feedetl_sn", {"med_chrgitm_type": lambda _: "77"}),
        _append(
            path,
            rows,
            "too_many_decimals",
            [606, 707],
            "feedetl_sn",
            {"det_item_fee_sumamt": lambda text: f"{text}5"},
            readable=False,
        ),
        _append(path, rows, "missing_person", [808], "feedetl_sn", {"psn_no": lambda _: ""}),
    ]


def _append(
    path: Path,
    rows: pa.Table,
    kind: str,
    at: list[int],
    key: str,
    wrong: dict[str, Callable[[str], str]],
    readable: bool = True,
) -> Dirt:
    picked = rows.take(pa.array([k % rows.num_rows for k in at]))
    twin = path.with_name(path.name + ".part")
    write(twin, picked)
    with twin.open(encoding="utf-8", newline="") as file:
        spoiled = list(csv.DictReader(file))
    twin.unlink()
    for row in spoiled:
        row[key] = f"{row[key][:-6]}X{kind[:2].upper()}{row[key][-3:]}"
        for column, change in wrong.items():
            row[column] = change(row[column])
    with path.open("a", encoding="utf-8", newline="") as file:
        csv.DictWriter(file, rows.column_names, lineterminator="\n").writerows(spoiled)
    fen = _fen(picked) if readable and "det_item_fee_sumamt" in rows.column_names else 0
    return Dirt(path.name, kind, len(spoiled), fen)


def _fen(rows: pa.Table) -> int:
    """The amount of lines in fen; the column holds yuan with two decimals."""
    total = pc.sum(rows["det_item_fee_sumamt"]).as_py()
    return int(total.scaleb(2)) if total is not None else 0
