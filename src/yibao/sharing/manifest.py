"""What a package says of itself: who sends what to whom, under which form, and what must be found in it."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import date, datetime
from functools import cache
from pathlib import PurePosixPath
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from yibao.ledger.contracts import load_contracts
from yibao.sharing.archive import Member
from yibao.sharing.refusals import PackageDamaged, PackageRefused

#: Version of this form. A program reads its own and older ones.
FORMAT: Literal[1] = 1
_SHA256 = Field(pattern=r"^[0-9a-f]{64}$")
Count = Annotated[int, Field(ge=0)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Party(_Strict):
    """A region, and the name of who speaks for it."""

    region: str = Field(min_length=1, max_length=32, pattern=r"^[0-9A-Za-z_.-]+$")
    name: str = Field(max_length=200)


class PackageTable(_Strict):
    """One table: what is in the file, and what stayed behind because another sender owns it. Money in minor units.

    ``content`` is the order-free content hash (:mod:`yibao.engine.content`) of the columns sent.
    """

    rows: Annotated[int, Field(gt=0)]
    money: int | None
    columns: dict[str, str]
    content: str = _SHA256
    path: str
    size: Annotated[int, Field(gt=0)]
    sha256: str = _SHA256


class Left(_Strict):
    """Rows and money of a table that stay with the sender, because the region that owns them sends them itself."""

    rows: Count
    money: int | None


class Manifest(_Strict):
    """The content of ``manifest.json``."""

    format: Literal[1] = FORMAT
    package: str = Field(pattern=r"^[0-9A-Za-z_.-]{1,200}$")
    kind: Literal["submission", "return"]
    profile: str = Field(max_length=100)
    purpose: str = Field(max_length=1000)
    level: Literal["L2", "L3", "L4"]
    pseudonyms: str | None
    sender: Party
    receiver: Party
    scope: str | None
    since: str | None
    until: str | None
    sequence: Annotated[int, Field(ge=1)]
    previous: str | None
    partial: bool
    created_at: str
    yibao: str
    contracts: str = _SHA256
    currency: str = Field(pattern=r"^[A-Z]{3}$")
    snapshot: int
    batches: list[str]
    corrections: bool
    tables: dict[str, PackageTable]
    left: dict[str, Left]

    @model_validator(mode="after")
    def _sound(self) -> Manifest:
        datetime.fromisoformat(self.created_at)
        for day in (self.since, self.until):
            if day is not None:
                date.fromisoformat(day)
        for name, table in self.tables.items():
            if table.path != table_path(name) or not re.fullmatch(r"[a-z][a-z0-9_]{0,59}", name):
                raise ValueError(f"{table.path!r} is no place for {name!r}")
        return self

    def members(self) -> list[Member]:
        """The files after manifest and signature, in their order."""
        return [Member(t.path, t.size, t.sha256) for _, t in sorted(self.tables.items())]

    @property
    def rows(self) -> int:
        return sum(table.rows for table in self.tables.values())

    def to_bytes(self) -> bytes:
        text = json.dumps(self.model_dump(mode="json"), ensure_ascii=False, indent=1, sort_keys=True)
        return text.encode() + b"\n"


def table_path(table: str) -> str:
    """Where a table lies in a package."""
    return str(PurePosixPath("tables") / f"{table}.parquet")


def read_manifest(content: bytes, where: str) -> Manifest:
    """The manifest. Raises :class:`PackageRefused` for a newer form, :class:`PackageDamaged` for none at all."""
    try:
        doc = json.loads(content)
        version = doc["format"]
    except (ValueError, KeyError, TypeError):
        raise PackageDamaged("manifest.json is no manifest", where=where, zh="manifest.json 不是数据包清单") from None
    if not isinstance(version, int) or version > FORMAT:
        made = str(doc.get("yibao"))[:40]
        raise PackageRefused(
            f"the package has form {version} (made by yibao {made}); this program reads up to {FORMAT}",
            where=where,
            mend="install a newer yibao here, or ask the sender to use the older one",
            zh=f"数据包格式 {version}（由 yibao {made} 制作）；本程序最高读取 {FORMAT}",
            mend_zh="请在此安装较新的 yibao，或请发送方用旧版本制作",
        )
    try:
        return Manifest.model_validate(doc)
    except ValidationError as error:
        first = error.errors()[0]
        at = ".".join(map(str, first["loc"]))
        raise PackageDamaged(
            f"manifest.json is not well formed: {at}: {first['msg']}",
            where=where,
            zh=f"manifest.json 格式有误：{at}：{first['msg']}",
        ) from None


def check_columns(manifest: Manifest, where: str) -> None:
    """Refuse a package with tables or columns that this program does not know: a newer sender's."""
    contracts = load_contracts()
    for name, table in manifest.tables.items():
        contract = contracts.get(name)
        if contract is None or contract.kind != "fact":
            raise _newer(manifest, where, f"the table {name}", f"表 {name}")
        for column, kind in table.columns.items():
            known = contract.by_name.get(column)
            if known is None and not column.startswith("x_"):
                raise _newer(manifest, where, f"the column {name}.{column}", f"列 {name}.{column}")
            if known is not None and known.type != kind:
                raise _newer(manifest, where, f"{name}.{column} as {kind}", f"类型为 {kind} 的 {name}.{column}")
        lost = [c.name for c in contract.columns if c.required and c.name not in (*table.columns, *RECORDED)]
        if lost:
            raise PackageRefused(
                f"the package of yibao {manifest.yibao} lacks {name}.{lost[0]}, which is required here",
                where=where,
                mend="ask the sender to make it with a yibao like yours",
                zh=f"yibao {manifest.yibao} 制作的数据包缺少此处必填的 {name}.{lost[0]}",
                mend_zh="请发送方用与您相同版本的 yibao 制作",
            )


#: Columns that each ledger writes for itself: they do not travel.
RECORDED = ("recorded_at", "batch_id")


def _newer(manifest: Manifest, where: str, what: str, zh: str) -> PackageRefused:
    return PackageRefused(
        f"the package of yibao {manifest.yibao} has {what}, which this program does not know",
        where=where,
        mend="install the sender's version of yibao here",
        zh=f"yibao {manifest.yibao} 制作的数据包含有本程序不认识的{zh}",
        mend_zh="请在此安装与发送方相同版本的 yibao",
    )


@cache
def contracts_hash() -> str:
    """SHA-256 of all stored tables with their columns and types: equal where two programs know the same tables."""
    lines = [
        f"{table.name}.{column.name} {column.type} {column.required}"
        for table in load_contracts().values()
        if table.kind == "fact"
        for column in table.columns
    ]
    return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()
