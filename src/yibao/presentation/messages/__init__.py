"""zh and en messages: one catalogue each (``zh.yaml``, ``en.yaml``) with the same keys and the same placeholders.

A key is a path such as ``findings.none``. A message with the two keys ``one`` and ``other`` has plural forms, chosen by
its placeholder ``n``; Chinese writes ``other`` alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, get_args

from yibao.engine.yaml import read_yaml
from yibao.errors import YibaoError
from yibao.presentation.fmt import Format, Lang

LANGUAGES: tuple[Lang, ...] = get_args(Lang)
PLURALS = frozenset({"one", "other"})

Message = str | Mapping[str, str]


class MessageError(YibaoError):
    """A message is missing, or its placeholders were not all given."""


@cache
def catalogue(lang: Lang) -> Mapping[str, Message]:
    """All messages of a language by key; a plural message is a mapping of its forms."""
    text = (files(__name__) / f"{lang}.yaml").read_text(encoding="utf-8")
    return MappingProxyType(dict(_flatten(read_yaml(text, f"{lang}.yaml"), "")))


class Messages:
    """The messages of one language; numbers in them are formatted as this language writes them.

    >>> Messages("zh")("unit.day"), Messages("en").count("n.findings", 1), Messages("en").count("n.findings", 1200)
    ('天', '1 finding', '1,200 findings')
    """

    def __init__(self, lang: Lang) -> None:
        self.lang = lang
        self._format = Format(lang)
        self._texts = catalogue(lang)

    def __call__(self, key: str, **values: Any) -> str:
        """The message of `key` with its placeholders filled. Raises :class:`MessageError` for an unknown key."""
        message = self._texts.get(key)
        if message is None:
            raise MessageError(f"there is no message {key!r}", where=f"{self.lang}.yaml")
        if not isinstance(message, str):
            one = "one" in message and values.get("n") == 1
            message = message["one" if one else "other"]
        shown = {name: self._format.count(v) if type(v) is int else v for name, v in values.items()}
        try:
            return message.format_map(shown)
        except KeyError as error:
            raise MessageError(f"{key!r} needs the value {error}", where=f"{self.lang}.yaml") from None

    def count(self, key: str, n: int) -> str:
        """A number with its noun, in the right plural form."""
        return self(key, n=n)

    def word(self, prefix: str, value: str | None, n: int | None = None) -> str:
        """The word for a code of ours (``unit.day``), in the form for ``n`` of it; a value without a word (a unit of a
        user's law) stays as it is.
        """
        key = f"{prefix}.{value}"
        return self(key, n=n) if key in self._texts else str(value or "")


def _flatten(doc: Mapping[str, Any], prefix: str) -> list[tuple[str, Message]]:
    out: list[tuple[str, Message]] = []
    for key, value in doc.items():
        if isinstance(value, Mapping) and not set(value) <= PLURALS:
            out.extend(_flatten(value, f"{prefix}{key}."))
        else:
            out.append((f"{prefix}{key}", value))
    return out
