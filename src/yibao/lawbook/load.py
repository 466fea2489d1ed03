"""Reads law folders. A folder with a mistake is left out and reported by file, line and key; the others still load."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from yibao.engine.kernels import Kernel
from yibao.engine.portable import Statement, check
from yibao.engine.schema import Tables
from yibao.engine.yaml import Mapping as YamlMapping
from yibao.engine.yaml import YamlError, read_yaml
from yibao.errors import YibaoError
from yibao.lawbook.bodies import BODY
from yibao.lawbook.model import Law, LawText, hash_files

#: Bound by the engine for every law: the instant as of which it is judged.
RESERVED = {"as_of"}


@dataclass(frozen=True)
class LawProblem:
    """Why a law cannot run: file, line (0 unknown) and what to mend."""

    path: Path
    line: int
    message: str

    def __str__(self) -> str:
        place = f"{self.path.parent.name}/{self.path.name}"
        return f"{place}, line {self.line}: {self.message}" if self.line else f"{place}: {self.message}"


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
                raise LawError(f"the law {law_id} cannot be used: {broken}", mend="mend that line")
            raise LawError(f"there is no law {law_id!r}", mend=f"known: {known}")
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
    (``<name>.sql``); a user's directory may bring its own in ``primitives/``.
    """
    shared = (*primitives, *(folder / "primitives" for folder in own))
    bodies = {path.stem: path for folder in shared for path in sorted(folder.glob("*.sql"))}
    problems: list[LawProblem] = []
    laws: dict[str, Law] = {}
    for root, shipped in [*((r, True) for r in roots), *((o, False) for o in own)]:
        if not root.is_dir():
            raise LawError(f"there is no law folder {root}", mend="give a directory with law folders or a rule.yaml")
        found = [_load_one(folder, tables, bodies, shipped=shipped, problems=problems) for folder in _folders(root)]
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
    path = folder / "rule.yaml"
    before = len(problems)
    try:
        raw = path.read_text(encoding="utf-8")
        doc = read_yaml(raw, path.name)
        text = LawText.model_validate(doc)
    except UnicodeDecodeError as error:
        problems.append(LawProblem(path, 0, f"not UTF-8: {error.reason} at byte {error.start}"))
        return None
    except YamlError as error:
        line = error.where.partition("line ")[2].partition(",")[0]
        problems.append(LawProblem(path, int(line) if line.isdigit() else 0, error.what))
        return None
    except ValidationError as error:
        problems += _schema_problems(path, doc, error)
        return None
    if folder.name.split("_")[0] != text.id:
        problems.append(LawProblem(path, doc.lines["id"], f"the folder must be named {text.id}_…, it is {folder.name}"))
    files = _body_files(folder, text, bodies, problems)
    statement = _statement(files, text, tables, problems)
    kernel = _kernel(folder, text, problems) if text.form == "kernel" else None
    if statement is not None:
        problems += _agreement(path, doc, text, statement)
    if len(problems) > before or statement is None:
        return None
    sources = [f.read_text(encoding="utf-8") for f in files]
    code = [(folder / "kernel.py").read_text(encoding="utf-8")] if kernel else []
    return Law(
        text=text,
        folder=folder,
        statement=statement,
        kernel=kernel,
        source="\n\n".join(sources),
        hash=hash_files(raw, *sources, *code),
        shipped=shipped,
        tables=statement.tables,
    )


def _schema_problems(path: Path, doc: Any, error: ValidationError) -> Iterator[LawProblem]:
    for item in error.errors():
        where = [str(part) for part in item["loc"]]
        message = item["msg"].removeprefix("Value error, ")
        if item["type"] == "extra_forbidden":
            message = "unknown key"
        elif item["type"] == "missing":
            message = "missing key"
        yield LawProblem(path, _line_of(doc, item["loc"]), f"{'.'.join(where)}: {message}" if where else message)


def _line_of(doc: Any, loc: Sequence[Any]) -> int:
    """The line of the deepest key of ``loc`` that the file has."""
    line, node = (doc.line if isinstance(doc, YamlMapping) else 0), doc
    for part in loc:
        if isinstance(node, YamlMapping) and str(part) in node:
            line, node = node.lines[str(part)], node[str(part)]
        elif isinstance(node, list) and isinstance(part, int) and part < len(node):
            node = node[part]
            line = node.line if isinstance(node, YamlMapping) else line
        else:
            break
    return line


def _body_files(folder: Path, text: LawText, bodies: Mapping[str, Path], problems: list[LawProblem]) -> list[Path]:
    if text.primitives:
        missing = [name for name in text.primitives if name not in bodies]
        problems += [
            LawProblem(folder / "rule.yaml", 0, f"there is no primitive {name!r}; known: {', '.join(sorted(bodies))}")
            for name in missing
        ]
        return [bodies[name] for name in text.primitives if name in bodies]
    path = folder / ("input.sql" if text.form == "kernel" else "rule.sql")
    if not path.exists():
        problems.append(LawProblem(path, 0, f"the body is missing (form: {text.form})"))
        return []
    return [path]


def _statement(files: Sequence[Path], text: LawText, tables: Tables, problems: list[LawProblem]) -> Statement | None:
    outputs = frozenset(BODY[text.kind].names) if text.form == "sql" else None
    statements = []
    for path in files:
        statement, found = check(path.read_text(encoding="utf-8"), tables, outputs=outputs)
        problems += [LawProblem(path, p.line, p.message) for p in found]
        if statement is None or found:
            return None
        statements.append(statement)
    if len(statements) <= 1:
        return statements[0] if statements else None
    combined, found = check(_union(text.kind, [s.sql() for s in statements]), tables, outputs=outputs)
    problems += [LawProblem(files[0], p.line, p.message) for p in found]
    return combined


def _union(kind: str, bodies: Sequence[str]) -> str:
    """Several primitives as one body: a row that two of them accuse carries its money once, in the first."""
    names = BODY[kind].names
    parts = " union all ".join(
        f"select {', '.join(names)}, {i} as part from ({body}) as p{i}" for i, body in enumerate(bodies)
    )
    first = "part = min(part) over (partition by finding_key, ref_table, ref_id)"
    columns = [f"case when {first} then {n} else 0 end as {n}" if n in ("amount", "fund_amount") else n for n in names]
    return f"select {', '.join(columns)} from ({parts}) as united"


def _kernel(folder: Path, text: LawText, problems: list[LawProblem]) -> Kernel | None:
    path = folder / "kernel.py"
    if not path.exists():
        problems.append(LawProblem(path, 0, "the kernel is missing (form: kernel)"))
        return None
    spec = importlib.util.spec_from_file_location(f"yibao_kernel_{text.id}_{hash_files(str(path))}", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
        return Kernel(text.id, tuple(module.PARTITION), tuple(module.ORDER), module.run, BODY[text.kind])
    except SyntaxError as error:
        problems.append(LawProblem(path, error.lineno or 0, f"syntax error: {error.msg}"))
    except AttributeError as error:
        problems.append(LawProblem(path, 0, f"a kernel declares PARTITION, ORDER and run: {error}"))
    except Exception as error:
        problems.append(LawProblem(path, 0, f"the kernel cannot be imported: {error}"))
    return None


def _agreement(path: Path, doc: YamlMapping, text: LawText, statement: Statement) -> Iterator[LawProblem]:
    """The YAML must say what the body does: same tables, same parameters."""
    reads = set(text.reads)
    line = doc.lines.get("reads", 0)
    for name in sorted(statement.tables - reads):
        yield LawProblem(path, line, f"the body reads {name!r}, `reads` does not name it")
    for name in sorted(reads - statement.tables):
        yield LawProblem(path, line, f"`reads` names {name!r}, the body does not read it")
    line = doc.lines.get("params", 0)
    for name in sorted(statement.parameters - set(text.params) - RESERVED):
        yield LawProblem(path, line, f"the body binds ${name}, `params` does not define it")
    for need in text.only_if:
        if need.column is not None and need.column not in statement.columns.get(need.table, ()):
            yield LawProblem(path, doc.lines.get("only_if", 0), f"the body does not read {need.table}.{need.column}")
        elif need.table not in statement.tables:
            yield LawProblem(path, doc.lines.get("only_if", 0), f"the body does not read {need.table!r}")
    if text.form == "sql":  # a kernel may use a parameter that its input does not
        for name in sorted(set(text.params) - statement.parameters):
            yield LawProblem(path, line, f"the parameter {name!r} is not used by the body")
