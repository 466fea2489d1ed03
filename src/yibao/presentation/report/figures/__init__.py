"""The first figure of a finding, chosen by the law; a law without one shows its rows alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from yibao.presentation.report.figures.balance import balance_figure
from yibao.presentation.report.figures.days import days_figure
from yibao.presentation.report.figures.events import events_figure, report_figure
from yibao.presentation.report.figures.stays import stays_figure
from yibao.presentation.report.figures.stock import stock_figure
from yibao.presentation.report.figures.together import together_figure
from yibao.presentation.report.figures.trace import trace_figure
from yibao.presentation.report.figures.travel import travel_figure
from yibao.presentation.report.scene import Figure, Scene

#: Law id -> figure. What kind of picture fits is a matter of the law's subject, which its id fixes nationally.
FIGURES: Mapping[str, Callable[[Scene], Figure | None]] = {
    "C01": stays_figure,
    "C08": stays_figure,
    "C03": days_figure,
    "D01": events_figure,
    "E01": events_figure,
    "A11": report_figure,
    "F07": balance_figure,
    "B09-2": stock_figure,
    "E02": travel_figure,
    "F01": trace_figure,
    "F05": together_figure,
    "G01": together_figure,
}


def figure_of(scene: Scene) -> Figure | None:
    """The figure of this finding, or None when its law has none or too little is known to draw one."""
    draw = FIGURES.get(scene.law.id)
    return draw(scene) if draw else None
