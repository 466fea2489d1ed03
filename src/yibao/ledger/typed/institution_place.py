"""机构坐标 · place of an institution.

机构的坐标，以及该纬度上一度经度的米数，供规则用整数计算距离；由机构登记重新计算。
Where an institution lies and how many metres a degree of longitude has there, so that laws measure distances in whole numbers. Recomputed from the register.

Generated from ``ledger/tables/institution_place.yaml`` by ``python -m yibao.ledger.generate``.
"""

from __future__ import annotations

from typing import TypedDict

import pyarrow as pa

TABLE = "institution_place"


class InstitutionPlace(TypedDict):
    """One row of ``institution_place`` (机构坐标 · place of an institution)."""

    #: 定点医药机构编号 · institution id
    institution_id: str
    #: 纬度（百万分之一度） · latitude in millionths of a degree [millionth of a degree]
    latitude_e6: int
    #: 经度（百万分之一度） · longitude in millionths of a degree [millionth of a degree]
    longitude_e6: int
    #: 一度经度的米数 · metres of a degree of longitude [metre]
    degree_east: int
    #: 一度纬度的米数 · metres of a degree of latitude [metre]
    degree_north: int


COLUMNS: tuple[str, ...] = (
    "institution_id",
    "latitude_e6",
    "longitude_e6",
    "degree_east",
    "degree_north",
)

SCHEMA: pa.Schema = pa.schema(
    [
        pa.field("institution_id", pa.string()),
        pa.field("latitude_e6", pa.int64()),
        pa.field("longitude_e6", pa.int64()),
        pa.field("degree_east", pa.int64()),
        pa.field("degree_north", pa.int64()),
    ]
)
