"""区划上级 · path of a region.

每个区划到它自身及各级上级的一行；区划树只有四级，因此不需要递归。
One row from each region to itself and to each region above it. The tree has four levels, so nothing recursive is needed.

Generated from ``ledger/tables/region_path.yaml`` by ``python -m yibao.ledger.generate``.
"""

from __future__ import annotations

from typing import TypedDict

import pyarrow as pa

TABLE = "region_path"


class RegionPath(TypedDict):
    """One row of ``region_path`` (区划上级 · path of a region)."""

    #: 医保区划 · region
    region_code: str
    #: 自身或上级区划 · the region itself or one above it
    ancestor_code: str
    #: 该上级的层级 · level of the region above
    level: str
    #: 相隔级数 · steps up the tree
    distance: int


COLUMNS: tuple[str, ...] = (
    "region_code",
    "ancestor_code",
    "level",
    "distance",
)

SCHEMA: pa.Schema = pa.schema(
    [
        pa.field("region_code", pa.string()),
        pa.field("ancestor_code", pa.string()),
        pa.field("level", pa.string()),
        pa.field("distance", pa.int64()),
    ]
)
