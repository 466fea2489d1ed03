"""异地就医对账 · cross-region match.

参保地与就医地的申报逐笔对账：先按结算编号，再按人员、机构、日期与金额。
The bills of the insured place and the place of care, paired: by settlement id, else by person, institution, day and amount.

Generated from ``ledger/tables/cross_region_match.yaml`` by ``python -m yibao.ledger.generate``.
"""

from __future__ import annotations

from datetime import datetime
from typing import TypedDict

import pyarrow as pa

TABLE = "cross_region_match"


class CrossRegionMatch(TypedDict):
    """One row of ``cross_region_match`` (异地就医对账 · cross-region match)."""

    #: 结算编号（参保地在前） · settlement id (that of the insured place first)
    match_id: str
    #: 对账结果 · outcome
    outcome: str
    #: 参保地结算编号 · settlement id at the insured place
    insured_settlement_id: str | None
    #: 就医地结算编号 · settlement id at the place of care
    care_settlement_id: str | None
    #: 人员编号 · person id
    person_id: str | None
    #: 机构编号 · institution id
    institution_id: str | None
    #: 参保地 · insured region
    insured_region: str | None
    #: 就医地 · region of care
    care_region: str | None
    #: 结算时间 · time of the settlement
    settled_at: datetime | None
    #: 医疗费总额（参保地优先） · total amount (of the insured place if it has one) [minor unit of the ledger's currency (fen)]
    total_amount: int | None
    #: 基金支付（参保地优先） · paid by funds (as the insured place says if it does) [minor unit of the ledger's currency (fen)]
    fund_amount: int | None
    #: 总额之差（参保地减就医地） · difference of the totals (insured place less place of care) [minor unit of the ledger's currency (fen)]
    total_difference: int | None
    #: 基金之差（参保地减就医地） · difference of the fund's part [minor unit of the ledger's currency (fen)]
    fund_difference: int | None


COLUMNS: tuple[str, ...] = (
    "match_id",
    "outcome",
    "insured_settlement_id",
    "care_settlement_id",
    "person_id",
    "institution_id",
    "insured_region",
    "care_region",
    "settled_at",
    "total_amount",
    "fund_amount",
    "total_difference",
    "fund_difference",
)

SCHEMA: pa.Schema = pa.schema(
    [
        pa.field("match_id", pa.string()),
        pa.field("outcome", pa.string()),
        pa.field("insured_settlement_id", pa.string()),
        pa.field("care_settlement_id", pa.string()),
        pa.field("person_id", pa.string()),
        pa.field("institution_id", pa.string()),
        pa.field("insured_region", pa.string()),
        pa.field("care_region", pa.string()),
        pa.field("settled_at", pa.timestamp("us")),
        pa.field("total_amount", pa.int64()),
        pa.field("fund_amount", pa.int64()),
        pa.field("total_difference", pa.int64()),
        pa.field("fund_difference", pa.int64()),
    ]
)
