"""Which rows go into a package: whose they are, and whom they concern.

**Whose.** Two ledgers may hold copies of one thing. Each thing has one region that owns it: care belongs to the place
of care, people and their enrolments to the insured place, institutions to where they stand. What another region below
the receiver owns is left behind, for that region sends it itself; so nothing is doubled above, however both number it.
What a region knows of bills across its border goes up beside it, in ``cross_region_bill``, and is compared there.

**Whom.** With a scope, only rows of people insured there on the day of the row, and of care given there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

import pyarrow as pa

from yibao.engine import DuckEngine
from yibao.engine.schema import Table, Tables
from yibao.ledger.belonging import Belonging, belonging

#: What the rows below are judged with; the ledger must have them attached.
NEEDED = ("encounter", "encounter_region", "enrolment", "exam_report", "institution", "person", "region", "settlement")

#: Where a person is insured, from when to when. Enrolments tell; people without one are where their bills or, failing
#: these, their record say.
_HOME = """
create temp table _home as
with told as (
  select p.person_id, coalesce(min(s.insured_region), min(p.region_code)) as region_code
  from person p
  left join settlement s on s.person_id = p.person_id
  where p.person_id not in (select person_id from enrolment where region_code is not null)
  group by p.person_id
)
select person_id, region_code, begin_date, coalesce(end_date, date '9999-12-31') as end_date
from enrolment where region_code is not null
union all
select person_id, region_code, date '0001-01-01', date '9999-12-31' from told where region_code is not null
"""

#: People and institutions that another region below the receiver owns.
_LEFT = """
create temp table _left_person as
select person_id from _home group by person_id
having not bool_or(region_code in (select code from _mine)) and bool_or(region_code in (select code from _theirs));
create temp table _left_institution as
select institution_id from institution
where region_code in (select code from _theirs) and region_code not in (select code from _mine)
"""

#: People insured in the scope, institutions in it, and those where its people were treated.
_SCOPE = """
create temp table _scope_home as
select person_id, begin_date, end_date from _home where region_code in (select code from _scope);
create temp table _scope_institution as
select institution_id from institution where region_code in (select code from _scope);
create temp table _scope_host as
select institution_id from _scope_institution
union
select e.institution_id from encounter e
join _scope_home h on h.person_id = e.person_id and cast(e.admitted_at as date) between h.begin_date and h.end_date
"""

#: What the sender knows of settlements across its border. Inside it there is one sender, and nothing to compare.
_BILLS = """
select
  $reported_by as reported_by, case when v.insured_region in (select code from _mine) then 'insured' else 'care' end
    as side,
  s.settlement_id, s.encounter_id, s.person_id, s.institution_id, v.insured_region, v.care_region, e.admitted_at,
  s.settled_at, s.total_amount, s.fund_amount, s.reversed_settlement_id, s.batch_id
from settlement s
join encounter_region v on v.encounter_id = s.encounter_id
join encounter e on e.encounter_id = s.encounter_id
where v.crossing in ('same_province', 'cross_province')
  and (v.insured_region in (select code from _mine)) <> (v.care_region in (select code from _mine))
"""


Owner = Literal["insured place", "place of care", "region"]


def owner(table: Table, tables: Tables) -> Owner | None:
    """Which region owns the rows of a table of facts; None for catalogues and the like, which nobody does."""
    # Account moves name the settlement they paid, wherever that was; the account is kept where the person is insured.
    if "person_id" in table.by_name and (table.group == "people" or table.name == "account"):
        return "insured place"
    if _institution(belonging(table, tables)) is not None:
        return "place of care"
    return "region" if "region_code" in table.by_name else None


@dataclass(frozen=True)
class Selection:
    """What to select. Regions are codes with everything below them; None is no limit.

    ``batches`` are those whose rows go; ``since`` and ``until`` bound the day of what happened (care, money, stock,
    bills), not what holds over time, such as enrolments.
    """

    batches: Sequence[str]
    mine: Iterable[str]
    theirs: Iterable[str] | None = None
    scope: Iterable[str] | None = None
    since: date | None = None
    until: date | None = None


class Chooser:
    """Says, for each table of an engine with :data:`NEEDED` attached, which rows go and which are left behind."""

    def __init__(self, engine: DuckEngine, tables: Tables, selection: Selection, reported_by: str) -> None:
        self._tables = tables
        self._selection = selection
        for name, codes in (("_mine", selection.mine), ("_theirs", selection.theirs), ("_scope", selection.scope)):
            engine.register(f"{name}_given", pa.table({"code": pa.array(sorted(codes or ()), pa.string())}))
            engine.materialise(name, f"select code from {name}_given")
        engine.register("_batches_given", pa.table({"batch_id": pa.array(selection.batches, pa.string())}))
        engine.materialise("_batches", "select batch_id from _batches_given")
        engine.run(_HOME)
        if selection.theirs is not None:
            engine.run(_LEFT)
            # The sender's own word on bills across its border takes the place of what lower levels told it of theirs.
            engine.materialise("_bills", _BILLS, {"reported_by": reported_by})
        if selection.scope is not None:
            engine.run(_SCOPE)

    def source(self, table: Table) -> str:
        """``from`` and ``join`` of a table, its rows as ``c``."""
        own = table.name == "cross_region_bill" and self._selection.theirs is not None
        return f"from {'_bills' if own else table.name} c {belonging(table, self._tables).join}"

    def where(self, table: Table) -> str:
        """Rows of the chosen batches, days and scope."""
        place, chosen = belonging(table, self._tables), ["c.batch_id in (select batch_id from _batches)"]
        happened = table.group in ("care", "money", "stock") or table.name == "cross_region_bill"
        if self._selection.since is not None and happened:
            chosen.append(f"coalesce({place.day} >= date '{self._selection.since}', true)")
        if self._selection.until is not None and happened:
            chosen.append(f"coalesce({place.day} <= date '{self._selection.until}', true)")
        if self._selection.scope is not None:
            chosen.append(f"({self._concerns(table, place)})")
        return " and ".join(chosen)

    def left(self, table: Table) -> str:
        """Rows that another region below the receiver owns."""
        if self._selection.theirs is None or table.name == "cross_region_bill":
            return "false"
        match owner(table, self._tables):
            case "insured place":
                return "c.person_id in (select person_id from _left_person)"
            case "place of care":
                placed = belonging(table, self._tables).institution
                return f"coalesce({placed} in (select institution_id from _left_institution), false)"
            case "region":
                theirs, mine = ("c.region_code in (select code from " + name for name in ("_theirs)", "_mine)"))
                return f"coalesce({theirs} and not {mine}, false)"
        return "false"

    def _concerns(self, table: Table, place: Belonging) -> str:
        insured = (
            f"exists (select 1 from _scope_home h where h.person_id = {place.person} "
            f"and ({place.day} is null or {place.day} between h.begin_date and h.end_date))"
        )
        if table.name == "region":
            return "true"
        if table.name == "cross_region_bill":
            return f"{insured} or c.care_region in (select code from _scope)"
        if table.name in ("institution", "staff", "staff_status"):
            return "c.institution_id in (select institution_id from _scope_host)"
        match owner(table, self._tables):
            case "insured place":
                return "c.person_id in (select person_id from _scope_home)"
            case "place of care":
                inside = f"coalesce({place.institution} in (select institution_id from _scope_institution), false)"
                return f"{insured} or {inside}" if "person_id" in table.by_name else inside
            case "region":
                return "c.region_code in (select code from _scope)"
        return "true"


def _institution(place: Belonging) -> str | None:
    """The expression for the institution of a row; None where rows have none."""
    return place.institution if place.institution.endswith("institution_id") else None
