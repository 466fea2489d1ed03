"""病历文书 · clinical note.

一次就诊的一份病历文书的正文（入院记录、病程记录、出院小结等）。
The text of one note of an encounter: on admission, of progress, on discharge.

Generated from ``ledger/tables/clinical_note.yaml`` by ``python -m yibao.ledger.generate``.
"""

from __future__ import annotations

from datetime import datetime
from typing import TypedDict

import pyarrow as pa

TABLE = "clinical_note"


class ClinicalNote(TypedDict):
    """One row of ``clinical_note`` (病历文书 · clinical note)."""

    #: 文书流水号 · note id
    note_id: str
    #: 就诊编号 · encounter id (mdtrt_id)
    encounter_id: str
    #: 人员编号 · person id (psn_no)
    person_id: str
    #: 定点医药机构编号 · institution id (fixmedins_code)
    institution_id: str
    #: 文书类别 · kind
    kind: str
    #: 书写时间 · time written
    written_at: datetime
    #: 书写人编码 · staff id (dr_code)
    staff_id: str | None
    #: 正文 · text
    content: str
    #: 入库时间 · recorded at
    recorded_at: datetime
    #: 入库批次 · batch
    batch_id: str


COLUMNS: tuple[str, ...] = (
    "note_id",
    "encounter_id",
    "person_id",
    "institution_id",
    "kind",
    "written_at",
    "staff_id",
    "content",
    "recorded_at",
    "batch_id",
)

SCHEMA: pa.Schema = pa.schema(
    [
        pa.field("note_id", pa.string()),
        pa.field("encounter_id", pa.string()),
        pa.field("person_id", pa.string()),
        pa.field("institution_id", pa.string()),
        pa.field("kind", pa.string()),
        pa.field("written_at", pa.timestamp("us")),
        pa.field("staff_id", pa.string()),
        pa.field("content", pa.string()),
        pa.field("recorded_at", pa.timestamp("us")),
        pa.field("batch_id", pa.string()),
    ]
)
