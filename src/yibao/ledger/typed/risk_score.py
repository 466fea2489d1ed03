"""风险评分 · risk score.

一个模型对一个对象的评分与理由；只作线索。
A model's score of a subject with its reasons; only ever a lead.

Generated from ``ledger/tables/risk_score.yaml`` by ``python -m yibao.ledger.generate``.
"""

from __future__ import annotations

from datetime import date
from typing import TypedDict

import pyarrow as pa

TABLE = "risk_score"


class RiskScore(TypedDict):
    """One row of ``risk_score`` (风险评分 · risk score)."""

    #: 模型编号 · model id
    model_id: str
    #: 模型版本 · model version
    model_version: str
    #: 对象类别 · kind of subject
    subject_kind: str
    #: 对象编号 · subject id
    subject_id: str
    #: 期间起 · period from
    period_from: date
    #: 期间止（不含） · period until (exclusive)
    period_to: date | None
    #: 评分（百万分之一） · score in parts per million [part per million]
    score_ppm: int
    #: 名次 · rank
    rank: int | None
    #: 中文理由 · reasons in Chinese
    reasons_zh: str | None
    #: 英文理由 · reasons in English
    reasons_en: str | None


COLUMNS: tuple[str, ...] = (
    "model_id",
    "model_version",
    "subject_kind",
    "subject_id",
    "period_from",
    "period_to",
    "score_ppm",
    "rank",
    "reasons_zh",
    "reasons_en",
)

SCHEMA: pa.Schema = pa.schema(
    [
        pa.field("model_id", pa.string()),
        pa.field("model_version", pa.string()),
        pa.field("subject_kind", pa.string()),
        pa.field("subject_id", pa.string()),
        pa.field("period_from", pa.date32()),
        pa.field("period_to", pa.date32()),
        pa.field("score_ppm", pa.int64()),
        pa.field("rank", pa.int64()),
        pa.field("reasons_zh", pa.string()),
        pa.field("reasons_en", pa.string()),
    ]
)
