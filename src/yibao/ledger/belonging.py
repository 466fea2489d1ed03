"""To whom a row belongs: its institution, its person, its day and its key, as SQL over the row.

A row that names no institution belongs to that of its encounter, settlement or report, and to their day unless it must
have one of its own. Quality figures by institution and month, and generated quality laws, place every table's rows in
this one way.
"""

from __future__ import annotations

from dataclasses import dataclass

from yibao.engine.schema import Column, Table, Tables

#: Where a row without institution belongs: the column that leads there, and the day of the row it leads to.
PARENTS = {
    "encounter_id": ("encounter", "admitted_at"),
    "settlement_id": ("settlement", "settled_at"),
    "report_id": ("exam_report", "examined_at"),
}
#: Dates that say how long something holds or who somebody is, not when the row happened.
_NO_DAY = frozenset({"recorded_at", "valid_from", "valid_to", "birth_date", "death_date"})
_NULL = "cast(null as varchar)"


@dataclass(frozen=True)
class Belonging:
    """SQL expressions over a row ``c`` (and its ``parent``): texts, ``day`` a DATE; ``join`` brings the parent in."""

    key: str
    institution: str
    person: str
    day: str
    join: str = ""
    reads: frozenset[str] = frozenset()


def belonging(table: Table, tables: Tables) -> Belonging:
    """How the rows of a table of facts are placed; ``reads`` are the tables needed for it, its own included."""
    key = " || '|' || ".join(_text(table.by_name[name]) for name in table.key)
    person = "c.person_id" if "person_id" in table.by_name else _NULL
    own = next((c for c in table.columns if c.type in ("time", "date") and c.name not in _NO_DAY), None)
    day = "cast(null as date)" if own is None else f"cast(c.{own.name} as date)"
    if "institution_id" in table.by_name:
        return Belonging(key, "c.institution_id", person, day, reads=frozenset({table.name}))
    for column, (parent, when) in PARENTS.items():
        if table.foreign.get(column) == (parent, tables[parent].key[0]):
            join = f"left join {parent} parent on parent.{column} = c.{column}"
            if own is None or not own.required:
                day = f"cast(parent.{when} as date)"
            return Belonging(key, "parent.institution_id", person, day, join, frozenset({table.name, parent}))
    return Belonging(key, _NULL, person, day, reads=frozenset({table.name}))


def columns_needed(table: Table, tables: Tables) -> dict[str, set[str]]:
    """The contract columns by table that :func:`belonging` names."""
    found = belonging(table, tables)
    needed: dict[str, set[str]] = {name: set() for name in found.reads}
    for name in found.reads:
        prefix = "c." if name == table.name else "parent."
        text = " ".join((found.key, found.institution, found.person, found.day, found.join))
        needed[name] = {column for column in tables[name].column_names if _names(text, prefix + column)}
    return needed


def _text(column: Column) -> str:
    text = f"c.{column.name}" if column.type == "text" else f"cast(c.{column.name} as varchar)"
    return text if column.required else f"coalesce({text}, '')"


def _names(sql: str, column: str) -> bool:
    return any(word.strip("(),") == column for word in sql.replace("(", " ").replace(")", " ").split())
