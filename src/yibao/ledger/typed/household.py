"""家庭 · household.

一个家庭的规模、收入与困难类别。
The size, income and hardship class of one household.

Generated from ``ledger/tables/household.yaml`` by ``python -m yibao.ledger.generate``.
"""

from __future__ import annotations

from datetime import datetime
from typing import TypedDict

import pyarrow as pa

TABLE = "household"


class Household(TypedDict):
    """One row of ``household`` (家庭 · household)."""

    #: 家庭编号 · household id
    household_id: str
    #: 所在区划 · region
    region_code: str | None
    #: 家庭人口数 · members [person]
    size: int | None
    #: 家庭年收入 · yearly income [minor unit of the ledger's currency (fen)]
    yearly_income: int | None
    #: 困难类别 · hardship class
    assistance_kind: str | None
    #: 入库时间 · recorded at
    recorded_at: datetime
    #: 入库批次 · batch
    batch_id: str


COLUMNS: tuple[str, ...] = (
    "household_id",
    "region_code",
    "size",
    "yearly_income",
    "assistance_kind",
    "recorded_at",
    "batch_id",
)

SCHEMA: pa.Schema = pa.schema(
    [
        pa.field("household_id", pa.string()),
        pa.field("region_code", pa.string()),
        pa.field("size", pa.int64()),
        pa.field("yearly_income", pa.int64()),
        pa.field("assistance_kind", pa.string()),
        pa.field("recorded_at", pa.timestamp("us")),
        pa.field("batch_id", pa.string()),
    ]
)
