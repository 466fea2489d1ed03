"""Reference pages of the table contracts, in MyST markdown: one page per table and an index."""

from __future__ import annotations

from collections.abc import Sequence

from yibao.engine.schema import TYPES, UNITS, Column, Table, Tables
from yibao.generated import grid

#: Groups of tables in the order of the reference index.
GROUPS = {
    "people": "人员 · people",
    "providers": "机构与医务人员 · providers",
    "care": "诊疗 · care",
    "money": "资金 · money",
    "stock": "进销存 · stock",
    "catalogue": "目录与知识 · catalogue and knowledge",
    "region": "区域与基金 · regions and the fund",
    "result": "结果 · results",
}

_KINDS = {"fact": "事实 · fact", "result": "结果 · result", "derived": "派生 · derived"}


def index_page(tables: Tables) -> str:
    """The index of the table reference: types, then every table by group, and the toctree."""
    types = grid(["type", "SQL", "unit"], [[f"`{name}`", sql, UNITS.get(name, "")] for name, (sql, _) in TYPES.items()])
    groups = []
    for group, heading in GROUPS.items():
        rows = [
            [f"[`{t.name}`]({t.name}.md)", t.title["zh"], t.title["en"], _KINDS[t.kind]]
            for t in tables.values()
            if t.group == group
        ]
        groups.append(f"## {heading}\n\n" + grid(["table", "中文", "English", "kind"], rows))
    toctree = "```{toctree}\n:hidden:\n\n" + "\n".join(tables) + "\n```"
    intro = (
        "# 数据表 · tables\n\n"
        "账本只有一处定义：每张表一份契约。本页与各表页、建表语句、类型模块都由契约生成。\n\n"
        "Each table of the ledger is defined once, in its contract; these pages, the [DDL](../ddl.sql) and the typed\n"
        "modules are generated from it. Every fact also carries when it was recorded and in which batch.\n"
        "Columns named `x_*` pass through ingest unchanged."
    )
    return "\n\n".join([intro, "## 类型 · types\n\n" + types, *groups, toctree]) + "\n"


def table_page(table: Table, tables: Tables) -> str:
    """The reference page of one table."""
    facts = [
        ["kind", _KINDS[table.kind]],
        ["key", _names(table.key)],
        ["order", _names(table.order)],
        ["slice", f"`{table.slice}`" if table.slice else ""],
        ["index", "; ".join(f"by {_names(index.by)} with {_names(index.include)}" for index in table.indexes)],
        ["conserved sum", f"`{table.money}`" if table.money else ""],
        ["national table", f"`{table.national}`" if table.national else ""],
    ]
    parts = [
        f"# {title(table)}\n\n`{table.name}`\n\n{table.about['zh']}\n\n{table.about['en']}",
        grid(["", ""], [row for row in facts if row[1]]),
        "## 列 · columns\n\n"
        + grid(
            ["column", "type", "unit", "中文", "English", "national", "required", "range"],
            [_column_row(c) for c in table.columns],
        ),
    ]
    parts += [_codes(c) for c in table.columns if c.codes]
    if table.foreign:
        links = [[f"`{c}`", f"[`{t}.{k}`]({t}.md)"] for c, (t, k) in table.foreign.items()]
        parts.append("## 引用 · references\n\n" + grid(["column", "refers to"], links))
    users = [t.name for t in tables.values() if any(target == table.name for target, _ in t.foreign.values())]
    if users:
        parts.append("## 被引用 · referred to by\n\n" + ", ".join(f"[`{name}`]({name}.md)" for name in users))
    if table.checks:
        rows = [[f"`{c.code}`", f"`{c.sql}`", c.zh, c.en] for c in table.checks]
        parts.append("## 校验 · checks\n\n" + grid(["code", "condition", "中文", "English"], rows))
    if table.sql:
        parts.append(f"## 计算 · computed as\n\n```sql\n{table.sql.strip()}\n```")
    return "\n\n".join(parts) + "\n"


def _column_row(column: Column) -> list[str]:
    national = f"`{column.national}`" if column.national else ""
    required = "yes" if column.required else ""
    return [
        f"`{column.name}`",
        column.type,
        column.unit or "",
        column.zh,
        column.en,
        national,
        required,
        _range(column),
    ]


def _range(column: Column) -> str:
    if column.min and column.max:
        return f"{column.min} … {column.max}"
    return f"≥ {column.min}" if column.min else f"≤ {column.max}" if column.max else ""


def _codes(column: Column) -> str:
    kind = "封闭 · closed: other values are quarantined"
    if column.open:
        kind = "开放 · open: other values pass and are reported"
    rows = [[f"`{code.value}`", code.zh, code.en] for code in column.codes]
    return f"### 编码 · codes of `{column.name}`\n\n{kind}\n\n" + grid(["code", "中文", "English"], rows)


def title(table: Table) -> str:
    """Title in both languages: ``费用明细 · charge line``."""
    return f"{table.title['zh']} · {table.title['en']}"


def remark(column: Column) -> str:
    """Labels, unit and national code of a column on one line."""
    unit = column.unit or UNITS.get(column.type)
    return (
        f"{column.zh} · {column.en}"
        + (f" [{unit}]" if unit else "")
        + (f" ({column.national})" if column.national else "")
    )


def _names(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
