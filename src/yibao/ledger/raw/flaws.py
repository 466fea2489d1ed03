"""What must be known of a sheet before its reader (calamine) is trusted with it, from the sheet's own XML.

- Cells that look empty to it and are not: errors, and formulas that nobody has computed. What is lost that way is lost
  in silence.
- Cells far from the others: it makes room for every cell up to the last one, and ends the process where there is none.

Where there are no such cells, which is the rule, that is one look at the bytes.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pyarrow as pa
import pyarrow.compute as pc

#: (row, column), both from 1 -> code and what stands in the cell.
Flaws = dict[tuple[int, int], tuple[str, str]]

_WINDOW = 4 << 20
_ERROR = re.compile(rb"""<(?:\w+:)?c\s([^>]*\bt=["']e["'][^>]*)>(?:(?!</(?:\w+:)?c>).)*?<(?:\w+:)?v>([^<]*)<""", re.S)
_FORMULA = re.compile(
    rb"""<(?:\w+:)?c\s([^>]*)>\s*<(?:\w+:)?f(?:\s[^>]*)?(?:/>|>[^<]*</(?:\w+:)?f>)\s*(<(?:\w+:)?v>[^<]+<)?"""
)
_PLACE = re.compile(rb"""\br=["']([A-Z]{1,3})([0-9]+)["']""")
#: Rows of a sheet, and cells for which room is made: 4 GB.
_ROWS, _CELLS = 1_048_576, 120_000_000
_CELL = re.compile(rb"""\br=["']([A-Z]+)([0-9]+)["']""")
#: A cell beyond column Z, or beyond the last row that a sheet can have.
_FAR = (
    r"""\br=["'](?:[A-Z]{2,}[0-9]+|[A-Z]0*(?:[0-9]{8,}|104857[7-9]|10485[89][0-9]|1048[6-9][0-9]{2}|1049[0-9]{3}"""
    r"""|10[5-9][0-9]{4}|1[1-9][0-9]{5}|[2-9][0-9]{6}))["']"""
)
#: What a damaged archive, or a part of it that is no XML, makes its readers raise.
DAMAGE = (OSError, zipfile.BadZipFile, zlib.error, EOFError, KeyError, ValueError, RuntimeError, ElementTree.ParseError)
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


class FarCell(Exception):
    """A cell so far out that the sheet has no room in memory. Its text is the cell's place."""


def flaws_of(path: Path, sheet: str) -> Flaws:
    """The flawed cells of a sheet. Raises :class:`FarCell`, or one of :data:`DAMAGE` for a damaged workbook."""
    flaws: Flaws = {}
    with zipfile.ZipFile(path) as book:
        part = _part_of(book, sheet)
        wide = False
        for text in _windows(book, part):
            wide = wide or pc.match_substring_regex(pa.array([text], pa.binary()), _FAR)[0].as_py()
            if b't="e"' in text or b"t='e'" in text:
                for found in _ERROR.finditer(text):
                    _keep(flaws, found[1], "error_cell", found[2].decode("utf-8", "replace"))
            if b"<f" in text or b":f" in text:
                for found in _FORMULA.finditer(text):
                    # A formula may well give an empty text; that is written as a text of no letters.
                    if found[2] is None and not re.search(rb"""\bt=["'](?:str|e)["']""", found[1]):
                        _keep(flaws, found[1], "no_value", "=")
        if wide:
            _refuse_far(_windows(book, part))
    return flaws


def _refuse_far(windows: Iterator[bytes]) -> None:
    rows = columns = 1
    for text in windows:
        for letters, digits in _CELL.findall(text):
            # Places that no sheet has need not be reckoned.
            at = (int(digits), _column(letters)) if len(letters) <= 3 and len(digits) <= 7 else (_ROWS + 1, 1)
            rows, columns = max(rows, at[0]), max(columns, at[1])
            if rows > _ROWS or rows * columns > _CELLS:
                raise FarCell(f"{letters.decode()}{digits.decode()}"[:20])


def _column(letters: bytes) -> int:
    column = 0
    for letter in letters:
        column = column * 26 + letter - 64
    return column


def _keep(flaws: Flaws, attributes: bytes, code: str, value: str) -> None:
    place = _PLACE.search(attributes)
    if place is None:
        raise KeyError(f"a cell with {value} that does not say where it stands")
    flaws[int(place[2]), _column(place[1])] = (code, value)


def _windows(book: zipfile.ZipFile, part: str) -> Iterator[bytes]:
    """The text of a part, in pieces that end between two cells."""
    with book.open(part) as stream:
        rest = b""
        while more := stream.read(_WINDOW):
            text = rest + more
            cut = max(text.rfind(b"<c "), text.rfind(b":c "), 0)
            # A prefix such as `x:` stands between the bracket and the name.
            cut = text.rfind(b"<", 0, cut + 1) if cut else len(text)
            yield text[:cut]
            rest = text[cut:]
        yield rest


def _part_of(book: zipfile.ZipFile, sheet: str) -> str:
    """The part of the archive that holds a sheet."""
    root = "xl/workbook.xml"
    wanted = None
    for element in ElementTree.fromstring(book.read(root)).iter():
        if element.tag.endswith("}sheet") and element.get("name") == sheet:
            wanted = element.get(_RELATION) or next((v for k, v in element.attrib.items() if k.endswith("}id")), None)
    for element in ElementTree.fromstring(book.read("xl/_rels/workbook.xml.rels")):
        if element.get("Id") == wanted:
            target = str(element.get("Target"))
            return target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    raise KeyError(sheet)
