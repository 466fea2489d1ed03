"""Words of a study: what came out, and how it was done, in both languages."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from yibao.engine.yaml import read_yaml
from yibao.equity.study import StudyResult, parameters
from yibao.equity.study_file import StepText


@dataclass(frozen=True)
class MethodPart:
    """One method: title, text, formula in LaTeX and in plain characters, conventions, source."""

    step: str
    title: str
    text: str
    formula: str
    plain: str
    notes: list[str]
    source: str


@cache
def method_words() -> dict[str, Any]:
    """The words of every step's method, by the step's name."""
    text = resources.files("yibao.equity.steps").joinpath("methods.yaml").read_text(encoding="utf-8")
    return dict(read_yaml(text, "methods.yaml"))


def methods_of(result: StudyResult, lang: str) -> list[MethodPart]:
    """A part for each method used, in the order of the study; conventions of all its steps, each said once."""
    place = 0 if lang == "zh" else 1
    parts: dict[str, MethodPart] = {}
    for run in result.steps:
        words = method_words()[run.text.step]
        part = parts.setdefault(
            run.text.step,
            MethodPart(
                run.text.step,
                words["title"][lang],
                words[lang],
                words["formula"] or "",
                words["plain"] or "",
                [],
                words["source"] or "",
            ),
        )
        part.notes.extend(note[place] for note in run.result.notes if note[place] not in part.notes)
    return list(parts.values())


def findings_of(result: StudyResult, lang: str) -> list[tuple[str, list[str]]]:
    """Sentences by step: its title and what came out; steps without any are left out."""
    place = 0 if lang == "zh" else 1
    return [
        (step_title(result, run.text, lang), [said[place] for said in run.result.findings])
        for run in result.steps
        if run.result.findings
    ]


def step_title(result: StudyResult, step: StepText, lang: str) -> str:
    """A step's own title, else its method's; with its id where a study uses a method twice without titles."""
    title = _plain_title(step, lang)
    twice = sum(_plain_title(run.text, lang) == title for run in result.steps) > 1
    return f"{title} · {step.name}" if twice else title


def _plain_title(step: StepText, lang: str) -> str:
    if step.title is not None:
        return step.title.by(lang)
    own = step.parameters.get(lang)  # of a step that names what it makes
    return str(method_words()[step.step]["title"][lang] if own is None else own)


def write_findings(result: StudyResult, folder: Path, lang: str) -> None:
    """findings.<lang>.md: labels first, conclusions of the author, then the sentences of every step."""
    zh = lang == "zh"
    lines = [f"# {result.text.title.by(lang)}", "", result.text.question.by(lang), ""]
    lines += [f"> {a if zh else b}" for a, b in result.labels]
    if result.text.data.note:
        lines += [f"> {result.text.data.note.by(lang)}"]
    if result.text.conclusions:
        lines += ["", "## 结论" if zh else "## Conclusions", ""]
        lines += [f"{n}. {said.by(lang)}" for n, said in enumerate(result.text.conclusions, start=1)]
    for title, said in findings_of(result, lang):
        lines += ["", f"## {title}", "", *(f"- {sentence}" for sentence in said)]
    lines += _paper(result, lang)
    (folder / f"findings.{lang}.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _paper(result: StudyResult, lang: str) -> list[str]:
    paper = result.text.paper
    if paper is None:
        return []
    zh = lang == "zh"
    lines = [
        "",
        "## 与论文的关系" if zh else "## Beside the paper",
        "",
        paper.citation + (f" · doi:{paper.doi}" if paper.doi else ""),
    ]
    lines += ["", ("沿用：" if zh else "Followed: ") + paper.followed.by(lang)]
    if paper.not_comparable:
        lines += ["", "不可比之处：" if zh else "What cannot be compared:", ""]
        lines += [f"- {said.by(lang)}" for said in paper.not_comparable]
    return lines


def write_methods(result: StudyResult, folder: Path, lang: str) -> None:
    """method.<lang>.md: each method with formula, conventions and source; then every parameter as used."""
    zh = lang == "zh"
    lines = [f"# {'方法' if zh else 'Method'} · {result.text.title.by(lang)}", ""]
    for part in methods_of(result, lang):
        lines += [f"## {part.title}", "", part.text, ""]
        if part.formula:
            lines += [f"$$ {part.formula} $$", ""]
        lines += [f"- {note}" for note in part.notes]
        if part.source:
            lines += ["", ("资料：" if zh else "Source: ") + part.source]
        lines.append("")
    lines += ["## 参数" if zh else "## Parameters", ""]
    for run in result.steps:
        shown = ", ".join(f"{key} = {value}" for key, value in parameters(run).items() if value not in (None, [], {}))
        lines.append(f"- `{run.text.name}` ({run.text.step}): {shown}")
    (folder / f"method.{lang}.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
