"""Findings of a run grouped into clues: by institution, by person, or by pattern; money attributed once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa

from yibao.engine import DuckEngine
from yibao.registry.articles import RegistryError
from yibao.registry.clues.workflow import workflow

Grouping = Literal["institution", "person", "pattern"]

#: What a group is called by; a pattern is one law with one knowledge point, or where it names none, one physician.
_KEYS = {
    "institution": "coalesce(f.institution_id, '')",
    "person": "coalesce(f.person_id, '')",
    "pattern": "coalesce(k.kp_id, f.staff_id, f.institution_id, '')",
}
#: A finding's place among those that name the same row: the judgement first, then the money, then its name.
_RANK = "case f.result when 'violation' then 0 when 'suspect' then 1 else 2 end, r.fund_amount desc, f.finding_id"


@dataclass(frozen=True)
class Findings:
    """What is to be grouped: tables ``finding`` and ``finding_ref`` of a run."""

    finding: pa.Table
    finding_ref: pa.Table

    @classmethod
    def of_run(cls, run: Path) -> Findings:
        """Raises :class:`RegistryError` when the folder has no findings."""
        import pyarrow.parquet as pq

        try:
            return cls(pq.read_table(run / "finding.parquet"), pq.read_table(run / "finding_ref.parquet"))
        except FileNotFoundError:
            raise RegistryError("this run has no findings", where=str(run), mend="yibao supervise LEDGER",
                                zh="此次运行没有命中", mend_zh="请运行：yibao supervise LEDGER") from None  # fmt: skip


@dataclass
class Group:
    """A clue in the making: its findings, and the rows that carry its money (each nowhere else)."""

    law_id: str
    key: str
    result: str
    institution_id: str | None
    person_id: str | None
    period_from: date
    period_to: date
    findings: list[dict[str, Any]] = field(default_factory=list)
    money: list[dict[str, Any]] = field(default_factory=list)

    @property
    def persons(self) -> int:
        return len({f["person_id"] for f in self.findings if f["person_id"]})

    @property
    def amount(self) -> int:
        return sum(row["amount"] for row in self.money)

    @property
    def fund_amount(self) -> int:
        return sum(row["fund_amount"] for row in self.money)

    @property
    def strength_ppm(self) -> int:
        """From the judgement, and rising with the number of findings half of the way to certainty.

        ``w + (1 - w) · (1 - 1/n) / 2`` with w by the judgement (``facts/clue_workflow.yaml``), rounded down.
        """
        base, count = int(workflow()["strength_ppm"][self.result]), len(self.findings)
        return base + (1_000_000 - base) * (count - 1) // (2 * count)


def group(
    found: Findings, by: Grouping, *, known: Iterable[str] = (), taken: Iterable[tuple[str, str]] = (),
    exempt: Sequence[Mapping[str, Any]] = (),
) -> tuple[list[Group], dict[str, int]]:  # fmt: skip
    """Group findings of one law, month and key. Returns groups, the strongest first, and counts of what was left out.

    ``known`` are findings that are in a clue already, ``taken`` rows (table, id) whose money is in one, ``exempt`` rows
    of the table of exemptions. Exempted findings are left out and counted.
    """
    with DuckEngine(threads=1) as engine:
        engine.register("all_findings", found.finding)
        engine.register("refs", found.finding_ref)
        engine.register("known", pa.table({"finding_id": pa.array(sorted(known), pa.string())}))
        taken = sorted(taken)
        engine.register("taken", pa.table({
            "ref_table": pa.array([t for t, _ in taken], pa.string()),
            "ref_id": pa.array([r for _, r in taken], pa.string()),
        }))  # fmt: skip
        engine.register("exempt", _exemptions(exempt))
        counts = _count(engine)
        engine.materialise("live", _LIVE)
        rows = engine.execute(_GROUPED.format(key=_KEYS[by])).to_pylist()
        money = engine.execute(_MONEY.format(rank=_RANK)).to_pylist()
    groups: dict[tuple[Any, ...], Group] = {}
    of_finding: dict[str, Group] = {}
    for row in rows:
        name = (row["law_id"], row["key"], row["period_from"])
        made = groups.setdefault(name, Group(
            row["law_id"], row["key"], row["result"], row["institution_id"], row["person_id"], row["period_from"],
            row["period_to"],
        ))  # fmt: skip
        made.result = min(made.result, row["result"], key=_order)
        made.institution_id = made.institution_id if made.institution_id == row["institution_id"] else None
        made.person_id = made.person_id if made.person_id == row["person_id"] else None
        made.findings.append(row)
        of_finding[row["finding_id"]] = made
    for row in money:
        of_finding[row["finding_id"]].money.append(row)
    counts["findings"] = len(rows)
    return sorted(groups.values(), key=lambda g: (-g.strength_ppm, -g.fund_amount, g.law_id, g.key)), counts


def _order(result: str) -> int:
    return ("violation", "suspect", "lead").index(result)


_LIVE = """
select f.* from all_findings f
where f.exempted_by is null
  and f.finding_id not in (select finding_id from known)
  and not exists (
    select 1 from exempt e
    where (e.law_id is null or e.law_id = f.law_id)
      and (e.institution_id is null or e.institution_id = f.institution_id)
      and (e.person_id is null or e.person_id = f.person_id)
      and cast(f.occurred_at as date) >= e.valid_from and cast(f.occurred_at as date) < e.expires_on
      and (e.ref_id is null or exists (
        select 1 from refs r where r.finding_id = f.finding_id and r.ref_table = e.ref_table and r.ref_id = e.ref_id)))
"""

_GROUPED = """
with first_point as (select finding_id, min(kp_id) as kp_id from refs group by finding_id)
select f.finding_id, f.law_id, f.law_version, f.result, f.person_id, f.institution_id, f.staff_id, f.amount,
       f.fund_amount, f.explanation_zh, f.explanation_en, {key} as key,
       cast(date_trunc('month', f.occurred_at) as date) as period_from,
       cast(date_trunc('month', f.occurred_at) + interval 1 month as date) as period_to
from live f left join first_point k on k.finding_id = f.finding_id
order by f.fund_amount desc, f.finding_id
"""

# A row of the ledger may be named by several findings, and several times by one: its money goes to the strongest.
_MONEY = """
select r.finding_id, r.ref_table, r.ref_id, max(r.amount) as amount, max(r.fund_amount) as fund_amount from (
  select r.*, first_value(f.finding_id) over (partition by r.ref_table, r.ref_id order by {rank}) as owner
  from refs r join live f on f.finding_id = r.finding_id
  where r.fund_amount > 0
    and not exists (select 1 from taken t where t.ref_table = r.ref_table and t.ref_id = r.ref_id)
) r
where r.owner = r.finding_id
group by r.finding_id, r.ref_table, r.ref_id
order by r.finding_id, r.ref_table, r.ref_id
"""


def _count(engine: DuckEngine) -> dict[str, int]:
    found: dict[str, int] = engine.execute(
        "select cast(count(*) as bigint) as found, "
        "cast(count(*) filter (where finding_id in (select finding_id from known)) as bigint) as known, "
        "cast(count(*) filter (where exempted_by is not null) as bigint) as exempted_by_law from all_findings"
    ).to_pylist()[0]
    return found


def _exemptions(rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    texts = ("law_id", "institution_id", "person_id", "ref_table", "ref_id")
    return pa.table({
        **{name: pa.array([row[name] for row in rows], pa.string()) for name in texts},
        **{name: pa.array([row[name] for row in rows], pa.date32()) for name in ("valid_from", "expires_on")},
    })  # fmt: skip
