"""The region tree, nation to county: who is above and below whom, who shares a pool, and what each region comes to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from yibao.engine import DuckEngine
from yibao.ledger.storage import Ledger

#: Levels from the top; a region lies below one of a higher level.
LEVELS = ("nation", "province", "city", "county")


@dataclass(frozen=True)
class Region:
    """A row of ``region``; ``parent`` and ``pool`` are codes."""

    code: str
    name: str
    name_en: str | None
    level: str
    parent: str | None
    pool: str | None


class RegionTree:
    """Regions by code. A faulty tree can be walked too (law K20 names the faults): no walk passes a region twice."""

    def __init__(self, regions: Iterable[Region]) -> None:
        self.regions: Mapping[str, Region] = {region.code: region for region in regions}

    @classmethod
    def of(cls, ledger: Ledger, as_of: datetime | None = None) -> RegionTree:
        """The tree of a ledger's ``region`` rows."""
        with DuckEngine(threads=1) as engine:
            ledger.attach(engine, as_of, only=["region"])
            rows = engine.execute("select * from region order by region_code").to_pylist()
        return cls(
            Region(r["region_code"], r["name"], r["name_en"], r["level"], r["parent_code"], r["pool_code"])
            for r in rows
        )

    def __contains__(self, code: str) -> bool:
        return code in self.regions

    def ancestors(self, code: str) -> list[str]:
        """Codes above a region, nearest first; [] for one that is not in the tree."""
        found: list[str] = []
        region = self.regions.get(code)
        while region is not None and region.parent in self.regions and region.parent not in (code, *found):
            found.append(str(region.parent))
            region = self.regions[found[-1]]
        return found

    def children(self, code: str) -> list[str]:
        """Codes directly below a region, sorted."""
        return self._children.get(code, [])

    def below(self, code: str) -> set[str]:
        """A region and everything below it; a code that is not in the tree stands for itself."""
        found: set[str] = set()
        waiting = [code]
        while waiting:
            if (next_code := waiting.pop()) not in found:
                found.add(next_code)
                waiting += self.children(next_code)
        return found

    def pool_of(self, code: str) -> str | None:
        """The pooling region: the one recorded, else the city above, else the region itself; None when unknown."""
        region = self.regions.get(code)
        if region is None:
            return None
        cities = [c for c in (code, *self.ancestors(code)) if self.regions[c].level == "city"]
        return region.pool or (cities[0] if cities else code)

    def walk(self) -> Iterator[tuple[int, Region]]:
        """(depth, region) from the tops down, each region once; regions in a circle come last."""
        tops = [code for code, region in self.regions.items() if region.parent not in self.regions]
        seen: set[str] = set()
        for top in (*tops, *self.regions):
            stack = [(0, top)]
            while stack:
                depth, code = stack.pop()
                if code in seen:
                    continue
                seen.add(code)
                yield depth, self.regions[code]
                stack += [(depth + 1, child) for child in reversed(self.children(code))]

    @cached_property
    def _children(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for code, region in sorted(self.regions.items()):
            if region.parent is not None and region.parent != code:
                found.setdefault(region.parent, []).append(code)
        return found


#: One row per region with what is its own; ``region_code`` null for what belongs to no known region.
_FIGURES = """
with insured as (
  select region_code, count(*) as insured
  from (
    select person_id, region_code from enrolment
    where begin_date <= $day and (end_date is null or end_date >= $day)
    qualify row_number() over (partition by person_id order by begin_date desc, enrolment_id) = 1
  )
  group by region_code
),
place as (select region_code, count(*) as institutions from institution group by region_code),
bill as (
  select s.total_amount, coalesce(s.fund_amount, 0) as fund_amount,
    coalesce(v.insured_region, s.insured_region) as insured_region,
    coalesce(v.care_region, i.region_code) as care_region,
    v.crossing in ('same_province', 'cross_province') as elsewhere
  from settlement s
  left join encounter_region v on v.encounter_id = s.encounter_id
  left join institution i on i.institution_id = s.institution_id
),
care as (
  select care_region as region_code, count(*) as settlements, cast(sum(total_amount) as bigint) as total_amount
  from bill group by care_region
),
paid as (
  select insured_region as region_code, cast(sum(fund_amount) as bigint) as fund_amount,
    cast(count(*) filter (elsewhere) as bigint) as elsewhere,
    cast(coalesce(sum(fund_amount) filter (elsewhere), 0) as bigint) as elsewhere_fund_amount
  from bill group by insured_region
),
figures as (
  select region_code, insured, 0 as institutions, 0 as settlements, 0 as total_amount, 0 as fund_amount,
    0 as elsewhere, 0 as elsewhere_fund_amount from insured
  union all select region_code, 0, institutions, 0, 0, 0, 0, 0 from place
  union all select region_code, 0, 0, settlements, total_amount, 0, 0, 0 from care
  union all select region_code, 0, 0, 0, 0, fund_amount, elsewhere, elsewhere_fund_amount from paid
)
select case when r.region_code is not null then f.region_code end as region_code,
  cast(sum(insured) as bigint) as insured, cast(sum(institutions) as bigint) as institutions,
  cast(sum(settlements) as bigint) as settlements, cast(sum(total_amount) as bigint) as total_amount,
  cast(sum(fund_amount) as bigint) as fund_amount, cast(sum(elsewhere) as bigint) as elsewhere,
  cast(sum(elsewhere_fund_amount) as bigint) as elsewhere_fund_amount
from figures f left join region r on r.region_code = f.region_code
group by 1
"""


@dataclass(frozen=True)
class RegionFigures:
    """What a region comes to, its lower regions included; amounts in minor units.

    ``settlements`` and ``total_amount`` are of care given there; ``fund_amount`` is what funds paid for its insured
    persons, wherever they were treated, ``elsewhere`` the settlements of theirs outside the pooling region and
    ``elsewhere_fund_amount`` the funds' part of those.
    """

    insured: int = 0
    institutions: int = 0
    settlements: int = 0
    total_amount: int = 0
    fund_amount: int = 0
    elsewhere: int = 0
    elsewhere_fund_amount: int = 0

    def __add__(self, other: RegionFigures) -> RegionFigures:
        return RegionFigures(*(a + b for a, b in zip(vars(self).values(), vars(other).values(), strict=True)))


def region_figures(ledger: Ledger, tree: RegionTree, as_of: datetime | None = None) -> dict[str | None, RegionFigures]:
    """Figures by region code; None holds what belongs to no region of the tree, so that all of it is somewhere."""
    day = (as_of or ledger.last_recorded() or datetime.now()).date()
    with DuckEngine() as engine:
        tables = ["encounter_region", "enrolment", "institution", "region", "settlement"]
        ledger.attach(engine, as_of, only=tables)
        rows = engine.execute(_FIGURES, {"day": day}).to_pylist()
    own = {row.pop("region_code"): RegionFigures(**row) for row in rows}
    figures: dict[str | None, RegionFigures] = {None: own.get(None, RegionFigures())}
    for code in tree.regions:
        parts = [own[inner] for inner in tree.below(code) if inner in own]
        figures[code] = sum(parts, RegionFigures())
    return figures


#: Outcomes of the comparison of the two sides' bills, in the order in which they are shown.
OUTCOMES = ("matched", "other_id", "amount_differs", "only_insured", "only_care", "awaited")


def bills_compared(ledger: Ledger, as_of: datetime | None = None) -> dict[str, tuple[int, int, int]]:
    """(bills, fund's part, difference of it between the two sides) by outcome; see the table ``cross_region_match``."""
    with DuckEngine() as engine:
        ledger.attach(engine, as_of, only=["cross_region_match"])
        rows = engine.execute(
            "select outcome, count(*) as bills, cast(coalesce(sum(fund_amount), 0) as bigint) as fund, "
            "cast(coalesce(sum(abs(fund_difference)), 0) as bigint) as apart from cross_region_match group by outcome"
        )
    found = {row["outcome"]: (row["bills"], row["fund"], row["apart"]) for row in rows.to_pylist()}
    return {outcome: found[outcome] for outcome in OUTCOMES if outcome in found}
