"""Names in the reader's language, and what stands in another language on a page marked as such.

An explanation is written when a rule runs, with names as the ledger has them. On English pages a Chinese name gives way
to the English one where the ledger knows it; what stays Chinese (people's names, names without an English form, what
somebody wrote) is marked with its language, so that it is read out and set as Chinese (WCAG 3.1.2).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

#: Letters that only Chinese has, and the marks that belong to it.
_CJK = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_HAN = re.compile(f"[{_CJK}]")
#: A run of Chinese with the figures, signs and blanks inside it.
_RUN = re.compile(f"[{_CJK}](?:[\\w·、，。：；？（）“”《》〔〕—…%℃/.+*×-]*[{_CJK}）”》〕。])?")
#: A text and the tag before it; comments and declarations have no name and are left alone.
_TEXT = re.compile(r"<(/?)([a-zA-Z][\w-]*)([^<>]*)>([^<]+)")
#: Elements that take no further element inside: they get the language themselves.
_BARE = frozenset(("option", "textarea", "text", "tspan"))
_UNSEEN = frozenset(("title", "style", "script"))
_CHINESE = ' lang="zh-CN"'


def marked(html: str) -> str:
    """An English page whose Chinese texts are marked. What already says its language stays as it is."""
    return _TEXT.sub(_marked, html) if _HAN.search(html) else html


def _marked(found: re.Match[str]) -> str:
    closing, tag, more, text = found.groups()
    if tag in _UNSEEN or " lang=" in more or not _HAN.search(text):
        return found[0]
    if tag in _BARE:
        return found[0] if closing else f"<{tag}{more}{_CHINESE}>{text}"
    inner = _RUN.sub(lambda run: f"<bdi{_CHINESE}>{run[0]}</bdi>", text)
    # One text stays one child, so that a row of boxes is laid out as before.
    return f"<{closing}{tag}{more}>" + (f"<bdi>{inner}</bdi>" if _alone(text) else inner)


def _alone(text: str) -> bool:
    """Whether a text is more than its one Chinese run."""
    return _RUN.fullmatch(text.strip()) is None


def in_english(names: Mapping[str, str], text: str) -> str:
    """A sentence with the names that are known in English too (``names``: Chinese -> English); all else as it is.

    A name counts where it stands as a word of its own; of several the longest.

    >>> in_english({"云州": "Yunzhou", "云州医院": "Yunzhou Hospital"}, "At 云州医院 (H1), not 云州市: 2 stays")
    'At Yunzhou Hospital (H1), not 云州市: 2 stays'
    """
    return "".join(_translated(text, names)) if _HAN.search(text) else text


def _translated(text: str, names: Mapping[str, str]) -> Iterator[str]:
    starts = [found.start() for found in re.finditer(r"(?<!\w)\w", text)]
    ends = [found.end() for found in re.finditer(r"[^\s](?!\w)", text)]
    done = 0
    for start in starts:
        if start < done:
            continue
        end = next((e for e in reversed(ends) if start < e and text[start:e] in names), None)
        if end is not None:
            yield text[done:start]
            yield names[text[start:end]]
            done = end
    yield text[done:]
