"""Amounts and rates as a policy writes them: ``1300``, ``15万``, ``50% of disposable_income``, ``85%``.

Inside, money is whole fen and a rate is whole parts per million: an adjusted rate such as 86 % with four fifths of the
personal share (88.8 %) then stays exact.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any

from pydantic import PlainValidator, WithJsonSchema

from yibao.engine.money import round_half_up

#: A rate of one, in parts per million.
ONE = 1_000_000
#: Stands for "no limit"; times ``ONE`` it stays far below 2^63.
UNLIMITED = 10**12

_MONEY = re.compile(r"(\d+(?:\.\d{1,6})?)\s*(万|亿)?")
_SHARE = re.compile(r"(\d+(?:\.\d{1,4})?)\s*%\s*of\s+([a-z_]+)")
_TIMES = re.compile(r"(\d+)\s*x\s+([a-z_]+)")
_RATE = re.compile(r"(\d+(?:\.\d{1,4})?)\s*%")
_UNITS = {None: 100, "万": 10**6, "亿": 10**10}


@dataclass(frozen=True)
class Amount:
    """Money that a policy names: ``fen``, or ``ppm`` of a reference figure such as last year's disposable income."""

    fen: int
    ppm: int = 0
    of: str = ""

    def resolve(self, reference: Mapping[str, int]) -> int:
        """Whole fen, half-up. ``reference`` gives figures in fen; a missing name raises :class:`KeyError`."""
        return round_half_up(reference[self.of] * self.ppm, ONE) if self.of else self.fen

    def __str__(self) -> str:
        if not self.of:
            return _plain(Decimal(self.fen) / 100)
        times = Decimal(self.ppm) / ONE
        return f"{_plain(times)} x {self.of}" if times >= 2 else f"{_plain(times * 100)}% of {self.of}"


def parse_amount(value: Any) -> Amount:
    """Read an amount. Raises :class:`ValueError` in words for whoever wrote the policy."""
    text = str(value).strip().replace(",", "")
    if found := _SHARE.fullmatch(text):
        return Amount(0, int(Decimal(found[1]) * 10_000), found[2])
    if found := _TIMES.fullmatch(text):
        return Amount(0, int(found[1]) * ONE, found[2])
    found = _MONEY.fullmatch(text)
    fen = Decimal(found[1]) * _UNITS[found[2]] if found else None
    if fen is None or fen != int(fen):
        raise ValueError(
            f"{text!r} is no amount: write yuan such as 1300, 1300.50 or 15万, or 50% of disposable_income"
        )
    if fen >= UNLIMITED:
        raise ValueError(f"{text} yuan is too large; to set no limit, leave the key out")
    return Amount(int(fen))


def parse_rate(value: Any) -> int:
    """Read a rate of 0 to 100 % into parts per million."""
    text = str(value).strip()
    if text == "0":
        return 0
    found = _RATE.fullmatch(text)
    if not found:
        raise ValueError(f"{text!r} is no rate: write it with a percent sign, such as 85%")
    ppm = int(Decimal(found[1]) * 10_000)
    if ppm > ONE:
        raise ValueError(f"a rate above 100%: {text}")
    return ppm


def show_rate(ppm: int) -> str:
    """``850000`` as ``85%``."""
    return f"{_plain(Decimal(ppm) / 10_000)}%"


def _plain(number: Decimal) -> str:
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


Money = Annotated[
    Amount,
    PlainValidator(parse_amount),
    WithJsonSchema(
        {
            "type": ["string", "number"],
            "description": "yuan: 1300, 1300.50, 15万; or 50% of disposable_income; or 30 x minimum_income",
        }
    ),
]
Rate = Annotated[
    int,
    PlainValidator(parse_rate),
    WithJsonSchema({"type": ["string", "number"], "pattern": r"^(0|\d+(\.\d{1,4})?\s*%)$", "description": "85%"}),
]
