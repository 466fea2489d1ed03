"""Whole numbers as official texts write them."""

from __future__ import annotations

#: The pattern of a whole number in Arabic or Chinese figures.
NUMBER = r"[0-9一二两三四五六七八九十]+"
_DIGITS = {"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}


def number_of(text: str) -> int:
    """The number of up to ninety-nine that a text writes in Arabic or Chinese figures.

    >>> number_of("14"), number_of("两"), number_of("十"), number_of("二十一")
    (14, 2, 10, 21)
    """
    if text.isdecimal():
        return int(text)
    tens, ten, ones = text.partition("十")
    if ten:
        return (_DIGITS[tens] if tens else 1) * 10 + (_DIGITS[ones] if ones else 0)
    return _DIGITS[text]
