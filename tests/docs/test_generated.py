"""Generated files: what is stale is found, rewritten, and removed when nothing wants it."""

from __future__ import annotations

from pathlib import Path

from yibao.generated import grid, plain, stale, write

WANTED = {"docs/pages/one.md": "# one\n", "docs/pages/two.md": "# two\n"}
OWNED = ("docs/pages/*.md",)


def test_missing_changed_and_left_over_files_are_stale_until_written(tmp_path: Path) -> None:
    write(tmp_path, WANTED, stale(tmp_path, WANTED, OWNED))
    assert stale(tmp_path, WANTED, OWNED) == []
    changed, left_over = tmp_path / "docs/pages/one.md", tmp_path / "docs/pages/gone.md"
    changed.write_text("# another\n", encoding="utf-8")
    left_over.write_text("# gone\n", encoding="utf-8")
    assert stale(tmp_path, WANTED, OWNED) == [left_over, changed]
    write(tmp_path, WANTED, [left_over, changed])
    assert stale(tmp_path, WANTED, OWNED) == []
    assert not left_over.exists()


def test_files_outside_the_owned_folders_are_left_alone(tmp_path: Path) -> None:
    other = tmp_path / "docs/tutorial.md"
    other.parent.mkdir()
    other.write_text("by hand\n", encoding="utf-8")
    assert other not in stale(tmp_path, WANTED, OWNED)


def test_words_do_not_become_marks() -> None:
    assert plain("a *b* <c>\n [d]") == "a \\*b\\* \\<c> \\[d\\]"
    assert grid(["x"], [["a|b\nc"]]) == "| x |\n| --- |\n| a\\|b c |"
