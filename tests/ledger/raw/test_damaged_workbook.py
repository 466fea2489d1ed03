"""Workbooks that are broken, or that would overrun the memory of their reader: refused by name."""

from __future__ import annotations

import io
import itertools
import re
import zipfile
from pathlib import Path

import pytest
import xlsxwriter

from yibao.ledger.contracts import load_contracts
from yibao.ledger.refusals import UnreadableFile
from yibao.ledger.sources import get_source


def workbook() -> bytes:
    held = io.BytesIO()
    with xlsxwriter.Workbook(held, {"in_memory": True}) as book:
        sheet = book.add_worksheet("person")
        sheet.write_row(0, 0, ["psn_no", "psn_name"])
        sheet.write_row(1, 0, ["P1", "甲"])
        sheet.write_formula(2, 0, "=1/0", value="#DIV/0!")
    return held.getvalue()


def rewritten(part: str, pattern: bytes, put: bytes) -> bytes:
    """The workbook with one part changed."""
    held = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook())) as old, zipfile.ZipFile(held, "w") as new:
        for name in old.namelist():
            text = old.read(name)
            if name == part:
                assert re.search(pattern, text)
                text = re.sub(pattern, put, text)
            new.writestr(name, text)
    return held.getvalue()


def directory(offset: int, value: bytes) -> bytes:
    """The workbook with a field of every entry of its directory overwritten."""
    data = bytearray(workbook())
    for found in re.finditer(b"PK\x01\x02", bytes(data)):
        data[found.start() + offset : found.start() + offset + len(value)] = value
    return bytes(data)


@pytest.mark.parametrize(
    "data",
    [
        directory(6, b"\xf9\x00"),  # a version of the archive's form that there is not
        directory(8, b"\x01\x00"),  # encrypted
        directory(10, b"\x63\x00"),  # packed in a way that is not known
        directory(16, b"\x00\x00\x00\x00"),  # checksums that do not fit
        rewritten("xl/worksheets/sheet1.xml", rb'r="A3"', b'r="A' + b"9" * 5_000 + b'"'),
        rewritten("xl/worksheets/sheet1.xml", rb'r="A3"', b'r="XFD1048576"'),
        rewritten("xl/worksheets/sheet1.xml", rb'r="A3"', b"r='ZZ1048575'"),
        rewritten("xl/worksheets/sheet1.xml", rb'r="A3"', b'r="A1048577"'),
        rewritten("xl/worksheets/sheet1.xml", rb'r="A3"', b'r="ZZZZ3"'),
        rewritten("xl/worksheets/sheet1.xml", rb' r="A3"', b""),
        rewritten("xl/workbook.xml", rb'r:id="rId1"', b'r:id="rId9"'),
        rewritten("xl/workbook.xml", rb' r:id="rId1"', b""),
        rewritten("xl/workbook.xml", b"</workbook>", b""),
        rewritten("xl/_rels/workbook.xml.rels", rb"worksheets/sheet1.xml", b"worksheets/sheet8.xml"),
    ],
    ids=itertools.count(1),  # the bytes hold the time at which they were made; workers must name tests alike
)
def test_a_damaged_workbook_is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "person.xlsx"
    path.write_bytes(data)
    with pytest.raises(UnreadableFile):
        for item in get_source("national").inputs(path, load_contracts()).items:
            for load in item.chunks():
                load()
