"""What a panel lacks, said before anything is computed; and filling in, by named rules only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from yibao.equity.checks import Floats
from yibao.equity.errors import PanelError
from yibao.equity.panel import Filled, Panel

Method = Literal["linear", "previous", "next", "zone_mean", "constant"]


@dataclass(frozen=True)
class Imputation:
    """A rule for one variable: method; `most` missing years in a row; `zones` of zone_mean; `value` of constant."""

    variable: str
    method: Method
    most: int = 3
    zones: str = "zone4"
    value: float | None = None


@dataclass(frozen=True)
class Completeness:
    """A variable's balance: cells, how many are known, which are missing, and what methods may stumble over."""

    variable: str
    cells: int
    known: int
    missing: tuple[tuple[str, int], ...]
    constant: bool
    zeros: int
    negatives: int
    filled: int

    @property
    def balanced(self) -> bool:
        return self.known == self.cells


def panel_report(panel: Panel) -> list[Completeness]:
    """One entry a variable: cells known and missing (region, year), constant, zeros and negatives, cells filled in."""
    found = []
    for name, values in panel.values.items():
        known = values[~np.isnan(values)]
        missing = tuple((panel.regions[i].code, panel.years[t]) for i, t in np.argwhere(np.isnan(values)).tolist())
        found.append(
            Completeness(
                name,
                values.size,
                known.size,
                missing,
                known.size > 0 and float(np.ptp(known)) == 0,
                int((known == 0).sum()),
                int((known < 0).sum()),
                sum(f.variable == name for f in panel.filled),
            )
        )
    return found


def impute(panel: Panel, rules: Sequence[Imputation]) -> Panel:
    """Fill gaps by named rules; every filled cell is recorded in `filled`. Nothing else is ever filled.

    Gaps longer than `most` years and gaps the rule cannot reach (before the first year for `linear`) stay. Raises
    PanelError on an unknown variable and on a constant without a value.
    """
    for rule in rules:
        before = panel.matrix(rule.variable)
        after = _fill(panel, before, rule)
        cells = np.argwhere(np.isnan(before) & ~np.isnan(after)).tolist()
        filled = tuple(
            Filled(rule.variable, panel.regions[i].code, panel.years[t], float(after[i, t]), rule.method)
            for i, t in cells
        )
        panel = replace(panel, values={**panel.values, rule.variable: after}, filled=panel.filled + filled)
    return panel


def _fill(panel: Panel, values: Floats, rule: Imputation) -> Floats:
    if rule.method == "constant":
        if rule.value is None:
            raise PanelError(f"{rule.variable}: a constant needs a value", zh=f"{rule.variable}：请给出常数")
        return np.where(np.isnan(values), rule.value, values)
    if rule.method == "zone_mean":
        return _zone_means(panel, values, rule)
    out = values.copy()
    years = np.array(panel.years, dtype=np.float64)
    for row in out:
        known = ~np.isnan(row)
        if not known.any():
            continue
        for gap in _runs(~known):
            if len(gap) > rule.most:
                continue
            left, right = gap[0] - 1, gap[-1] + 1
            if rule.method == "linear" and left >= 0 and right < len(row):
                row[gap] = np.interp(years[gap], years[[left, right]], row[[left, right]])
            elif rule.method == "previous" and left >= 0:
                row[gap] = row[left]
            elif rule.method == "next" and right < len(row):
                row[gap] = row[right]
    return out


def _zone_means(panel: Panel, values: Floats, rule: Imputation) -> Floats:
    zones, out = np.array(panel.groups(rule.zones)), values.copy()
    for zone in np.unique(zones):
        mine = zones == zone
        known = ~np.isnan(values[mine])
        count = known.sum(axis=0)
        mean = np.divide(np.nansum(values[mine], axis=0), count, out=np.full(values.shape[1], np.nan), where=count > 0)
        out[mine] = np.where(known, values[mine], mean)
    return out


def _runs(missing: np.ndarray) -> list[np.ndarray]:
    places = np.flatnonzero(missing)
    return np.split(places, np.flatnonzero(np.diff(places) > 1) + 1) if len(places) else []
