"""金额归集 · attribution of money.

一条命中在一笔费用上计入多少钱：几条规则命中同一笔费用时只计一次，已豁免的不计。
How much of a charge a finding counts. Where several laws meet on one charge its money counts once; what is exempted counts nothing.

Generated from ``ledger/tables/money_attribution.yaml`` by ``python -m yibao.ledger.generate``.
"""

from __future__ import annotations

from typing import TypedDict

import pyarrow as pa

TABLE = "money_attribution"


class MoneyAttribution(TypedDict):
    """One row of ``money_attribution`` (金额归集 · attribution of money)."""

    #: 命中编号 · finding id
    finding_id: str
    #: 依据序号 · sequence of the evidence
    sequence: int
    #: 规则编号 · law id
    law_id: str
    #: 费用所在表 · table of the charge
    ref_table: str
    #: 费用主键 · key of the charge
    ref_id: str
    #: 涉及费用 · amount at stake [minor unit of the ledger's currency (fen)]
    amount: int
    #: 涉及基金 · fund amount at stake [minor unit of the ledger's currency (fen)]
    fund_amount: int
    #: 计入费用 · amount counted [minor unit of the ledger's currency (fen)]
    counted_amount: int
    #: 计入基金 · fund amount counted [minor unit of the ledger's currency (fen)]
    counted_fund_amount: int
    #: 豁免依据 · exemption applied
    exempted_by: str | None


COLUMNS: tuple[str, ...] = (
    "finding_id",
    "sequence",
    "law_id",
    "ref_table",
    "ref_id",
    "amount",
    "fund_amount",
    "counted_amount",
    "counted_fund_amount",
    "exempted_by",
)

SCHEMA: pa.Schema = pa.schema(
    [
        pa.field("finding_id", pa.string()),
        pa.field("sequence", pa.int64()),
        pa.field("law_id", pa.string()),
        pa.field("ref_table", pa.string()),
        pa.field("ref_id", pa.string()),
        pa.field("amount", pa.int64()),
        pa.field("fund_amount", pa.int64()),
        pa.field("counted_amount", pa.int64()),
        pa.field("counted_fund_amount", pa.int64()),
        pa.field("exempted_by", pa.string()),
    ]
)
