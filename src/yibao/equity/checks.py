"""What goes into a method is looked at first, and what a method decided on its own is said in the result."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from yibao.equity.errors import MethodError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


class Note(NamedTuple):
    """A convention that a result rests on, or what it could not answer: a code, and a sentence in each language."""

    code: str
    zh: str
    en: str


def vector(values: ArrayLike, what: str = "values") -> Floats:
    """One dimension of finite numbers, at least one. Raises MethodError naming the argument."""
    return _finite(values, what, 1)


def matrix(values: ArrayLike, what: str = "values") -> Floats:
    """Two dimensions of finite numbers. Raises MethodError naming the argument."""
    return _finite(values, what, 2)


def _finite(values: ArrayLike, what: str, dimensions: int) -> Floats:
    try:
        x = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        mend, mend_zh = "turn codes and text into numbers first", "请先转为数值"
        raise refusal(what, "is not made of numbers", "不是数值", mend, mend_zh) from None
    if x.ndim != dimensions or not x.size:
        said = (
            ("is not one row of numbers", "应为一列数")
            if dimensions == 1
            else ("is not a matrix of numbers", "应为矩阵")
        )
        raise refusal(what, *said)
    lacking = int((~np.isfinite(x)).sum())
    if lacking:
        raise refusal(
            what, f"lack {lacking} numbers", f"缺 {lacking} 个值",
            "fill the gaps by a named rule, or leave the rows out", "请按写明的规则插补，或剔除这些行",
        )  # fmt: skip
    return x


def non_negative(name: str, values: ArrayLike, *, dimensions: int = 1) -> Floats:
    """Numbers of which none is below zero. Raises MethodError."""
    x = _finite(values, name, dimensions)
    bad = int(np.count_nonzero(x < 0))
    if bad:
        mend, mend_zh = (
            "this method is not defined on negative numbers: look at the data",
            "该方法对负值没有定义，请核对数据",
        )
        raise refusal(name, f"{bad} of {x.size} values are negative", f"{x.size} 个值中有 {bad} 个为负", mend, mend_zh)
    return x


def above_zero(name: str, values: ArrayLike, *, dimensions: int = 1, mend: str = "", mend_zh: str = "") -> Floats:
    """Numbers that are all above zero. Raises MethodError."""
    x = _finite(values, name, dimensions)
    bad = int(np.count_nonzero(x <= 0))
    if bad:
        mend = mend or "leave those rows out, or choose a measure that is defined at zero"
        mend_zh = mend_zh or "请剔除这些行，或改用对零有定义的指标"
        raise refusal(
            name, f"{bad} of {x.size} values are zero or negative", f"{x.size} 个值中有 {bad} 个为零或负", mend, mend_zh
        )
    return x


def weights_of(weights: ArrayLike | None, length: int, name: str = "weights") -> Floats:
    """Weights that add up to one, equal where none are given. Raises MethodError when negative or all zero."""
    if weights is None:
        return np.full(length, 1.0 / length)
    w = non_negative(name, weights)
    as_many_rows(length, **{name: w})
    total = float(w.sum())
    if total <= 0:
        raise refusal(name, "are all zero", "全部为零")
    return w / total


def as_many_rows(length: int, **named: NDArray[Any]) -> None:
    """Raises MethodError naming the argument that has another number of rows."""
    for name, x in named.items():
        if len(x) != length:
            raise refusal(name, f"has {len(x)} rows where {length} are needed", f"有 {len(x)} 行，应为 {length} 行")


def codes_of(name: str, labels: ArrayLike | Sequence[object], length: int) -> tuple[list[str], Ints]:
    """Labels as (sorted distinct names, number of the name of each row). Raises MethodError on a missing label."""
    column = np.asarray(labels, dtype=object)
    if column.ndim != 1:
        raise refusal(name, "is not one label a row", "应为每行一个标签")
    as_many_rows(length, **{name: column})
    missing = sum(label is None or label == "" or label != label for label in column.tolist())
    if missing:
        raise refusal(name, f"{missing} of {length} labels are missing", f"{length} 个标签中有 {missing} 个缺失")
    names, codes = np.unique(column.astype(str), return_inverse=True)
    return names.tolist(), codes.astype(np.int64)


def yes_no(name: str, values: ArrayLike, length: int | None = None) -> Floats:
    """A column of 0 and 1 as floats. Raises MethodError on anything else."""
    x = vector(values, name)
    if length is not None:
        as_many_rows(length, **{name: x})
    if not np.all((x == 0) | (x == 1)):
        raise refusal(name, "holds values other than 0 and 1", "含 0、1 以外的值")
    return x


def refusal(where: str, what: str, zh: str, mend: str = "", mend_zh: str = "") -> MethodError:
    """A MethodError about the argument `where`."""
    return MethodError(what, where=where, zh=zh, mend=mend, mend_zh=mend_zh)
