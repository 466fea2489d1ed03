"""The definition behind every figure: numerator, denominator, exclusions and source."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from yibao.presentation.report.context import Context
from yibao.presentation.report.indicators import IndicatorPart

FIGURES = ("findings", "amount", "fund", "share", "once", "rate", "chance", "quality", "intake", "persons")
PARTS = ("numerator", "denominator", "excluded", "source")


@dataclass(frozen=True)
class Definition:
    """One figure: its name and the four answers, in the order of :data:`PARTS`."""

    name: str
    answers: tuple[str, str, str, str]


def definitions(c: Context, indicators: Sequence[IndicatorPart]) -> list[Definition]:
    """Definitions of the report's own figures, then those that the indicators' laws state."""
    t, lang = c.t, c.fmt.lang
    out = []
    for figure in FIGURES:
        numerator, denominator, excluded, source = (t(f"definition.{figure}.{part}") for part in PARTS)
        out.append(Definition(t(f"definition.{figure}.name"), (numerator, denominator, excluded, source)))
    for part in indicators:
        law = part.law
        reads = t("list.comma").join(c.table(name) for name in law.reads)
        out.append(
            Definition(c.name(law.id), (law.numerator[lang], law.denominator[lang], t("definition.by_law"), reads))
        )
    return out
