"""Dirt on purpose: an old encoding, malformed rows, rows sent twice; every piece is counted."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

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


def write_charge_lines(folder: Path, rows: pa.Table, part: str) -> list[Dirt]:
    """The charge lines in two parts: UTF-8 with repeated and malformed rows, and GB18030."""
    first, second = folder / f"charge_line{part}_1.csv", folder / f"charge_line{part}_2.csv"
    cut = rows.num_rows * (100 - OLD_ENCODING_PERCENT) // 100
    write(first, rows.slice(0, cut))
    write(second, rows.slice(cut))
    second.write_bytes(second.read_bytes().decode("utf-8").encode("gb18030"))
    return [
        Dirt(second.name, "encoding_gb18030", rows.num_rows - cut, _fen(rows.slice(cut))),
        _send_twice(first, rows.slice(0, cut)),
        *_malform(first, rows.slice(0, cut)),
    ]


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
    total = pa.compute.sum(rows["det_item_fee_sumamt"]).as_py()
    return int(total.scaleb(2)) if total is not None else 0
