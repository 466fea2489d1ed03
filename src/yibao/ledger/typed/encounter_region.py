"""就诊的参保地与就医地 · insured place and place of care.

每次就诊当日的参保地、统筹区、就医地，跨到哪一级，以及有无异地备案。
Of each encounter: where the person was insured on that day, the pooling region, the place of care, how far apart they are, and the filing if there is one.

Generated from ``ledger/tables/encounter_region.yaml`` by ``python -m yibao.ledger.generate``.
"""

from __future__ import annotations

from datetime import date
from typing import TypedDict

import pyarrow as pa

TABLE = "encounter_region"


class EncounterRegion(TypedDict):
    """One row of ``encounter_region`` (就诊的参保地与就医地 · insured place and place of care)."""

    #: 就诊编号 · encounter id
    encounter_id: str
    #: 人员编号 · person id
    person_id: str | None
    #: 机构编号 · institution id
    institution_id: str | None
    #: 就诊（入院）日期 · day of the visit or admission
    admitted_on: date | None
    #: 当日参保地 · insured region on that day
    insured_region: str | None
    #: 参保地依据 · what tells the insured region
    insured_by: str | None
    #: 参保统筹区 · pooling region of the insured region
    pool_code: str | None
    #: 就医地 · region of the institution
    care_region: str | None
    #: 跨区层级 · how far apart
    crossing: str | None
    #: 异地就医标志 · flag as recorded
    out_of_region: bool | None
    #: 备案编号 · filing in force for that place
    filing_id: str | None
    #: 备案类型 · kind of filing
    filing_kind: str | None


COLUMNS: tuple[str, ...] = (
    "encounter_id",
    "person_id",
    "institution_id",
    "admitted_on",
    "insured_region",
    "insured_by",
    "pool_code",
    "care_region",
    "crossing",
    "out_of_region",
    "filing_id",
    "filing_kind",
)

SCHEMA: pa.Schema = pa.schema(
    [
        pa.field("encounter_id", pa.string()),
        pa.field("person_id", pa.string()),
        pa.field("institution_id", pa.string()),
        pa.field("admitted_on", pa.date32()),
        pa.field("insured_region", pa.string()),
        pa.field("insured_by", pa.string()),
        pa.field("pool_code", pa.string()),
        pa.field("care_region", pa.string()),
        pa.field("crossing", pa.string()),
        pa.field("out_of_region", pa.bool_()),
        pa.field("filing_id", pa.string()),
        pa.field("filing_kind", pa.string()),
    ]
)
