"""Benefit policies among the laws: how `yibao law` lists, shows, proves and compares them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

from pydantic import BaseModel

from yibao.benefits.cases import prove
from yibao.benefits.diff import differences
from yibao.benefits.load import FILE, PolicyBook, Written, load_folder, load_policies
from yibao.benefits.statement_words import GRADES
from yibao.cli.show import say
from yibao.cli.words import language, t
from yibao.errors import UsageError, YibaoError
from yibao.lawbook import Law, Lawbook
from yibao.runs.laws import load_lawbook

#: Proofs of policies: how many cases passed, and the lines of those that did not.
Proofs = tuple[int, list[str]]


def policies_below(folders: Sequence[Path]) -> PolicyBook:
    """The shipped policies with those below the user's directories; directories that hold laws only are left out."""
    own = [folder for folder in folders if folder.is_dir() and any(folder.rglob(FILE))]
    return load_policies(own)


def prove_policies(book: PolicyBook) -> Proofs:
    """Run the cases of every policy of a book."""
    passed, lines = 0, []
    for written in book.written:
        try:
            for result in prove(written):
                place = f"{written.policy.id} · {result.case.name} (line {result.line})"
                passed += result.passed
                lines += [f"{place}: {difference}" for difference in result.differences]
        except YibaoError as error:
            lines.append(f"{written.policy.id}: {error}")
    return passed, lines


def show_policy(written: Written) -> None:
    """A policy with its trust grade, its sources, and its text."""
    policy, lang = written.policy, language()
    grade = GRADES[policy.grade][0 if lang == "zh" else 1]
    say(f"{policy.id}  {policy.title[lang]}  ({policy.version}, policy)")
    if policy.about:
        say(f"  {policy.about[lang]}")
    say(f"  {t('可信度', 'trust grade')}: {policy.grade} ({grade})")
    for source in policy.sources:
        say(f"  {t('来源', 'source')}: {source.title} [{source.grade}]")
    say("")
    say(written.text)


def compare(first: str, second: str) -> list[str]:
    """What changed from one law or policy to another, line by line. A name is an id, ``ID@version`` or a folder."""
    laws = cache(load_lawbook)  # reading every law takes seconds: once at most, and not for policies
    before, after = _text(first, laws), _text(second, laws)
    if type(before) is not type(after):
        raise UsageError(
            f"{first} and {second} are of different kinds",
            mend="compare two policies, or two laws",
            zh=f"{first} 和 {second} 不是同一类",
            mend_zh="请比较两套政策，或两条法规",
        )
    if isinstance(before, Written) and isinstance(after, Written):
        return [d.said(language()) for d in differences(before.policy, after.policy)]
    assert isinstance(before, Law) and isinstance(after, Law)
    lines = [d.said(language()) for d in differences(_model(before), _model(after))]
    if before.source != after.source:
        lines.append(t("正文有改动：用 law show 查看", "the body differs: see it with law show"))
    return lines


def _model(law: Law) -> BaseModel:
    return law.text


def _text(name: str, laws: Callable[[], Lawbook]) -> Written | Law:
    folder = Path(name)
    if (folder / FILE).is_file():
        book = load_folder(folder)
        if book.problems:
            raise YibaoError(book.problems[0].said("en"), where=name, zh=book.problems[0].said("zh"))
        return book.written[0]
    if (folder / "rule.yaml").is_file():
        own = load_lawbook([folder], shipped=False)
        if own.problems:
            raise YibaoError(str(own.problems[0]), where=name)
        return next(iter(own.laws.values()))
    policies = load_policies()
    if any(name in (w.policy.id, w.policy.key) for w in policies.written):
        return policies.find(name)
    return next((law for law in laws().versions if law.key == name), None) or laws().get(name)
