"""Values that depend on the bill: one value, or a list of cases of which the first that fits holds.

    rate: 85%
    rate:
      - {level: ["3"], class: [retired], value: 88%}
      - {level: ["3"], value: 85%}
      - {value: 90%}

A condition names facts of the bill; facts it does not name do not matter. A level ``3`` includes ``3.province``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag

from yibao.benefits.quantities import Money, Rate

T = TypeVar("T")

PersonClass = Literal["in_service", "retired", "retired_cadre", "minor", "adult", "elderly"]
Place = Literal["local", "long_term", "referral", "emergency", "unfiled"]
Area = Literal["local", "in_province", "out_of_province"]
Cover = Literal["civil_servant", "enterprise", "commercial", "pre_existing", "account"]

#: Among the covers of a bill: paid from the account and in cash alone, no benefit was asked for (a purchase at a
#: pharmacy without prescription, a visit outside the pooled fund). No policy's benefit fits such a bill.
ACCOUNT_ONLY = "account_only"

#: Hardship statuses as the table ``assistance_status`` names them; ``none`` is a person without one.
STATUSES = (
    "none", "destitute", "low_income", "returned_to_poverty", "low_income_edge", "monitored", "orphan",
    "illness_poverty", "disabled",
)  # fmt: skip


@dataclass(frozen=True)
class Facts:
    """What a policy may ask of a bill: kind of care, level of the institution, who the person is, where care was."""

    kind: str
    level: str = ""
    person_class: str = ""
    status: str = "none"
    place: str = "local"
    area: str = "local"
    age: int = -1
    disease: str = ""
    covers: frozenset[str] = frozenset()

    def said(self) -> str:
        """The facts in a message: ``kind 21, level 3, class retired``."""
        words = [f"{f.name.removeprefix('person_')} {getattr(self, f.name)}" for f in fields(self)[:6]]
        return ", ".join(word for word in words if not word.endswith(" "))


def strict_list(value: Any) -> Any:
    """One value stands for a list of one."""
    return value if value is None or isinstance(value, list) else [value]


Texts = Annotated[list[str] | None, BeforeValidator(strict_list)]


class Strict(BaseModel):
    """A part of a policy: unknown keys are mistakes."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class When(Strict):
    """A condition on a bill; all facts named must hold."""

    level: Texts = Field(default=None, description="3, 2, 1, 0, or a subclass such as 3.province, 2.county")
    person_class: Annotated[list[PersonClass] | None, BeforeValidator(strict_list)] = Field(default=None, alias="class")
    status: Texts = Field(default=None, description="hardship status: " + ", ".join(STATUSES))
    place: Annotated[list[Place] | None, BeforeValidator(strict_list)] = None
    area: Annotated[list[Area] | None, BeforeValidator(strict_list)] = None
    age_from: int | None = Field(default=None, ge=0, le=150)
    age_below: int | None = Field(default=None, ge=1, le=151)
    disease: Texts = Field(default=None, description="code of a chronic or special outpatient disease")
    cover: Annotated[list[Cover] | None, BeforeValidator(strict_list)] = None

    def holds(self, facts: Facts) -> bool:
        """Whether the bill meets the condition."""
        return (
            (self.level is None or any(_level_is(facts.level, wanted) for wanted in self.level))
            and _named(self.person_class, facts.person_class)
            and _named(self.status, facts.status)
            and _named(self.place, facts.place)
            and _named(self.area, facts.area)
            and _named(self.disease, facts.disease)
            and (self.age_from is None or facts.age >= self.age_from)
            and (self.age_below is None or 0 <= facts.age < self.age_below)
            and (self.cover is None or any(cover in facts.covers for cover in self.cover))
        )


def _named(wanted: Iterable[str] | None, found: str) -> bool:
    return wanted is None or found in wanted


def _level_is(level: str, wanted: str) -> bool:
    return level == wanted or level.startswith(f"{wanted}.")


class Case(When, Generic[T]):
    """A value with the condition under which it holds."""

    value: T


def _form(value: Any) -> str:
    return "cases" if isinstance(value, list) and any(isinstance(item, dict) for item in value) else "one"


def pick(given: Any, facts: Facts) -> Any:
    """The value for a bill: the value itself, or that of the first case that holds; None where no case does."""
    if isinstance(given, list) and given and isinstance(given[0], Case):
        return next((case.value for case in given if case.holds(facts)), None)
    return given


def walk(node: Any, keys: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """Every value that a part of a policy says, with the keys that lead to it."""
    if isinstance(node, BaseModel):
        for name in sorted(node.model_fields_set):
            yield from walk(getattr(node, name), (*keys, name))
    elif isinstance(node, (list, dict)):
        for key, value in enumerate(node) if isinstance(node, list) else node.items():
            yield from walk(value, (*keys, key))
    else:
        yield keys, node


MoneyBy = Annotated[Annotated[Money, Tag("one")] | Annotated[list[Case[Money]], Tag("cases")], Discriminator(_form)]
RateBy = Annotated[Annotated[Rate, Tag("one")] | Annotated[list[Case[Rate]], Tag("cases")], Discriminator(_form)]
MoniesBy = Annotated[
    Annotated[list[Money], Tag("one")] | Annotated[list[Case[list[Money]]], Tag("cases")], Discriminator(_form)
]
#: What the library puts into the place of an error beside the keys that the user wrote.
TAGS = frozenset({"one", "cases"})
