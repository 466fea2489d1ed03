"""The rows of one person that laws read, as known at the instant of a draft, with the rows of the draft among them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

import pyarrow as pa

from yibao.ledger import Ledger
from yibao.ledger.slices import fit
from yibao.supervision.slice_rows import clock, known_by, later_encounters, only, without

Rows = Mapping[str, Sequence[Mapping[str, Any]]]
#: Columns by contract table.
Columns: TypeAlias = Mapping[str, AbstractSet[str]]


@dataclass(frozen=True)
class Draft:
    """Rows to be, by contract table, of one person at one instant; ``codes`` are the items in them.

    ``own`` are keys of rows that exist already and are judged with the draft, such as the stay that is settled now.
    """

    person_id: str
    instant: datetime
    codes: tuple[str, ...]
    rows: Rows
    own: frozenset[str] = frozenset()


class PersonRows:
    """Reads a person's rows from a ledger, always in the same columns (``schemas``), so that plans over them hold.

    ``needed`` are all columns that anybody may ask for; of tables that are not kept by person nothing is read.
    """

    def __init__(self, ledger: Ledger, needed: Columns) -> None:
        self._ledger = ledger
        self._tables = ledger.tables()
        kept = {name: columns for name, columns in needed.items() if self._tables[name].slice is not None}
        #: What tells the rows of a table apart and in time: read whatever is asked.
        self._always = {name: self._bearings(name, columns) for name, columns in kept.items()}
        self.read = together([kept, self._always])
        self.schemas = {
            name: pa.schema([(c.name, c.arrow_type) for c in self._tables[name].columns if c.name in columns])
            for name, columns in self.read.items()
        }

    def __call__(self, draft: Draft, wanted: Columns, as_of: datetime | None) -> dict[str, pa.Table]:
        """The person's rows of tables as known at the instant of the draft, and the rows of the draft.

        ``wanted`` are the columns to read, by table; all others are null. ``as_of`` limits the history to what was
        recorded by then.
        """
        read: dict[str, AbstractSet[str]] = {name: columns | self._always[name] for name, columns in wanted.items()}
        clockless = any(not clock(self._tables[name]) and "encounter_id" in columns for name, columns in read.items())
        also = {"encounter": read.get("encounter", set()) | {"encounter_id", "admitted_at"}} if clockless else {}
        found = self._ledger.slice(draft.person_id, sorted({**read, **also}), as_of=as_of, columns={**read, **also})
        later = later_encounters(found["encounter"], draft.instant) if clockless else pa.array([], pa.string())
        return {name: self._with_draft(name, found[name], columns, draft, later) for name, columns in read.items()}

    def _with_draft(
        self, name: str, found: pa.Table, columns: AbstractSet[str], draft: Draft, later: pa.Array
    ) -> pa.Table:
        table, schema, added = self._tables[name], self.schemas[name], draft.rows.get(name, ())
        known = found.select([column for column in schema.names if column in columns])
        known = without(table, known_by(table, known, draft.instant, later), added)
        rows = pa.Table.from_pylist([only(row, schema.names) for row in added], schema=schema)
        return pa.concat_tables([fit(known, schema), rows])

    def _bearings(self, name: str, columns: AbstractSet[str]) -> set[str]:
        table = self._tables[name]
        return {str(table.slice), *table.key, *clock(table)} | ({"encounter_id"} & columns)


def together(needs: Iterable[Columns]) -> dict[str, set[str]]:
    """All columns that are named, by table."""
    found: dict[str, set[str]] = defaultdict(set)
    for need in needs:
        for name, columns in need.items():
            found[name] |= columns
    return dict(found)
