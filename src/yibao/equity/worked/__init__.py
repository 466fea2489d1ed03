"""Worked examples of the methods: every expected number beside the one that the public function gives.

``examples.yaml`` holds inputs and expected numbers with their sources; the modules beside it say which function each
number comes from. Examples whose input is public data that do not ship with the project are calculated where a folder
of data is named, and listed by name where none is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from yibao.equity.neighbours import SpatialWeights

#: What an example gives: the function asked, and its numbers by the key under which they are expected.
Given = Iterator[tuple[str, Mapping[str, Any]]]
#: Relative tolerance of numbers that two implementations agree on, and the absolute one beside it.
RELATIVE, ABSOLUTE = 1e-9, 1e-12


@dataclass(frozen=True)
class Row:
    """One expected number and ours. ``quantity`` names it, with its place in an array."""

    example: str
    function: str
    quantity: str
    expected: float
    found: float
    relative: float
    absolute: float

    @property
    def agrees(self) -> bool:
        return abs(self.found - self.expected) <= self.absolute + self.relative * abs(self.expected)


@dataclass(frozen=True)
class Example:
    """How an example is calculated. ``needs`` are files of public data, or a library that ships some."""

    name: str
    run: Callable[..., Given]
    relative: float
    absolute: float
    needs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Worked:
    """All examples: rows, examples without their input, and expected numbers that nothing was held against."""

    rows: tuple[Row, ...]
    missing: tuple[str, ...]
    unused: tuple[str, ...]


_EXAMPLES: list[Example] = []


def example(name: str, *needs: str, relative: float = RELATIVE, absolute: float = ABSOLUTE) -> Callable[..., Any]:
    """Register a function of the example's input, or of the folder of data where it needs files."""

    def register(run: Callable[..., Given]) -> Callable[..., Given]:
        _EXAMPLES.append(Example(name, run, relative, absolute, needs))
        return run

    return register


def examples() -> dict[str, Any]:
    """Inputs and expected numbers, as the file holds them."""
    text = (Path(__file__).parent / "examples.yaml").read_text(encoding="utf-8")
    return dict(yaml.safe_load(text))  # not the reader of settings: numbers are to be numbers


def worked_examples(data: Path | None = None) -> Worked:
    """Calculate every example whose input is there; ``data`` is a folder of public data."""
    from yibao.equity.worked import indices, places, protection  # noqa: F401 - each registers its examples

    said = examples()
    expected = {name: dict(_flat(text.get("expected", text))) for name, text in said.items()}
    rows: list[Row] = []
    missing: list[str] = []
    for one in sorted(_EXAMPLES, key=lambda e: e.name):
        lacking = [need for need in one.needs if not _there(need, data)]
        if lacking:
            missing.append(f"{one.name}: {', '.join(lacking)}")
            expected[one.name] = {}
            continue
        for function, found in one.run(*_input(one, said[one.name], data)):
            for name, value in _flat(found):
                left = expected[one.name].pop(name)
                rows.append(Row(one.name, function, name, left, value, one.relative, one.absolute))
    unused = [f"{name}.{key}" for name, left in expected.items() for key in left]
    return Worked(tuple(rows), tuple(dict.fromkeys(missing)), tuple(unused))


def unnamed(matrix: Any) -> SpatialWeights:
    """Weights of regions that have no names."""
    w = np.asarray(matrix, dtype=float)
    return SpatialWeights(tuple(str(i) for i in range(len(w))), w, ("邻接", "shared borders"), False)


def _there(need: str, data: Path | None) -> bool:
    """Whether a file is in the folder of data, or a library that ships data is installed."""
    return (data is not None and (data / need).is_file()) if "/" in need else find_spec(need) is not None


def _input(one: Example, text: Any, data: Path | None) -> tuple[Any, ...]:
    if one.needs:
        return (data,) if any("/" in need for need in one.needs) else ()
    return (text["input"],)


def _flat(value: Any, name: str = "") -> Iterator[tuple[str, float]]:
    """The numbers of a nested value with their names: ``w[2]``, ``unw.G``. Words are left out."""
    if isinstance(value, Mapping):
        for key, part in value.items():
            yield from _flat(part, f"{name}.{key}" if name else str(key))
    elif isinstance(value, list | tuple | np.ndarray):
        for place, part in enumerate(value):
            yield from _flat(part, f"{name}[{place}]")
    elif not isinstance(value, str):
        yield name, float(value)
