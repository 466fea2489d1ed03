"""分组变化 · group move.

同一病例在两个分组方案（版本）下的病组、变化类型和支付标准之差。
One case under two grouping schemes or versions: both groups, how it moved, and what that is worth.

Generated from ``ledger/tables/group_move.yaml`` by ``python -m yibao.ledger.generate``.
"""

from __future__ import annotations

from typing import TypedDict

import pyarrow as pa

TABLE = "group_move"


class GroupMove(TypedDict):
    """One row of ``group_move`` (分组变化 · group move)."""

    #: 就诊（病例）编号 · encounter (case) id
    encounter_id: str
    #: 原分组方案（方案 版本 地区） · scheme moved from (system, version, region)
    from_scheme: str
    #: 新分组方案（方案 版本 地区） · scheme moved to (system, version, region)
    to_scheme: str
    #: 定点医药机构编号 · institution id
    institution_id: str | None
    #: 变化 · move
    move: str
    #: 原病组 · group before
    from_group: str | None
    #: 新病组 · group after
    to_group: str | None
    #: 原权重（百万分之一） · weight before in parts per million [part per million]
    from_weight_ppm: int | None
    #: 新权重（百万分之一） · weight after in parts per million [part per million]
    to_weight_ppm: int | None
    #: 原支付标准 · payment standard before [minor unit of the ledger's currency (fen)]
    from_standard_amount: int | None
    #: 新支付标准 · payment standard after [minor unit of the ledger's currency (fen)]
    to_standard_amount: int | None
    #: 支付标准之差（新减原） · difference of the standards (after less before) [minor unit of the ledger's currency (fen)]
    difference_amount: int | None
    #: 住院总费用 · cost of the stay [minor unit of the ledger's currency (fen)]
    amount: int | None


COLUMNS: tuple[str, ...] = (
    "encounter_id",
    "from_scheme",
    "to_scheme",
    "institution_id",
    "move",
    "from_group",
    "to_group",
    "from_weight_ppm",
    "to_weight_ppm",
    "from_standard_amount",
    "to_standard_amount",
    "difference_amount",
    "amount",
)

SCHEMA: pa.Schema = pa.schema(
    [
        pa.field("encounter_id", pa.string()),
        pa.field("from_scheme", pa.string()),
        pa.field("to_scheme", pa.string()),
        pa.field("institution_id", pa.string()),
        pa.field("move", pa.string()),
        pa.field("from_group", pa.string()),
        pa.field("to_group", pa.string()),
        pa.field("from_weight_ppm", pa.int64()),
        pa.field("to_weight_ppm", pa.int64()),
        pa.field("from_standard_amount", pa.int64()),
        pa.field("to_standard_amount", pa.int64()),
        pa.field("difference_amount", pa.int64()),
        pa.field("amount", pa.int64()),
    ]
)
