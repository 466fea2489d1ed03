"""待遇计算步骤 · settlement step.

待遇计算的一步：对多少钱、按多少比例、得多少钱。
One step of a settlement: on how much, at what rate, giving how much.

Generated from ``ledger/tables/settlement_step.yaml`` by ``python -m yibao.ledger.generate``.
"""

from __future__ import annotations

from typing import TypedDict

import pyarrow as pa

TABLE = "settlement_step"


class SettlementStep(TypedDict):
    """One row of ``settlement_step`` (待遇计算步骤 · settlement step)."""

    #: 结算编号 · settlement id
    settlement_id: str
    #: 政策编号 · policy id
    policy_id: str
    #: 序号 · sequence
    sequence: int
    #: 保障层次 · layer of protection
    layer: str
    #: 步骤 · step
    step: str
    #: 中文名称 · label in Chinese
    label_zh: str
    #: 英文名称 · label in English
    label_en: str
    #: 计算基数 · base [minor unit of the ledger's currency (fen)]
    base_amount: int | None
    #: 比例（百万分之一） · rate in parts per million [ppm]
    rate_ppm: int | None
    #: 结果 · result [minor unit of the ledger's currency (fen)]
    amount: int


COLUMNS: tuple[str, ...] = (
    "settlement_id",
    "policy_id",
    "sequence",
    "layer",
    "step",
    "label_zh",
    "label_en",
    "base_amount",
    "rate_ppm",
    "amount",
)

SCHEMA: pa.Schema = pa.schema(
    [
        pa.field("settlement_id", pa.string()),
        pa.field("policy_id", pa.string()),
        pa.field("sequence", pa.int64()),
        pa.field("layer", pa.string()),
        pa.field("step", pa.string()),
        pa.field("label_zh", pa.string()),
        pa.field("label_en", pa.string()),
        pa.field("base_amount", pa.int64()),
        pa.field("rate_ppm", pa.int64()),
        pa.field("amount", pa.int64()),
    ]
)
