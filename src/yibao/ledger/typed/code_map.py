"""编码对照 · code map.

关于一个来源编码对应哪个标准编码的一次陈述：程序的建议，或一个人的确认、否决；后来的决定不改写先前的，只在其后生效。
One statement about the standard code of a source code: a suggestion, or a person's confirmation or rejection; a later decision follows the earlier ones and rewrites none.

Generated from ``ledger/tables/code_map.yaml`` by ``python -m yibao.ledger.generate``.
"""

from __future__ import annotations

from datetime import datetime
from typing import TypedDict

import pyarrow as pa

TABLE = "code_map"


class CodeMap(TypedDict):
    """One row of ``code_map`` (编码对照 · code map)."""

    #: 编码类别 · kind of code
    kind: str
    #: 来源编码体系（local 为机构自有编码） · system of the source code (local = an institution's own)
    from_system: str
    #: 定点医药机构编号（空为所有机构） · institution whose code it is (empty = every one) (fixmedins_code)
    institution_id: str | None
    #: 来源编码 · source code
    from_code: str
    #: 来源名称 · source name
    from_name: str | None
    #: 目标编码体系或版本 · system or version of the target code
    to_system: str
    #: 目标编码（否决全部候选时为空） · target code (empty when every candidate is rejected)
    to_code: str | None
    #: 目标名称 · target name
    to_name: str | None
    #: 状态 · status
    status: str
    #: 建议或决定的时间 · when it was suggested or decided
    decided_at: datetime
    #: 决定人 · decided by
    decided_by: str | None
    #: 否决理由或备注 · reason of a rejection or remark
    reason: str | None
    #: 依据（文件或方式） · what it rests on (file or way)
    source: str | None
    #: 候选名次 · place among the candidates
    rank: int | None
    #: 相似度（百万分之一） · similarity in parts per million [part per million]
    similarity_ppm: int | None
    #: 与次选难分 · hardly better than the next candidate
    is_ambiguous: bool | None
    #: 建议理由（中文） · why it is suggested (Chinese)
    why_zh: str | None
    #: 建议理由（英文） · why it is suggested (English)
    why_en: str | None
    #: 入库时间 · recorded at
    recorded_at: datetime
    #: 入库批次 · batch
    batch_id: str


COLUMNS: tuple[str, ...] = (
    "kind",
    "from_system",
    "institution_id",
    "from_code",
    "from_name",
    "to_system",
    "to_code",
    "to_name",
    "status",
    "decided_at",
    "decided_by",
    "reason",
    "source",
    "rank",
    "similarity_ppm",
    "is_ambiguous",
    "why_zh",
    "why_en",
    "recorded_at",
    "batch_id",
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
        pa.field("status", pa.string()),
        pa.field("decided_at", pa.timestamp("us")),
        pa.field("decided_by", pa.string()),
        pa.field("reason", pa.string()),
        pa.field("source", pa.string()),
        pa.field("rank", pa.int64()),
        pa.field("similarity_ppm", pa.int64()),
        pa.field("is_ambiguous", pa.bool_()),
        pa.field("why_zh", pa.string()),
        pa.field("why_en", pa.string()),
        pa.field("recorded_at", pa.timestamp("us")),
        pa.field("batch_id", pa.string()),
    ]
)
