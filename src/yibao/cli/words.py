"""The language of the command line: Chinese where the locale is Chinese, English elsewhere; `YIBAO_LANG` decides."""

from __future__ import annotations

import locale
import os
from functools import cache
from typing import Literal, TypeVar

#: A text, or a list of them.
Words = TypeVar("Words")


@cache
def language() -> Literal["zh", "en"]:
    chosen = os.environ.get("YIBAO_LANG") or os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES")
    chosen = chosen or os.environ.get("LANG") or locale.getlocale()[0] or ""
    return "zh" if chosen.lower().startswith("zh") else "en"


def t(zh: Words, en: Words) -> Words:
    """The words in the user's language."""
    return zh if language() == "zh" else en
