"""就诊 · encounter.

一个人在一家机构的一次门诊、住院或购药。
One visit, stay or pharmacy purchase of one person at one institution.

Generated from ``ledger/tables/encounter.yaml`` by ``python -m yibao.ledger.generate``.
"""

from __future__ import annotations

from datetime import datetime
from typing import TypedDict

import pyarrow as pa

TABLE = "encounter"


class Encounter(TypedDict):
    """One row of ``encounter`` (就诊 · encounter)."""

    #: 就诊编号 · encounter id (mdtrt_id)
    encounter_id: str
    #: 人员编号 · person id (psn_no)
    person_id: str
    #: 定点医药机构编号 · institution id (fixmedins_code)
    institution_id: str
    #: 医疗类别 · kind of care (med_type)
    kind: str
    #: 险种类型 · insurance scheme (insutype)
    scheme: str | None
    #: 科室编码 · department (dept_code)
    department: str | None
    #: 医师编码 · doctor id (dr_code)
    staff_id: str | None
    #: 开始（入院或就诊）时间 · time of admission or visit (begntime)
    admitted_at: datetime
    #: 结束（出院）时间 · time of discharge (endtime)
    discharged_at: datetime | None
    #: 离院方式 · way of discharge (dscg_way)
    discharge_way: str | None
    #: 出院主要诊断编码 · main diagnosis code (dscg_main_diag_code)
    main_diagnosis: str | None
    #: 床位编号 · bed id (bed_no)
    bed_id: str | None
    #: 病区 · ward (wardarea)
    ward: str | None
    #: 就诊凭证类型 · certificate shown (mdtrt_cert_type)
    certificate: str | None
    #: 异地就医标志 · care outside the insured region (out_med_flag)
    out_of_region: bool | None
    #: 互联网诊疗标志 · visit over the internet
    is_online: bool | None
    #: 出院 31 天内再住院计划标志 · readmission planned within 31 days (days_rinp_flag_31)
    readmission_planned: bool | None
    #: 出院 31 天内再住院目的 · purpose of the planned readmission (days_rinp_pup_31)
    readmission_purpose: str | None
    #: 入库时间 · recorded at
    recorded_at: datetime
    #: 入库批次 · batch
    batch_id: str


COLUMNS: tuple[str, ...] = (
    "encounter_id",
    "person_id",
    "institution_id",
    "kind",
    "scheme",
    "department",
    "staff_id",
    "admitted_at",
    "discharged_at",
    "discharge_way",
    "main_diagnosis",
    "bed_id",
    "ward",
    "certificate",
    "out_of_region",
    "is_online",
    "readmission_planned",
    "readmission_purpose",
    "recorded_at",
    "batch_id",
)

SCHEMA: pa.Schema = pa.schema(
    [
        pa.field("encounter_id", pa.string()),
        pa.field("person_id", pa.string()),
        pa.field("institution_id", pa.string()),
        pa.field("kind", pa.string()),
        pa.field("scheme", pa.string()),
        pa.field("department", pa.string()),
        pa.field("staff_id", pa.string()),
        pa.field("admitted_at", pa.timestamp("us")),
        pa.field("discharged_at", pa.timestamp("us")),
        pa.field("discharge_way", pa.string()),
        pa.field("main_diagnosis", pa.string()),
        pa.field("bed_id", pa.string()),
        pa.field("ward", pa.string()),
        pa.field("certificate", pa.string()),
        pa.field("out_of_region", pa.bool_()),
        pa.field("is_online", pa.bool_()),
        pa.field("readmission_planned", pa.bool_()),
        pa.field("readmission_purpose", pa.string()),
        pa.field("recorded_at", pa.timestamp("us")),
        pa.field("batch_id", pa.string()),
    ]
)
