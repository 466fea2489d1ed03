"""The figures of quality of one run: by law, by institution and month, and how far codes join their lists.

Money has two sums. By law, an issue counts under each law that raises it; once, a row of the ledger counts once in its
institution and month, with the largest of its amounts. Both are sums of absolute amounts, in minor units.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from yibao.engine import DuckEngine, Tables
from yibao.ledger.quality_sums import distinct_money

Row = dict[str, Any]


@dataclass(frozen=True)
class QualityFigures:
    """See the module. Lists are sorted as they are read: most money first."""

    issues: int
    errors: int
    rows_concerned: int
    amount_by_law: int
    amount_once: int
    by_law: list[Row]
    """law_id, severity, issues, rows_concerned, institutions, amount."""
    by_institution_month: list[Row]
    """institution_id, month, issues, errors, rows_concerned, amount (by law), amount_once."""
    detail: list[Row]
    """Rows of ``quality_month``."""
    coverage: list[Row]
    """law_id, subject_kind (rows: institution, fen: institution_money), numerator, denominator, value_ppm over all."""
    coverage_detail: list[Row]
    """The same for each institution_id and month."""

    @property
    def warnings(self) -> int:
        return self.issues - self.errors


def read_quality(run_dir: Path, tables: Tables, laws: Mapping[str, Any]) -> QualityFigures:
    """Figures of a finished run; ``laws`` by id, of which the indicators of the room `quality` are coverages."""
    coverage = {"laws": [law_id for law_id, law in laws.items() if law.kind == "indicator" and law.room == "quality"]}
    issues = _read(run_dir, "quality_issue", tables)
    with DuckEngine() as engine:
        engine.register("issue", issues)
        engine.register("monthly", _read(run_dir, "quality_month", tables))
        engine.register("once", distinct_money(issues))
        engine.register("indicator", _read(run_dir, "indicator_value", tables))
        total = engine.execute(_TOTAL).to_pylist()[0]
        return QualityFigures(
            **total,
            by_law=engine.execute(_BY_LAW).to_pylist(),
            by_institution_month=engine.execute(_BY_INSTITUTION_MONTH).to_pylist(),
            detail=engine.execute(_DETAIL).to_pylist(),
            coverage=engine.execute(_COVERAGE, coverage).to_pylist(),
            coverage_detail=engine.execute(_COVERAGE_DETAIL, coverage).to_pylist(),
        )


def _read(run_dir: Path, name: str, tables: Tables) -> pa.Table:
    path = run_dir / f"{name}.parquet"
    return pq.read_table(path) if path.exists() else tables[name].empty()


_TOTAL = """
    select
      count(*) as issues, count(*) filter (where severity = 'error') as errors,
      cast(coalesce(sum(row_count), 0) as bigint) as rows_concerned,
      cast(coalesce(sum(abs(amount)), 0) as bigint) as amount_by_law,
      (select cast(coalesce(sum(amount), 0) as bigint) from once) as amount_once
    from issue"""
_BY_LAW = """
    select
      law_id, max(severity) as severity, count(*) as issues, cast(sum(row_count) as bigint) as rows_concerned,
      count(distinct institution_id) as institutions, cast(sum(abs(amount)) as bigint) as amount
    from issue
    group by law_id
    order by amount desc, issues desc, law_id"""
_BY_INSTITUTION_MONTH = """
    select
      m.institution_id, m.month, cast(sum(m.issues) as bigint) as issues,
      cast(coalesce(sum(m.issues) filter (where m.severity = 'error'), 0) as bigint) as errors,
      cast(sum(m.rows_concerned) as bigint) as rows_concerned, cast(sum(m.amount) as bigint) as amount,
      max(o.amount) as amount_once
    from monthly m
    join once o on o.institution_id is not distinct from m.institution_id and o.month is not distinct from m.month
    group by m.institution_id, m.month
    order by amount_once desc, issues desc, m.institution_id, m.month"""
_DETAIL = """
    select * from monthly order by institution_id nulls last, month nulls last, amount desc, law_id, table_name"""
_COVERAGE = """
    select
      law_id, subject_kind, cast(sum(numerator) as bigint) as numerator,
      cast(sum(denominator) as bigint) as denominator,
      cast(sum(numerator) * 1000000 // sum(denominator) as bigint) as value_ppm
    from indicator
    where law_id in (select unnest($laws)) and denominator > 0
    group by law_id, subject_kind
    order by law_id, subject_kind"""
_COVERAGE_DETAIL = """
    select law_id, subject_kind, subject_id as institution_id, period_from as month, numerator, denominator, value_ppm
    from indicator
    where law_id in (select unnest($laws))
    order by value_ppm, denominator desc, law_id, subject_kind, institution_id, month"""
