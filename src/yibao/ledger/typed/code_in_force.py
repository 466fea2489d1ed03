"""生效的编码对照 · code map in force.

每个来源编码现行的目标编码：最后一次确认，且其后未被否决；由编码对照重新计算。
The target that holds for a source code: the last confirmation, unless it was rejected later; recomputed from the code map.

Generated from ``ledger/tables/code_in_force.yaml`` by ``python -m yibao.ledger.generate``.
"""

from __future__ import annotations

from datetime import datetime
from typing import TypedDict

import pyarrow as pa

TABLE = "code_in_force"


class CodeInForce(TypedDict):
    """One row of ``code_in_force`` (生效的编码对照 · code map in force)."""

    #: 编码类别 · kind of code
    kind: str
    #: 来源编码体系 · system of the source code
    from_system: str
    #: 定点医药机构编号（空为所有机构） · institution whose code it is (empty = every one)
    institution_id: str | None
    #: 来源编码 · source code
    from_code: str
    #: 来源名称 · source name
    from_name: str | None
    #: 目标编码体系或版本 · system or version of the target code
    to_system: str
    #: 目标编码 · target code
    to_code: str
    #: 目标名称 · target name
    to_name: str | None
    #: 确认人 · confirmed by
    decided_by: str | None
    #: 确认时间 · when it was confirmed
    decided_at: datetime


COLUMNS: tuple[str, ...] = (
    "kind",
    "from_system",
    "institution_id",
    "from_code",
    "from_name",
    "to_system",
    "to_code",
    "to_name",
    "decided_by",
    "decided_at",
)

SCHEMA: pa.Schema = pa.schema(
    [
        pa.field("kind", pa.string()),
        pa.field("from_system", pa.string()),
        pa.field("institution_id", pa.string()),
        pa.field("from_code", pa.string()),
        pa.field("from_name", pa.string()),
        pa.field("to_system", pa.string()),
        pa.field("to_code", pa.string()),
        pa.field("to_name", pa.string()),
        pa.field("decided_by", pa.string()),
        pa.field("decided_at", pa.timestamp("us")),
    ]
)
