"""Columns that several of the bureau's tables have."""

from __future__ import annotations

from yibao.service.console.bureau.funnels import READINGS, TONES
from yibao.service.console.listing import Column

#: How a unit reads among its kind.
READING = Column(
    "reading", "判断", "Reading", "chip", words=READINGS,
    tone=lambda row: TONES[row["reading"]] if row["reading"] else "",
)  # fmt: skip
#: A provider, with the way to its page; what no provider is named for leads nowhere.
PROVIDER = Column(
    "name", "机构", "Provider", head=True,
    href=lambda row: f"/bureau/institutions/{row['code']}" if row["code"] else None,
)  # fmt: skip
