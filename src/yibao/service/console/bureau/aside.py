"""Why rows were set aside, by source and month: summed once for each batch, since a batch never changes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Any

from markupsafe import Markup

from yibao.ledger import open_ledger
from yibao.presentation import micro
from yibao.presentation.fmt import Lang, heading
from yibao.service.console.listing import Column, Listing, Row
from yibao.service.console.quarantined import OTHER, REASONS
from yibao.service.console.scoping import Within
from yibao.service.state import Service

_COLUMNS = ("file", "row", "table_name", "code", "institution_id")
#: Months of the sparks.
_LONG = 24


def reasons(service: Service, where: Within, lang: Lang) -> Listing:
    """Rows set aside within a region, by source, table and reason; what names no institution is everybody's."""
    contracts = service.ledger.tables()
    found: dict[tuple[str, str, str], dict[date, int]] = defaultdict(lambda: defaultdict(int))
    for batch in service.ledger.batches():
        if batch.quarantine is None:
            continue
        month = batch.recorded_at.date().replace(day=1)
        for (table, code, place), count in _sums(str(service.ledger.path.resolve()), batch.batch_id).items():
            if place is None or place in where.institutions:
                found[batch.source, table, code][month] += count
    known = _months(found)
    rows = [
        {"source": source, "reason": REASONS.get(code, OTHER), "code": code, "rows": sum(months.values()),
         "table": heading(contracts[table].title[lang]) if table in contracts else table,
         "series": [months.get(month, 0) for month in known], "last": max(months)}
        for (source, table, code), months in found.items()
    ]  # fmt: skip
    return Listing("aside", "隔离的原因", "Why rows were set aside", (
        Column("reason", "原因", "Reason", head=True), Column("source", "来源", "Source"),
        Column("table", "表", "Table"), Column("code", "代码", "Code", "id"),
        Column("rows", "行数", "Rows", "count"), Column("last", "最近", "Last in", "date"),
        Column("spark", "逐月", "By month", mark=_spark, sorts=False, filed=False),
    ), rows, order="-rows", caption=False)  # fmt: skip


@lru_cache(maxsize=4096)
def _sums(ledger: str, batch_id: str) -> Mapping[tuple[str, str, str | None], int]:
    """Rows of a batch by table, reason and institution."""
    rows = open_ledger(ledger).quarantine(batch_id, _COLUMNS)
    made = rows.group_by(["table_name", "code", "institution_id", "file"]).aggregate([("row", "count_distinct")])
    found: dict[tuple[str, str, str | None], int] = defaultdict(int)
    for one in made.to_pylist():
        found[one["table_name"], one["code"], one["institution_id"]] += one["row_count_distinct"]
    return found


def _months(found: Mapping[Any, Mapping[date, int]]) -> list[date]:
    return sorted({month for months in found.values() for month in months})[-_LONG:]


def _spark(row: Row, lang: Lang) -> Markup | str:
    """R2: rows set aside each month."""
    if len(row["series"]) < 2:
        return ""
    n = len(row["series"])
    said = f"近 {n} 个月隔离的行数" if lang == "zh" else f"rows set aside in the last {n} months"
    return micro.spark(row["series"], said)
