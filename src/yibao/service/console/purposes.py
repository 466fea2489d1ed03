"""Why somebody looked at data of a person, in words: one list for who asks and for who was looked at."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from yibao.engine.yaml import read_yaml


@cache
def purposes() -> Mapping[str, tuple[str, str]]:
    """Purposes of looks (``purposes.yaml``), Chinese and English."""
    text = (files("yibao.service.console") / "purposes.yaml").read_text(encoding="utf-8")
    said = read_yaml(text, "purposes.yaml")
    return {str(name): (str(words["zh"]), str(words["en"])) for name, words in said.items()}
