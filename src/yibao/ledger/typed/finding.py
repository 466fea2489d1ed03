"""命中 · finding.

一条规则对一件事的判断：涉及谁、多少钱、为什么。
What one law says about one matter: who, how much money and why.

Generated from ``ledger/tables/finding.yaml`` by ``python -m yibao.ledger.generate``.
"""

from __future__ import annotations

from datetime import datetime
from typing import TypedDict

import pyarrow as pa

TABLE = "finding"


class Finding(TypedDict):
    """One row of ``finding`` (命中 · finding)."""

    #: 命中编号 · finding id
    finding_id: str
    #: 规则编号 · law id
    law_id: str
    #: 规则版本 · law version
    law_version: str
    #: 环节 · stage
    stage: str
    #: 判断 · judgement
    result: str
    #: 人员编号 · person id
    person_id: str | None
    #: 定点医药机构编号 · institution id
    institution_id: str | None
    #: 就诊编号 · encounter id
    encounter_id: str | None
    #: 医师编码 · staff id
    staff_id: str | None
    #: 发生时间 · time of the matter
    occurred_at: datetime
    #: 涉及费用 · amount at stake [minor unit of the ledger's currency (fen)]
    amount: int
    #: 涉及基金 · fund amount at stake [minor unit of the ledger's currency (fen)]
    fund_amount: int
    #: 信号数 · number of signals
    signals: int
    #: 中文说明 · explanation in Chinese
    explanation_zh: str
    #: 英文说明 · explanation in English
    explanation_en: str
    #: 豁免依据 · exemption applied
    exempted_by: str | None


COLUMNS: tuple[str, ...] = (
    "finding_id",
    "law_id",
    "law_version",
    "stage",
    "result",
    "person_id",
    "institution_id",
    "encounter_id",
    "staff_id",
    "occurred_at",
    "amount",
    "fund_amount",
    "signals",
    "explanation_zh",
    "explanation_en",
    "exempted_by",
)

SCHEMA: pa.Schema = pa.schema(
    [
        pa.field("finding_id", pa.string()),
        pa.field("law_id", pa.string()),
        pa.field("law_version", pa.string()),
        pa.field("stage", pa.string()),
        pa.field("result", pa.string()),
        pa.field("person_id", pa.string()),
        pa.field("institution_id", pa.string()),
        pa.field("encounter_id", pa.string()),
        pa.field("staff_id", pa.string()),
        pa.field("occurred_at", pa.timestamp("us")),
        pa.field("amount", pa.int64()),
        pa.field("fund_amount", pa.int64()),
        pa.field("signals", pa.int64()),
        pa.field("explanation_zh", pa.string()),
        pa.field("explanation_en", pa.string()),
        pa.field("exempted_by", pa.string()),
    ]
)
