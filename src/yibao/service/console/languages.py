"""What stands in Chinese on an English page is marked so, to be read out and set as Chinese (WCAG 3.1.2).

It is people's names, names without an English form, and what somebody wrote; for the others see
:mod:`yibao.service.english`.
"""

from __future__ import annotations

import re

from markupsafe import Markup

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


#: Figures of an explanation: how often, how many people, how much money.
_FIGURE = re.compile(r"(?<![\w.,-])\d[\d,]*(?:\.\d+)?(?: ?(?:次|人|元|件)| (?:×|persons?|yuan))|¥\d[\d,]*(?:\.\d+)?")
#: So many of them stand out (console: three bold numbers).
_MOST = 3


def weighty(text: str) -> Markup:
    """A sentence whose first three figures stand out.

    >>> weighty("有 3 次“分解住院”，涉及 2 人、基金 7,014.25 元。")
    Markup('有 <b>3 次</b>“分解住院”，涉及 <b>2 人</b>、基金 <b>7,014.25 元</b>。')
    >>> weighty("2 persons, ¥7,014.25 of the fund.")
    Markup('<b>2 persons</b>, <b>¥7,014.25</b> of the fund.')
    """
    return Markup(_FIGURE.sub(r"<b>\g<0></b>", str(Markup.escape(text)), count=_MOST))


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
