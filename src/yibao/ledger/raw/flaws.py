"""Cells of a workbook that look empty to its reader and are not: errors, and formulas that nobody has computed.

The reader (calamine) gives both as an empty cell, and what is lost that way is lost in silence. So the sheet's own XML
is searched for them; where there are none, which is the rule, that is one look at the bytes.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

#: (row, column), both from 1 -> code and what stands in the cell.
Flaws = dict[tuple[int, int], tuple[str, str]]

_WINDOW = 4 << 20
_ERROR = re.compile(rb"""<(?:\w+:)?c\s([^>]*\bt=["']e["'][^>]*)>(?:(?!</(?:\w+:)?c>).)*?<(?:\w+:)?v>([^<]*)<""", re.S)
_FORMULA = re.compile(
    rb"""<(?:\w+:)?c\s([^>]*)>\s*<(?:\w+:)?f(?:\s[^>]*)?(?:/>|>[^<]*</(?:\w+:)?f>)\s*(<(?:\w+:)?v>[^<]+<)?"""
)
_PLACE = re.compile(rb"""\br=["']([A-Z]{1,3})([0-9]+)["']""")
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


def flaws_of(path: Path, sheet: str) -> Flaws:
    """The flawed cells of a sheet. Raises OSError, zipfile.BadZipFile or KeyError for a damaged workbook."""
    flaws: Flaws = {}
    with zipfile.ZipFile(path) as book:
        for text in _windows(book, _part_of(book, sheet)):
            if b't="e"' in text or b"t='e'" in text:
                for found in _ERROR.finditer(text):
                    _keep(flaws, found[1], "error_cell", found[2].decode("utf-8", "replace"))
            if b"<f" in text or b":f" in text:
                for found in _FORMULA.finditer(text):
                    # A formula may well give an empty text; that is written as a text of no letters.
                    if found[2] is None and not re.search(rb"""\bt=["'](?:str|e)["']""", found[1]):
                        _keep(flaws, found[1], "no_value", "=")
    return flaws


def _keep(flaws: Flaws, attributes: bytes, code: str, value: str) -> None:
    place = _PLACE.search(attributes)
    if place is None:
        raise KeyError(f"a cell with {value} that does not say where it stands")
    column = 0
    for letter in place[1]:
        column = column * 26 + letter - 64
    flaws[int(place[2]), column] = (code, value)


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
            wanted = element.get(_RELATION) or next(v for k, v in element.attrib.items() if k.endswith("}id"))
    for element in ElementTree.fromstring(book.read("xl/_rels/workbook.xml.rels")):
        if element.get("Id") == wanted:
            target = str(element.get("Target"))
            return target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    raise KeyError(sheet)
