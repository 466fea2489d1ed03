"""门诊慢特病备案 · chronic-disease certificate.

一个人一个门诊慢特病病种的待遇备案。
A person's certified chronic or special disease with its outpatient benefit.

Generated from ``ledger/tables/chronic_certificate.yaml`` by ``python -m yibao.ledger.generate``.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TypedDict

import pyarrow as pa

TABLE = "chronic_certificate"


class ChronicCertificate(TypedDict):
    """One row of ``chronic_certificate`` (门诊慢特病备案 · chronic-disease certificate)."""

    #: 备案编号 · certificate id
    certificate_id: str
    #: 人员编号 · person id (psn_no)
    person_id: str
    #: 险种类型 · insurance scheme (insutype)
    scheme: str | None
    #: 门慢门特病种代码 · disease code of the benefit (opsp_dise_code)
    disease_code: str
    #: 门慢门特病种名称 · disease name (opsp_dise_name)
    disease_name: str | None
    #: 选定机构编号 · chosen institution id (fixmedins_code)
    institution_id: str | None
    #: 开始日期 · from (begndate)
    begin_date: date
    #: 结束日期 · until (enddate)
    end_date: date | None
    #: 年度支付限额 · yearly quota [minor unit of the ledger's currency (fen)]
    yearly_quota: int | None
    #: 入库时间 · recorded at
    recorded_at: datetime
    #: 入库批次 · batch
    batch_id: str


COLUMNS: tuple[str, ...] = (
    "certificate_id",
    "person_id",
    "scheme",
    "disease_code",
    "disease_name",
    "institution_id",
    "begin_date",
    "end_date",
    "yearly_quota",
    "recorded_at",
    "batch_id",
)

SCHEMA: pa.Schema = pa.schema(
    [
        pa.field("certificate_id", pa.string()),
        pa.field("person_id", pa.string()),
        pa.field("scheme", pa.string()),
        pa.field("disease_code", pa.string()),
        pa.field("disease_name", pa.string()),
        pa.field("institution_id", pa.string()),
        pa.field("begin_date", pa.date32()),
        pa.field("end_date", pa.date32()),
        pa.field("yearly_quota", pa.int64()),
        pa.field("recorded_at", pa.timestamp("us")),
        pa.field("batch_id", pa.string()),
    ]
)
