"""Writes everything that is derived from the table contracts: typed modules, DDL, SQL over all keys, reference pages.

``python -m yibao.ledger.generate`` rewrites the files of a source checkout; ``--check`` writes nothing and exits 1 when
a file is stale, missing or left over. The output depends on the contracts alone, so a test can keep it fresh.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from yibao.engine.portable import derived_order
from yibao.engine.schema import Column, Table, Tables
from yibao.generated import checkout, stale, write
from yibao.ledger.contracts import load_contracts
from yibao.ledger.generated_sql import generated_sql
from yibao.ledger.reference import index_page, remark, table_page, title

COMMAND = "python -m yibao.ledger.generate"

#: Folders that hold nothing but these files: whatever else lies there belongs to a table that is gone.
OWNED = ("src/yibao/ledger/typed/*.py", "docs/reference/tables/*.md")

_PYTHON = {"text": "str", "date": "date", "time": "datetime", "bool": "bool"}
_ARROW = {"text": "pa.string()", "date": "pa.date32()", "time": 'pa.timestamp("us")', "bool": "pa.bool_()"}


def main(argv: Sequence[str] | None = None) -> int:
    """Write the generated files, or with ``--check`` report the stale ones. Returns the exit code."""
    parser = argparse.ArgumentParser(prog=COMMAND, description="Write what is derived from the table contracts.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when a file is not fresh")
    check = parser.parse_args(argv).check
    root = checkout()
    wanted = generated(load_contracts()) | generated_sql(root, load_contracts())
    paths = stale(root, wanted, OWNED)
    for path in paths:
        sys.stdout.write(f"{path.relative_to(root)}\n")
    if not check:
        write(root, wanted, paths)
    return 1 if check and paths else 0


def generated(tables: Tables) -> dict[str, str]:
    """Every generated file: path relative to the checkout -> text."""
    out = {"docs/reference/ddl.sql": ddl(tables), "docs/reference/tables/index.md": index_page(tables)}
    out["src/yibao/ledger/typed/__init__.py"] = typed_package(tables)
    for table in tables.values():
        out[f"docs/reference/tables/{table.name}.md"] = table_page(table, tables)
        out[f"src/yibao/ledger/typed/{table.name}.py"] = typed_module(table)
    return out


# --- typed modules ---------------------------------------------------------------------------------------------------


def typed_module(table: Table) -> str:
    """A module with the row type, the column names and the Arrow schema of one table."""
    used = {_PYTHON.get(c.type) for c in table.columns}
    dates = ", ".join(name for name in ("date", "datetime") if name in used)
    fields = "\n".join(f"    #: {remark(c)}\n    {c.name}: {_python_type(c)}" for c in table.columns)
    names = "\n".join(f'    "{c.name}",' for c in table.columns)
    arrow = "\n".join(f'        pa.field("{c.name}", {_ARROW.get(c.type, "pa.int64()")}),' for c in table.columns)
    return f'''"""{title(table)}.

{table.about["zh"]}
{table.about["en"]}

Generated from ``ledger/tables/{table.name}.yaml`` by ``{COMMAND}``.
"""

from __future__ import annotations

{f"from datetime import {dates}{chr(10)}" if dates else ""}from typing import TypedDict

import pyarrow as pa

TABLE = "{table.name}"


class {row_type(table.name)}(TypedDict):
    """One row of ``{table.name}`` ({title(table)})."""

{fields}


COLUMNS: tuple[str, ...] = (
{names}
)

SCHEMA: pa.Schema = pa.schema(
    [
{arrow}
    ]
)
'''


def typed_package(tables: Tables) -> str:
    """The ``__init__`` of the typed package: every row type by name, every Arrow schema by table."""
    imports = "\n".join(f"from yibao.ledger.typed import {name} as _{name}" for name in tables)
    rows = "\n".join(f"from yibao.ledger.typed.{name} import {row_type(name)}" for name in tables)
    schemas = "\n".join(f'    "{name}": _{name}.SCHEMA,' for name in tables)
    public = "\n".join(f'    "{name}",' for name in sorted(["SCHEMAS", *map(row_type, tables)]))
    return f'''"""Row types and Arrow schemas of every contract table.

Generated from ``ledger/tables/*.yaml`` by ``{COMMAND}``.
"""

from __future__ import annotations

import pyarrow as pa

{imports}
{rows}

#: Arrow schema by table name.
SCHEMAS: dict[str, pa.Schema] = {{
{schemas}
}}

__all__ = [
{public}
]
'''


def row_type(table: str) -> str:
    """Name of a table's row type: ``charge_line`` -> ``ChargeLine``."""
    return "".join(part.capitalize() for part in table.split("_"))


def _python_type(column: Column) -> str:
    return _PYTHON.get(column.type, "int") + ("" if column.required else " | None")


# --- DDL -------------------------------------------------------------------------------------------------------------


def ddl(tables: Tables) -> str:
    """CREATE statements for every table and derived view, with labels in both languages."""
    head = f"-- Tables of the ledger. Generated from the table contracts by `{COMMAND}`."
    stored = [t for t in tables.values() if t.kind != "derived"]
    derived = [tables[name] for name in derived_order(tables, tables)]
    views = [f"-- {title(t)}\nCREATE VIEW {t.name} AS\n{(t.sql or '').strip()};" for t in derived]
    return "\n\n".join([head, *map(_create, stored), *views]) + "\n"


def _create(table: Table) -> str:
    lines = [f"{c.name} {c.sql_type}{' NOT NULL' if c.required else ''}" for c in table.columns]
    notes = [remark(c) for c in table.columns]
    key = ", ".join(table.key)
    # SQL forbids null in a primary key; a contract may allow "none" in one, which then stays a remark.
    if all(table.by_name[name].required for name in table.key):
        lines.append(f"PRIMARY KEY ({key})")
        notes.append("")
    body = [
        f"    {line}{',' if n < len(lines) - 1 else ''}{f' -- {note}' if note else ''}"
        for n, (line, note) in enumerate(zip(lines, notes, strict=True))
    ]
    return f"-- {title(table)}; key: {key}\nCREATE TABLE {table.name} (\n" + "\n".join(body) + "\n);"


if __name__ == "__main__":
    sys.exit(main())
