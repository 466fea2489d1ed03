"""The file of one bill, as a counter or an insured person writes it.

JSON or YAML. Amounts are yuan, rates carry a percent sign. Either ``lines`` or the amounts of the bill are given;
``earlier`` are the person's earlier bills of the year, or ``accumulators`` what an earlier settlement gave.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, PlainValidator, ValidationError, model_validator

from yibao.benefits.checks import REASONS
from yibao.benefits.conditions import Area, Cover, PersonClass, Place, Strict, strict_list
from yibao.benefits.messages import messages
from yibao.benefits.quantities import Rate, parse_amount
from yibao.engine.money import parse_money
from yibao.engine.yaml import YamlError, read_yaml
from yibao.errors import YibaoError


class BillError(YibaoError):
    """A bill cannot be settled."""


def _exact(value: Any, scale: int) -> int:
    try:
        return parse_money(str(value), scale)
    except ValueError:
        raise ValueError(f"{value!r} is no number with at most {scale} decimals") from None


Yuan = Annotated[int, PlainValidator(lambda value: _yuan(value))]
Quantity = Annotated[int, PlainValidator(lambda value: _exact(value, 3))]
Price = Annotated[int, PlainValidator(lambda value: _exact(value, 6))]
_CLASSES = {"甲": "01", "A": "01", "乙": "02", "B": "02", "丙": "03", "C": "03"}


def _yuan(value: Any) -> int:
    """Fen of an amount in yuan; a minus sign marks a reversal."""
    text = str(value).strip()
    return -parse_amount(text[1:]).fen if text.startswith("-") else parse_amount(text).fen


class Line(Strict):
    """One fee line."""

    item: str | None = None
    name: str = ""
    list_type: str | None = None
    payment_class: Annotated[Literal["01", "02", "03"] | None, BeforeValidator(lambda v: _CLASSES.get(v, v))] = Field(
        default=None, alias="class"
    )
    quantity: Quantity = 1000
    price: Price | None = None
    amount: Yuan | None = None
    ceiling: Price | None = None
    first_share: Rate | None = None
    restriction_met: bool = True

    @model_validator(mode="after")
    def _paid(self) -> Line:
        if self.price is None and self.amount is None:
            raise ValueError("say `price` or `amount`")
        return self


class Bill(Strict):
    """One bill of a person."""

    id: str = "1"
    kind: str
    settled_at: date
    care_ended: date | None = None
    level: str = ""
    place: Place = "local"
    area: Area | None = None
    care_region: str | None = Field(default=None, description="region of the place of care: its catalogue holds")
    disease: str = ""
    person_class: PersonClass | None = Field(default=None, alias="class")
    status: str | None = None
    total: Yuan | None = None
    not_covered: Yuan = 0
    over_limit: Yuan = 0
    first_share: Yuan = 0
    eligible: Yuan | None = None
    special_drug: Yuan = 0
    hospital: Yuan = 0
    account_credit: Yuan = 0
    family_credit: Yuan = 0
    reverses: str | None = None
    account_only: bool = False
    lines: list[Line] = Field(default=[])


class Person(Strict):
    """Who the bill is for."""

    id: str = Field(min_length=1)
    person_class: PersonClass = Field(alias="class")
    status: str = "none"
    status_from: date | None = None
    age: int | None = Field(default=None, ge=0, le=150)
    covers: Annotated[list[Cover], BeforeValidator(strict_list)] = Field(default=[])
    account_balance: Yuan = 0
    family_balance: Yuan = 0


class BillFile(Strict):
    """The whole file."""

    policy: str | None = None
    insured_region: str | None = None
    scheme: str | None = None
    person: Person | None = None
    bill: Bill
    earlier: list[Bill] = Field(default=[])
    accumulators: dict[str, Yuan] = Field(default={})

    @model_validator(mode="after")
    def _bound(self) -> BillFile:
        if self.policy is None and (self.insured_region is None or self.scheme is None):
            raise ValueError("say `policy`, or `insured_region` and `scheme`")
        return self


def read_bill(path: Path) -> BillFile:
    """Read a bill file. Raises :class:`BillError` naming file, line and key."""
    try:
        doc = read_yaml(path.read_text(encoding="utf-8-sig"), path.name)
    except UnicodeDecodeError:
        raise BillError("the file is not UTF-8", where=str(path), zh="文件不是 UTF-8 编码") from None
    except YamlError as error:
        raise BillError(error.what, where=error.where, zh=error.zh) from None
    return bill_from(doc, path.name)


def bill_from(doc: Any, where: str = "bill") -> BillFile:
    """The same from plain data. Raises :class:`BillError`."""
    try:
        file = BillFile.model_validate(doc)
    except ValidationError as error:
        line, said = next(iter(messages(doc, error)))
        place = f"{where}, line {line}" if line else where
        raise BillError(said.en, where=place, mend="mend that key", zh=said.zh, mend_zh="请改正该项") from None
    if file.person is None:
        raise aside("no_person", where)
    return file


def aside(reason: str, where: str) -> BillError:
    zh, en = REASONS[reason]
    return BillError(
        en, where=where, mend="mend the bill; nothing was posted", zh=zh, mend_zh="请改正账单；未记入任何累计"
    )
