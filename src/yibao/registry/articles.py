"""Refusals of the registry: each has a name, and the article of the law that it follows."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from yibao.engine.yaml import read_yaml
from yibao.errors import YibaoError

FACTS = Path(__file__).parent / "facts"


def facts(name: str) -> Any:
    """A YAML file of published facts and marked defaults that ships with the registry."""
    return read_yaml((FACTS / name).read_text(encoding="utf-8"), name)


@cache
def articles() -> dict[str, dict[str, Any]]:
    return {str(key): dict(value) for key, value in facts("articles.yaml").items()}


class RegistryError(YibaoError):
    """The registry cannot do its work: it is not there, not at its newest form, or out of reach."""


class Refused(YibaoError):
    """An act that the law, or the state of things, does not allow. It is logged before it is told.

    ``name`` is what programs go by; ``article`` a key of ``facts/articles.yaml``.
    """

    def __init__(
        self, name: str, article: str, what: str, zh: str, *, where: str = "", mend: str = "", mend_zh: str = ""
    ) -> None:
        law = articles()[article]
        self.name, self.article = name, article
        super().__init__(f"{what} [{law['en']}]", where=where, mend=mend, zh=f"{zh}【{law['zh']}】", mend_zh=mend_zh)
