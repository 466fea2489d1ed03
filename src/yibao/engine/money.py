"""Money is integer minor units; every rounding is half-up on its absolute value and written down where it happens.

``//`` floors in Python and NumPy and truncates in DuckDB and Spark, so neither is used for rounding: all three forms
below compute ``sign(n) * floor((2*|n| + d) / (2*d))`` on integers and agree to the unit.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from sqlglot import exp

IntArray = npt.NDArray[np.int64]

#: A rate of one, in basis points.
ONE = 10_000


def round_half_up(numerator: int, denominator: int) -> int:
    """``numerator / denominator`` rounded half away from zero, on exact integers.

    >>> [round_half_up(n, 2) for n in (1, 3, -1, -3, 4)]
    [1, 2, -1, -2, 2]
    """
    if denominator <= 0:
        raise ValueError("the denominator must be positive")
    quotient = (2 * abs(numerator) + denominator) // (2 * denominator)
    return -quotient if numerator < 0 else quotient


def round_half_up_array(numerator: IntArray, denominator: int | IntArray) -> IntArray:
    """:func:`round_half_up` for arrays of int64; the caller keeps ``2 * |numerator|`` below 2^63."""
    magnitude = (2 * np.abs(numerator) + denominator) // (2 * np.asarray(denominator))
    rounded: IntArray = np.where(numerator < 0, -magnitude, magnitude)
    return rounded


def round_half_up_sql(numerator: exp.Expression, denominator: exp.Expression) -> exp.Expression:
    """The same as a portable SQL expression; ``//`` truncates there and its operands are never negative here."""
    n, d = exp.paren(numerator.copy()), exp.paren(denominator.copy())
    magnitude = exp.paren(
        exp.IntDiv(
            this=exp.paren(exp.Add(this=exp.Mul(this=exp.Literal.number(2), expression=exp.Abs(this=n)), expression=d)),
            expression=exp.paren(exp.Mul(this=exp.Literal.number(2), expression=d.copy())),
        )
    )
    negative = exp.LT(this=n.copy(), expression=exp.Literal.number(0))
    return exp.paren(exp.Case().when(negative, exp.Neg(this=magnitude)).else_(magnitude.copy()))


def parse_money(text: str, scale: int = 2) -> int:
    """Exact minor units of a decimal text such as ``-123.45``.

    Raises :class:`ValueError` for anything else, more decimals than the currency has included.
    """
    sign, digits = (-1, text[1:]) if text[:1] == "-" else (1, text)
    whole, _, fraction = digits.partition(".")
    if not (whole.isascii() and whole.isdigit()) or (fraction and not (fraction.isascii() and fraction.isdigit())):
        raise ValueError(f"not an amount: {text!r}")
    if len(fraction.rstrip("0")) > scale:
        raise ValueError(f"more than {scale} decimals: {text!r}")
    return sign * int(whole + fraction[:scale].ljust(scale, "0"))
