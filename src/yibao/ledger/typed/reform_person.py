"""改革前后的个人负担 · burden of a person under two policies.

一个人一个待遇年度在现行政策和改革政策下的基金支付与个人负担。
What funds pay for a person in an insurance year, and what the person bears, under the policy of today and under the reform.

Generated from ``ledger/tables/reform_person.yaml`` by ``python -m yibao.ledger.generate``.
"""

from __future__ import annotations

from typing import TypedDict

import pyarrow as pa

TABLE = "reform_person"


class ReformPerson(TypedDict):
    """One row of ``reform_person`` (改革前后的个人负担 · burden of a person under two policies)."""

    #: 人员编号 · person id (psn_no)
    person_id: str
    #: 待遇年度 · insurance year
    year: int
    #: 家庭编号 · household id
    household_id: str | None
    #: 险种类型 · insurance scheme
    scheme: str | None
    #: 年龄组 · age group
    age_group: str
    #: 家庭人均收入五等分（1 最低） · fifth of household income per head (1 lowest)
    income_group: str
    #: 人员类别 · class of person
    person_class: str
    #: 救助身份 · hardship status
    status: str
    #: 统筹单元 · pooling unit
    region_code: str | None
    #: 结算笔数 · settlements
    bills: int
    #: 医疗费总额 · total cost [minor unit of the ledger's currency (fen)]
    total_amount: int
    #: 改革前基金支付 · paid by funds before [minor unit of the ledger's currency (fen)]
    fund_before: int
    #: 改革后基金支付 · paid by funds after [minor unit of the ledger's currency (fen)]
    fund_after: int
    #: 改革前个人负担 · borne by the person before [minor unit of the ledger's currency (fen)]
    person_before: int
    #: 改革后个人负担 · borne by the person after [minor unit of the ledger's currency (fen)]
    person_after: int
    #: 个人负担变化（负为受益） · change of the burden (negative: gains) [minor unit of the ledger's currency (fen)]
    change_amount: int


COLUMNS: tuple[str, ...] = (
    "person_id",
    "year",
    "household_id",
    "scheme",
    "age_group",
    "income_group",
    "person_class",
    "status",
    "region_code",
    "bills",
    "total_amount",
    "fund_before",
    "fund_after",
    "person_before",
    "person_after",
    "change_amount",
)

SCHEMA: pa.Schema = pa.schema(
    [
        pa.field("person_id", pa.string()),
        pa.field("year", pa.int64()),
        pa.field("household_id", pa.string()),
        pa.field("scheme", pa.string()),
        pa.field("age_group", pa.string()),
        pa.field("income_group", pa.string()),
        pa.field("person_class", pa.string()),
        pa.field("status", pa.string()),
        pa.field("region_code", pa.string()),
        pa.field("bills", pa.int64()),
        pa.field("total_amount", pa.int64()),
        pa.field("fund_before", pa.int64()),
        pa.field("fund_after", pa.int64()),
        pa.field("person_before", pa.int64()),
        pa.field("person_after", pa.int64()),
        pa.field("change_amount", pa.int64()),
    ]
)
