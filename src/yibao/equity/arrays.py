"""Numbers as methods want them: float vectors and matrices without gaps, refused by name where they are not."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from yibao.equity.errors import MethodError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def vector(values: ArrayLike, what: str = "values", *, least: float | None = None) -> Floats:
    """One dimension of finite numbers, at least one, none below `least`; raises MethodError otherwise."""
    x = np.asarray(values, dtype=np.float64)
    if x.ndim != 1 or not x.size:
        raise MethodError(f"{what} are one row of numbers", zh=f"{what} 应为一列数")
    _finite(x, what)
    if least is not None and np.any(x < least):
        raise MethodError(
            f"{what} hold {int((x < least).sum())} numbers below {least:g}",
            mend="this method is not defined on negative numbers: look at the data",
            zh=f"{what} 中有 {int((x < least).sum())} 个数小于 {least:g}",
            mend_zh="该方法对负值没有定义，请核对数据",
        )
    return x


def matrix(values: ArrayLike, what: str = "values") -> Floats:
    """Two dimensions of finite numbers; raises MethodError otherwise."""
    x = np.asarray(values, dtype=np.float64)
    if x.ndim != 2 or not x.size:
        raise MethodError(f"{what} are a matrix of numbers", zh=f"{what} 应为矩阵")
    _finite(x, what)
    return x


def same_length(*named: tuple[str, Floats]) -> None:
    """Refuse vectors that do not belong together."""
    first, length = named[0][0], len(named[0][1])
    for name, x in named[1:]:
        if len(x) != length:
            raise MethodError(
                f"{length} {first}, but {len(x)} {name}", zh=f"{first} 有 {length} 个，{name} 有 {len(x)} 个"
            )


def positive(x: Floats, what: str) -> None:
    """Refuse zero and negative numbers, for denominators and logarithms."""
    if np.any(x <= 0):
        raise MethodError(
            f"{what} hold {int((x <= 0).sum())} numbers that are not above zero",
            mend="leave those rows out, or choose a measure that is defined at zero",
            zh=f"{what} 中有 {int((x <= 0).sum())} 个数不大于零",
            mend_zh="请剔除这些行，或改用对零有定义的指标",
        )


def _finite(x: Floats, what: str) -> None:
    lacking = int((~np.isfinite(x)).sum())
    if lacking:
        raise MethodError(
            f"{what} lack {lacking} numbers",
            mend="fill the gaps by a named rule, or leave the rows out",
            zh=f"{what} 缺 {lacking} 个值",
            mend_zh="请按写明的规则插补，或剔除这些行",
        )
