"""风险依据 · evidence of a risk score.

一个评分的一项依据：哪个指标、本对象与同类各是多少，或团伙的一名成员。
One piece of evidence of a risk score: a measure beside the peers', or a member of a group.

Generated from ``ledger/tables/risk_evidence.yaml`` by ``python -m yibao.ledger.generate``.
"""

from __future__ import annotations

from datetime import date
from typing import TypedDict

import pyarrow as pa

TABLE = "risk_evidence"


class RiskEvidence(TypedDict):
    """One row of ``risk_evidence`` (风险依据 · evidence of a risk score)."""

    #: 模型编号 · model id
    model_id: str
    #: 对象类别 · kind of subject
    subject_kind: str
    #: 对象编号 · subject id
    subject_id: str
    #: 期间起 · period from
    period_from: date
    #: 序号 · sequence
    sequence: int
    #: 指标 · measure
    measure: str
    #: 本对象的值（百万分之一单位） · own value in millionths of its unit [part per million]
    value_ppm: int | None
    #: 同类中位数（百万分之一单位） · the peers' median in millionths of its unit [part per million]
    peers_ppm: int | None
    #: 偏离（稳健标准差） · deviation in robust standard deviations [thousandth of the unit]
    deviation_milli: int | None
    #: 依据所在表 · table of the evidence
    ref_table: str | None
    #: 依据主键 · key of the evidence
    ref_id: str | None
    #: 中文说明 · words in Chinese
    words_zh: str
    #: 英文说明 · words in English
    words_en: str


COLUMNS: tuple[str, ...] = (
    "model_id",
    "subject_kind",
    "subject_id",
    "period_from",
    "sequence",
    "measure",
    "value_ppm",
    "peers_ppm",
    "deviation_milli",
    "ref_table",
    "ref_id",
    "words_zh",
    "words_en",
)

SCHEMA: pa.Schema = pa.schema(
    [
        pa.field("model_id", pa.string()),
        pa.field("subject_kind", pa.string()),
        pa.field("subject_id", pa.string()),
        pa.field("period_from", pa.date32()),
        pa.field("sequence", pa.int64()),
        pa.field("measure", pa.string()),
        pa.field("value_ppm", pa.int64()),
        pa.field("peers_ppm", pa.int64()),
        pa.field("deviation_milli", pa.int64()),
        pa.field("ref_table", pa.string()),
        pa.field("ref_id", pa.string()),
        pa.field("words_zh", pa.string()),
        pa.field("words_en", pa.string()),
    ]
)
