"""Steps of money that add up (R7), as a figure of a page: the drawing and the same values as a table."""

from __future__ import annotations

from collections.abc import Sequence

from yibao.presentation.charts.bridge import Step, bridge
from yibao.service.console.drawing import Drawn, drawn
from yibao.service.console.listing import Column, Listing


def bridge_figure(name: str, words: tuple[str, str], title: str, unit: str, steps: Sequence[Step]) -> Drawn:
    """The figure of ``steps`` (fen): ``words`` name its table, ``title`` and ``unit`` stand over the drawing."""
    table = Listing(name, *words, (
        Column("step", "步骤", "Step", head=True), Column("amount", "金额，元", "Amount, ¥", "money"),
    ), [{"step": step.name, "amount": step.amount} for step in steps])  # fmt: skip
    shown = [[(step.name, step.amount, step.text) for step in steps], title]
    return Drawn(name, title, unit, drawn(shown, lambda: bridge(steps, title)), (), table)
