"""Writes 837 interchanges for tests: a claim is a list of segments, and the envelope counts itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

Segment = Sequence[str]

PROFESSIONAL, INSTITUTIONAL = "005010X222A1", "005010X223A2"


@dataclass(frozen=True)
class Marks:
    element: str = "*"
    component: str = ":"
    segment: str = "~"
    repetition: str = "^"


def billing(number: str = "1111111111", name: str = "CLINIC", *more: Segment) -> list[Segment]:
    """Loop 2000A."""
    return [
        ("HL", "1", "", "20", "1"), ("PRV", "BI", "PXC", "207Q00000X"), *more,
        ("NM1", "85", "2", name, "", "", "", "", "XX", number), ("N3", "1 MAIN ST"),
        ("N4", "SPRINGFIELD", "IL", "62701"),
    ]  # fmt: skip


def subscriber(member: str = "M1", *more: Segment, child: bool = False) -> list[Segment]:
    """Loop 2000B; ``child`` when a patient's level follows."""
    return [
        ("HL", "2", "1", "22", "1" if child else "0"),
        ("SBR", "P", "" if child else "18", "G1", "", "", "", "", "", "CI"),
        ("NM1", "IL", "1", "DOE", "JANE", "", "", "", "MI", member), ("N4", "SPRINGFIELD", "IL", "62701"),
        ("DMG", "D8", "19700203", "F"), *more, ("NM1", "PR", "2", "PAYER", "", "", "", "", "PI", "P9"),
    ]  # fmt: skip


def bill(
    number: str, total: str, *more: Segment, place: str = "11:B:1", lines: Sequence[str] | None = None
) -> list[Segment]:
    """Loop 2300 with one office line of ``total``, or a line for each of ``lines``."""
    listed: list[Segment] = [
        ("CLM", number, total, "", "", place, "Y", "A", "Y", "Y"), ("HI", "ABK:E119", "ABF:I10"), *more,
    ]  # fmt: skip
    for count, amount in enumerate([total] if lines is None else lines, 1):
        listed += [
            ("LX", str(count)), ("SV1", f"HC:9921{count}:25", amount, "UN", "1", "11", "", "1"),
            ("DTP", "472", "D8", "20250301"),
        ]  # fmt: skip
    return listed


def one_set(*bodies: Sequence[Segment], guide: str = PROFESSIONAL, control: str = "0001") -> list[Segment]:
    head: list[Segment] = [("ST", "837", control, guide), ("BHT", "0019", "00", "1", "20250310", "0930", "CH")]
    body = [segment for part in bodies for segment in part]
    return [*head, *body, ("SE", str(len(head) + len(body) + 1), control)]


def interchange(
    *sets: Sequence[Segment], marks: Marks = Marks(), usage: str = "P", control: str = "000000001", after: str = "",
    version: str = PROFESSIONAL,
) -> str:  # fmt: skip
    """ISA to IEA as text; ``after`` is the layout after each segment."""
    isa = (
        "ISA", "00", " " * 10, "00", " " * 10, "ZZ", f"{'SENDER':15}", "ZZ", f"{'RECEIVER':15}", "250310", "0930",
        marks.repetition, "00501", control, "0", usage, marks.component,
    )  # fmt: skip
    segments: list[Segment] = [
        isa, ("GS", "HC", "SENDER", "RECEIVER", "20250310", "0930", "7", "X", version),
        *(segment for part in sets for segment in part), ("GE", str(len(sets)), "7"), ("IEA", "1", control),
    ]  # fmt: skip
    return "".join(marks.element.join(_marked(each, marks)) + marks.segment + after for each in segments)


def _marked(segment: Segment, marks: Marks) -> list[str]:
    if segment[0] == "ISA":
        return list(segment)
    return [element.replace(":", marks.component) for element in segment]
