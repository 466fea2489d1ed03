"""疑点认定 · decision on a clue.

人工对一个疑点的认定结果：属实、部分属实、证据不足或误报；模型从中学习，法规据此预警。
What people decided about a clue: upheld, partly upheld, unproven or a false alarm. Rankers learn from it and laws are watched by it.

Generated from ``ledger/tables/clue_decision.yaml`` by ``python -m yibao.ledger.generate``.
"""

from __future__ import annotations

from datetime import datetime
from typing import TypedDict

import pyarrow as pa

TABLE = "clue_decision"


class ClueDecision(TypedDict):
    """One row of ``clue_decision`` (疑点认定 · decision on a clue)."""

    #: 认定编号 · decision id
    decision_id: str
    #: 疑点编号 · clue id
    clue_id: str | None
    #: 命中编号 · finding id
    finding_id: str | None
    #: 规则编号 · law id
    law_id: str
    #: 规则版本 · law version
    law_version: str | None
    #: 定点医药机构编号 · institution id (fixmedins_code)
    institution_id: str | None
    #: 认定 · outcome
    outcome: str
    #: 疑点涉及金额 · amount claimed [minor unit of the ledger's currency (fen)]
    amount_claimed: int | None
    #: 认定金额 · amount upheld [minor unit of the ledger's currency (fen)]
    amount_upheld: int
    #: 随机抽查 · from the random sample
    sampled: bool | None
    #: 认定时间 · time decided
    decided_at: datetime
    #: 入库时间 · recorded at
    recorded_at: datetime
    #: 入库批次 · batch
    batch_id: str


COLUMNS: tuple[str, ...] = (
    "decision_id",
    "clue_id",
    "finding_id",
    "law_id",
    "law_version",
    "institution_id",
    "outcome",
    "amount_claimed",
    "amount_upheld",
    "sampled",
    "decided_at",
    "recorded_at",
    "batch_id",
)

SCHEMA: pa.Schema = pa.schema(
    [
        pa.field("decision_id", pa.string()),
        pa.field("clue_id", pa.string()),
        pa.field("finding_id", pa.string()),
        pa.field("law_id", pa.string()),
        pa.field("law_version", pa.string()),
        pa.field("institution_id", pa.string()),
        pa.field("outcome", pa.string()),
        pa.field("amount_claimed", pa.int64()),
        pa.field("amount_upheld", pa.int64()),
        pa.field("sampled", pa.bool_()),
        pa.field("decided_at", pa.timestamp("us")),
        pa.field("recorded_at", pa.timestamp("us")),
        pa.field("batch_id", pa.string()),
    ]
)
