"""A written mapping of relations that were unpacked from files: `mapping.yaml` beside a form.

    relations: {bill: select …}            # named selects, usable by those after them
    tables:
      - table: settlement
        from: bill                         # a relation, or a select in brackets
        row: abs(row)                      # the record in the file
        once: true                         # the relation is made when all is read, and selected once
        columns: {total_amount: [total, 2300 CLM-02]}     # SQL, and the sender's own name of it

A ``fault`` of the relation (a struct of column, code, value, or null) quarantines its rows.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from yibao.engine.yaml import read_yaml
from yibao.ledger.sources import ROW_BITS


@dataclass(frozen=True)
class Selects:
    """A mapping. ``columns`` has, for each table and column, its SQL and the sender's own name of it."""

    columns: Mapping[str, Mapping[str, tuple[str, str]]]
    sql: Mapping[str, str]

    @property
    def tables(self) -> tuple[str, ...]:
        return tuple(self.columns)

    @property
    def fields(self) -> Mapping[str, Mapping[str, str]]:
        """The sender's names. What is wrong with a claim is told of each of its rows, in the words of the claim."""
        names = {table: {name: told for name, (_, told) in found.items()} for table, found in self.columns.items()}
        claim = names[self.tables[0]]
        return {table: {**claim, **own} for table, own in names.items()}


def read_selects(package: str) -> Selects:
    """The mapping in the package's `mapping.yaml`."""
    doc = read_yaml((files(package) / "mapping.yaml").read_text(encoding="utf-8"), f"{package}/mapping.yaml")
    relations = dict(doc["relations"])
    return Selects(
        columns={t["table"]: {name: (pair[0], pair[1]) for name, pair in t["columns"].items()} for t in doc["tables"]},
        sql={table["table"]: _select(table, relations) for table in doc["tables"]},
    )


def read_statements(package: str, name: str) -> list[str]:
    """The statements of an SQL file; they end with a semicolon at the end of a line."""
    text = (files(package) / name).read_text(encoding="utf-8")
    return [statement for statement in re.split(r";\s*\n", text) if statement.strip()]


def _select(table: Mapping[str, Any], relations: Mapping[str, str]) -> str:
    once = table.get("once") == "true"
    columns = [f"(cast(file as bigint) << {ROW_BITS}) + {table['row']} as _row"]
    columns += [f"{pair[0]} as {name}" for name, pair in table["columns"].items()]
    if not once:
        columns.append("case when fault is not null then [fault] end as _faults")
    needed = _needed(table["from"], relations)
    begin = f"with {', '.join(f'{name} as ({sql})' for name, sql in needed.items())} " if needed else ""
    # A statement must use each of its parameters.
    where = "where $first = 0 and $last >= 0" if once else "where $first <= $last"
    return f"{begin}select {', '.join(columns)} from {table['from']} as rows {where} order by _row"


def _needed(text: str, relations: Mapping[str, str]) -> dict[str, str]:
    """The relations that a text names, directly or through others, in their order."""
    needed: dict[str, str] = {}
    for name in reversed(list(relations)):
        if any(re.search(rf"\b{name}\b", sql) for sql in (text, *needed.values())):
            needed[name] = relations[name]
    return dict(reversed(needed.items()))
