"""医疗集团 · institution group.

医共体、医联体、连锁或同一出资人的机构群。
Institutions bound together: a county alliance, a chain or one owner.

Generated from ``ledger/tables/institution_group.yaml`` by ``python -m yibao.ledger.generate``.
"""

from __future__ import annotations

from datetime import datetime
from typing import TypedDict

import pyarrow as pa

TABLE = "institution_group"


class InstitutionGroup(TypedDict):
    """One row of ``institution_group`` (医疗集团 · institution group)."""

    #: 集团编号 · group id
    group_id: str
    #: 集团名称 · name
    name: str | None
    #: 集团类型 · kind
    kind: str | None
    #: 入库时间 · recorded at
    recorded_at: datetime
    #: 入库批次 · batch
    batch_id: str


COLUMNS: tuple[str, ...] = (
    "group_id",
    "name",
    "kind",
    "recorded_at",
    "batch_id",
)

SCHEMA: pa.Schema = pa.schema(
    [
        pa.field("group_id", pa.string()),
        pa.field("name", pa.string()),
        pa.field("kind", pa.string()),
        pa.field("recorded_at", pa.timestamp("us")),
        pa.field("batch_id", pa.string()),
    ]
)
