"""终端事件 · terminal event.

结算终端上的一次刷卡、扫码、核验或结算，带时间与位置。
One swipe, scan, check or settlement at a terminal, with time and place.

Generated from ``ledger/tables/terminal_event.yaml`` by ``python -m yibao.ledger.generate``.
"""

from __future__ import annotations

from datetime import datetime
from typing import TypedDict

import pyarrow as pa

TABLE = "terminal_event"


class TerminalEvent(TypedDict):
    """One row of ``terminal_event`` (终端事件 · terminal event)."""

    #: 事件编号 · event id
    event_id: str
    #: 终端编号 · terminal id
    terminal_id: str
    #: 定点医药机构编号 · institution id (fixmedins_code)
    institution_id: str | None
    #: 人员编号 · person id (psn_no)
    person_id: str
    #: 发生时间 · time
    happened_at: datetime
    #: 类别 · kind
    kind: str
    #: 纬度（百万分之一度） · latitude in millionths of a degree [millionth of a degree]
    latitude_e6: int | None
    #: 经度（百万分之一度） · longitude in millionths of a degree [millionth of a degree]
    longitude_e6: int | None
    #: 入库时间 · recorded at
    recorded_at: datetime
    #: 入库批次 · batch
    batch_id: str


COLUMNS: tuple[str, ...] = (
    "event_id",
    "terminal_id",
    "institution_id",
    "person_id",
    "happened_at",
    "kind",
    "latitude_e6",
    "longitude_e6",
    "recorded_at",
    "batch_id",
)

SCHEMA: pa.Schema = pa.schema(
    [
        pa.field("event_id", pa.string()),
        pa.field("terminal_id", pa.string()),
        pa.field("institution_id", pa.string()),
        pa.field("person_id", pa.string()),
        pa.field("happened_at", pa.timestamp("us")),
        pa.field("kind", pa.string()),
        pa.field("latitude_e6", pa.int64()),
        pa.field("longitude_e6", pa.int64()),
        pa.field("recorded_at", pa.timestamp("us")),
        pa.field("batch_id", pa.string()),
    ]
)
