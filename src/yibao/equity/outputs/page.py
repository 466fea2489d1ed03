"""The page of a study: findings first, then figures and tables step by step, then the method; one file, no network."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from markupsafe import Markup

from yibao.equity.outputs.cells import shown
from yibao.equity.outputs.words import findings_of, methods_of, step_title
from yibao.equity.results import ResultTable
from yibao.equity.study import StepRun, StudyResult
from yibao.presentation.fmt import Format, Lang
from yibao.presentation.messages import Messages
from yibao.presentation.report.page import render

#: A longer table shows its first rows and says where the rest is.
MOST_ROWS = 40


def write_page(result: StudyResult, folder: Path, lang: Lang, pictures: Mapping[tuple[str, Lang], Markup]) -> None:
    """report.<lang>.html; `pictures` by step and figure, `step_figure`."""
    place = 0 if lang == "zh" else 1
    text = result.text
    html = render(
        "equity_study.html.j2",
        Format(lang),
        Messages(lang),
        title=text.title.by(lang),
        question=text.question.by(lang),
        labels=[label[place] for label in result.labels],
        data_note=text.data.note.by(lang) if text.data.note else "",
        conclusions=[said.by(lang) for said in text.conclusions],
        findings=findings_of(result, lang),
        steps=[_step(result, number, run, lang, place, pictures) for number, run in enumerate(result.steps, start=1)],
        methods=methods_of(result, lang),
        paper=text.paper,
        seed=text.seed,
        hash=result.text_hash[:12],
    )
    (folder / f"report.{lang}.html").write_text(html, encoding="utf-8")


def _step(
    study: StudyResult, number: int, run: StepRun, lang: Lang, place: int, pictures: Mapping[tuple[str, Lang], Markup]
) -> dict[str, Any]:
    result = run.result
    return {
        "id": run.text.name,
        "title": step_title(study, run.text, lang),
        "figures": [
            {
                "title": figure.title[place],
                "note": figure.note[place] if figure.note else "",
                "picture": pictures[f"{run.text.name}_{figure.id}", lang],
            }
            for figure in result.figures
        ],
        "tables": [_table(f"{number:02d}_{run.text.name}_{t.id}", t, lang, place) for t in result.tables],
    }


def _table(stem: str, table: ResultTable, lang: Lang, place: int) -> dict[str, Any]:
    return {
        "title": table.title[place],
        "file": f"tables/{stem}.csv",
        "note": table.note[place] if table.note else "",
        "heads": [(c.zh if lang == "zh" else c.en, c.digits is not None) for c in table.columns],
        "rows": [
            [(shown(c, row.get(c.key), lang), c.digits is not None) for c in table.columns]
            for row in table.rows[:MOST_ROWS]
        ],
        "more": max(len(table.rows) - MOST_ROWS, 0),
    }
