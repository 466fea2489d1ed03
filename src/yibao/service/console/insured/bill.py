"""One bill as its page shows it: the answer, the split, the steps, what is still due, the items, the year."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any

from yibao.benefits.vocabulary import Policy
from yibao.presentation.fmt import Format, Lang
from yibao.service.console.codes import code
from yibao.service.console.insured.items import Item, items
from yibao.service.console.insured.reckoning import Bills, Reckoned, Reckoner
from yibao.service.console.insured.steps import Shared, booked, shared
from yibao.service.console.insured.telling import Teller
from yibao.service.console.insured.words import Bill, Pair, Told
from yibao.service.problems import unknown

STAYS = ("21", "22", "23", "24", "52")
PHARMACY = "41"
#: Schemes as a person calls them.
SCHEMES: Mapping[str, Pair] = {
    "310": ("职工医保", "Employee scheme"),
    "390": ("居民医保", "Resident scheme"),
    "340": ("离休人员", "Retired cadres"),
}
#: Columns of the bill's lines that are read.
LINES = (
    "line_id",
    "settlement_id",
    "item_code",
    "item_name",
    "list_type",
    "payment_class",
    "quantity",
    "unit_price",
    "amount",
    "first_share_rate",
    "not_covered_amount",
    "over_limit_amount",
    "first_share_amount",
    "eligible_amount",
    "charged_at",
    "reversed_line_id",
)


@dataclass(frozen=True)
class Reversal:
    """That a bill was taken back: when, what the person gets back (fen), which bill counts instead."""

    on: date
    back: int
    instead: str | None


@dataclass(frozen=True)
class Hint:
    """Money that the policy has for the person on this bill and that was not paid (fen), and the status it is for."""

    status: str
    more: int


@dataclass(frozen=True)
class BillPage:
    """A bill with everything that its page says. ``differs`` is what the books charged above the policy (fen)."""

    settlement: Mapping[str, Any]
    encounter: Mapping[str, Any]
    shared: Shared
    reckoned: Reckoned | None
    policy: Policy | None
    lines: Sequence[Mapping[str, Any]]
    items: Sequence[Item]
    reversal: Reversal | None
    reverses: str | None
    differs: int
    hint: Hint | None

    @property
    def stay(self) -> bool:
        return self.settlement["kind"] in STAYS

    def told(self, lang: Lang, names: Mapping[str, str] = MappingProxyType({})) -> tuple[list[Told], str]:
        """The steps in words, and the check line; ``names`` are those of items in the reader's language, by code."""
        at = self.reckoned.bill if self.reckoned else {}
        status = str(at.get("status") or "none")
        bill = Bill(
            stay=self.stay,
            level=str(at.get("level") or ""),
            place=str(at.get("place") or ""),
            status=status,
            registered=registered(status),
            items=self.items,
            names=names,
            times=int(self.reckoned.result["times"] or 0) if self.reckoned else 0,
        )
        teller = Teller(lang, bill, self.shared, self.reckoned.profile if self.reckoned else None)
        return teller.told(), teller.check()


def bill_page(reckoner: Reckoner, person_id: str, settlement_id: str) -> BillPage:
    """A bill of this person's. Raises :class:`Problem` 404 for one that is not his, or not there."""
    bills = reckoner.bills(person_id)
    found = next((row for row in bills.settlements if row["settlement_id"] == settlement_id), None)
    if found is None:
        raise unknown("bill", "账单")
    visits = {row["encounter_id"]: row for row in bills.tables["encounter"].to_pylist()}
    lines = bill_lines(reckoner, person_id, settlement_id)
    books = booked(found)
    reversal = _reversal(bills, found)
    reckoned, hint = _as_paid(reckoner, bills, found, books) if not found["reversed_settlement_id"] else (None, None)
    made = shared(reckoned.result, reckoned.steps) if reckoned else books
    return BillPage(
        found,
        visits.get(found["encounter_id"], {}),
        made,
        reckoned,
        reckoner.book.get(str(reckoned.bill["policy"])) if reckoned else None,
        lines,
        items(lines),
        reversal,
        found["reversed_settlement_id"],
        books.person - made.person,
        None if reversal else hint,
    )


def _as_paid(
    reckoner: Reckoner, bills: Bills, bill: Mapping[str, Any], books: Shared
) -> tuple[Reckoned | None, Hint | None]:
    """The steps of what was paid, and what the person's registered hardship would have added.

    A register often arrives after the bill was settled: the bill is then right for what the counter knew, and something
    is due on top.
    """
    due = reckoner.settled(bills, bill["settlement_id"])
    if due is None or due.result["fund_amount"] == books.fund or due.bill["status"] == "none":
        return due, None
    plain = reckoner.settled(bills, bill["settlement_id"], {"status": "none"})
    if plain is None or plain.result["fund_amount"] != books.fund:
        return due, None
    return plain, Hint(str(due.bill["status"]), int(due.result["fund_amount"]) - books.fund)


def registered(status: str) -> Pair:
    """A hardship status in the register's own words."""
    return code("assistance_status", "kind", status)


def bill_lines(reckoner: Reckoner, person_id: str, settlement_id: str) -> list[dict[str, Any]]:
    """The lines of a bill, in the order in which they were charged."""
    table = reckoner.ledger.slice(person_id, ["charge_line"], columns={"charge_line": LINES})["charge_line"]
    rows: list[dict[str, Any]] = [row for row in table.to_pylist() if row["settlement_id"] == settlement_id]
    return sorted(rows, key=lambda row: (row["charged_at"], row["line_id"]))


def _reversal(bills: Bills, bill: Mapping[str, Any]) -> Reversal | None:
    back = next((r for r in bills.settlements if r["reversed_settlement_id"] == bill["settlement_id"]), None)
    if back is None:
        return None
    later = [
        row["settlement_id"] for row in bills.settlements
        if row["encounter_id"] == bill["encounter_id"] and row["reversed_settlement_id"] is None
        and row["settlement_id"] != bill["settlement_id"] and row["settled_at"] >= back["settled_at"]
    ]  # fmt: skip
    return Reversal(back["settled_at"].date(), -(booked(back).person), later[-1] if later else None)


def what(kind: str) -> tuple[Pair, Pair]:
    """The care of a bill in words: what it was, and ``this …`` in a sentence."""
    if kind in STAYS:
        return ("住院", "Hospital stay"), ("这次住院", "this stay")
    if kind == PHARMACY:
        return ("药店购药", "Pharmacy purchase"), ("这次买药", "this purchase")
    if kind == "14":
        return ("门诊慢特病", "Chronic outpatient care"), ("这次门诊", "this visit")
    return ("门诊", "Outpatient visit"), ("这次门诊", "this visit")


def headline(page: BillPage, lang: Lang) -> str:
    """The answer, which is the page's title."""
    fmt, this = Format(lang), what(page.settlement["kind"])[1]
    if page.reverses:
        back = fmt.money(-page.shared.person)
        return f"这张冲正单退您 {back}" if lang == "zh" else f"This reversal gives you back {back}"
    paid = fmt.money(page.shared.person + page.differs).replace(" ", "\u00a0")  # the unit stays with its number
    return f"您{this[0]}，自己付 {paid}" if lang == "zh" else f"You pay {paid} for {this[1]}"


def in_short(page: BillPage, lang: Lang) -> str:
    """All three figures in one sentence: the split bar's words."""
    fmt = Format(lang)
    total, person = page.shared.total, page.shared.person + page.differs
    fund = page.shared.fund - page.differs
    share, rest = fmt.percent(fund, total), fmt.percent(person, total)
    if lang == "zh":
        return f"一共 {fmt.money(total)}：医保付 {fmt.money(fund)}（{share}），您付 {fmt.money(person)}（{rest}）"
    return (
        f"In all {fmt.money(total)}: insurance paid {fmt.money(fund)} ({share}), you pay {fmt.money(person)} ({rest})"
    )
