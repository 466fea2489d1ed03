"""Rows of one person as of an instant, with the rows of a draft among them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from yibao.engine.schema import Table
from yibao.supervision.draft import PREFIX


def clock(table: Table) -> list[str]:
    """The column that says when a row of the table happened, if it has one."""
    return [name for name in table.order if table.by_name[name].type == "time"][:1]


def later_encounters(encounters: pa.Table, instant: datetime) -> pa.Array:
    """Ids of encounters that begin after ``instant``: their diagnoses and procedures, without a time, come later."""
    later = pc.greater(encounters.column("admitted_at"), pa.scalar(instant, pa.timestamp("us")))
    return encounters.filter(pc.fill_null(later, False)).column("encounter_id").combine_chunks()


def known_by(table: Table, rows: pa.Table, instant: datetime, later: pa.Array) -> pa.Table:
    """Rows of a table without what happened after ``instant``; ``later`` are encounters that begin after it."""
    for name in clock(table):
        known = pc.less_equal(rows.column(name), pa.scalar(instant, pa.timestamp("us")))
        return rows.filter(pc.fill_null(known, True))
    if "encounter_id" in rows.column_names and len(later):
        return rows.filter(pc.fill_null(pc.invert(pc.is_in(rows.column("encounter_id"), value_set=later)), True))
    return rows


def about(body: pa.Table, own: frozenset[str]) -> pa.Table:
    """The rows of findings that a row of the draft takes part in."""
    ref = body.column("ref_id")
    mine = pc.starts_with(ref, PREFIX)
    for key in sorted(own):
        mine = pc.or_(mine, pc.or_(pc.equal(ref, key), pc.starts_with(ref, key + "|")))
    keys = body.filter(pc.fill_null(mine, False)).column("finding_key")
    return body.filter(pc.is_in(body.column("finding_key"), value_set=keys.combine_chunks()))


def names_of(item: Mapping[str, Any], otherwise: str) -> dict[str, str]:
    """What an item is called in both languages; a code without a catalogue entry is called by itself."""
    name = item.get("name") or otherwise
    return {"zh": name, "en": item.get("name_en") or name}


def without(table: Table, known: pa.Table, added: Sequence[Mapping[str, Any]]) -> pa.Table:
    """Known rows but those that the draft brings anew (of the same key)."""
    if not added or not set(table.key) <= set(known.column_names):
        return known
    fresh = {tuple(str(row.get(k)) for k in table.key) for row in added}
    keys = zip(*(known.column(k).to_pylist() for k in table.key), strict=True)
    return known.filter(pa.array([tuple(map(str, key)) not in fresh for key in keys], pa.bool_()))


def only(row: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """A row with these columns, null where it has none."""
    return {name: row.get(name) for name in names}
