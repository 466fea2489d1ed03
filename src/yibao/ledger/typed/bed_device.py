"""床位与设备 · bed or device.

一张床位或一台设备在一段时间内的归属、状态与日能力。
One bed or device over a span of time: where it stands, whether it works and what it can do in a day.

Generated from ``ledger/tables/bed_device.yaml`` by ``python -m yibao.ledger.generate``.
"""

from __future__ import annotations

from datetime import datetime
from typing import TypedDict

import pyarrow as pa

TABLE = "bed_device"


class BedDevice(TypedDict):
    """One row of ``bed_device`` (床位与设备 · bed or device)."""

    #: 床位或设备编号 · bed or device id
    device_id: str
    #: 开始时间 · from
    begin_at: datetime
    #: 结束时间（不含） · until (exclusive)
    end_at: datetime | None
    #: 定点医药机构编号 · institution id (fixmedins_code)
    institution_id: str
    #: 类别 · kind
    kind: str
    #: 科室编码 · department (dept_code)
    department: str | None
    #: 病区 · ward (wardarea)
    ward: str | None
    #: 状态 · status
    status: str
    #: 日能力 · uses a day at most [use per day]
    daily_capacity: int | None
    #: 入库时间 · recorded at
    recorded_at: datetime
    #: 入库批次 · batch
    batch_id: str


COLUMNS: tuple[str, ...] = (
    "device_id",
    "begin_at",
    "end_at",
    "institution_id",
    "kind",
    "department",
    "ward",
    "status",
    "daily_capacity",
    "recorded_at",
    "batch_id",
)

SCHEMA: pa.Schema = pa.schema(
    [
        pa.field("device_id", pa.string()),
        pa.field("begin_at", pa.timestamp("us")),
        pa.field("end_at", pa.timestamp("us")),
        pa.field("institution_id", pa.string()),
        pa.field("kind", pa.string()),
        pa.field("department", pa.string()),
        pa.field("ward", pa.string()),
        pa.field("status", pa.string()),
        pa.field("daily_capacity", pa.int64()),
        pa.field("recorded_at", pa.timestamp("us")),
        pa.field("batch_id", pa.string()),
    ]
)
