"""The lines of a bill: which items cost the person most, and why they are the person's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from yibao.presentation.fmt import Format, Lang

#: How many items are named on the bill's page; all lines are one click away.
TOP = 5
_PARTS = ("not_covered_amount", "over_limit_amount", "first_share_amount")


@dataclass(frozen=True)
class Item:
    """An item of a bill over all its lines, refunds taken off (fen): what it cost, and what of it no layer looks at."""

    code: str
    name: str
    lines: int
    quantity: int
    amount: int
    not_covered: int
    over_limit: int
    first_share: int
    rate: int

    @property
    def yours(self) -> int:
        return self.not_covered + self.over_limit + self.first_share

    def why(self, lang: Lang) -> str:
        """Why part of it is the person's."""
        fmt, zh = Format(lang), lang == "zh"
        said: list[tuple[str, str]] = []
        if self.not_covered:
            whole = self.not_covered == self.amount
            said.append(
                ("目录外或不符合支付条件，全部自己付", "outside the catalogue or its conditions: all yours") if whole
                else ("一部分不在支付范围", "partly outside what insurance covers")
            )  # fmt: skip
        if self.over_limit:
            said.append(("单价超过医保限价", "above the price ceiling"))
        if self.first_share:
            rate = fmt.rate(self.rate) if self.rate else ""
            said.append((f"先自己付 {rate}".strip(), f"you pay {rate} first".replace("  ", " ")))
        return ("；" if zh else "; ").join(pair[0] if zh else pair[1] for pair in said)


def items(lines: Iterable[Mapping[str, Any]]) -> list[Item]:
    """The items of a bill, those that cost the person most first. ``lines`` are rows of ``charge_line``."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    for line in lines:
        found.setdefault(line["item_code"], []).append(line)
    made = [_item(code, rows) for code, rows in found.items()]
    return sorted((item for item in made if item.quantity or item.amount), key=lambda i: (-i.yours, -i.amount, i.code))


def _item(code: str, rows: Sequence[Mapping[str, Any]]) -> Item:
    nc, ol, fs = (sum(row[name] or 0 for row in rows) for name in _PARTS)
    return Item(
        code, str(rows[0]["item_name"] or code), sum(1 for row in rows if row["reversed_line_id"] is None),
        sum(row["quantity"] for row in rows), sum(row["amount"] for row in rows), nc, ol, fs,
        max((row["first_share_rate"] or 0 for row in rows if row["first_share_amount"]), default=0),
    )  # fmt: skip


def dearest(found: Sequence[Item]) -> list[Item]:
    """The items of which most is the person's."""
    return [item for item in found if item.yours > 0][:TOP]
