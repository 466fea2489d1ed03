"""Planted stays: rows of the figure ``stay`` with what a test does not say filled in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import pyarrow as pa

from yibao.service.console.hospital.stays import Stays

_TEXTS = (
    "scheme", "department", "staff_id", "disease", "disease_name", "disease_name_en", "group_status", "group_code",
    "group_name", "major_category", "home", "next_place", "institution_id",
)  # fmt: skip
_NUMBERS = (
    "weight_ppm", "standard_amount", "amount", "drug", "consumable", "exam", "test", "treatment", "care", "other",
    "not_covered", "fund", "person", "days", "transferred", "faulty", "judged", "readmitted", "expected_ppm",
)  # fmt: skip
_PLAIN: Mapping[str, Any] = {
    "scheme": "310", "department": "内科", "staff_id": "D1", "disease": "I63", "disease_name": "脑梗死",
    "disease_name_en": "Stroke", "home": "990102", "amount": 1_000_000, "drug": 400_000, "consumable": 100_000,
    "exam": 100_000, "test": 100_000, "treatment": 200_000, "care": 100_000, "other": 0, "not_covered": 10_000,
    "fund": 700_000, "person": 300_000, "days": 8, "transferred": 0, "faulty": 0, "judged": 1, "readmitted": 0,
    "expected_ppm": 50_000, "month": date(2025, 6, 1),
}  # fmt: skip


def stays(rows: Iterable[Mapping[str, Any]]) -> Stays:
    """Stays of these rows."""
    full = [{**_PLAIN, **row} for row in rows]
    schema = pa.schema(
        [*((name, pa.string()) for name in _TEXTS), *((name, pa.int64()) for name in _NUMBERS), ("month", pa.date32())]
    )
    return Stays(pa.Table.from_pylist([{name: row.get(name) for name in schema.names} for row in full], schema=schema))


def at(place: str, count: int, **said: Any) -> list[dict[str, Any]]:
    """So many equal stays of an institution; an amount in fen that alternates a little has a variance."""
    return [{"institution_id": place, **said} for _ in range(count)]
