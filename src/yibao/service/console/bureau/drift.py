"""How an institution's work drifts: its case mix, the structure of its costs and its readmissions, month by month.

The lines are those of the hospital's own benchmark, so that both sides look at the same figures; a month out of the
institution's own variation is named (console.md §8.9), and the funnel says whether the whole differs beyond chance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from yibao.measures import Signal, signal
from yibao.presentation.fmt import Format, Lang
from yibao.service.console.bureau.funnels import funnel_figure, unit_of
from yibao.service.console.drawing import Drawn
from yibao.service.console.hospital.benchmark import LONG
from yibao.service.console.hospital.choice import PROVISIONAL, all_stays
from yibao.service.console.hospital.compare import Comparison, Months
from yibao.service.console.hospital.estimate import by_place
from yibao.service.console.hospital.indicators import Indicator, indicators
from yibao.service.console.hospital.pictures import month_panel
from yibao.service.console.hospital.stays import MILLION, Stays
from yibao.service.console.recent import Recent
from yibao.service.console.scoping import institution_name
from yibao.service.state import Service

#: What drifts: case mix (where cases are grouped) and cost for it, the structure of costs, stay and readmission.
LINES = ("cmi", "cost", "drug", "consumable", "exam", "days", "readmission")


@dataclass(frozen=True)
class Line:
    """One indicator of an institution by month."""

    indicator: Indicator
    months: Months

    @property
    def signal(self) -> Signal | None:
        """The newest change beyond the institution's own variation, over the final months."""
        final = len(self.months.months) - PROVISIONAL
        own = [float(v) if np.isfinite(v) and i < final else None for i, v in enumerate(self.months.own)]
        return signal(own)

    def words(self, lang: Lang) -> str:
        """What changed, for a sentence; empty where nothing did or too few months are known."""
        found = self.signal
        if found is None:
            return ""
        name, side = (
            self.indicator.label(lang),
            ("高" if found.side > 0 else "低", "above" if found.side > 0 else "below"),
        )
        at, since = (f"{self.months.months[place]:%Y-%m}" for place in (found.at, found.since))
        if lang == "zh":
            return f"{name} {at} {side[0]}于自身波动" if found.beyond else f"{name}自 {since} 起持续{side[0]}于中位数"
        return (
            f"{name} {side[1]} its own variation in {at}"
            if found.beyond
            else f"{name} {side[1]} its median since {since}"
        )


#: Fewer months with a value are no line.
FEWEST_MONTHS = 3
_lines: Recent[list[Line]] = Recent(32)


def lines(service: Service, code: str, peers: Sequence[str]) -> list[Line]:
    """The institution's lines over up to 24 months; none without stays."""
    levels = {place: row["level"] for place, row in service.institutions.items()}
    return _lines.get((service.figures.name, code), lambda: drifting(all_stays(service), code, peers, levels))


def drifting(stays: Stays, code: str, peers: Sequence[str], levels: dict[str, str]) -> list[Line]:
    """The same out of stays: an indicator with fewer than three months of ten cases is left out."""
    if code not in stays.places:
        return []
    long = stays.from_month(stays.months[-LONG:][0], stays.months[-1])
    compared = Comparison(long, code, peers, adjust=False)
    known = {one.name: one for one in indicators(long, levels)}
    made = [Line(known[name], compared.of_months(known[name])) for name in LINES if name in known]
    return [line for line in made if np.isfinite(line.months.own).sum() >= FEWEST_MONTHS]


def figures(made: Sequence[Line], whose: str, lang: Lang) -> list[Drawn]:
    """A panel (R6) for each line, its change in its second line."""
    fmt = Format(lang)
    return [month_panel(line.indicator, line.months, fmt, (), (whose, whose), line.words(lang)) for line in made]


def sentence(made: Sequence[Line], lang: Lang) -> str:
    """What changed beyond the institution's own variation, in one sentence; empty where nothing is known of drift."""
    said = [words for line in made if (words := line.words(lang))]
    if not made:
        return ""
    if said:
        return f"逐月看，*{'；'.join(said)}*。" if lang == "zh" else f"Month by month: *{'; '.join(said)}*."
    return "逐月看，各项没有超出自身波动，或不满 12 个月。" if lang == "zh" else (
        "Month by month nothing left its own variation, or fewer than 12 months are known.")  # fmt: skip


def readmission_funnel(service: Service, code: str, peers: Sequence[str], lang: Lang) -> Drawn | None:
    """Unplanned readmissions of the institution and its kind against what age and disease let expect (R4)."""
    stays = all_stays(service)
    stays = stays.from_month(stays.months[-12:][0], stays.months[-1]).of([code, *peers])
    judged = stays["judged"] > 0
    seen = by_place(np.where(judged, stays["readmitted"], 0.0), stays.place, len(stays.places))
    due = by_place(np.where(judged, stays["expected_ppm"] / MILLION, 0.0), stays.place, len(stays.places))
    units = [unit_of(institution_name(service, place, lang), int(seen[i]), float(due[i]), lang)
             for i, place in enumerate(stays.places)]  # fmt: skip
    return funnel_figure(
        "readmission_funnel", units,
        ("31 日非计划再入院，实际 ÷ 预期；近 12 个月",
         "Unplanned readmission in 31 days, observed ÷ expected; last 12 months"),
        ("预期非计划再入院人次", "expected unplanned readmissions"), lang,
    )  # fmt: skip
