"""A panel: regions × years for each of some variables, with units, sources, and what was filled in or stands in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from yibao.equity.checks import Floats
from yibao.equity.errors import PanelError
from yibao.equity.regions import Region

#: Rules for filling a gap, zh and en.
RULES: dict[str, tuple[str, str]] = {
    "linear": ("相邻年份线性插值", "linear between the years on both sides"),
    "previous": ("沿用之前最近一年", "carried over from the last known year"),
    "next": ("沿用之后最近一年", "carried back from the next known year"),
    "zone_mean": ("同区当年均值", "mean of the zone in that year"),
    "constant": ("给定常数", "a given number"),
}
#: The label that every variable carries which stands in for another.
PROXY = {"zh": "代理指标", "en": "proxy"}


#: English of units that Chinese statistics are printed with; any other unit is the same in both languages.
_UNITS = {
    "张": "beds",
    "个": "",
    "人": "persons",
    "元": "yuan",
    "万元": "10,000 yuan",
    "亿元": "100 million yuan",
    "月": "months",
    "台": "units",
    "件": "items",
    "万件": "10,000 items",
    "处": "places",
    "人次": "person-times",
    "天": "days",
    "日": "days",
    "万吨": "10,000 tons",
    "万人": "10,000 persons",
}


def unit_words(unit: str) -> tuple[str, str]:
    """A unit in Chinese and English.

    >>> unit_words("元"), unit_words("km²")
    (('元', 'yuan'), ('km²', 'km²'))
    """
    return unit, _UNITS.get(unit, unit)


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
        return f"{name}（{PROXY['zh']}，代替{stands}）" if lang == "zh" else f"{name} ({PROXY['en']} for {stands})"


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
                f"the panel has no variable {variable!r}",
                mend=f"it has: {', '.join(self.values)}",
                zh=f"面板中没有变量 {variable}",
                mend_zh=f"现有：{'、'.join(self.values)}",
            )
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
        """Each region's group in a division: a named zone system, or `parent`. Raises PanelError where one has none."""
        found = tuple(r.parent if division == "parent" else r.zones.get(division, "") for r in self.regions)
        without = [r.en for r, group in zip(self.regions, found, strict=True) if not group]
        if without:
            raise PanelError(
                f"no {division} is given for {', '.join(without[:5])}",
                mend="name the column of zones under `zones`",
                zh=f"以下地区没有 {division}：{'、'.join(without[:5])}",
                mend_zh="请在 zones 中指明分区列",
            )
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
            raise PanelError(
                f"the panel has no year {', '.join(lacking)}",
                mend=f"it has {self.years[0]}–{self.years[-1]}",
                zh=f"面板中没有 {'、'.join(lacking)} 年",
            )
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


def filled_words(panel: Panel) -> list[tuple[str, str]]:
    """One sentence (zh, en) for each variable that was filled in: how many values, which years, by which rule."""
    said = []
    for name in dict.fromkeys(f.variable for f in panel.filled):
        cells = [f for f in panel.filled if f.variable == name]
        years = sorted({f.year for f in cells})
        when = f"{years[0]}" if len(years) == 1 else f"{years[0]}–{years[-1]}"
        rules = [RULES[rule] for rule in dict.fromkeys(f.rule for f in cells)]
        variable = panel.variables[name]
        said.append(
            (
                f"插补：{variable.zh} {when} 年 {len(cells)} 个值，{'、'.join(r[0] for r in rules)}",
                f"filled in: {len(cells)} values of {variable.en}, {when}, {', '.join(r[1] for r in rules)}",
            )
        )
    return said
