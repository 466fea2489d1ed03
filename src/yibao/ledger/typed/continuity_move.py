"""年内转移接续 · move within an insurance year.

参保人在同一待遇年度内换了险种或统筹区后的首次结算，以及哪些累计延续、哪些重新计算。
The first settlement after a person changed scheme or pooling region within an insurance year, with the accumulators that go on and those that restart.

Generated from ``ledger/tables/continuity_move.yaml`` by ``python -m yibao.ledger.generate``.
"""

from __future__ import annotations

from datetime import datetime
from typing import TypedDict

import pyarrow as pa

TABLE = "continuity_move"


class ContinuityMove(TypedDict):
    """One row of ``continuity_move`` (年内转移接续 · move within an insurance year)."""

    #: 变动后首次结算 · first settlement after the move
    settlement_id: str
    #: 人员编号 · person id
    person_id: str
    #: 待遇年度 · insurance year
    year: int
    #: 结算时间 · time of the settlement
    settled_at: datetime
    #: 变动 · what changed
    kind: str
    #: 原政策 · policy before
    from_policy: str
    #: 现政策 · policy after
    to_policy: str
    #: 延续的累计 · accumulators that go on
    carried: str
    #: 重新计算的累计 · accumulators that restart
    restarted: str


COLUMNS: tuple[str, ...] = (
    "settlement_id",
    "person_id",
    "year",
    "settled_at",
    "kind",
    "from_policy",
    "to_policy",
    "carried",
    "restarted",
)

SCHEMA: pa.Schema = pa.schema(
    [
        pa.field("settlement_id", pa.string()),
        pa.field("person_id", pa.string()),
        pa.field("year", pa.int64()),
        pa.field("settled_at", pa.timestamp("us")),
        pa.field("kind", pa.string()),
        pa.field("from_policy", pa.string()),
        pa.field("to_policy", pa.string()),
        pa.field("carried", pa.string()),
        pa.field("restarted", pa.string()),
    ]
)
