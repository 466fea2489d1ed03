"""The catalogue: which items there are, at which price, to whom they are limited."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

import pyarrow as pa
import pyarrow.compute as pc
from fastapi import APIRouter, Query
from pydantic import BaseModel

from yibao.service.access.guard import GuardedRoute, Of, open_to_all
from yibao.service.problems import unknown
from yibao.service.systems.types import Code

router = APIRouter(prefix="/api/v1", tags=["catalogue"], route_class=GuardedRoute)
_COLUMNS = (
    "item_code", "name", "name_en", "list_type", "charge_type", "payment_class", "unit_price", "ceiling_price",
    "first_share_rate", "pricing_unit", "restriction", "valid_from", "valid_to",
)  # fmt: skip


class Items(BaseModel):
    """Items of the contract ``catalogue_item``: prices in millionths of a yuan, rates in basis points."""

    day: date
    total: int
    items: list[dict[str, Any]]


@router.get("/catalogue", summary="Look an item up 查询目录")
@open_to_all("the catalogue is published")
def search(
    service: Of, day: date,
    q: Annotated[str, Query(max_length=60, description="part of a name, or the beginning of a code")] = "",
    offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0, limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Items:  # fmt: skip
    """Items valid on a day whose name has the words in it or whose code begins so, by code."""
    rows = _valid(service.catalogue, day)
    if q.strip():
        names = pc.match_substring(pc.fill_null(rows["name"], ""), q.strip())
        english = pc.match_substring(pc.fill_null(rows["name_en"], ""), q.strip(), ignore_case=True)
        rows = rows.filter(pc.or_(pc.or_(names, english), pc.starts_with(rows["item_code"], q.strip())))
    rows = rows.sort_by([("item_code", "ascending"), ("valid_from", "ascending")])
    return Items(day=day, total=rows.num_rows, items=rows.slice(offset, limit).to_pylist())


@router.get("/catalogue/{item_code}", summary="One item 单个项目")
@open_to_all("the catalogue is published")
def item(item_code: Code, service: Of, day: date) -> dict[str, Any]:
    """The item as valid on a day."""
    rows = _valid(service.catalogue, day)
    found: list[dict[str, Any]] = rows.filter(pc.equal(rows["item_code"], item_code)).to_pylist()
    if not found:
        raise unknown("item", "项目")
    return found[-1]


def _valid(catalogue: pa.Table, day: date) -> pa.Table:
    rows = catalogue.select(_COLUMNS)
    begun = pc.less_equal(rows["valid_from"], pa.scalar(day, pa.date32()))
    open_ = pc.or_kleene(pc.is_null(rows["valid_to"]), pc.greater(rows["valid_to"], pa.scalar(day, pa.date32())))
    return rows.filter(pc.and_(begun, pc.fill_null(open_, True)))
