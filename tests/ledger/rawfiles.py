"""Raw national files in miniature."""

from __future__ import annotations

from pathlib import Path

LINE = {
    "feedetl_sn": "L1", "psn_no": "P1", "fixmedins_code": "H1", "med_list_codg": "I1", "med_chrgitm_type": "09",
    "cnt": "2", "pric": "6.25", "det_item_fee_sumamt": "12.50", "fee_ocur_time": "2025-03-01 08:30:00",
    "medins_list_name": "阿司匹林片",
}  # fmt: skip
HEADER = ",".join(LINE)


def line(number: int | str, **cells: str) -> str:
    """One charge line as CSV; ``number`` makes its id."""
    return ",".join((LINE | {"feedetl_sn": f"L{number}"} | cells).values())


def write(
    folder: Path, *lines: str, name: str = "charge_line.csv", header: str = HEADER, encoding: str = "utf-8"
) -> Path:
    """A file of these lines; returns its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes("\n".join([header, *lines, ""]).encode(encoding))
    return path
