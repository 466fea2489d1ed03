"""Where an institution's money stands: recorded by item, changed by case payment, deducted by decisions, payable."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
from sqlalchemy import func, select

from yibao.presentation.charts.bridge import Step
from yibao.presentation.fmt import Format, decimal
from yibao.registry.tables.clues import CLUE, DECISION
from yibao.service.console.bridge import bridge_figure
from yibao.service.console.drawing import Drawn
from yibao.service.console.hospital.stays import Stays
from yibao.service.reads import reads
from yibao.service.state import Service


@dataclass(frozen=True)
class Money:
    """Fund money in fen. ``difference`` is standard less cost of the cases that have a standard (None: there is none).

    ``deducted`` was decided on clues of the same time and is in force.
    """

    recorded: int
    difference: int | None
    deducted: int
    cases: int
    priced: int

    @property
    def payable(self) -> int:
        return self.recorded + (self.difference or 0) - self.deducted


def money_of(service: Service, stays: Stays, institution_id: str, first: date, last: date) -> Money:
    """The money of an institution's stays that ended in these months."""
    has = np.isfinite(stays["standard_amount"])
    gap = int(np.nansum(stays["standard_amount"] - stays["amount"])) if has.any() else None
    deducted = deductions(service, institution_id, first, last)
    return Money(int(stays["fund"].sum()), gap, deducted, len(stays), int(has.sum()))


def deductions(service: Service, institution_id: str, first: date, last: date) -> int:
    """Fund money in fen that decisions in force take back, of clues whose time ends in these months."""
    until = date(last.year + last.month // 12, last.month % 12 + 1, 1)
    query = (
        select(func.coalesce(func.sum(DECISION.c.amount), 0))
        .join(CLUE, CLUE.c.clue_id == DECISION.c.clue_id)
        .where(CLUE.c.institution_id == institution_id, DECISION.c.state == "in_force")
        .where(CLUE.c.period_to > first, CLUE.c.period_to <= until)
    )  # fmt: skip
    with reads(service.registry) as connection:
        return int(connection.execute(query).scalar_one())


def money_figure(made: Money, words: str, fmt: Format) -> Drawn:
    """The bridge (R7) from record to what is payable; ``words`` name the time."""
    zh = fmt.lang == "zh"
    scale, digits, unit = (10**6, 1, "万元") if zh else (10**5, 0, "¥K")

    def text(fen: int) -> str:
        return decimal(fen, scale, digits)

    steps = [Step("按项目记账" if zh else "By item", made.recorded, text(made.recorded), "total")]
    if made.difference is not None:
        steps.append(Step("病组支付差额" if zh else "Case payment", made.difference, text(made.difference)))
    steps += [
        Step("处理扣减" if zh else "Deductions", -made.deducted, text(-made.deducted)),
        Step("应付" if zh else "Payable", made.payable, text(made.payable), "result"),
    ]
    title = f"应付 {fmt.short(made.payable)}" if zh else f"{fmt.short(made.payable)} payable"
    if made.difference is not None:
        gain = fmt.short(abs(made.difference))
        title += (f"，病组支付{'盈' if made.difference >= 0 else '亏'} {gain}" if zh
                  else f", {gain} {'gained' if made.difference >= 0 else 'lost'} on case payment")  # fmt: skip
    return bridge_figure(
        "money", ("钱到哪一步了", "Where the money stands"), title, f"{words}{'，' if zh else ', '}{unit}", steps
    )
