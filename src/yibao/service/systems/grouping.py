"""Before a case is handed in: which group it would fall into, and why."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from yibao.casemix import encode_records, explain
from yibao.casemix.explain_text import Words, as_data
from yibao.service.access.guard import GuardedRoute, Of, Who, needs
from yibao.service.problems import Problem
from yibao.service.systems.types import Code, Id, Request, example

router = APIRouter(prefix="/api/v1", tags=["grouping"], route_class=GuardedRoute)
_EXAMPLE: dict[str, Any] = {
    "institution_id": "H99010200001", "case": {"case_id": "C1", "sex": "1", "age_years": 67,
    "diagnoses": ["I63.900", "I10.x00"], "procedures": [], "los_days": 9, "discharge_way": "1"}, "language": "zh",
}  # fmt: skip
Codes = Annotated[list[Code], Field(max_length=60)]


class Case(Request):
    """One stay, without anything that says who the patient is: nothing of it is kept."""

    case_id: Id
    sex: Literal["1", "2", "0", "9"]
    age_years: Annotated[int, Field(ge=0, le=130)] | None = None
    age_days: Annotated[int, Field(ge=0, le=365)] | None = None
    birth_weight_g: Annotated[int, Field(ge=200, le=9_000)] | None = None
    los_days: Annotated[int, Field(ge=0, le=3_650)] | None = None
    icu_hours: Annotated[int, Field(ge=0, le=87_600)] | None = None
    discharge_way: Code | None = None
    diagnoses: Annotated[Codes, Field(min_length=1)]
    procedures: Codes = Field(default=[])


class Preview(Request):
    """A case of an institution."""

    model_config = example(_EXAMPLE)
    institution_id: Id
    case: Case
    language: Literal["zh", "en"] = "zh"


class Grouped(BaseModel):
    """``row`` follows the contract ``case_group``; ``explanation`` as data and, in ``lines``, in words."""

    pack: str
    row: dict[str, Any]
    explanation: dict[str, Any]
    lines: list[str]


@router.post("/grouping-previews", summary="Which group a case falls into 预分组")
@needs("case.preview")
def group(body: Preview, caller: Who, service: Of) -> Grouped:
    """The group with the path taken, what counted, and what the neighbouring groups lack."""
    caller.over(service.place_of(body.institution_id))
    if service.grouping is None:
        raise Problem(
            503, "no_pack", "no grouping pack is loaded", "没有载入分组方案包", mend="yibao serve --pack DIR",
            mend_zh="请以 --pack 目录 启动服务",
        )  # fmt: skip
    record = body.case.model_dump(exclude_none=True)
    told = explain(service.grouping.grouper, encode_records([record]))
    words = Words(service.grouping.grouper.pack, body.language, service.grouping.names)
    row = {name: value for name, value in told.row.items() if name not in ("recorded_at", "batch_id")}
    return Grouped(pack=service.grouping.grouper.pack.head.id, row=row, explanation=as_data(told, words),
                   lines=list(words.lines(told)))  # fmt: skip
