"""The reference pages of the shipped laws: one page per law and an index, in both languages, from the law folders.

``python -m yibao.runs.document`` rewrites them in a source checkout; ``--check`` writes nothing and exits 1 when a
page is stale.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence

from yibao.errors import YibaoError
from yibao.generated import checkout, grid, plain, stale, write
from yibao.lawbook import Case, Law, read_cases
from yibao.lawbook.model import Text
from yibao.runs.laws import load_lawbook

#: Folders that hold nothing but these pages.
OWNED = ("docs/reference/laws/*.md",)

#: Names of kinds, results, severities, stages and case kinds in both languages.
WORDS: Mapping[str, str] = {
    "rule": "规则 · rule", "quality": "数据质量 · quality", "indicator": "指标 · indicator",
    "violation": "明确违规 · violation", "suspect": "可疑 · suspect", "lead": "线索 · lead",
    "error": "错误 · error", "warning": "提示 · warning",
    "order": "事前（医嘱）· before (order)", "settlement": "事中（结算）· during (settlement)",
    "audit": "事后（审核）· after (audit)",
    "positive": "正例 · positive", "lookalike": "相似例 · look-alike", "edge": "边界例 · edge",
}  # fmt: skip


def main(argv: Sequence[str] | None = None) -> int:
    """Write the pages, or with ``--check`` report the stale ones. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m yibao.runs.document", description="Write the pages of the laws.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when a page is not fresh")
    check = parser.parse_args(argv).check
    root, wanted = checkout(), law_pages()
    paths = stale(root, wanted, OWNED)
    for path in paths:
        sys.stdout.write(f"{path.relative_to(root)}\n")
    if not check:
        write(root, wanted, paths)
    return 1 if check and paths else 0


def law_pages() -> dict[str, str]:
    """Every page: path relative to the checkout -> text. Raises :class:`YibaoError` when a shipped law is unusable."""
    lawbook = load_lawbook()
    if lawbook.problems:
        raise YibaoError("; ".join(str(p) for p in lawbook.problems), where="shipped laws")
    laws = lawbook.laws
    pages = {f"docs/reference/laws/{law.id}.md": law_page(law) for law in laws.values()}
    pages["docs/reference/laws/index.md"] = index_page(laws)
    return pages


def index_page(laws: Mapping[str, Law]) -> str:
    """All laws by kind, and the toctree."""
    intro = (
        "# 法规 · laws\n\n"
        "一条法规一个目录：`rule.yaml` 说明它，`rule.sql` 计算它，`cases.yaml` 证明它。以下各页由这些目录生成。\n\n"
        "One law, one folder: `rule.yaml` says it, `rule.sql` computes it, `cases.yaml` proves it. These pages are\n"
        "generated from the folders. How a folder is written: [law folders](../law-folder.md)."
    )
    parts = [intro]
    for kind in ("rule", "quality", "indicator"):
        chosen = [law for law in laws.values() if law.text.kind == kind]
        if chosen:
            parts.append(
                f"## {WORDS[kind]}\n\n" + grid(["id", "中文", "English", "result", "stages", "cases"], _index(chosen))
            )
    parts.append("```{toctree}\n:hidden:\n\n" + "\n".join(laws) + "\n```")
    return "\n\n".join(parts) + "\n"


def _index(laws: Sequence[Law]) -> list[list[str]]:
    return [
        [
            f"[{law.id}]({law.id}.md)",
            plain(law.text.title.zh),
            plain(law.text.title.en),
            _result(law),
            " ".join(WORDS[stage].split("（")[0] for stage in law.text.stages),
            str(len(read_cases(law.cases_path)[1])),
        ]
        for law in laws
    ]


def law_page(law: Law) -> str:
    """The reference page of one law."""
    text = law.text
    parts = [
        f"# {law.id} · {plain(text.title.zh)} · {plain(text.title.en)}",
        plain(text.question.zh),
        plain(text.question.en),
        grid(["", ""], list(_facts(law))),
        *_basis(law),
        *_params(law),
        *_signals(law),
        *_pair("分子 · numerator", text.numerator),
        *_pair("分母 · denominator", text.denominator),
        *_pair("金额归集 · money at stake", text.money),
        *_pair("应为 · expected", text.expected),
        *_pairs("可能的解释 · what it may also be", text.looks_like),
        *_pairs("应调取的材料 · evidence to call for", text.missing),
        *_body(law),
        _cases(law),
    ]
    return "\n\n".join(parts) + "\n"


def _facts(law: Law) -> Iterator[list[str]]:
    text = law.text
    yield ["类别 · kind", WORDS[text.kind]]
    yield ["版本 · version", text.version]
    yield ["结果 · result", _result(law)]
    yield ["环节 · stages", ", ".join(WORDS[stage] for stage in text.stages)]
    yield ["施行 · in force", f"{text.effective.start} – {text.effective.end or ''}".rstrip()]
    yield ["地区 · region", text.region]
    yield ["粒度 · grain", _both(text.grain)]
    yield ["读取 · reads", ", ".join(f"[`{name}`](../tables/{name}.md)" for name in text.reads)]
    if text.slice_key:
        yield ["切片 · slice", f"`{text.slice_key}`"]
    for official in text.official:
        yield ["国家规则 · national class", f"{official.number} {official.code or ''} {plain(official.name)}"]
    for source in text.candidates:
        where = f" (`{source.where}`)" if source.where else ""
        yield [
            "触发编码 · codes that can fire it",
            f"[`{source.table}.{source.column}`](../tables/{source.table}.md){where}",
        ]
    if text.exemptions:
        yield ["豁免 · exemptions", ", ".join(f"`{name}`" for name in text.exemptions)]


def _result(law: Law) -> str:
    return WORDS.get(law.text.result or law.text.severity or "", "")


def _basis(law: Law) -> Iterator[str]:
    if not law.text.basis:
        return
    rows = [
        [
            _both(basis.law),
            plain(basis.article),
            plain(basis.gist.zh) if basis.gist else "",
            plain(basis.gist.en) if basis.gist else "",
        ]
        for basis in law.text.basis
    ]
    yield "## 依据 · basis\n\n" + grid(["text", "article", "大意", "in short"], rows)


def _params(law: Law) -> Iterator[str]:
    if not law.text.params:
        return
    rows = [
        [f"`{name}`", f"`{p.value}`", p.type, p.unit or "", plain(p.zh), plain(p.en), plain(p.source or "")]
        for name, p in law.text.params.items()
    ]
    yield "## 参数 · parameters\n\n" + grid(["name", "value", "type", "unit", "中文", "English", "source"], rows)


def _signals(law: Law) -> Iterator[str]:
    if not law.text.signals:
        return
    rows = [
        [f"`{name}`", plain(s.zh), plain(s.en), s.unit or "", "yes" if s.say else ""]
        for name, s in law.text.signals.items()
    ]
    parts = ["## 证据 · evidence"]
    if law.text.lead:
        parts.append(f"{plain(law.text.lead.zh)} · {plain(law.text.lead.en)}")
    parts.append(grid(["signal", "中文", "English", "unit", "in the sentence"], rows))
    yield "\n\n".join(parts)


def _pair(heading: str, words: Text | None) -> Iterator[str]:
    if words is not None:
        yield f"## {heading}\n\n{plain(words.zh)}\n\n{plain(words.en)}"


def _pairs(heading: str, words: Sequence[Text]) -> Iterator[str]:
    if words:
        yield f"## {heading}\n\n" + grid(["中文", "English"], [[plain(w.zh), plain(w.en)] for w in words])


def _body(law: Law) -> Iterator[str]:
    shared = (
        f"\n\n共用正文 · shared body: {', '.join(f'`{p}`' for p in law.text.primitives)}" if law.text.primitives else ""
    )
    yield f"## 正文 · body{shared}\n\n```sql\n{law.source.strip()}\n```"
    if law.kernel is not None:
        yield f"```python\n{(law.folder / 'kernel.py').read_text(encoding='utf-8').strip()}\n```"


def _cases(law: Law) -> str:
    rows = [[WORDS[c.kind], plain(c.name), plain(c.about), _expected(c)] for c in read_cases(law.cases_path)[1]]
    return "## 用例 · cases\n\n" + grid(["kind", "case", "stands for", "expected"], rows)


def _expected(case: Case) -> str:
    number = len(case.expect)
    return "none" if not number else f"{number} row" if number == 1 else f"{number} rows"


def _both(words: Text) -> str:
    return f"{plain(words.zh)} · {plain(words.en)}"


if __name__ == "__main__":
    sys.exit(main())
