"""What is wrong with a law, said in Chinese: the code words it in English, ``problems.zh.yaml`` says the same."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

from yibao.engine.yaml import read_yaml

_NAME = re.compile(r"\{([a-c])\}")
_KEYED = re.compile(r"([\w.]+): (.+)", re.DOTALL)


@cache
def templates() -> tuple[tuple[re.Pattern[str], str], ...]:
    """A pattern of the English words for each Chinese template, those with the most fixed words first."""
    path = files("yibao.lawbook") / "problems.zh.yaml"
    words: dict[str, str] = read_yaml(path.read_text(encoding="utf-8"), path.name)
    ordered = sorted(words.items(), key=lambda pair: -len(_NAME.sub("", pair[0])))
    return tuple((_pattern(english), chinese) for english, chinese in ordered)


def chinese(message: str) -> str:
    """The Chinese words of a message; parts that are messages themselves are translated too, unknown ones stay."""
    for pattern, words in templates():
        found = pattern.fullmatch(message)
        if found:
            parts = {name: chinese(part) for name, part in found.groupdict().items()}
            return "".join(parts[part] if i % 2 else part for i, part in enumerate(_NAME.split(words)))
    keyed = _KEYED.fullmatch(message)  # a key of rule.yaml, and what is wrong with it
    return f"{keyed[1]}：{chinese(keyed[2])}" if keyed else message


def _pattern(english: str) -> re.Pattern[str]:
    parts = _NAME.split(english)
    return re.compile(
        "".join(f"(?P<{part}>.+?)" if i % 2 else re.escape(part) for i, part in enumerate(parts)), re.DOTALL
    )
