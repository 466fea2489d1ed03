"""The indicator tree of an assessment, and the points that a value brings. Pure functions of the law AS01."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from yibao.measures import AhpWeights, ahp_weights
from yibao.registry.articles import Refused

Floats = NDArray[np.float64]
#: Values are hundredths of the indicator's unit.
UNIT = 100


@dataclass(frozen=True)
class Indicator:
    """An indicator with its domain and its rule of scoring."""

    id: str
    domain: str
    zh: str
    en: str
    type: str
    said: dict[str, Any]


@dataclass(frozen=True)
class Tree:
    """What an assessment asks: indicators in order, and the law that they come from."""

    said: dict[str, Any]
    indicators: tuple[Indicator, ...]

    @classmethod
    def of(cls, said: dict[str, Any]) -> Tree:
        return cls(said, tuple(
            Indicator(i["id"], domain["id"], i["zh"], i["en"], i["type"], i)
            for domain in said["domains"] for i in domain["indicators"]
        ))  # fmt: skip

    @property
    def ids(self) -> list[str]:
        return [indicator.id for indicator in self.indicators]

    def get(self, name: str) -> Indicator:
        found = next((i for i in self.indicators if i.id == name), None)
        if found is None:
            raise Refused(
                "unknown_indicator",
                "agreement_36",
                f"the plan has no indicator {name}",
                f"方案中没有指标 {name}",
                mend="yibao registry assess show lists them",
                mend_zh="请查看方案指标",
            )
        return found

    def judged(self) -> tuple[Floats, AhpWeights]:
        """Weights by judgement: the domains' by AHP, shared evenly among each's indicators. Raises :class:`Refused`.

        Several experts are joined by the geometric mean of their comparisons. ``inconsistent`` when the joined matrix
        contradicts itself more than the law allows.
        """
        matrices = [_matrix(expert["comparisons"]) for expert in self.said["experts"]]
        found = ahp_weights(np.exp(np.mean([np.log(m) for m in matrices], axis=0)))
        limit = float(self.said["consistency_limit"]["value"])
        if found.consistency_ratio >= limit:
            raise Refused(
                "inconsistent",
                "agreement_36",
                f"the comparisons contradict themselves: CR {found.consistency_ratio:.3f}, limit {limit}",
                f"判断矩阵不一致：CR {found.consistency_ratio:.3f}，限 {limit}",
                mend="mend the comparisons",
                mend_zh="请调整判断矩阵",
            )
        domains = self.said["domains"]
        parts = [
            np.full(len(d["indicators"]), w / len(d["indicators"])) for d, w in zip(domains, found.weights, strict=True)
        ]
        return np.concatenate(parts), found


def points(indicator: Indicator, values: NDArray[np.float64]) -> Floats:
    """Points 0 to 100 of all institutions for one indicator. ``values`` in hundredths; NaN (no value) brings nought.

    interval: linear between the values that bring nought and full; threshold: all or nothing; deduct: so much less for
    each; veto: nought when there is any; peer: by place among those that have a value, ties share the mean place.
    """
    said, there = indicator.said, ~np.isnan(values)
    x = np.where(there, values, 0.0) / UNIT
    if indicator.type == "interval":
        nought, full = float(said["nought"]), float(said["full"])
        found = 100 * (x - nought) / (full - nought)
    elif indicator.type == "threshold":
        found = np.where(x >= float(said["full"]), 100.0, 0.0)
    elif indicator.type == "deduct":
        found = 100 - float(said["each"]) * x
    elif indicator.type == "veto":
        found = np.where(x > 0, 0.0, 100.0)
    else:
        found = _by_place(x, there, less_is_better=said["better"] == "low")
    return np.where(there, np.clip(found, 0.0, 100.0), 0.0)


def paid_pct(said: dict[str, Any], milli: int) -> int:
    """Percent of the retained money that a score pays, points below the limit counted whole."""
    money = said["money"]
    if milli < int(money["none_below"]) * 1000:
        return 0
    below = max(0, -(-(int(money["full_from"]) * 1000 - milli) // 1000))
    return max(0, 100 - below * int(money["per_point_pct"]))


def _by_place(x: Floats, there: NDArray[np.bool_], *, less_is_better: bool) -> Floats:
    from scipy.stats import rankdata

    found = np.zeros_like(x)
    count = int(there.sum())
    if count == 1:
        found[there] = 100.0
    elif count:
        place = rankdata(x[there] if less_is_better else -x[there], method="average")
        found[there] = 100 * (count - place) / (count - 1)
    return found


def _matrix(rows: Any) -> Floats:
    return np.array([[float(Fraction(str(cell))) for cell in row] for row in rows])
