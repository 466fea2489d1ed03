"""What `yibao quality` writes beside its results: a workbook to work through and a CSV with every figure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from yibao.engine import DuckEngine, Tables
from yibao.presentation.fmt import Lang
from yibao.presentation.quality.figures import QualityFigures, Row
from yibao.presentation.quality.values import as_sent, column_of
from yibao.presentation.workbook import MAX_ROWS, Field, Workbook, write_csv

XLSX_NAME, CSV_NAME = "quality.xlsx", "quality_by_month.csv"

Name = Callable[[str | None], str]

_INSTITUTION = (
    Field("institution_id", "机构编号", "institution id", width=18),
    Field("institution", "机构", "institution", width=26),
    Field("month", "月份", "month", width=9),
)
_LAW = (
    Field("law_id", "规则", "law", width=7),
    Field("title", "名称", "title", "long", width=42),
    Field("severity", "程度", "severity", width=9),
)
_COUNTS = (Field("issues", "问题数", "issues", "count", 10), Field("rows_concerned", "涉及行数", "rows", "count", 11))
BY_LAW = (
    *_LAW,
    *_COUNTS,
    Field("institutions", "机构数", "institutions", "count", 12),
    Field("amount", "涉及金额", "money", "money", 18),
)
BY_INSTITUTION_MONTH = (
    *_INSTITUTION, *_COUNTS, Field("errors", "其中错误", "errors", "count", 10),
    Field("amount", "金额（按规则相加）", "money, summed by law", "money", 20),
    Field("amount_once", "金额（每行只计一次）", "money, each row once", "money", 20),
)  # fmt: skip
DETAIL = (
    *_INSTITUTION, *_LAW, Field("table", "表", "table", width=20), *_COUNTS,
    Field("rows_checked", "被检查行数", "rows checked", "count", 14), Field("amount", "涉及金额", "money", "money", 18),
)  # fmt: skip
COVERAGE = (
    Field("law_id", "指标", "indicator", width=9), Field("title", "名称", "title", "long", 26),
    Field("measure", "口径", "measure", width=12), *_INSTITUTION, Field("numerator", "有编码", "found", "count", 14),
    Field("denominator", "全部", "all", "count", 14), Field("value_ppm", "覆盖率", "share", "ppm", 10),
)  # fmt: skip
ISSUES = (
    Field("law_id", "规则", "law", width=7), Field("title", "名称", "title", "long", width=42),
    Field("severity", "程度", "severity", width=9), *_INSTITUTION[:2],
    Field("occurred_on", "日期", "date", "date", 11), Field("table", "表", "table", width=20),
    Field("ref_id", "行主键", "row key", "long", width=28), Field("column", "列", "column", width=18),
    Field("value", "所见值", "value seen", "long", width=24), Field("note", "说明", "note", "long", 40),
    Field("row_count", "行数", "rows", "count", 8), Field("amount", "金额", "money", "money", 16),
)  # fmt: skip
_SEVERITY: Mapping[Lang, Mapping[str, str]] = {
    "zh": {"error": "错误", "warning": "提示"},
    "en": {"error": "error", "warning": "warning"},
}


def write_quality_files(
    run_dir: Path, figures: QualityFigures, laws: Mapping[str, Any], tables: Tables, name: Name, code: str, lang: Lang
) -> tuple[Path, Path]:
    """Write quality.xlsx (five sheets) and quality_by_month.csv into the run directory; returns their paths.

    ``name`` gives an institution's name by id; ``code`` is the ledger's currency; headings are in both languages, words
    in ``lang``.
    """
    words = _Words(laws, tables, name, code, lang)
    xlsx, csv = run_dir / XLSX_NAME, run_dir / CSV_NAME
    with Workbook(xlsx, code) as book:
        book.sheet("规则 laws", BY_LAW, map(words, figures.by_law))
        book.sheet("机构月份 institution month", BY_INSTITUTION_MONTH, map(words, figures.by_institution_month))
        book.sheet("明细 detail", DETAIL, map(words, figures.detail))
        book.sheet("编码覆盖 code coverage", COVERAGE, map(words, figures.coverage_detail))
        book.sheet("问题 issues", ISSUES, map(words, _issues(run_dir)))
    write_csv(csv, DETAIL, map(words, figures.detail), code)
    return xlsx, csv


class _Words:
    """Rows with what people read beside what programs do: titles, names, labels, months."""

    def __init__(self, laws: Mapping[str, Any], tables: Tables, name: Name, code: str, lang: Lang) -> None:
        self._laws, self._tables, self._name, self._code, self._lang = laws, tables, name, code, lang

    def __call__(self, row: Row) -> Row:
        law, table = self._laws.get(row.get("law_id") or ""), self._tables.get(row.get("table_name") or "")
        column = column_of(table, row.get("column_name"))
        money = row.get("subject_kind") == "institution_money"
        return {
            **row,
            "title": law.title[self._lang] if law else "",
            "severity": _SEVERITY[self._lang].get(row.get("severity") or "", ""),
            "institution": self._name(row["institution_id"]) if row.get("institution_id") else "",
            "month": str(row["month"])[:7] if row.get("month") else "",
            "table": table.title[self._lang] if table else row.get("table_name"),
            "column": (column.zh if self._lang == "zh" else column.en) if column else row.get("column_name"),
            "value": as_sent(column, row.get("value"), self._code),
            "note": row.get(f"note_{self._lang}"),
            "measure": {"zh": ("行数", "金额（分）"), "en": ("rows", "money (minor units)")}[self._lang][money],
        }


def _issues(run_dir: Path) -> Iterator[Row]:
    """Issues, most money first, as many as a sheet takes."""
    path = run_dir / "quality_issue.parquet"
    if not path.exists():
        return
    with DuckEngine() as engine:
        engine.register("issue", [path])
        order = "abs(amount) desc, law_id, table_name, ref_id, column_name"
        found = engine.execute(f"select * from issue order by {order} limit {MAX_ROWS}")
    for batch in found.to_batches(10_000):
        yield from batch.to_pylist()
