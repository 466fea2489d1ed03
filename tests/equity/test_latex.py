"""What a study writes for LaTeX is well-formed: there is no LaTeX here to say so."""

from __future__ import annotations

import pytest
from latex_check import check

from yibao.equity.outputs.latex import escaped


@pytest.mark.parametrize(
    "broken",
    [
        r"\begin{table}", r"\begin{a}\begin{b}\end{a}\end{b}", "{", "50 %", "$x", "β",
        "\\begin{tabular}{lr}\na & b & c \\\\\n\\end{tabular}",
    ],
)  # fmt: skip
def test_the_check_itself_finds_what_is_broken(broken: str) -> None:
    with pytest.raises(AssertionError):
        check(broken)


def test_every_character_that_latex_would_read_is_escaped() -> None:
    check(escaped("5 % of A_1 & B# {x} $y ~^ \\ ≥ ≤ − β²"))
