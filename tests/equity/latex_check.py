"""Whether LaTeX is well-formed, told without LaTeX."""

from __future__ import annotations

import re
from pathlib import Path


def check(text: str) -> None:
    """Environments and groups are closed in their order, mathematics is, and every row has as many cells as columns."""
    plain = re.sub(r"\\[\\{}$&%#_]", "", text)
    open_: list[str] = []
    for kind, name in re.findall(r"\\(begin|end)\{([a-z*]+)\}", text):
        if kind == "begin":
            open_.append(name)
        else:
            assert open_ and open_.pop() == name, name
    assert not open_
    depth = 0
    for character in plain:
        depth += (character == "{") - (character == "}")
        assert depth >= 0
    assert depth == 0
    assert plain.count("$") % 2 == 0
    assert not re.search(r"[%#]", plain) and not re.search(r"[²³≥≤−σβλρθ√→×]", text)
    for columns, body in re.findall(r"\\begin\{(?:tabular|longtable)\}\{([lr]+)\}(.*?)\\end\{", text, flags=re.DOTALL):
        for row in re.findall(r"^(.*) \\\\$", body, flags=re.MULTILINE):
            if not row.startswith("\\caption"):
                assert len(re.findall(r"(?<!\\)&", row)) == len(columns) - 1, row


def check_folder(folder: Path) -> int:
    """Every LaTeX file of a study, and that what papers put in is there. Returns how many files."""
    files = sorted(folder.rglob("*.tex"))
    for file in files:
        check(file.read_text(encoding="utf-8"))
    for paper in folder.glob("paper.*.tex"):
        text = paper.read_text(encoding="utf-8")
        for name in re.findall(r"\\input\{([^}]+)\}", text):
            assert (folder / f"{name}.tex").is_file(), name
        for name in re.findall(r"\\includegraphics\[[^]]*\]\{([^}]+)\}", text):
            assert (folder / name).is_file(), name
    return len(files)
