"""Files that are written by a program and kept in the repository: which are stale, and how they are rewritten.

A generator gives the wanted text of each path; a test compares. Folders that hold nothing but generated files are
named as patterns, so that a page of something that is gone is found and removed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from yibao.errors import YibaoError


def checkout() -> Path:
    """The root of the source checkout. Raises :class:`YibaoError` where the package is installed from a wheel."""
    root = Path(__file__).resolve().parents[2]
    if not (root / "pyproject.toml").is_file():
        raise YibaoError("no source checkout", where=str(root), mend="run `pip install -e .` in one and try again")
    return root


def stale(root: Path, wanted: Mapping[str, str], owned: Sequence[str]) -> list[Path]:
    """Paths below `root` that differ from the wanted text, are missing, or match `owned` without being wanted."""
    texts = {root / path: text for path, text in wanted.items()}
    differing = [p for p, text in texts.items() if not p.is_file() or p.read_text(encoding="utf-8") != text]
    present = {path for pattern in owned for path in root.glob(pattern)}
    return sorted([*differing, *(present - texts.keys())])


def write(root: Path, wanted: Mapping[str, str], paths: Sequence[Path]) -> None:
    """Write the wanted text of the given paths below `root`; a path that nothing wants is removed."""
    for path in paths:
        text = wanted.get(path.relative_to(root).as_posix())
        if text is None:
            path.unlink()
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")


def grid(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table; bars and line ends inside cells are made harmless."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines)


def plain(text: str) -> str:
    """Words of a law or contract as Markdown text: characters that Markdown would read as marks are escaped."""
    for mark in ("\\", "*", "<", "[", "]"):
        text = text.replace(mark, "\\" + mark)
    return " ".join(text.split())


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
