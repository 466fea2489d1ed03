"""Groups notes of different patients that say the same, place by place: those held together by pairs that are alike."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa

from yibao.measures import linked, similar_texts

PARTITION = ["institution_id"]
ORDER = ["kind", "note_id"]

#: What a row of evidence holds; the others name nobody.
NAMES = (
    "finding_key", "institution_id", "occurred_at", "signal", "value", "ref_table", "ref_id", "amount", "fund_amount",
)  # fmt: skip


def run(table: pa.Table, params: dict[str, Any]) -> pa.Table:
    """Evidence rows: per group its patients and least likeness, its notes, and its encounters with their money."""
    table = table.combine_chunks()
    place = _numbers(table, "institution_id")
    bounds = [*np.flatnonzero(np.diff(place, prepend=-1)), len(place)]
    rows = [row for a, b in pairwise(bounds) for row in _of_place(table.slice(a, b - a), params)]
    found = dict(zip(NAMES, zip(*rows, strict=True), strict=True)) if rows else dict.fromkeys(NAMES, ())
    kinds = {"occurred_at": pa.timestamp("us")} | dict.fromkeys(("value", "amount", "fund_amount"), pa.int64())
    columns = {name: pa.array(list(found[name]), kinds.get(name, pa.string())) for name in NAMES}
    nobody = pa.nulls(len(rows), pa.string())
    return pa.table(columns | dict.fromkeys(("person_id", "encounter_id", "staff_id", "kp_id"), nobody))


def _of_place(notes: pa.Table, params: dict[str, Any]) -> list[tuple[Any, ...]]:
    """The evidence of one institution; groups are few, so that their rows are written one by one."""
    person = _numbers(notes, "person_id")
    pairs = similar_texts(notes["content"].combine_chunks(), _numbers(notes, "kind"), person, params["likeness"])
    group = linked(pairs.one, pairs.other, len(person))
    rows: list[tuple[Any, ...]] = []
    for number in np.unique(group[pairs.one]):
        members = np.flatnonzero(group == number)
        patients = len(np.unique(person[members]))
        if patients < params["min_members"]:
            continue
        least = int(pairs.likeness_bp[group[pairs.one] == number].min())
        mine = notes.take(pa.array(members)).to_pylist()
        place = mine[0]["institution_id"]
        head = (f"{place}|{min(note['note_id'] for note in mine)}", place, max(note["written_at"] for note in mine))
        stays = {note["encounter_id"]: note for note in mine}
        rows += [
            (*head, "patients", patients, "institution", place, 0, 0),
            (*head, "likeness", least, "institution", place, 0, 0),
        ]
        rows += [(*head, "note", None, "clinical_note", note["note_id"], 0, 0) for note in mine]
        rows += [
            (*head, "stay", stay["fund_amount"], "encounter", name, stay["amount"], stay["fund_amount"])
            for name, stay in stays.items()
        ]
    return rows


def _numbers(table: pa.Table, name: str) -> np.ndarray:
    """A column of texts as numbers, equal ones for equal texts."""
    encoded = table[name].cast(pa.string()).combine_chunks().dictionary_encode()
    return np.asarray(encoded.indices.to_numpy(zero_copy_only=False), dtype=np.int64)
