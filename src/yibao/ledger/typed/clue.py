"""疑点 · clue.

一条规则在一家机构一个时期的命中合成的一个疑点，是审核的工作单位。
The findings of one law at one institution in one period, gathered into the unit of review.

Generated from ``ledger/tables/clue.yaml`` by ``python -m yibao.ledger.generate``.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TypedDict

import pyarrow as pa

TABLE = "clue"


class Clue(TypedDict):
    """One row of ``clue`` (疑点 · clue)."""

    #: 疑点编号 · clue id
    clue_id: str
    #: 规则编号 · law id
    law_id: str
    #: 定点医药机构编号 · institution id
    institution_id: str | None
    #: 期间起 · period from
    period_from: date
    #: 期间止（不含） · period until (exclusive)
    period_to: date
    #: 判断 · judgement
    result: str
    #: 状态 · state
    state: str
    #: 中文标题 · title in Chinese
    title_zh: str
    #: 英文标题 · title in English
    title_en: str
    #: 命中数 · findings
    findings: int
    #: 涉及人数 · persons
    persons: int
    #: 涉及费用 · amount at stake [minor unit of the ledger's currency (fen)]
    amount: int
    #: 涉及基金 · fund amount at stake [minor unit of the ledger's currency (fen)]
    fund_amount: int
    #: 强度（百万分之一） · strength in parts per million [part per million]
    strength_ppm: int | None
    #: 产生时间 · time opened
    opened_at: datetime
    #: 期限 · due date
    due_on: date | None


COLUMNS: tuple[str, ...] = (
    "clue_id",
    "law_id",
    "institution_id",
    "period_from",
    "period_to",
    "result",
    "state",
    "title_zh",
    "title_en",
    "findings",
    "persons",
    "amount",
    "fund_amount",
    "strength_ppm",
    "opened_at",
    "due_on",
)

SCHEMA: pa.Schema = pa.schema(
    [
        pa.field("clue_id", pa.string()),
        pa.field("law_id", pa.string()),
        pa.field("institution_id", pa.string()),
        pa.field("period_from", pa.date32()),
        pa.field("period_to", pa.date32()),
        pa.field("result", pa.string()),
        pa.field("state", pa.string()),
        pa.field("title_zh", pa.string()),
        pa.field("title_en", pa.string()),
        pa.field("findings", pa.int64()),
        pa.field("persons", pa.int64()),
        pa.field("amount", pa.int64()),
        pa.field("fund_amount", pa.int64()),
        pa.field("strength_ppm", pa.int64()),
        pa.field("opened_at", pa.timestamp("us")),
        pa.field("due_on", pa.date32()),
    ]
)
