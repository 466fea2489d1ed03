"""命中依据 · evidence of a finding.

一条命中的一项依据：哪个表的哪一行、什么信号、多少钱。
One piece of evidence of a finding: which row of which table, which signal, how much money.

Generated from ``ledger/tables/finding_ref.yaml`` by ``python -m yibao.ledger.generate``.
"""

from __future__ import annotations

from typing import TypedDict

import pyarrow as pa

TABLE = "finding_ref"


class FindingRef(TypedDict):
    """One row of ``finding_ref`` (命中依据 · evidence of a finding)."""

    #: 命中编号 · finding id
    finding_id: str
    #: 序号 · sequence
    sequence: int
    #: 规则编号 · law id
    law_id: str
    #: 信号 · signal
    signal: str
    #: 信号值（单位见规则） · value in the signal's unit
    value: int | None
    #: 依据所在表 · table of the evidence
    ref_table: str
    #: 依据主键 · key of the evidence
    ref_id: str
    #: 知识点编号 · knowledge point id
    kp_id: str | None
    #: 涉及费用 · amount carried [minor unit of the ledger's currency (fen)]
    amount: int
    #: 涉及基金 · fund amount carried [minor unit of the ledger's currency (fen)]
    fund_amount: int


COLUMNS: tuple[str, ...] = (
    "finding_id",
    "sequence",
    "law_id",
    "signal",
    "value",
    "ref_table",
    "ref_id",
    "kp_id",
    "amount",
    "fund_amount",
)

SCHEMA: pa.Schema = pa.schema(
    [
        pa.field("finding_id", pa.string()),
        pa.field("sequence", pa.int64()),
        pa.field("law_id", pa.string()),
        pa.field("signal", pa.string()),
        pa.field("value", pa.int64()),
        pa.field("ref_table", pa.string()),
        pa.field("ref_id", pa.string()),
        pa.field("kp_id", pa.string()),
        pa.field("amount", pa.int64()),
        pa.field("fund_amount", pa.int64()),
    ]
)
