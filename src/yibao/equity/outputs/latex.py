"""LaTeX: every table as a booktabs table, and a paper's skeleton that puts words, tables and figures together."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from yibao.equity.outputs.cells import shown
from yibao.equity.outputs.words import findings_of, methods_of
from yibao.equity.results import ResultTable
from yibao.equity.study import StudyResult

_SPECIAL = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{", "}": r"\}",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "−": "$-$", "²": "$^2$", "³": "$^3$", "≥": r"$\ge$",
    "≤": r"$\le$", "·": r"\textperiodcentered{}", "σ": r"$\sigma$", "β": r"$\beta$", "λ": r"$\lambda$", "ρ": r"$\rho$",
    "θ": r"$\theta$", "×": r"$\times$", "→": r"$\to$", "√": r"$\sqrt{}$",
}  # fmt: skip
#: A longer table becomes a `longtable`, which breaks across pages.
_LONG = 35


def escaped(text: str) -> str:
    """Text as LaTeX prints it.

    >>> escaped("5 % of A_1 & B")
    '5 \\\\% of A\\\\_1 \\\\& B'
    """
    return "".join(_SPECIAL.get(character, character) for character in text)


def latex_table(table: ResultTable, lang: str, label: str) -> str:
    """A table with caption and label; numbers right, words left; a note below."""
    place = 0 if lang == "zh" else 1
    align = "".join("l" if column.digits is None else "r" for column in table.columns)
    head = " & ".join(escaped(column.zh if lang == "zh" else column.en) for column in table.columns) + r" \\"
    body = [
        " & ".join(escaped(shown(column, row.get(column.key), lang)) for column in table.columns) + r" \\"
        for row in table.rows
    ]
    caption = rf"\caption{{{escaped(table.title[place])}}}\label{{tab:{label}}}"
    note = [rf"\par\footnotesize {escaped(table.note[place])}"] if table.note else []
    if len(body) > _LONG:
        lines = [
            rf"\begin{{longtable}}{{{align}}}", caption + r" \\", r"\toprule", head, r"\midrule", r"\endfirsthead",
            r"\toprule", head, r"\midrule", r"\endhead", r"\bottomrule", r"\endfoot", *body, r"\end{longtable}", *note,
        ]  # fmt: skip
    else:
        rows = [r"\toprule", head, r"\midrule", *body, r"\bottomrule"]
        tabular = [rf"\begin{{tabular}}{{{align}}}", *rows, r"\end{tabular}"]
        # A table wider than the page is scaled to it; a narrow one keeps its size.
        fitted = [r"\begin{adjustbox}{max width=\textwidth}", *tabular, r"\end{adjustbox}"]
        lines = [r"\begin{table}[htbp]", r"\centering", caption, *fitted, *note, r"\end{table}"]
    return "\n".join(lines) + "\n"


def write_paper(result: StudyResult, folder: Path, lang: str) -> None:
    """method.<lang>.tex, and paper.<lang>.tex, which XeLaTeX turns into a document."""
    method = _method(result, lang)
    (folder / f"method.{lang}.tex").write_text(method, encoding="utf-8")
    text = result.text
    zh = lang == "zh"
    preamble = [
        r"\documentclass{ctexart}" if zh else r"\documentclass{article}",
        r"\usepackage{amsmath,booktabs,longtable,graphicx,adjustbox,geometry}",
        *([] if zh else [r"\usepackage{fontspec}", r"\usepackage{xeCJK}"]),
        r"\geometry{a4paper,margin=2.5cm}",
        rf"\title{{{escaped(text.title.by(lang))}}}",
        r"\date{}",
        r"\begin{document}",
        r"\maketitle",
        escaped(text.question.by(lang)) + "\n",
    ]
    labels = [escaped(zh_ if zh else en) + r"\par" for zh_, en in result.labels]
    said = [(rf"\section{{{'结论' if zh else 'Conclusions'}}}", [one.by(lang) for one in text.conclusions])]
    said += [(rf"\section{{{'发现' if zh else 'Findings'}}}", [])]
    said += [(rf"\subsection*{{{escaped(title)}}}", sentences) for title, sentences in findings_of(result, lang)]
    findings = [line for head, sentences in said for line in (head, *_listed(sentences))]
    body = [rf"\section{{{'方法' if zh else 'Method'}}}", rf"\input{{method.{lang}}}"]
    body.append(rf"\section{{{'结果' if zh else 'Results'}}}")
    for number, run in enumerate(result.steps, start=1):
        body += [rf"\input{{tables/{number:02d}_{run.text.name}_{t.id}.{lang}}}" for t in run.result.tables]
        for figure in run.result.figures:
            body += [
                r"\begin{figure}[htbp]", r"\centering",
                rf"\includegraphics[width=.9\textwidth]{{figures/{run.text.name}_{figure.id}.{lang}.png}}",
                rf"\caption{{{escaped(figure.title[0 if zh else 1])}}}", r"\end{figure}",
            ]  # fmt: skip
        body.append(r"\clearpage")
    (folder / f"paper.{lang}.tex").write_text(
        "\n".join([*preamble, *labels, *findings, *body, r"\end{document}"]) + "\n", encoding="utf-8"
    )


def _listed(sentences: Sequence[str]) -> list[str]:
    if not sentences:
        return []
    return [r"\begin{itemize}", *(rf"\item {escaped(one)}" for one in sentences), r"\end{itemize}"]


def _method(result: StudyResult, lang: str) -> str:
    lines = []
    for part in methods_of(result, lang):
        lines += [rf"\subsection{{{escaped(part.title)}}}", escaped(part.text)]
        if part.formula:
            # Formulas of one line that are lists of several are broken where one ends.
            pieces = re.split(r",(?:\\quad|\\ )\s*", part.formula)
            lines += [r"\begin{gather*}", " \\\\\n".join(pieces), r"\end{gather*}"]
        lines += [escaped(note) + r"\par" for note in part.notes]
        if part.source:
            lines.append(("资料：" if lang == "zh" else "Source: ") + escaped(part.source))
        lines.append("")
    return "\n".join(lines) + "\n"
