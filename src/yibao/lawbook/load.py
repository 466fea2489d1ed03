"""Reads law folders. A folder with a mistake is left out and reported by file, line and key; the others still load."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from yibao.engine.patterns import PatternError, java_pattern
from yibao.engine.schema import Tables
from yibao.engine.yaml import Mapping as YamlMapping
from yibao.engine.yaml import YamlError, read_yaml, schema_problems
from yibao.errors import YibaoError
from yibao.lawbook.compile import OWN, body_files, combine, compile_parts, expanded, load_kernel, parts_in, text_of
from yibao.lawbook.model import Law, LawProblem, LawText, hash_files

#: Bound by the engine for every law: the instant as of which it is judged.
RESERVED = {"as_of"}


class LawError(YibaoError):
    """A law is not there or cannot be used."""


@dataclass(frozen=True)
class Lawbook:
    """The laws at hand: every version that loaded, and what kept the others out."""

    versions: tuple[Law, ...]
    problems: tuple[LawProblem, ...] = ()

    @property
    def laws(self) -> dict[str, Law]:
        """The newest version of each law by id."""
        newest: dict[str, Law] = {}
        for law in sorted(self.versions, key=lambda law: (law.id, law.text.effective.start)):
            newest[law.id] = law
        return newest

    def get(self, law_id: str) -> Law:
        """The newest version of a law. Raises :class:`LawError` naming near ids."""
        laws = self.laws
        if law_id not in laws:
            known = ", ".join(i for i in laws if i[:1] == law_id[:1]) or ", ".join(laws)
            broken = next((p for p in self.problems if p.path.parent.name.split("_")[0] == law_id), None)
            if broken is not None:
                raise LawError(
                    f"the law {law_id} cannot be used: {broken}",
                    mend="mend that line",
                    zh=f"法规 {law_id} 不能使用：{broken.said('zh')}",
                    mend_zh="请改正该行",
                )
            raise LawError(
                f"there is no law {law_id!r}",
                mend=f"known: {known}",
                zh=f"没有法规 {law_id!r}",
                mend_zh=f"可用：{known}",
            )
        return laws[law_id]

    def of(self, *kinds: str, stage: str | None = None) -> list[Law]:
        """Versions of the given kinds, in the order of their ids, optionally those of one stage."""
        return [
            law
            for law in sorted(self.versions, key=lambda law: (law.id, law.text.effective.start))
            if (not kinds or law.text.kind in kinds) and (stage is None or stage in law.text.stages)
        ]


def load_laws(
    roots: Sequence[Path], tables: Tables, *, primitives: Sequence[Path] = (), own: Sequence[Path] = ()
) -> Lawbook:
    """Load every law folder below ``roots`` (shipped) and ``own`` (the user's).

    A user's law with the id of a shipped one replaces it. ``primitives`` are folders of shared bodies
    (``<name>.sql``) and of parts that several bodies have in common (``parts/<name>.sql``); a user's directory may
    bring its own in ``primitives/``.
    """
    shared = (*primitives, *(folder / "primitives" for folder in own))
    bodies = {path.stem: path for folder in shared for path in sorted(folder.glob("*.sql"))}
    bodies |= {f"parts/{path.stem}": path for folder in shared for path in sorted((folder / "parts").glob("*.sql"))}
    problems: list[LawProblem] = []
    laws: dict[str, Law] = {}
    for root, shipped in [*((r, True) for r in roots), *((o, False) for o in own)]:
        if not root.is_dir():
            raise LawError(
                f"there is no law folder {root}",
                mend="give a directory with law folders or a rule.yaml",
                zh=f"没有法规目录 {root}",
                mend_zh="请给出含法规目录或 rule.yaml 的目录",
            )
        folders = list(_folders(root))
        if not folders:
            raise LawError(
                "no law is here",
                where=str(root),
                mend="a law is a folder with a rule.yaml",
                zh="这里没有法规",
                mend_zh="法规是含 rule.yaml 的目录",
            )
        found = [_load_one(folder, tables, bodies, shipped=shipped, problems=problems) for folder in folders]
        fresh = [law for law in found if law is not None]
        if not shipped:
            replaced = {law.id for law in fresh}
            laws = {key: law for key, law in laws.items() if law.id not in replaced}
        for law in fresh:
            clash = next((o for o in laws.values() if o.id == law.id and _overlap(o, law)), None)
            if clash is not None:
                message = f"{law.id} is in force at the same time as {clash.folder.name}"
                problems.append(LawProblem(law.folder / "rule.yaml", 0, message))
                continue
            laws[law.key] = law
    return Lawbook(tuple(laws.values()), tuple(problems))


def _folders(root: Path) -> Iterator[Path]:
    if (root / "rule.yaml").exists():
        yield root
        return
    yield from sorted(p.parent for p in root.rglob("rule.yaml"))


def _overlap(a: Law, b: Law) -> bool:
    a_end, b_end = a.text.effective.end, b.text.effective.end
    return (b_end is None or a.text.effective.start < b_end) and (a_end is None or b.text.effective.start < a_end)


def _load_one(
    folder: Path, tables: Tables, bodies: Mapping[str, Path], *, shipped: bool, problems: list[LawProblem]
) -> Law | None:
    own: list[LawProblem] = []
    law = _read_one(folder, tables, bodies, shipped=shipped, problems=own)
    problems += own
    return None if own else law


def _read_one(
    folder: Path, tables: Tables, bodies: Mapping[str, Path], *, shipped: bool, problems: list[LawProblem]
) -> Law | None:
    path = folder / "rule.yaml"
    raw = text_of(path, problems)
    if raw is None:
        return None
    try:
        doc = read_yaml(raw, path.name)
        if not isinstance(doc, YamlMapping):
            problems.append(LawProblem(path, 1, "expected keys such as id, version and title"))
            return None
        text = LawText.model_validate(doc)
    except YamlError as error:
        line = error.where.partition("line ")[2].partition(",")[0]
        problems.append(LawProblem(path, int(line) if line.isdigit() else 0, error.what))
        return None
    except ValidationError as error:
        problems += [LawProblem(path, line, message) for line, message in schema_problems(doc, error)]
        return None
    if folder.name.split("_")[0] != text.id:
        problems.append(LawProblem(path, doc.lines["id"], f"the folder must be named {text.id}_…, it is {folder.name}"))
    files = body_files(folder, text, bodies, problems)
    parts = compile_parts(folder, files, text, tables, problems, bodies, expanded(folder, text, problems))
    made = combine(files, parts, text, tables, problems)
    kernel = load_kernel(folder, text, problems) if text.form == "kernel" else None
    sources = [text_of(path, []) or "" for path in files]
    if text.primitives and (folder / "rule.sql").exists():
        sources.insert(0, text_of(folder / "rule.sql", problems) or "")
        if not any(OWN in source for source in sources):
            problems.append(LawProblem(folder / "rule.sql", 0, "none of the shared bodies takes it in by {own}"))
    sources += parts_in(sources, bodies)
    beside = [name for name in ("kernel.py" if kernel else None, text.each) if name]
    law = Law(
        text=text,
        folder=folder,
        bodies=made,
        parts={path.stem: part for path, part in zip(files, parts, strict=True)} if made and len(files) > 1 else {},
        kernel=kernel,
        source="\n\n".join(sources),
        hash=hash_files(raw, *sources, *(text_of(folder / name, problems) or "" for name in beside)),
        shipped=shipped,
    )
    if made:
        problems += _agreement(path, doc, law)
    return law


def _agreement(path: Path, doc: YamlMapping, law: Law) -> Iterator[LawProblem]:
    """The YAML must say what the bodies do: same tables, same parameters."""
    text, reads = law.text, set(law.text.reads)
    line = doc.lines.get("reads", 0)
    for name in sorted(law.tables - reads):
        yield LawProblem(path, line, f"the body reads {name!r}, `reads` does not name it")
    for name in sorted(reads - law.tables):
        yield LawProblem(path, line, f"`reads` names {name!r}, the body does not read it")
    line = doc.lines.get("params", 0)
    for name in sorted(law.bound - set(text.params) - RESERVED):
        yield LawProblem(path, line, f"the body binds ${name}, `params` does not define it")
    for name in sorted(frozenset().union(*(body.patterns for body in law.bodies)) & set(text.params)):
        try:
            java_pattern(str(text.params[name].value))
        except PatternError as error:
            yield LawProblem(path, line, f"{name} is used as a pattern: {error}")
    for source in text.candidates:
        if source.primitive is not None and source.primitive not in text.primitives:
            yield LawProblem(path, doc.lines["candidates"], f"`primitives` does not name {source.primitive!r}")
    for need in text.only_if:
        if need.column is not None and need.column not in law.columns.get(need.table, ()):
            yield LawProblem(path, doc.lines.get("only_if", 0), f"the body does not read {need.table}.{need.column}")
        elif need.table not in law.tables:
            yield LawProblem(path, doc.lines.get("only_if", 0), f"the body does not read {need.table!r}")
    if text.form == "sql":  # a kernel may use a parameter that its input does not
        for name in sorted(set(text.params) - law.bound):
            yield LawProblem(path, line, f"the parameter {name!r} is not used by the body")
