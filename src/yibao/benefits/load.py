"""Reads policy folders: ``policy.yaml`` says what is paid, ``cases.yaml`` proves it.

A folder with a mistake is left out and reported by file, line and key in words of the trade; the others still load.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from yibao.benefits.bills import ProfileCache
from yibao.benefits.messages import Message, messages
from yibao.benefits.references import unknown_names
from yibao.benefits.vocabulary import Policy
from yibao.engine.yaml import Mapping as YamlMapping
from yibao.engine.yaml import YamlError, read_yaml
from yibao.errors import YibaoError
from yibao.lawbook.model import hash_files

#: The policies that ship with the project.
SHIPPED = Path(__file__).parent / "policies"
FILE = "policy.yaml"


class PolicyError(YibaoError):
    """A policy is not there or cannot be used."""


@dataclass(frozen=True)
class Written:
    """A policy with where it stands."""

    policy: Policy
    folder: Path
    text: str
    shipped: bool

    @property
    def hash(self) -> str:
        return hash_files(self.text)

    @property
    def cases_path(self) -> Path:
        return self.folder / "cases.yaml"


@dataclass(frozen=True)
class PolicyProblem:
    """Why a policy cannot be used: file, line (0 unknown) and what to mend."""

    path: Path
    line: int
    message: Message

    def __str__(self) -> str:
        return self.said("en")

    def said(self, lang: str) -> str:
        """The problem with its place in the user's language."""
        place = f"{self.path.parent.name}/{self.path.name}"
        where = f" 第 {self.line} 行" if lang == "zh" else f", line {self.line}"
        return f"{place}{where if self.line else ''}: {self.message[lang]}"


@dataclass(frozen=True)
class PolicyBook:
    """The policies at hand: every version that loaded, and what kept the others out."""

    written: tuple[Written, ...]
    problems: tuple[PolicyProblem, ...] = ()

    @cached_property
    def policies(self) -> Mapping[str, Policy]:
        """Every version by its key ``ID@version``."""
        return {w.policy.key: w.policy for w in self.written}

    @cached_property
    def profiles(self) -> ProfileCache:
        """What the policies say about kinds of bills, read once for as long as the book lives."""
        return ProfileCache(self.policies)

    def get(self, name: str) -> Policy:
        """A policy by ``ID`` (its newest version) or ``ID@version``. Raises :class:`PolicyError` naming near ones."""
        return self.find(name).policy

    def find(self, name: str) -> Written:
        """The same with its folder."""
        fits = [w for w in self.written if name in (w.policy.id, w.policy.key)]
        if fits:
            return max(fits, key=lambda w: w.policy.effective.start)
        broken = next((p for p in self.problems if p.path.parent.name.split("_")[0] == name.partition("@")[0]), None)
        if broken is not None:
            raise PolicyError(
                f"the policy {name} cannot be used: {broken}",
                mend="mend that line",
                zh=f"政策 {name} 不能使用：{broken.said('zh')}",
                mend_zh="请改正该行",
            )
        known = ", ".join(sorted({w.policy.id for w in self.written}))
        raise PolicyError(
            f"there is no policy {name!r}", mend=f"known: {known}", zh=f"没有政策 {name!r}", mend_zh=f"可用：{known}"
        )

    def in_force(self, region: str, scheme: str, day: date) -> Policy:
        """The one policy of a region and scheme on a day.

        A policy of a whole province (``11`` or ``110000``) holds in its cities where they have none of their own.
        Raises :class:`PolicyError` when there is none, or more than one.
        """
        found = self.candidates(region, scheme, day)
        if len(found) == 1:
            return found[0]
        if not any(w.policy.scheme == scheme for w in self.written):
            what, zh = f"no policy knows the scheme {scheme}", f"没有政策涉及险种 {scheme}"
        elif not found:
            what = f"no policy of region {region} and scheme {scheme} is in force on {day}"
            zh = f"地区 {region}、险种 {scheme} 在 {day} 没有有效的政策"
        else:
            names = ", ".join(p.key for p in found)
            what = f"several policies of region {region} and scheme {scheme} are in force on {day}: {names}"
            zh = f"地区 {region}、险种 {scheme} 在 {day} 有多个有效的政策：{names}"
        raise PolicyError(
            what, mend="give the policy by name, or mend the dates", zh=zh, mend_zh="请指明政策，或改正施行日期"
        )

    def candidates(self, region: str, scheme: str, day: date) -> list[Policy]:
        """The policies in force of the smallest region that has any and contains the given one."""
        fits = [w.policy for w in self.written if w.policy.scheme == scheme and w.policy.in_force(day)]
        for length in (6, 4, 2):
            near = [p for p in fits if _within(region, p.region, length)]
            if near:
                return near
        return []


def _within(region: str, of: str, length: int) -> bool:
    """Whether a region lies in one that is ``length`` digits of code long."""
    own = of.removesuffix("00").removesuffix("00") if len(of) == 6 else of
    return len(own) == length and region.startswith(own)


def load_policies(own: Sequence[Path] = (), *, shipped: bool = True) -> PolicyBook:
    """The shipped policies and those below the user's directories; one with the id of a shipped one replaces it.

    Raises :class:`PolicyError` for a directory that is none or holds no policy.
    """
    book = _shipped() if shipped else PolicyBook(())
    for root in own:
        found = load_folder(Path(root))
        ids = {w.policy.id for w in found.written}
        kept = tuple(w for w in book.written if not (w.shipped and w.policy.id in ids))
        book = _checked(PolicyBook(kept + found.written, book.problems + found.problems))
    return book


@cache
def _shipped() -> PolicyBook:
    return load_folder(SHIPPED, shipped=True)


def load_folder(root: Path, *, shipped: bool = False) -> PolicyBook:
    """The policies of one directory: a policy folder, or a directory with such folders."""
    folders = [root] if (root / FILE).is_file() else sorted(p.parent for p in root.rglob(FILE))
    if not folders:
        raise PolicyError(
            "no policy is here",
            where=str(root),
            mend=f"a policy is a folder with a {FILE}",
            zh="这里没有政策",
            mend_zh=f"政策是含 {FILE} 的目录",
        )
    problems: list[PolicyProblem] = []
    written = [w for folder in folders if (w := _load_one(folder, shipped, problems)) is not None]
    return _checked(PolicyBook(tuple(written), tuple(problems)))


def _load_one(folder: Path, shipped: bool, problems: list[PolicyProblem]) -> Written | None:
    path = folder / FILE
    before = len(problems)
    try:
        raw = path.read_text(encoding="utf-8-sig")
        doc = read_yaml(raw, path.name)
        policy = policy_from(doc)
    except UnicodeDecodeError:
        message = Message("the file is not UTF-8: save it as UTF-8", "文件不是 UTF-8 编码，请另存为 UTF-8")
        problems.append(PolicyProblem(path, 0, message))
        return None
    except YamlError as error:
        said = error.where.partition("line ")[2].partition(",")[0]
        problems.append(PolicyProblem(path, int(said) if said.isdigit() else 0, Message(error.what, error.zh)))
        return None
    except ValidationError as error:
        problems += [PolicyProblem(path, line, message) for line, message in messages(doc, error)]
        return None
    for line, message in unknown_names(doc, policy):
        problems.append(PolicyProblem(path, line, message))
    if folder.name.split("_")[0] != policy.id:
        words = Message(
            f"the folder must be named {policy.id}_…, it is {folder.name}",
            f"目录名应为 {policy.id}_…，现为 {folder.name}",
        )
        problems.append(PolicyProblem(path, 0, words))
    return Written(policy, folder, raw, shipped) if len(problems) == before else None


def book_from_texts(texts: Sequence[str]) -> PolicyBook:
    """The policies of texts that have been checked before, as they travel to another process."""
    here = Path()
    return PolicyBook(tuple(Written(policy_from(read_yaml(text, FILE)), here, text, False) for text in texts))


def policy_from(doc: Any) -> Policy:
    """A policy from its document (scalars are texts). Raises :class:`pydantic.ValidationError`."""
    if not isinstance(doc, YamlMapping):
        doc = {"id": None} if doc is None else doc
    return Policy.model_validate(doc)


def _checked(book: PolicyBook) -> PolicyBook:
    """Keep the first of two versions with the same key; two in force at once are found where a bill meets them."""
    seen: dict[str, Written] = {}
    problems = list(book.problems)
    for written in book.written:
        clash = seen.setdefault(written.policy.key, written)
        if clash is not written:
            words = Message(
                f"{written.policy.key} stands in {clash.folder.name} too: give one of them another version",
                f"{written.policy.key} 在 {clash.folder.name} 中已有，请改其中一个的版本",
            )
            problems.append(PolicyProblem(written.folder / FILE, 0, words))
    return PolicyBook(tuple(seen.values()), tuple(problems))
