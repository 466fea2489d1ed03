"""One bill: the file that a counter or an insured person writes, and its settlement.

The file is JSON or YAML. Amounts are yuan, rates carry a percent sign. Either ``lines`` or the amounts of the bill are
given; ``earlier`` are the person's earlier bills of the year, or ``accumulators`` what an earlier settlement gave.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Annotated, Any, Literal

import pyarrow as pa
from pydantic import BeforeValidator, Field, PlainValidator, ValidationError, model_validator

from yibao.benefits.accumulators import SCHEMA, Accumulators
from yibao.benefits.bills import BILLS, MONEY
from yibao.benefits.checks import REASONS
from yibao.benefits.conditions import Area, Cover, PersonClass, Place, Strict, strict_list
from yibao.benefits.lines import OWN_RATE, SPLIT, bill_parts, split_lines, wrong_amounts
from yibao.benefits.load import PolicyBook, PolicyError
from yibao.benefits.messages import messages
from yibao.benefits.quantities import Amount, Money, Rate, parse_amount
from yibao.benefits.settle import Settled, settle
from yibao.benefits.vocabulary import LineRule, Policy
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


@dataclass(frozen=True)
class _Catalogue:
    """The catalogue of the place of care, and its local departures."""

    table: pa.Table | None
    departures: Sequence[LineRule]


@dataclass(frozen=True)
class SettledBill:
    """The settlement of one bill: a row of ``settlement_result``, its steps, the accumulators afterwards."""

    file: BillFile
    policy: Policy
    result: Mapping[str, Any]
    steps: Sequence[Mapping[str, Any]]
    accumulators: Accumulators
    unmatched: Sequence[str]


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
        raise _aside("no_person", where)
    return file


def settle_bill(
    file: BillFile,
    book: PolicyBook,
    *,
    catalogue: pa.Table | None = None,
    opening: Accumulators | None = None,
    explain: bool = True,
) -> SettledBill:
    """Settle one bill after the person's earlier ones. ``opening`` are accumulators of a settlement before.

    Raises :class:`BillError` where the bill, or one before it, cannot be settled: nothing is then posted.
    """
    assert file.person is not None
    policy = _policy(file, book)
    unmatched: list[str] = []
    bills = [*file.earlier, file.bill]
    rows = [
        _row(bill, file, policy, _Catalogue(catalogue, _departures(bill, policy, book)), unmatched) for bill in bills
    ]
    rows[0]["account_credit"] += file.person.account_balance
    rows[0]["family_credit"] += file.person.family_balance
    table = pa.Table.from_pylist(rows, schema=BILLS)
    brought = opening or _opening(file, policy, rows[0]["year"])
    settled = settle(table, book, opening=brought, explain=explain, threads=1)
    _refuse_aside(settled)
    result = next(r for r in settled.results.to_pylist() if r["settlement_id"] == file.bill.id)
    steps = [s for s in settled.steps().to_pylist() if s["settlement_id"] == file.bill.id] if explain else []
    return SettledBill(file, policy, result, steps, settled.accumulators, unmatched)


def _policy(file: BillFile, book: PolicyBook) -> Policy:
    if file.policy is not None:
        policy = book.get(file.policy)
        if not policy.in_force(file.bill.settled_at):
            raise PolicyError(
                f"the policy {policy.key} is not in force on {file.bill.settled_at}",
                mend=f"it is in force from {policy.effective.start} to {policy.effective.end or 'further notice'}",
                zh=f"政策 {policy.key} 在 {file.bill.settled_at} 不施行",
                mend_zh=f"施行期为 {policy.effective.start} 至 {policy.effective.end or '另行通知'}",
            )
        return policy
    return book.in_force(str(file.insured_region), str(file.scheme), file.bill.settled_at)


def _row(bill: Bill, file: BillFile, policy: Policy, catalogue: _Catalogue, unmatched: list[str]) -> dict[str, Any]:
    """A row of the table of bills."""
    person = file.person
    assert person is not None
    parts = _parts(bill, catalogue, unmatched)
    day = (bill.care_ended or bill.settled_at) if policy.year.by == "discharged" else bill.settled_at
    away = bill.place != "local"
    return {
        "settlement_id": bill.id, "person_id": person.id, "policy": policy.key,
        "ordered_at": datetime.combine(day, time()), "year": policy.year.of(day), "kind": bill.kind,
        "level": bill.level, "person_class": bill.person_class or person.person_class,
        "status": bill.status or person.status, "place": bill.place,
        "area": bill.area or ("in_province" if away else "local"), "disease": bill.disease,
        "covers": " ".join(sorted(person.covers)), "age": -1 if person.age is None else person.age,
        **parts, "special_drug_amount": bill.special_drug, "hospital_amount": bill.hospital,
        "account_credit": bill.account_credit, "family_credit": bill.family_credit, "reverses": bill.reverses,
        "status_from": person.status_from, "care_ended": bill.care_ended or bill.settled_at, "reason": None,
    }  # fmt: skip


def _departures(bill: Bill, policy: Policy, book: PolicyBook) -> Sequence[LineRule]:
    """Local departures from the catalogue: those of the place of care where the bill names it."""
    if bill.care_region is None:
        return policy.lines
    there = book.candidates(bill.care_region, policy.scheme, bill.settled_at)
    return there[0].lines if len(there) == 1 else ()


def _parts(bill: Bill, catalogue: _Catalogue, unmatched: list[str]) -> dict[str, int]:
    """The five amounts of a bill, from its lines or as they are written."""
    given = dict(zip(SPLIT, (bill.not_covered, bill.over_limit, bill.first_share, bill.eligible or 0), strict=True))
    if not bill.lines:
        if bill.total is None or bill.eligible is None:
            raise BillError(
                "the bill has no lines and no amounts",
                where=f"bill {bill.id}",
                mend="give `lines`, or `total` and `eligible` with the other parts",
                zh="账单既没有明细也没有金额",
                mend_zh="请给出 `lines`，或 `total`、`eligible` 等各部分",
            )
        return {"total_amount": bill.total, **given}
    lines = split_lines(_lines(bill), catalogue.table, catalogue.departures, threads=1)
    wrong = wrong_amounts(lines)
    if wrong.any():
        raise _line_error(bill, int(wrong.argmax()))
    unmatched += [ln.item or ln.name for ln, ok in zip(bill.lines, lines["matched"].to_pylist(), strict=True) if not ok]
    sums = bill_parts(lines, "bill").to_pylist()[0]
    parts = {name: sums[name] for name in (*MONEY[:5], *OWN_RATE)}
    if bill.total is not None and abs(bill.total - parts["total_amount"]) > len(bill.lines):
        raise BillError(
            f"the lines add up to {_show(parts['total_amount'])}, the bill says {_show(bill.total)}",
            where=f"bill {bill.id}",
            mend="mend the lines or the total",
            zh=f"明细合计 {_show(parts['total_amount'])}，账单总额 {_show(bill.total)}",
            mend_zh="请改正明细或总额",
        )
    return parts


def _lines(bill: Bill) -> pa.Table:
    rows = [
        {
            "bill": bill.id, "item_code": ln.item, "list_type": ln.list_type, "payment_class": ln.payment_class,
            "quantity": ln.quantity,
            "unit_price": ln.price if ln.price is not None else (ln.amount or 0) * 10**7 // ln.quantity,
            "amount": ln.amount if ln.amount is not None else _product(ln),
            "ceiling_price": ln.ceiling, "first_share_rate": None if ln.first_share is None else ln.first_share // 100,
            "restriction_met": ln.restriction_met, "charged_at": bill.settled_at,
        }
        for ln in bill.lines
    ]  # fmt: skip
    return pa.Table.from_pylist(rows, schema=_LINES)


_LINES = pa.schema(
    [(n, pa.string()) for n in ("bill", "item_code", "list_type", "payment_class")]
    + [(n, pa.int64()) for n in ("quantity", "unit_price", "amount", "ceiling_price", "first_share_rate")]
    + [("restriction_met", pa.bool_()), ("charged_at", pa.date32())]
)


def _product(line: Line) -> int:
    product = line.quantity * (line.price or 0)
    rounded = (2 * abs(product) + 10**7) // (2 * 10**7)
    return -rounded if product < 0 else rounded


def _line_error(bill: Bill, number: int) -> BillError:
    name = bill.lines[number].name or bill.lines[number].item or str(number + 1)
    return BillError(
        f"line {number + 1} ({name}): its amount is not quantity times price",
        where=f"bill {bill.id}",
        mend="mend one of the three",
        zh=f"第 {number + 1} 条明细（{name}）：金额不等于数量乘单价",
        mend_zh="请改正三者之一",
    )


def _opening(file: BillFile, policy: Policy, year: int) -> Accumulators | None:
    if not file.accumulators or file.person is None:
        return None
    rows = [
        {"person_id": file.person.id, "year": year, "scheme": policy.scheme, "region_code": policy.region, "name": k,
         "amount": v // 100 if k.endswith(".times") else v}
        for k, v in file.accumulators.items()
    ]  # fmt: skip
    return Accumulators(pa.Table.from_pylist(rows, schema=SCHEMA))


def _refuse_aside(settled: Settled) -> None:
    if settled.aside.num_rows:
        row = settled.aside.to_pylist()[0]
        raise _aside(row["reason"], f"bill {row['settlement_id']}")


def _aside(reason: str, where: str) -> BillError:
    zh, en = REASONS[reason]
    return BillError(
        en, where=where, mend="mend the bill; nothing was posted", zh=zh, mend_zh="请改正账单；未记入任何累计"
    )


def _show(fen: int) -> str:
    return str(Amount(fen)) if fen >= 0 else f"-{Amount(-fen)}"


__all__ = ["BillFile", "Money", "SettledBill", "bill_from", "read_bill", "settle_bill"]
