"""One bill settled: its rows for the kernel, its lines split, its steps, and what is refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

import pyarrow as pa

from yibao.benefits.accumulators import SCHEMA, Accumulators
from yibao.benefits.bill_file import Bill, BillError, BillFile, Line, aside
from yibao.benefits.bills import BILLS
from yibao.benefits.conditions import ACCOUNT_ONLY
from yibao.benefits.lines import OWN_RATE, SPLIT, split_lines, wrong_amounts
from yibao.benefits.load import PolicyBook, PolicyError
from yibao.benefits.quantities import Amount
from yibao.benefits.resolve import Profile
from yibao.benefits.settle import Settled, settle
from yibao.benefits.vocabulary import LineRule, Policy


@dataclass(frozen=True)
class _Catalogue:
    """The catalogue of the place of care, and its local departures."""

    table: pa.Table | None
    departures: Sequence[LineRule]


@dataclass(frozen=True)
class SettledBill:
    """The settlement of one bill: a row of ``settlement_result``, its steps, the accumulators afterwards.

    ``profile`` is what the policy says about bills of its kind: rates, limits (with ``explain`` only).
    """

    file: BillFile
    policy: Policy
    result: Mapping[str, Any]
    steps: Sequence[Mapping[str, Any]]
    accumulators: Accumulators
    unmatched: Sequence[str]
    profile: Profile | None


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
    there = [_Catalogue(catalogue, _departures(bill, policy, book)) for bill in bills]
    rows = [_row(bill, file, policy, found, unmatched) for bill, found in zip(bills, there, strict=True)]
    for place, row in enumerate(rows):
        row["ordered_at"] += timedelta(microseconds=place)  # of one day, in the order in which they are written
    rows[0]["account_credit"] += file.person.account_balance
    rows[0]["family_credit"] += file.person.family_balance
    table = pa.Table.from_pylist(rows, schema=BILLS)
    brought = opening or _opening(file, policy, rows[0]["year"])
    settled = settle(table, book, opening=brought, explain=explain, threads=1)
    _refuse_aside(settled)
    result = next(r for r in settled.results.to_pylist() if r["settlement_id"] == file.bill.id)
    steps = [s for s in settled.steps().to_pylist() if s["settlement_id"] == file.bill.id] if explain else []
    said = book.profiles.of(table.slice(len(file.earlier))).profiles[0] if explain else None
    profile = said if isinstance(said, Profile) else None
    return SettledBill(file, policy, result, steps, settled.accumulators, unmatched, profile)


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
    covers = [*person.covers, ACCOUNT_ONLY] if bill.account_only else person.covers
    return {
        "settlement_id": bill.id, "person_id": person.id, "policy": policy.key,
        "ordered_at": datetime.combine(day, time()), "year": policy.year.of(day), "kind": bill.kind,
        "level": bill.level, "person_class": bill.person_class or person.person_class,
        "status": bill.status or person.status, "place": bill.place,
        "area": bill.area or ("in_province" if away else "local"), "disease": bill.disease,
        "covers": " ".join(sorted(covers)), "age": -1 if person.age is None else person.age,
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
    sums = {name: sum(lines[name].to_pylist()) for name in ("amount", *SPLIT, *OWN_RATE)}
    parts = {"total_amount": sums.pop("amount"), **sums}
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
        raise aside(row["reason"], f"bill {row['settlement_id']}")


def _show(fen: int) -> str:
    return str(Amount(fen)) if fen >= 0 else f"-{Amount(-fen)}"
