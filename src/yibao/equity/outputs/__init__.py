"""What a study leaves on disk: tables, figures, words, a page, a paper's skeleton, and a manifest to repeat it by."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from markupsafe import Markup

from yibao.equity.errors import StudyError
from yibao.equity.outputs.latex import write_paper
from yibao.equity.outputs.manifest import FORMAT, write_manifest
from yibao.equity.outputs.page import write_page
from yibao.equity.outputs.tables import write_tables
from yibao.equity.outputs.words import write_findings, write_methods
from yibao.equity.study import StudyResult
from yibao.presentation.fmt import Lang

LANGUAGES: tuple[Lang, ...] = ("zh", "en")


def write_study(
    result: StudyResult, study_file: Path, folder: Path, progress: Callable[[str, float, float], None] | None = None
) -> dict[str, Any]:
    """Write everything a study gives into a folder, which is new, empty or holds an earlier run; returns the manifest.

    report.zh.html and report.en.html; findings and method in Markdown and LaTeX; tables as CSV, LaTeX and one workbook;
    figures as SVG and PNG in both languages; panel.csv; the study file; manifest.json. Raises StudyError where the
    folder holds something else.
    """
    _prepare(folder)
    shutil.copyfile(study_file, folder / "study.yaml")
    write_tables(result, folder)
    pictures = _draw(result, folder / "figures", progress)
    for lang in LANGUAGES:
        write_findings(result, folder, lang)
        write_methods(result, folder, lang)
        write_paper(result, folder, lang)
        write_page(result, folder, lang, pictures)
    return write_manifest(result, folder)


def _prepare(folder: Path) -> None:
    ours = folder / "manifest.json"
    if folder.is_dir() and any(folder.iterdir()):
        if not ours.is_file() or f'"format": "{FORMAT}"' not in ours.read_text(encoding="utf-8"):
            raise StudyError(
                "the folder holds something other than a study's results",
                where=str(folder),
                mend="name a new folder with --out",
                zh="目录里有其他内容",
                mend_zh="请用 --out 指定新目录",
            )
        for name in ("tables", "figures"):
            shutil.rmtree(folder / name, ignore_errors=True)
    for name in ("tables", "figures"):
        (folder / name).mkdir(parents=True, exist_ok=True)


def _draw(
    result: StudyResult, folder: Path, progress: Callable[[str, float, float], None] | None
) -> dict[tuple[str, Lang], Markup]:
    """Every figure in both languages as SVG and PNG; returns the pictures by file stem, for the pages."""
    from yibao.presentation.charts.printed import png, printed
    from yibao.presentation.charts.theme import svg

    figures = [(f"{run.text.name}_{figure.id}", figure) for run in result.steps for figure in run.result.figures]
    labels = [label for label in result.labels[:1] if result.text.data.simulate is not None]
    pictures = {}
    for number, (stem, figure) in enumerate(figures):
        if progress is not None:
            progress("figures", number, len(figures))
        for place, lang in enumerate(LANGUAGES):
            picture = pictures[stem, lang] = svg(figure.draw(lang), figure.title[place])
            notes = [note[place] for note in (*labels, *([figure.note] if figure.note else []))]
            drawing = printed(picture, figure.title[place], " · ".join(notes))
            (folder / f"{stem}.{lang}.svg").write_text(drawing, encoding="utf-8")
            (folder / f"{stem}.{lang}.png").write_bytes(png(drawing))
    return pictures
