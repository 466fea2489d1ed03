"""What letters to the bureau have in common: a number of the year, and words that say something."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, func, select

from yibao.registry.articles import Refused
from yibao.registry.unit import Unit


def numbered(unit: Unit, column: Column[Any], prefix: str) -> str:
    """The next number of the year in a column of numbers, such as ``OP-2025-000012``."""
    of_year = select(func.count()).where(column.like(f"{prefix}-{unit.today.year}-%"))
    return f"{prefix}-{unit.today.year}-{unit.connection.execute(of_year).scalar_one() + 1:06d}"


def written(words: str, article: str, longest: int) -> str:
    """The words without the blanks around them. Raises :class:`Refused`: ``no_words``, ``too_long``."""
    said = words.strip()
    if not said:
        raise Refused("no_words", article, "nothing was written", "没有填写内容",
                      mend="write what you mean", mend_zh="请填写内容")  # fmt: skip
    if len(said) > longest:
        raise Refused("too_long", article, f"{len(said)} characters are too many", f"{len(said)} 个字过多",
                      mend=f"at most {longest} characters", mend_zh=f"最多 {longest} 字")  # fmt: skip
    return said
