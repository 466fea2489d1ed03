"""Compiles the bodies of a law: SQL files to checked statements, several primitives to one, kernels to functions."""

from __future__ import annotations

import csv
import importlib.util
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from yibao.engine.kernels import Kernel, kernel_line
from yibao.engine.portable import Statement, check
from yibao.engine.schema import Tables
from yibao.lawbook.bodies import BODY, OPTIONAL
from yibao.lawbook.model import LawProblem, LawText, hash_files

#: A name that a row of the table ``each`` stands for.
_BRACES = re.compile(r"\{(\w+)\}")
#: Where a shared body takes in the law's own ``rule.sql``: a line of its own.
OWN = "{own}"
#: Where a body takes in a part that several bodies have in common: a line of its own.
PART = re.compile(r"^\s*\{(parts/\w+)\}\s*$", re.MULTILINE)


class Line(NamedTuple):
    """A line of a body and where it stands."""

    path: Path
    number: int
    text: str


def text_of(path: Path, problems: list[LawProblem]) -> str | None:
    """The text of a law's file; None, and a problem more, when it cannot be read."""
    try:
        data = path.read_bytes()
    except OSError as error:
        problems.append(LawProblem(path, 0, f"cannot be read: {error.strerror}"))
        return None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        problems.append(LawProblem(path, line, "not UTF-8: save the file as UTF-8"))
        return None


def body_files(folder: Path, text: LawText, bodies: Mapping[str, Path], problems: list[LawProblem]) -> list[Path]:
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


def expanded(folder: Path, text: LawText, problems: list[LawProblem]) -> list[Mapping[str, str]]:
    """What stands for the names in braces of the law's body: a row of its table ``each``, or nothing, once."""
    if text.each is None:
        return [{}]
    path = folder / text.each
    table = text_of(path, problems)
    if table is None:
        return []
    rows: list[Mapping[str, str]] = list(csv.DictReader(table.splitlines()))
    if not rows or None in rows[0] or None in rows[0].values():
        problems.append(LawProblem(path, 1, "expected a CSV with a head and a row for each time the body is asked"))
        return []
    return rows


def written(
    path: Path, folder: Path, bodies: Mapping[str, Path], problems: list[LawProblem], above: tuple[Path, ...] = ()
) -> list[Line] | None:
    """The lines of a body with those that it takes in, each with where it stands; None when a file has a problem.

    A shared body may take in the law's own ``rule.sql`` where it says ``{own}``, and any body a part that several have
    in common (``{parts/NAME}``: ``primitives/parts/NAME.sql``). ``above`` are the bodies that this one is taken into.
    """
    text = text_of(path, problems)
    if text is None:
        return None
    lines: list[Line] = []
    for number, line in enumerate(text.splitlines(), start=1):
        part = PART.match(line)
        if part and part[1] not in bodies:
            problems.append(LawProblem(path, number, f"there is no part {part[1]!r}"))
            return None
        taken = folder / "rule.sql" if line.strip() == OWN else bodies[part[1]] if part else None
        if taken in (path, *above):
            problems.append(LawProblem(path, number, f"{line.strip()} takes in the body that it stands in"))
            return None
        inside = (
            [Line(path, number, line)] if taken is None else written(taken, folder, bodies, problems, (*above, path))
        )
        if inside is None:
            return None
        lines += inside
    return lines


def parts_in(sources: Sequence[str], bodies: Mapping[str, Path]) -> list[str]:
    """The texts of the parts that bodies take in, and of those that these take in, each once."""
    taken: dict[str, str] = {}
    waiting = list(sources)
    while waiting:
        for name in PART.findall(waiting.pop(0)):
            if name in bodies and name not in taken:
                taken[name] = text_of(bodies[name], []) or ""
                waiting.append(taken[name])
    return list(taken.values())


def compile_parts(
    folder: Path,
    files: Sequence[Path],
    text: LawText,
    tables: Tables,
    problems: list[LawProblem],
    bodies: Mapping[str, Path],
    rows: Sequence[Mapping[str, str]] = ({},),
) -> list[Statement]:
    """The checked statements of the body files, each for every row of ``rows``; fewer when one has problems."""
    outputs = frozenset(BODY[text.kind].names) if text.form == "sql" else None
    optional = OPTIONAL.get(text.kind, {})
    statements = []
    for path in files:
        lines = written(path, folder, bodies, problems)
        if lines is None:
            continue
        sql = "\n".join(line.text for line in lines)
        unknown = [name for name in _BRACES.findall(sql) if rows and text.each and name not in rows[0]]
        if unknown:
            problems.append(LawProblem(path, 0, f"{{{unknown[0]}}} is no column of {text.each}: {', '.join(rows[0])}"))
            continue
        for number, row in enumerate(rows, start=2):
            asked = _BRACES.sub(lambda name, row=row: row.get(name[1], name[0]), sql)  # type: ignore[misc]
            statement, found = check(asked, tables, outputs=outputs, optional=frozenset(optional))
            told = f" (asked with line {number} of {text.each})" if row else ""
            for p in found:
                line = lines[p.line - 1] if 0 < p.line <= len(lines) else Line(path, p.line, "")
                problems.append(LawProblem(line.path, line.number, p.message + told))
            if found:
                break  # what is wrong with a body is wrong every time that it is asked
            if statement is not None:
                statements.append(statement if outputs is None else _completed(statement, text.kind))
    return statements


def _completed(statement: Statement, kind: str) -> Statement:
    """The body with the optional columns that it leaves out."""
    missing = {name: value for name, value in OPTIONAL.get(kind, {}).items() if name not in statement.names}
    if not missing:
        return statement
    columns = [*statement.names, *(f"{value} as {name}" for name, value in missing.items())]
    text = f"select {', '.join(columns)} from ({statement.text}) as body"
    return replace(statement, text=text, names=(*statement.names, *missing))


def combine(
    files: Sequence[Path], parts: Sequence[Statement], text: LawText, tables: Tables, problems: list[LawProblem]
) -> tuple[Statement, ...]:
    """The law's bodies, none when one has problems; several primitives become one, a union."""
    if len(parts) < len(files) or problems:
        return ()
    if len(files) == 1:
        return tuple(parts)
    outputs = frozenset(BODY[text.kind].names)
    combined, found = check(_union(text.kind, [part.text for part in parts]), tables, outputs=outputs)
    problems += [LawProblem(files[0], p.line, p.message) for p in found]
    return () if combined is None else (combined,)


def _union(kind: str, bodies: Sequence[str]) -> str:
    """Several primitives as one body: a row that two of them accuse carries its money once, in the first."""
    names = BODY[kind].names
    parts = " union all ".join(
        f"select {', '.join(names)}, {i} as part from ({body}) as p{i}" for i, body in enumerate(bodies)
    )
    first = "part = min(part) over (partition by finding_key, ref_table, ref_id)"
    columns = [f"case when {first} then {n} else 0 end as {n}" if n in ("amount", "fund_amount") else n for n in names]
    return f"select {', '.join(columns)} from ({parts}) as united"


def load_kernel(folder: Path, text: LawText, problems: list[LawProblem]) -> Kernel | None:
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
    except (Exception, SystemExit) as error:
        # A user's module may do anything when it is imported; the other laws still load.
        problems.append(LawProblem(path, kernel_line(error, path), f"the kernel cannot be imported: {error!r}"))
    return None
