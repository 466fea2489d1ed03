"""The self-contained report of a run: one HTML file per language, and working lists for a spreadsheet."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from yibao.presentation.fmt import Format, Lang
from yibao.presentation.messages import Messages
from yibao.presentation.quality.figures import read_quality
from yibao.presentation.report.context import Context
from yibao.presentation.report.coverage import read_coverage
from yibao.presentation.report.definitions import definitions
from yibao.presentation.report.exports import CSV_NAME, MAX_XLSX_ROWS, XLSX_NAME, write_exports
from yibao.presentation.report.findings import (
    institution_funnel,
    institution_table,
    law_figure,
    law_table,
    month_figure,
)
from yibao.presentation.report.indicators import indicator_parts
from yibao.presentation.report.law_parts import LawPart, law_parts
from yibao.presentation.report.ledger_tables import (
    conservation,
    conservation_table,
    quality_examples,
    quality_table,
)
from yibao.presentation.report.names import Names
from yibao.presentation.report.page import render
from yibao.presentation.report.quality_map import coverage_table, quality_map
from yibao.presentation.report.results import ReportError, Results
from yibao.presentation.report.rows import RowReader
from yibao.presentation.report.sentences import in_short
from yibao.presentation.report.source import Instant, LedgerSource

__all__ = ["CSV_NAME", "XLSX_NAME", "ReportError", "write_report"]

EXAMPLES_PER_LAW = 3
PAGE_BUDGET = 1_500_000
"""Bytes of evidence beyond which a law shows its first finding only, so that the page stays below 2 MB."""


def write_report(run_dir: Path, ledger: LedgerSource, lawbook: Any, langs: Sequence[Lang] = ("zh", "en")) -> list[Path]:
    """Write ``report.<lang>.html`` for each language into the run directory, and findings.csv and findings.xlsx beside.

    `run_dir` holds the result tables and the manifest of a run over `ledger`; `lawbook` has the laws by id in `.laws`.
    A page needs no network and no other file. Returns the pages' paths, in the order of `langs`.
    Raises :class:`ReportError` when the directory is not that of a finished run.
    """
    results = Results(run_dir, ledger.tables())
    try:
        pages = [(run_dir / f"report.{lang}.html", _page(run_dir, results, ledger, lawbook, lang)) for lang in langs]
        write_exports(run_dir, results, ledger.tables(), ledger.currency)
    finally:
        results.close()
    for path, html in pages:
        work = path.with_name(f".{path.name}.tmp")
        work.write_text(html, encoding="utf-8")
        work.replace(path)
    return [path for path, _ in pages]


def _page(run_dir: Path, results: Results, ledger: LedgerSource, lawbook: Any, lang: Lang) -> str:
    as_of = _instant(results.manifest.get("as_of"))
    then = Instant(ledger, as_of)
    fmt, t, names = Format(lang, ledger.currency), Messages(lang), Names(then, lang)
    coverage = read_coverage(ledger, as_of)
    laws = dict(lawbook.laws)
    c = Context(results, laws, ledger.tables(), then.empty(), coverage, names, fmt, t)
    names.load_institutions(coverage.visits)
    totals, by_law, by_institution = results.totals(), results.by_law(), results.by_institution()
    names.load_institutions(r["institution_id"] for r in by_institution)
    quality, figures = results.quality(), read_quality(run_dir, ledger.tables(), laws)
    values = [v for v in results.indicators() if v["law_id"] not in laws or laws[v["law_id"]].room != "quality"]
    ran = _status(results.manifest, "ran", "skipped", "lacking")
    quiet = ran - {r["law_id"] for r in (*by_law, *quality)}
    silent = [i for i, law in sorted(laws.items()) if law.kind == "rule" and i in quiet]
    clean = [i for i, law in sorted(laws.items()) if law.kind == "quality" and i in quiet]
    intake = conservation(b for b in ledger.batches() if as_of is None or b.recorded_at <= as_of)
    indicators = indicator_parts(c, values)
    parts = law_parts(c, then, by_law, RowReader(fmt, t, names))
    funnel = institution_funnel(c, by_institution)
    return render(
        "report.html.j2", fmt, t,
        manifest=results.manifest, manifest_hash=_digest(run_dir / "manifest.json"), coverage=coverage, ledger=ledger,
        as_of=as_of, started=_instant(results.manifest.get("started_at")),
        tables=ledger.tables(), totals=totals, short=in_short(c, totals, by_law, quality, intake, indicators),
        laws=laws, law_table=law_table(c, by_law, silent, totals), law_figure=law_figure(c, by_law, totals),
        institution_table=institution_table(c, by_institution), institution_figure=funnel[1] if funnel else None,
        funnel=funnel[0] if funnel else None, months=month_figure(c, results.by_month()),
        parts=parts, extra=_affordable(parts, fmt, t), quality=quality,
        quality_table=quality_table(c, quality), quality_map=quality_map(c, figures), figures=figures,
        coverage_table=coverage_table(c, figures.coverage), clean=[c.name(i) for i in clean if not c.lacking(i)],
        without_data=[(c.name(i), [c.table(n) for n in c.lacking(i)]) for i in clean if c.lacking(i)],
        missing=sorted({c.table(n) for i in silent for n in c.lacking(i)}),
        quality_examples=quality_examples(c, results.quality_examples(EXAMPLES_PER_LAW)) if quality else None,
        intake=conservation_table(c, intake) if intake else None, indicators=indicators,
        failed=_failed(results.manifest, c), problems=results.manifest.get("problems", []),
        definitions=definitions(c, indicators), csv=CSV_NAME, xlsx=XLSX_NAME, xlsx_rows=MAX_XLSX_ROWS,
    )  # fmt: skip


def _affordable(parts: Sequence[LawPart], fmt: Format, t: Messages) -> dict[str, int]:
    """How many evidence pages each law may show: the first always, further ones while the page stays light."""
    pages = {p.law.id: 1 for p in parts}
    spent = sum(_weight(p.pages[0], fmt, t) for p in parts if p.pages)
    for rank in range(1, max((len(p.pages) for p in parts), default=0)):
        for part in parts:
            if rank < len(part.pages):
                spent += _weight(part.pages[rank], fmt, t)
                if spent <= PAGE_BUDGET:
                    pages[part.law.id] = rank + 1
    return pages


def _weight(page: Any, fmt: Format, t: Messages) -> int:
    return len(render("evidence.html.j2", fmt, t, page=page, part=None, rank=0, open=False).encode())


def _status(manifest: dict[str, Any], *statuses: str) -> set[str]:
    """Ids of the laws with one of these statuses; the manifest names a law by id or by id@version."""
    return {key.partition("@")[0] for key, law in manifest.get("laws", {}).items() if law["status"] in statuses}


def _failed(manifest: dict[str, Any], c: Context) -> list[tuple[str, str]]:
    """Laws that did not run, with the reason."""
    failed = [(k, law) for k, law in sorted(manifest.get("laws", {}).items()) if law["status"] == "failed"]
    return [(c.name(key.partition("@")[0]), law.get("message", "")) for key, law in failed]


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
