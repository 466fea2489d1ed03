"""异地就医备案 · filing of care elsewhere.

参保人到统筹区外就医前后的备案。
An insured person's filing of care outside the pooling region.

Generated from ``ledger/tables/referral_filing.yaml`` by ``python -m yibao.ledger.generate``.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TypedDict

import pyarrow as pa

TABLE = "referral_filing"


class ReferralFiling(TypedDict):
    """One row of ``referral_filing`` (异地就医备案 · filing of care elsewhere)."""

    #: 备案编号 · filing id
    filing_id: str
    #: 人员编号 · person id (psn_no)
    person_id: str
    #: 备案类型 · kind of filing
    kind: str | None
    #: 参保地医保区划 · insured region (insu_admdvs)
    from_region: str | None
    #: 就医地区划 · region of care (mdtrtarea_admdvs)
    to_region: str | None
    #: 转往机构编号 · institution referred to (fixmedins_code)
    institution_id: str | None
    #: 诊断编码 · diagnosis code (diag_code)
    diagnosis_code: str | None
    #: 备案时间 · time filed
    filed_at: datetime | None
    #: 开始日期 · from (begndate)
    begin_date: date
    #: 结束日期 · until (enddate)
    end_date: date | None
    #: 入库时间 · recorded at
    recorded_at: datetime
    #: 入库批次 · batch
    batch_id: str


COLUMNS: tuple[str, ...] = (
    "filing_id",
    "person_id",
    "kind",
    "from_region",
    "to_region",
    "institution_id",
    "diagnosis_code",
    "filed_at",
    "begin_date",
    "end_date",
    "recorded_at",
    "batch_id",
)

SCHEMA: pa.Schema = pa.schema(
    [
        pa.field("filing_id", pa.string()),
        pa.field("person_id", pa.string()),
        pa.field("kind", pa.string()),
        pa.field("from_region", pa.string()),
        pa.field("to_region", pa.string()),
        pa.field("institution_id", pa.string()),
        pa.field("diagnosis_code", pa.string()),
        pa.field("filed_at", pa.timestamp("us")),
        pa.field("begin_date", pa.date32()),
        pa.field("end_date", pa.date32()),
        pa.field("recorded_at", pa.timestamp("us")),
        pa.field("batch_id", pa.string()),
    ]
)
