"""The schema of `mapping.yaml`: which raw relations there are, and what each table of the ledger takes from them.

Every key is described in the reference of mappings, which is generated from here. What the schema cannot say - that
tables and columns exist, that no record of a relation is lost - is checked in
:mod:`yibao.ledger.sources.mapping_check`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

#: ``currency`` of a source whose files do not say in which currency their amounts are.
ASK = "ask"
#: Names that every relation has: the place of the record, and the name of the file it came from.
ROW, FILE = "_row", "_file"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class About(_Strict):
    """One sentence in both languages."""

    zh: str
    en: str


def _listed(value: Any) -> Any:
    return [] if value is None else value


def _texts(value: Any) -> Any:
    """In a list of texts, YAML's empty item is the empty text."""
    return ["" if item is None else item for item in value] if isinstance(value, list) else value


Names = Annotated[tuple[str, ...], BeforeValidator(_listed)]


class RelationText(_Strict):
    """One kind of raw file (or sheet), and the columns of it that are read."""

    about: str | None = Field(None, description="What a record is / 一条记录是什么")
    files: Names = Field(
        (),
        description="Patterns of the names of its files or sheets, without ending, in any case (default: the "
        "relation's name anywhere in the name) / 文件名或工作表名的式样",
    )
    columns: Names = Field(description="Columns a file must have / 必有的列")
    optional_columns: Names = Field((), description="Columns that may be missing; then null / 可缺的列，缺时为空")
    optional: bool = Field(False, description="The whole relation may be missing; then it has no records / 整个可缺")
    several: bool = Field(False, description="May be spread over several files / 可分成多个文件")
    lookup: bool = Field(
        False, description="Only looked up by others: its records become no rows of their own / 只供查找，不逐条入账"
    )


class SetAside(_Strict):
    """Records that are not taken in, and why; they go to quarantine with this code."""

    code: Literal["superseded", "cancelled", "test_record", "summary_row", "out_of_scope"] = Field(
        description="Why / 原因代码"
    )
    when: str = Field(description="SQL condition over the columns of `from` / 条件")


class Tell(_Strict):
    """Rows that are taken in, and that a reader of the report should know the number of."""

    when: str = Field(description="SQL condition over the columns of `from` / 条件")
    zh: str = Field(description="What follows the number, in Chinese / 数字之后的话")
    en: str = Field(description="The same in English / 英文")


class ColumnText(_Strict):
    """A column by its SQL and, where the source has codes of its own, what each of them is here."""

    sql: str = Field(description="SQL expression over the columns of `from` / SQL 表达式")
    values: dict[str, str] = Field(
        default_factory=dict,
        description="Local value -> value of the contract; others stay, for the ingest to judge / 本地值与标准值的对应",
    )


def _column(value: Any) -> Any:
    return {"sql": value} if isinstance(value, str) else value


class TableText(_Strict):
    """One select: what a table of the ledger takes from a relation or view."""

    table: str = Field(description="Table of the ledger / 账本的表")
    source: str = Field(alias="from", description="The relation or view it reads / 取自哪个关系或视图")
    where: str | None = Field(None, description="SQL condition on what is a row of this table at all / 取哪些")
    one_per: str | None = Field(
        None,
        description="The relation of which every record becomes exactly one row; checked at each ingest. Understood "
        "where `from` is a relation and there is no `where`; tables that have both share the records between them "
        "/ 该关系每条记录恰成一行，每次入库核对",
    )
    set_aside: tuple[SetAside, ...] = Field((), description="Records to quarantine, with the reason / 不接收的记录")
    tell: tuple[Tell, ...] = Field((), description="Rows to be counted and told of at the end / 计数并告知的行")
    columns: dict[str, Annotated[ColumnText, BeforeValidator(_column)]] = Field(
        description="Column of the contract (or `x_…`) -> SQL, or `{sql, values}` / 列的来历"
    )


class MappingText(_Strict):
    """A whole `mapping.yaml`."""

    name: str = Field(pattern="^[a-z][a-z0-9_]*$", description="Name of the source / 来源名")
    about: About | None = Field(None, description="What it reads, in both languages / 读什么")
    currency: str = Field(
        pattern=f"^([A-Z]{{3}}|{ASK})$",
        description=f"Currency of its amounts, or `{ASK}`: then it must be given with `--currency` / 币种",
    )
    nulls: Annotated[tuple[str, ...], BeforeValidator(_texts)] = Field(
        ("",), description='Texts that mean "not known" / 表示空的文本'
    )
    relations: dict[str, RelationText] = Field(description="Raw relations by name / 原始关系")
    views: dict[str, str] = Field(
        default_factory=dict, description="Selects over relations and earlier views, by name / 中间视图"
    )
    tables: tuple[TableText, ...] = Field(description="What each table takes / 各表的取法")

    @model_validator(mode="after")
    def _named_once(self) -> MappingText:
        for name in (*self.relations, *self.views):
            if not name.isidentifier():
                raise ValueError(f"{name!r} is no name: use letters, digits and _")
        twice = set(self.relations) & set(self.views)
        if twice:
            raise ValueError(f"{twice.pop()!r} is the name of a relation and of a view")
        return self

    def home_of(self, table: TableText) -> str | None:
        """The relation of which a select takes every record."""
        if table.one_per is not None:
            return table.one_per
        return table.source if table.source in self.relations and table.where is None else None


#: Key of the reference page -> the model that describes it.
MODELS: dict[str, type[BaseModel]] = {
    "mapping.yaml": MappingText,
    "relations.<name>": RelationText,
    "tables[]": TableText,
    "tables[].columns.<column>": ColumnText,
    "tables[].set_aside[]": SetAside,
    "tables[].tell[]": Tell,
}

#: Functions that mappings may use besides those of the engine: name -> (definition, Chinese, English).
FUNCTIONS: dict[str, tuple[str, str, str]] = {
    "ymd": (
        "ymd(x) as case when regexp_full_match(x, '[0-9]{8}') "
        "then substr(x, 1, 4) || '-' || substr(x, 5, 2) || '-' || substr(x, 7, 2) else x end",
        "20250131 → 2025-01-31；其他原样，由入库判断",
        "20250131 → 2025-01-31; anything else stays, for the ingest to judge",
    ),
    "ymd_hms": (
        "ymd_hms(x) as case when regexp_full_match(x, '[0-9]{14}') then substr(x, 1, 4) || '-' || substr(x, 5, 2) || "
        "'-' || substr(x, 7, 2) || ' ' || substr(x, 9, 2) || ':' || substr(x, 11, 2) || ':' || substr(x, 13, 2) "
        "else x end",
        "20250131083000 → 2025-01-31 08:30:00；其他原样",
        "20250131083000 → 2025-01-31 08:30:00; anything else stays",
    ),
    "midnight": (
        "midnight(x) as case when length(x) = 10 then x || ' 00:00:00' else x end",
        "只有日期时补 00:00:00",
        "a day without an hour stands at 00:00:00",
    ),
    "number": (
        # The engine reads decimals of 18 digits fifty times faster than wider ones.
        "number(x) as case when regexp_full_match(x, '-?[0-9]{1,10}([.][0-9]{1,8}0*)?') "
        "then cast(cast(x as decimal(18, 8)) as decimal(38, 8)) "
        "when regexp_full_match(x, '-?[0-9]{11,20}([.][0-9]{1,8}0*)?') then cast(x as decimal(38, 8)) end",
        "文本按精确小数读出，用于加减；不是数的为空",
        "a text as an exact decimal, to add and subtract; null when it is no number",
    ),
}


def columns_of(relation: RelationText) -> Iterator[str]:
    """Every column of a relation that may be read."""
    yield from relation.columns
    yield from relation.optional_columns
