"""豁免 · exemption.

一项经批准的豁免：对谁、哪家机构、哪次就诊或哪个项目、什么期间成立，凭什么证据、由谁负责、何时到期。
An approved exemption: for whom, which institution, encounter or item and span it holds, on what evidence, who owns it and when it expires.

Generated from ``ledger/tables/exemption.yaml`` by ``python -m yibao.ledger.generate``.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TypedDict

import pyarrow as pa

TABLE = "exemption"


class Exemption(TypedDict):
    """One row of ``exemption`` (豁免 · exemption)."""

    #: 豁免编号 · exemption id
    exemption_id: str
    #: 类别 · kind
    kind: str
    #: 规则编号（空为所有适用规则） · law id (every law that admits the kind when empty)
    law_id: str | None
    #: 人员编号 · person id
    person_id: str | None
    #: 机构编号 · institution id
    institution_id: str | None
    #: 就诊编号 · encounter id
    encounter_id: str | None
    #: 项目编码 · item code
    item_code: str | None
    #: 适用期间起 · holds from
    begin_at: datetime | None
    #: 适用期间止（不含） · holds until (exclusive)
    end_at: datetime | None
    #: 证据类别 · kind of evidence
    evidence_kind: str
    #: 证据编号 · evidence number
    evidence_no: str | None
    #: 责任人 · owner
    owner: str
    #: 批准日期 · approved on
    approved_on: date | None
    #: 到期日期（不含） · expires on (exclusive)
    expires_on: date | None
    #: 说明 · note
    note: str | None
    #: 入库时间 · recorded at
    recorded_at: datetime
    #: 入库批次 · batch
    batch_id: str


COLUMNS: tuple[str, ...] = (
    "exemption_id",
    "kind",
    "law_id",
    "person_id",
    "institution_id",
    "encounter_id",
    "item_code",
    "begin_at",
    "end_at",
    "evidence_kind",
    "evidence_no",
    "owner",
    "approved_on",
    "expires_on",
    "note",
    "recorded_at",
    "batch_id",
)

SCHEMA: pa.Schema = pa.schema(
    [
        pa.field("exemption_id", pa.string()),
        pa.field("kind", pa.string()),
        pa.field("law_id", pa.string()),
        pa.field("person_id", pa.string()),
        pa.field("institution_id", pa.string()),
        pa.field("encounter_id", pa.string()),
        pa.field("item_code", pa.string()),
        pa.field("begin_at", pa.timestamp("us")),
        pa.field("end_at", pa.timestamp("us")),
        pa.field("evidence_kind", pa.string()),
        pa.field("evidence_no", pa.string()),
        pa.field("owner", pa.string()),
        pa.field("approved_on", pa.date32()),
        pa.field("expires_on", pa.date32()),
        pa.field("note", pa.string()),
        pa.field("recorded_at", pa.timestamp("us")),
        pa.field("batch_id", pa.string()),
    ]
)
