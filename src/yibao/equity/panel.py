"""A panel: regions × years for each of some variables, with units, sources, and what was filled in or stands in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from yibao.equity.arrays import Floats
from yibao.equity.errors import PanelError
from yibao.equity.regions import Region

#: The label that every variable carries which stands in for another.
PROXY = {"zh": "代理指标", "en": "proxy"}


@dataclass(frozen=True)
class Variable:
    """What a variable is: names, unit, source; `proxy_for` (zh, en) when it stands in for something else."""

    id: str
    zh: str
    en: str
    unit: str = ""
    source: str = ""
    proxy_for: tuple[str, str] | None = None

    def title(self, lang: str) -> str:
        """The name as it is printed, with the label of a proxy."""
        name = self.zh if lang == "zh" else self.en
        if self.proxy_for is None:
            return name
        stands = self.proxy_for[0] if lang == "zh" else self.proxy_for[1]
        return f"{name}（{PROXY['zh']}：{stands}）" if lang == "zh" else f"{name} ({PROXY['en']} for {stands})"


@dataclass(frozen=True)
class Filled:
    """A cell that was filled in, and by which rule."""

    variable: str
    region: str
    year: int
    value: float
    rule: str


@dataclass(frozen=True)
class Panel:
    """Balanced in shape: every variable has a (regions, years) matrix, NaN where nothing is known.

    `skipped` says in words what the intake left out (totals, notes), `filled` lists imputed cells.
    """

    regions: tuple[Region, ...]
    years: tuple[int, ...]
    variables: Mapping[str, Variable]
    values: Mapping[str, Floats]
    filled: tuple[Filled, ...] = ()
    skipped: tuple[str, ...] = ()
    notes: tuple[tuple[str, str], ...] = field(default=())

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(region.code for region in self.regions)

    def matrix(self, variable: str) -> Floats:
        """(regions, years) of one variable; raises PanelError when it is not there."""
        if variable not in self.values:
            raise PanelError(
                f"the panel has no variable {variable!r}", mend=f"it has: {', '.join(self.values)}",
                zh=f"面板中没有变量 {variable}", mend_zh=f"现有：{'、'.join(self.values)}",
            )  # fmt: skip
        return self.values[variable]

    def complete(self, variable: str) -> Floats:
        """The same, refused where a cell is missing."""
        values = self.matrix(variable)
        lacking = np.argwhere(np.isnan(values))
        if len(lacking):
            places = [f"{self.regions[i].en} {self.years[t]}" for i, t in lacking[:4].tolist()]
            zh = [f"{self.regions[i].zh} {self.years[t]} 年" for i, t in lacking[:4].tolist()]
            raise PanelError(
                f"{variable} lacks {len(lacking)} of {values.size} values: {', '.join(places)}"
                + (" …" if len(lacking) > 4 else ""),
                mend="fill gaps by a named rule under `impute`, or choose regions and years under `only`",
                zh=f"{variable} 缺 {len(lacking)} 个值（共 {values.size}）：{'、'.join(zh)}"
                + ("……" if len(lacking) > 4 else ""),
                mend_zh="请在 impute 中写明插补规则，或用 only 限定地区和年份",
            )
        return values

    def groups(self, division: str) -> tuple[str, ...]:
        """Each region's group in a division: a named zone system, or `parent`. Raises PanelError on a region without."""
        found = tuple(r.parent if division == "parent" else r.zones.get(division, "") for r in self.regions)
        without = [r.en for r, group in zip(self.regions, found, strict=True) if not group]
        if without:
            raise PanelError(
                f"no {division} is given for {', '.join(without[:5])}", mend="name the column of zones under `zones`",
                zh=f"以下地区没有 {division}：{'、'.join(without[:5])}", mend_zh="请在 zones 中指明分区列",
            )  # fmt: skip
        return found

    def with_variable(self, variable: Variable, values: Floats) -> Panel:
        """The panel with one variable more."""
        return replace(
            self, variables={**self.variables, variable.id: variable}, values={**self.values, variable.id: values}
        )

    def only(self, regions: Sequence[str] | None = None, years: Sequence[int] | None = None) -> Panel:
        """The same panel for some regions (codes) and years; raises PanelError on one that is not there."""
        rows = [self._place(code) for code in regions] if regions is not None else list(range(len(self.regions)))
        wanted = list(years) if years is not None else list(self.years)
        lacking = [str(year) for year in wanted if year not in self.years]
        if lacking:
            raise PanelError(f"the panel has no year {', '.join(lacking)}", mend=f"it has {self.years[0]}–{self.years[-1]}",
                             zh=f"面板中没有 {'、'.join(lacking)} 年")  # fmt: skip
        columns = [self.years.index(year) for year in wanted]
        values = {name: matrix[np.ix_(rows, columns)] for name, matrix in self.values.items()}
        kept = {self.regions[i].code for i in rows}
        filled = tuple(f for f in self.filled if f.region in kept and f.year in wanted)
        return replace(
            self, regions=tuple(self.regions[i] for i in rows), years=tuple(wanted), values=values, filled=filled
        )

    def _place(self, code: str) -> int:
        if code not in self.codes:
            raise PanelError(f"the panel has no region {code}", zh=f"面板中没有地区 {code}")
        return self.codes.index(code)
