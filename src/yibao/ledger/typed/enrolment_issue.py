"""参保问题 · enrolment issue.

参保质量检查发现的一个问题：重复、断保、死亡未停等。
One problem of enrolment: a duplicate, a gap, a dead person still active and the like.

Generated from ``ledger/tables/enrolment_issue.yaml`` by ``python -m yibao.ledger.generate``.
"""

from __future__ import annotations

from datetime import date
from typing import TypedDict

import pyarrow as pa

TABLE = "enrolment_issue"


class EnrolmentIssue(TypedDict):
    """One row of ``enrolment_issue`` (参保问题 · enrolment issue)."""

    #: 问题编号 · issue id
    issue_id: str
    #: 规则编号 · law id
    law_id: str
    #: 规则版本 · law version
    law_version: str
    #: 人员编号 · person id
    person_id: str
    #: 参保关系编号 · enrolment id
    enrolment_id: str | None
    #: 另一人员编号 · the other person id
    other_person_id: str | None
    #: 另一参保关系编号 · the other enrolment id
    other_enrolment_id: str | None
    #: 问题开始日期 · from
    begin_date: date | None
    #: 问题结束日期 · until
    end_date: date | None
    #: 置信度（百万分之一） · confidence in parts per million [part per million]
    confidence_ppm: int | None
    #: 涉及金额 · amount concerned [minor unit of the ledger's currency (fen)]
    amount: int | None
    #: 中文说明 · explanation in Chinese
    explanation_zh: str
    #: 英文说明 · explanation in English
    explanation_en: str


COLUMNS: tuple[str, ...] = (
    "issue_id",
    "law_id",
    "law_version",
    "person_id",
    "enrolment_id",
    "other_person_id",
    "other_enrolment_id",
    "begin_date",
    "end_date",
    "confidence_ppm",
    "amount",
    "explanation_zh",
    "explanation_en",
)

SCHEMA: pa.Schema = pa.schema(
    [
        pa.field("issue_id", pa.string()),
        pa.field("law_id", pa.string()),
        pa.field("law_version", pa.string()),
        pa.field("person_id", pa.string()),
        pa.field("enrolment_id", pa.string()),
        pa.field("other_person_id", pa.string()),
        pa.field("other_enrolment_id", pa.string()),
        pa.field("begin_date", pa.date32()),
        pa.field("end_date", pa.date32()),
        pa.field("confidence_ppm", pa.int64()),
        pa.field("amount", pa.int64()),
        pa.field("explanation_zh", pa.string()),
        pa.field("explanation_en", pa.string()),
    ]
)
