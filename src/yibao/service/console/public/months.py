"""The months' figures as the public may see them: a cube for each year and kind of care, small cells hidden."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

from yibao.presentation.fmt import Lang
from yibao.presentation.provinces import provinces
from yibao.service.console.filters import Chosen, Filter, Option
from yibao.service.console.public.cube import ALL, Cube, Key, cube
from yibao.service.console.public.measured import SUMS, Indicator, Measured, measured, months_between
from yibao.service.console.recent import Recent
from yibao.service.console.scoping import region_name
from yibao.service.console.suppression import PUBLIC
from yibao.service.state import Service

#: Cubes that are kept in memory.
KEPT = 32
#: Provincial units below the top from which a ledger is one of the nation, and the public is told of provinces.
PROVINCES = 5


def _by_province(regions: Mapping[str, Mapping[str, Any]], top: str) -> dict[str, str]:
    """Regions to the provincial unit that they lie in; nothing where the ledger holds fewer than five of these."""
    units = {unit.code for unit in provinces()}
    held = {code for code, row in regions.items() if code in units and row["parent_code"] == top}
    if len(held) < PROVINCES:
        return {}
    found = {}
    for code in regions:
        at: str | None = code
        while at is not None and at not in held:
            at = regions[at]["parent_code"] if at in regions else None
        if at is not None:
            found[code] = at
    return found


class Months:
    """The months' figures as a request sees them: a cube for each year and kind of care, small cells hidden."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.rows = service.figures.rows("open_month")
        self.top = next(code for code, row in service.regions.items() if row["parent_code"] is None)
        self._province = _by_province(service.regions, self.top)

    def fields(self) -> tuple[Filter, ...]:
        name = self.service
        codes = [self.top, *(code for code in self._pools() if code != self.top)]
        years = self.years()
        return (
            Filter("region", "地区", "Region", options=[
                Option(code, region_name(name, code, "zh"), region_name(name, code, "en")) for code in codes
            ], default=self.top, every=None),
            Filter("year", "年份", "Year", options=[Option(str(year), str(year), str(year)) for year in years],
                   default=str(years[0]) if years else "", every=None if years else ("—", "—")),
            Filter("scheme", "险种", "Scheme", options=[
                Option("310", "职工医保", "Employee scheme"), Option("390", "居民医保", "Resident scheme")
            ]),
        )  # fmt: skip

    def _pools(self) -> list[str]:
        return sorted({self._pool(row) for row in self.rows} & set(self.service.regions))

    def _pool(self, row: Mapping[str, Any]) -> str:
        """The province of a row where the ledger holds provinces, else its pool."""
        code = str(row["region_code"])
        return self._province.get(code) or self.service.pools.get(code, code)

    def years(self) -> list[int]:
        """The years that there are figures of, the newest first."""
        return sorted({row["month"].year for row in self.rows}, reverse=True)

    def cube(self, care: str, year: int) -> Cube:
        """The cube of a kind of care and year: by pool, scheme, month."""
        return _cube(self.service.figures.name, care, year, lambda: (
            ((self._pool(row), str(row["scheme"]), f"{row['month']:%Y-%m}"), row)
            for row in self.rows if row["care"] == care and row["month"].year == year
        ))  # fmt: skip

    def region(self, chosen: Chosen) -> str:
        return chosen["region"] or self.top

    def _key(self, chosen: Chosen, month: str = ALL, region: str = "") -> Key:
        code = region or self.region(chosen)
        return (ALL if code == self.top else code, chosen["scheme"] or ALL, month)

    def _at(self, indicator: Indicator, year: int, key: Key) -> Measured:
        found = self.cube(indicator.care, year)
        return measured(indicator, found.sums.get(key) or dict.fromkeys(SUMS, 0), key in found.hidden)

    def of(self, indicator: Indicator, chosen: Chosen) -> Measured:
        """The value of the chosen place, scheme and year."""
        if chosen.errors or not chosen["year"]:
            return Measured(0, None)
        return self._at(indicator, int(chosen["year"]), self._key(chosen))

    def parts(self, indicator: Indicator, chosen: Chosen) -> dict[str, Measured]:
        """The same of every pool, or of the chosen one."""
        if chosen.errors or not chosen["year"]:
            return {}
        year, pools = int(chosen["year"]), self._pools()
        wanted = pools if self.region(chosen) == self.top else [self.region(chosen)]
        return {code: self._at(indicator, year, self._key(chosen, region=code)) for code in wanted if code != self.top}

    def months(self, indicator: Indicator, chosen: Chosen) -> list[tuple[date, Measured]]:
        """Month by month, up to 24."""
        known = [row["month"] for row in self.rows if row["care"] == indicator.care]
        if chosen.errors or not known:
            return []
        return [
            (month, self._at(indicator, month.year, self._key(chosen, f"{month:%Y-%m}")))
            for month in months_between(min(known), max(known))
        ]  # fmt: skip

    def meta(self, lang: Lang) -> list[str]:
        zh = lang == "zh"
        last = max((row["month"] for row in self.rows), default=None)
        said = [(f"数据到 {last:%Y-%m}" if zh else f"data to {last:%Y-%m}")] if last else []
        return [
            *said,
            f"少于 {PUBLIC} 例的数不公开" if zh else f"figures on fewer than {PUBLIC} cases are not shown",
            f"口径 {self.service.figures.name[:12]}" if zh else f"figures {self.service.figures.name[:12]}",
        ]


_cubes: Recent[Cube] = Recent(KEPT)


def _cube(name: str, care: str, year: int, rows: Callable[[], Iterable[tuple[Key, Mapping[str, Any]]]]) -> Cube:
    """The cube of these figures; made once."""
    return _cubes.get((name, care, year), lambda: cube(rows(), SUMS, "bills", PUBLIC))
