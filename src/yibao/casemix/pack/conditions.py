"""The words of grouping rules: what a condition says, read from its neutral form and written back to it.

A condition is an object with one key. What holds of a case is decided in :mod:`yibao.casemix.evaluate`; here is only
what is said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from yibao.casemix.refusals import PackError

#: Whose codes are asked: the first diagnosis, any, any but the first; the same of procedures.
Role = Literal["principal", "any_diagnosis", "other_diagnosis", "main", "any_procedure", "other_procedure"]

#: Numbers of a case that a range may bound.
NUMBERS = ("age_years", "age_days", "birth_weight_g", "los_days", "icu_hours")
#: Bounds of a range: how each compares the case's value with the given one.
BOUNDS: Mapping[str, str] = {"min": "≥", "max": "≤", "above": ">", "below": "<", "eq": "="}
#: Attributes of a case that are one of a few values.
VALUES: Mapping[str, str] = {"discharge_way_in": "discharge_way", "department_in": "department"}

ROLES: Mapping[str, Role] = {
    "principal_diagnosis_in": "principal",
    "any_diagnosis_in": "any_diagnosis",
    "other_diagnosis_in": "other_diagnosis",
    "main_procedure_in": "main",
    "any_procedure_in": "any_procedure",
    "other_procedure_in": "other_procedure",
}
DIAGNOSES: frozenset[Role] = frozenset({"principal", "any_diagnosis", "other_diagnosis"})


@dataclass(frozen=True)
class All:
    """Every part holds (none: true)."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True)
class Any_:
    """Some part holds (none: false)."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True)
class Not:
    """The part does not hold."""

    part: Condition


@dataclass(frozen=True)
class Always:
    """Constant."""

    value: bool


@dataclass(frozen=True)
class InList:
    """A code of the role is in the list."""

    role: Role
    list: str


@dataclass(frozen=True)
class StartsWith:
    """Any diagnosis starts with the text."""

    prefix: str


@dataclass(frozen=True)
class Combination:
    """For every list some procedure is in it; one procedure may serve several lists."""

    lists: tuple[str, ...]


@dataclass(frozen=True)
class ValidProcedure:
    """The first (``main``) or some procedure is, or is not, in the pack's valid procedures; no procedure is not."""

    main: bool
    value: bool


@dataclass(frozen=True)
class Recorded:
    """There is, or is not, a procedure."""

    value: bool


@dataclass(frozen=True)
class Sex:
    """1 male, 2 female."""

    value: int


@dataclass(frozen=True)
class Range:
    """A number of the case within all bounds; a missing number is within none."""

    number: str
    bounds: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class OneOf:
    """An attribute of the case (``discharge_way``, ``department``) is one of the values."""

    attribute: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Complication:
    """Some other diagnosis counts, or none counts, at the level (``MCC``, ``CC``) after exclusions."""

    level: Literal["MCC", "CC"]
    value: bool = True


@dataclass(frozen=True)
class Regions:
    """The diagnoses fall into at least ``count`` of the lists, each the injuries of one region of the body."""

    count: int
    regions: tuple[tuple[str, str], ...]


Condition: TypeAlias = (
    All | Any_ | Not | Always | InList | StartsWith | Combination | ValidProcedure | Recorded | Sex | Range | OneOf
    | Complication | Regions
)  # fmt: skip

#: What an ``otherwise`` says.
OTHERWISE = Always(True)


def read_condition(value: Any, where: str) -> Condition:
    """A condition from its neutral form. Raises :class:`PackError` naming the place and the word."""
    if value == "otherwise":
        return OTHERWISE
    if not isinstance(value, Mapping) or len(value) != 1:
        raise _misshapen(f"a condition is an object with one key, not {value!r}", where)
    word, said = next(iter(value.items()))
    if word not in _READ:
        known = ", ".join(_READ)
        raise PackError(
            f"the condition {word!r} is not known",
            where=where,
            mend=f"known: {known}",
            zh=f"没有条件词 {word!r}",
            mend_zh=f"可用：{known}",
        )
    return _READ[word](word, said, f"{where}, {word}")


def walk(condition: Condition) -> Iterator[Condition]:
    """The condition and everything inside it, outermost first."""
    yield condition
    match condition:
        case All(parts) | Any_(parts):
            for part in parts:
                yield from walk(part)
        case Not(part):
            yield from walk(part)
        case _:
            pass


def lists_of(condition: Condition) -> Iterator[tuple[Role, str]]:
    """The lists that a condition asks, with whose codes it asks of them."""
    for one in walk(condition):
        match one:
            case InList(role, named):
                yield role, named
            case Combination(lists):
                yield from (("any_procedure", named) for named in lists)
            case Regions(_, regions):
                yield from (("any_diagnosis", named) for _, named in regions)
            case _:
                pass


def _parts(word: str, said: Any, where: str) -> Condition:
    if not isinstance(said, list):
        raise _misshapen("expected an array of conditions", where)
    parts = tuple(read_condition(part, f"{where}[{i}]") for i, part in enumerate(said))
    return All(parts) if word == "all" else Any_(parts)


def _flag(said: Any, where: str) -> bool:
    if not isinstance(said, bool):
        raise _misshapen(f"expected true or false, not {said!r}", where)
    return said


def _text(said: Any, where: str) -> str:
    if not isinstance(said, str) or not said:
        raise _misshapen(f"expected a text, not {said!r}", where)
    return said


def _sex(_: str, said: Any, where: str) -> Condition:
    if said not in ("male", "female"):
        raise _misshapen(f"expected male or female, not {said!r}", where)
    return Sex(1 if said == "male" else 2)


def _combination(_: str, said: Any, where: str) -> Condition:
    if not isinstance(said, Mapping) or set(said) != {"one_of_each"} or not isinstance(said["one_of_each"], list):
        raise _misshapen('expected {"one_of_each": [list ids]}', where)
    return Combination(tuple(_text(one, where) for one in said["one_of_each"]))


def _range(word: str, said: Any, where: str) -> Condition:
    fits = isinstance(said, Mapping) and all(
        bound in BOUNDS and isinstance(limit, (int, float)) and not isinstance(limit, bool)
        for bound, limit in said.items()
    )
    if not fits:
        raise _misshapen(f"expected bounds ({', '.join(BOUNDS)}) with numbers, not {said!r}", where)
    return Range(word, tuple((bound, float(said[bound])) for bound in BOUNDS if bound in said))


def _one_of(word: str, said: Any, where: str) -> Condition:
    if not isinstance(said, list) or not all(isinstance(one, (str, int)) for one in said):
        raise _misshapen("expected an array of values", where)
    return OneOf(VALUES[word], tuple(str(one) for one in said))


def _regions(_: str, said: Any, where: str) -> Condition:
    try:
        count, regions = said["count"], [(one["region"], one["list"]) for one in said["regions"]]
    except (KeyError, TypeError):
        raise _misshapen('expected {"count": n, "regions": [{"region", "list"}]}', where) from None
    if not isinstance(count, int) or isinstance(count, bool):
        raise _misshapen(f"expected a whole number as count, not {count!r}", where)
    return Regions(count, tuple((_text(region, where), _text(one, where)) for region, one in regions))


def _misshapen(what: str, where: str) -> PackError:
    return PackError(what, where=where, mend="see the pack format in the manual", zh=f"条件写法有误：{what}")


_READ: Mapping[str, Callable[[str, Any, str], Condition]] = {
    "all": _parts,
    "any": _parts,
    "not": lambda _, said, where: Not(read_condition(said, where)),
    **{word: lambda word, said, where: InList(ROLES[word], _text(said, where)) for word in ROLES},
    "any_diagnosis_starts_with": lambda _, said, where: StartsWith(_text(said, where)),
    "procedure_combination": _combination,
    "main_procedure_valid": lambda _, said, where: ValidProcedure(True, _flag(said, where)),
    "any_procedure_valid": lambda _, said, where: ValidProcedure(False, _flag(said, where)),
    "any_procedure_recorded": lambda _, said, where: Recorded(_flag(said, where)),
    "sex": _sex,
    **dict.fromkeys(NUMBERS, _range),
    **dict.fromkeys(VALUES, _one_of),
    "has_mcc": lambda _, said, where: Complication("MCC", _flag(said, where)),
    "has_cc": lambda _, said, where: Complication("CC", _flag(said, where)),
    "body_regions_at_least": _regions,
    "always": lambda _, said, where: Always(_flag(said, where)),
}
