"""Columns of a table as the estimating libraries want them, and estimates as all methods here return them."""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import ArrayLike
from scipy.stats import norm
from scipy.stats import t as student

from yibao.equity.checks import Bools, Floats, Note, refusal
from yibao.equity.errors import LibraryMissing

#: Columns by name: an Arrow table, or a mapping of names to arrays of one length.
Columns: TypeAlias = "pa.Table | Mapping[str, ArrayLike]"
Missing = Literal["refuse", "drop"]


class Estimate(NamedTuple):
    """A number with its standard error, its test against zero and its interval."""

    value: float
    standard_error: float
    statistic: float
    p: float
    low: float
    high: float


class Frame(NamedTuple):
    """A pandas frame with columns c0, c1, …; `key` says which is which; `rows` are those kept of the input."""

    data: Any
    key: dict[str, str]
    rows: Bools
    notes: tuple[Note, ...]

    def column(self, name: str) -> Floats:
        """A numeric column as floats."""
        return self.data[self.key[name]].to_numpy(dtype=np.float64)


def frame(data: Columns, numeric: Sequence[str], labels: Sequence[str] = (), missing: Missing = "refuse") -> Frame:
    """The named columns, numbers as floats and labels as text. Rows with gaps are refused, or dropped and counted.

    Raises MethodError on a column that is absent, not numeric, or constant in name only.

    >>> frame({"y": [1, 2], "unit": ["a", "b"]}, ["y"], ["unit"]).key
    {'y': 'c0', 'unit': 'c1'}
    """
    pandas = library("pandas")
    names = list(dict.fromkeys([*numeric, *labels]))
    have = data.column_names if isinstance(data, pa.Table) else list(data)
    absent = [name for name in names if name not in have]
    if absent:
        said = ", ".join(absent)
        raise refusal(
            "table", f"has no column {said}", f"缺少列 {said}", f"it has: {', '.join(have)}", f"现有：{', '.join(have)}"
        )
    key = {name: f"c{number}" for number, name in enumerate(names)}
    columns = {key[name]: _column(data, name, name in labels and name not in numeric) for name in names}
    if len({len(column) for column in columns.values()}) > 1:
        raise refusal("table", "has columns of different lengths", "各列长度不同")
    table = pandas.DataFrame(columns)
    gaps = table.isna().any(axis=1).to_numpy()
    if not gaps.any():
        return Frame(table, key, ~gaps, ())
    where = [name for name in names if table[key[name]].isna().any()]
    if missing == "refuse":
        raise refusal(
            ", ".join(where),
            f"{int(gaps.sum())} of {len(gaps)} rows have gaps",
            f"{len(gaps)} 行中有 {int(gaps.sum())} 行缺失",
            'fill them in explicitly, or say missing="drop"',
            '请显式插补，或指定 missing="drop"',
        )
    zh = f"剔除 {int(gaps.sum())} 行缺失（{', '.join(where)}）"
    note = Note("dropped", zh, f"{int(gaps.sum())} rows with gaps dropped ({', '.join(where)})")
    return Frame(table[~gaps].reset_index(drop=True), key, ~gaps, (note,))


def estimate(value: float, error: float, level: float = 0.95, degrees: float | None = None) -> Estimate:
    """An estimate with its interval: normal, or Student's t with `degrees` of freedom.

    >>> round(estimate(1.0, 0.5).p, 4)
    0.0455
    """
    value, error = float(value), float(error)
    law = norm if degrees is None else student(degrees)
    statistic = value / error if error > 0 else float("inf") * np.sign(value) if value else 0.0
    width = float(law.ppf((1 + level) / 2)) * error
    return Estimate(value, error, float(statistic), float(2 * law.sf(abs(statistic))), value - width, value + width)


def library(name: str) -> Any:
    """A library of the extra `evaluate`, imported now. Raises LibraryMissing, which names the extra."""
    try:
        return importlib.import_module(name)
    except ImportError:
        raise LibraryMissing(name.split(".")[0]) from None


@contextmanager
def heard(notes: list[Note]) -> Iterator[None]:
    """Warnings of a library become notes of the result instead of lines on the terminal."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield
    for warning in caught:
        if issubclass(warning.category, (DeprecationWarning, FutureWarning, PendingDeprecationWarning)):
            continue
        text = " ".join(str(warning.message).split())
        if text and all(text != note.en for note in notes):
            notes.append(Note("library", f"计算库提示：{text}", text))


def _column(data: Columns, name: str, label: bool) -> Any:
    values: Any = data.column(name).to_pylist() if isinstance(data, pa.Table) else data[name]
    column: Any = np.asarray(values, dtype=object)
    if column.ndim != 1:
        raise refusal(name, "is not one value a row", "应为每行一个值")
    if label:
        return np.array(
            [None if value is None or value == "" or value != value else str(value) for value in column], object
        )
    try:
        numbers = column.astype(np.float64)
    except (TypeError, ValueError):
        raise refusal(name, "is not numeric", "不是数值列", "code it as numbers first", "请先编码为数值") from None
    return np.where(np.isinf(numbers), np.nan, numbers)
