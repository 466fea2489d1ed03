"""Reference pages of mappings: the keys of `mapping.yaml`, and for each shipped one what becomes of which column."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from yibao.generated import grid, plain
from yibao.ledger.quarantine import EXPECTED
from yibao.ledger.sources import KnownSource, get_source, source_names
from yibao.ledger.sources.mapped import MappedSource
from yibao.ledger.sources.mapping import FUNCTIONS, MODELS, SetAside, TableText
from yibao.ledger.sources.selects import Selects

#: Folders that hold nothing but these pages.
OWNED = ("docs/reference/sources/*.md",)


def source_pages() -> dict[str, str]:
    """Path relative to the checkout -> text."""
    sources = [get_source(name) for name in source_names()]
    bodies = {source.name: _body(source) for source in sources}
    ours = [source for source in sources if bodies[source.name] is not None]
    pages = {f"docs/reference/sources/{each.name}.md": f"{_head(each)}\n\n{bodies[each.name]}\n" for each in ours}
    pages["docs/reference/sources/index.md"] = _index(ours)
    pages["docs/reference/mapping.md"] = mapping_page()
    return pages


def mapping_page() -> str:
    """The keys of a mapping, its functions, and the reasons for which it may set records aside."""
    parts = [
        "# 映射文件的键 · keys of a mapping\n\n"
        "`mapping.yaml` 说明一种来源：有哪些原始文件，每张表各取什么。逐步做法见"
        "[十五分钟接入一个新来源](../how-to/new-source.md)。\n\n"
        "`mapping.yaml` describes a source: which raw files there are, and what each table takes from them. Step by\n"
        "step: [a new source in fifteen minutes](../how-to/new-source.md). Every scalar is text; SQL is that of the\n"
        "embedded engine, over relations whose cells are all text. It can read nothing but the files of the source,\n"
        "and nothing in it may depend on the clock or on chance.\n\n"
        "Every relation also has `_row`, the place of the record (a view that a table is `from` must pass it on), and\n"
        "`_file`, the name of its file.",
    ]
    for place, model in MODELS.items():
        rows = [_key_row(name, field) for name, field in model.model_fields.items()]
        parts.append(f"## `{place}`\n\n{_about(model)}\n\n" + grid(["key", "required", "default", "says"], rows))
    rows = [[f"`{name}(x)`", zh, en] for name, (_, zh, en) in FUNCTIONS.items()]
    parts.append("## 函数 · functions\n\n" + grid(["function", "中文", "English"], rows))
    codes: tuple[str, ...] = SetAside.model_fields["code"].annotation.__args__  # type: ignore[union-attr]
    rows = [[f"`{code}`", *EXPECTED[code]] for code in codes]
    parts.append("## 不接收的原因 · reasons to set aside\n\n" + grid(["code", "应为", "expected"], rows))
    return "\n\n".join(parts) + "\n"


def _about(model: type[BaseModel]) -> str:
    return plain((model.__doc__ or "").strip())


def _key_row(name: str, field: FieldInfo) -> list[str]:
    default: Any = field.get_default(call_default_factory=True)
    shown = "" if default is PydanticUndefined or default in (None, (), {}) else f"`{_written(default)}`"
    return [f"`{field.alias or name}`", "yes" if field.is_required() else "", shown, plain(field.description or "")]


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "[" + ", ".join(f'"{item}"' for item in value) + "]" if isinstance(value, tuple) else str(value)


def _index(sources: list[KnownSource]) -> str:
    rows = [[f"[`{s.name}`]({s.name}.md)", s.about[1], s.about[0]] for s in sources]
    toctree = "```{toctree}\n:hidden:\n\n" + "\n".join(source.name for source in sources) + "\n```"
    return (
        "# 来源的映射 · mappings of sources\n\n"
        "随软件提供的映射：每一列的来历，以及原始文件没有说明处的约定。\n\n"
        "The mappings that are shipped: what each column is, and what was decided where the files are silent.\n\n"
        + grid(["source", "中文", "English"], rows)
        + f"\n\n{toctree}\n"
    )


def _head(source: KnownSource) -> str:
    """What it reads, and the comment at the head of its mapping: what was decided."""
    said = (files("yibao.ledger.sources") / source.name / "mapping.yaml").read_text(encoding="utf-8")
    head = [line.removeprefix("#").removeprefix(" ") for line in said.splitlines() if line.startswith("#")]
    title, *decisions = head
    about = f"{source.about[1]}\n\n{source.about[0]}"
    return f"# {source.name}\n\n{about}\n\n{plain(title)}\n\n" + "\n".join(decisions).strip()


def _body(source: KnownSource) -> str | None:
    """The tables of a written mapping; None for a source that has none."""
    if isinstance(source, MappedSource):
        return _mapped(source)
    selects = getattr(source, "selects", None)
    if isinstance(selects, Selects):
        return "\n\n".join(_selected(table, columns) for table, columns in selects.columns.items())
    return None


def _selected(table: str, columns: Mapping[str, tuple[str, str]]) -> str:
    rows = [[f"`{name}`", f"`{told}`", f"`{' '.join(sql.split())}`"] for name, (sql, told) in columns.items()]
    return f"## {table}\n\n" + grid(["column", "from", "is"], rows)


def _mapped(source: MappedSource) -> str:
    text = source.text
    relations = []
    for name, relation in text.relations.items():
        words = {"may be missing": relation.optional, "several files": relation.several, "looked up": relation.lookup}
        patterns = " ".join(f"`{pattern}`" for pattern in relation.files or (f"*{name}*",))
        relations.append([f"`{name}`", patterns, ", ".join(word for word, holds in words.items() if holds)])
    parts = [
        "## 原始关系 · relations\n\n" + grid(["relation", "files", ""], relations),
        *(_table(table) for table in text.tables),
    ]
    if text.views:
        views = "\n\n".join(f"-- {name}\n{body.strip()}" for name, body in text.views.items())
        parts.append(f"## 中间视图 · views\n\n```sql\n{views}\n```")
    return "\n\n".join(parts)


def _table(table: TableText) -> str:
    words = [f"from `{table.source}`"]
    words += [f"one row per record of `{table.one_per}`"] if table.one_per else []
    words += [f"where `{' '.join(table.where.split())}`"] if table.where else []
    words += [f"`{rule.code}` when `{' '.join(rule.when.split())}`" for rule in table.set_aside]
    rows = []
    for name, column in table.columns.items():
        values = ", ".join(f"{a} → {b}" for a, b in column.values.items())
        rows.append([f"`{name}`", f"`{' '.join(column.sql.split())}`", values])
    return f"## {table.table}\n\n{'; '.join(words)}\n\n" + grid(["column", "is", "values"], rows)
