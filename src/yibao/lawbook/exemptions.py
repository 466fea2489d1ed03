"""Exemptions, applied after the laws, in one place: to a run, to an order, to a bill and to a case alike.

A law says which kinds of exemption it admits (``exemptions`` in rule.yaml). An exemption holds because somebody
approved it (table ``exemption``) or because the ledger shows it (``detected_exemptions.yaml``). It covers pieces of
evidence; a finding is exempted when all of its money is covered, one without money when its first evidence is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files

import pyarrow as pa

from yibao.engine import DuckEngine
from yibao.engine.sql import sql_text
from yibao.engine.yaml import read_yaml
from yibao.lawbook.model import Law
from yibao.lawbook.run import finding_id

#: What is read of the ledger to place a piece of evidence.
READS: Mapping[str, frozenset[str]] = {
    name: frozenset(columns.split())
    for name, columns in {
        "charge_line": "line_id person_id institution_id encounter_id settlement_id item_code charged_at",
        "settlement": "settlement_id person_id institution_id encounter_id settled_at total_amount fund_amount"
        " account_amount family_account_amount",
        "encounter": "encounter_id person_id institution_id kind admitted_at main_diagnosis readmission_planned",
        "exemption": "exemption_id kind law_id person_id institution_id encounter_id item_code begin_at end_at"
        " expires_on",
        "encounter_bill": "encounter_id fund_amount family_account_amount",
    }.items()
}
_RANK = {"violation": 1, "suspect": 2, "lead": 3}

# A finding is exempted when every piece that was looked at is covered.
_COVERED = """
    select p.finding_id, min(x.ground) as ground
    from placed as p
    left join exempted as x on x.finding_id = p.finding_id and x.sequence = p.sequence
    group by p.finding_id
    having count(*) = count(x.ground)"""


@cache
def detected_kinds() -> dict[str, str]:
    """Kinds of exemption that the ledger shows by itself, and the condition of each."""
    path = files("yibao.lawbook") / "detected_exemptions.yaml"
    return {str(kind): str(sql) for kind, sql in read_yaml(path.read_text(encoding="utf-8"), path.name).items()}


def may_be_exempted(laws: Iterable[Law], approved: bool) -> bool:
    """Whether a finding of these laws can be exempted at all; ``approved``: that the ledger has approved exemptions."""
    return approved or any(not detected_kinds().keys().isdisjoint(law.text.exemptions) for law in laws)


def exempted(engine: DuckEngine, laws: Iterable[Law], finding: pa.Table, finding_ref: pa.Table) -> dict[str, str]:
    """Finding id -> the ground on which it is exempted. The engine holds the tables of :data:`READS`.

    Leaves ``placed``, ``exempted`` and ``law_exemption`` in the engine for those who count money.
    """
    _given(engine, laws, finding, finding_ref)
    engine.materialise("placed", placing())
    engine.materialise("exempted", _exempted())
    return _grounds(engine, _COVERED)


def exempted_at_once(
    engine: DuckEngine, laws: Iterable[Law], finding: pa.Table, finding_ref: pa.Table
) -> dict[str, str]:
    """The same in one statement that leaves nothing behind, for few findings again and again."""
    _given(engine, laws, finding, finding_ref)
    return _grounds(engine, f"with placed as ({placing()}), exempted as ({_exempted()}) {_COVERED}")


def _given(engine: DuckEngine, laws: Iterable[Law], finding: pa.Table, finding_ref: pa.Table) -> None:
    engine.register("finding", finding)
    engine.register("finding_ref", finding_ref)
    engine.register("law_exemption", _admitted(laws))


def _grounds(engine: DuckEngine, sql: str) -> dict[str, str]:
    return {row["finding_id"]: row["ground"] for row in engine.execute(sql).to_pylist()}


@cache
def placing() -> str:
    """The query for the pieces of evidence that decide, and where and when they lie (``placed``)."""
    return (files("yibao.lawbook") / "placed.sql").read_text(encoding="utf-8")


@cache
def _exempted() -> str:
    conditions = [f"(a.kind = {sql_text(kind)} and {sql})" for kind, sql in detected_kinds().items()]
    text = (files("yibao.lawbook") / "exempted.sql").read_text(encoding="utf-8")
    return text.replace("{detected}", "\n        or ".join(conditions))


def findings_of(bodies: Iterable[tuple[Law, pa.Table]]) -> tuple[pa.Table, pa.Table]:
    """What :func:`exempted` needs of the findings in the rows of bodies: finding and finding_ref, without words."""
    finding: dict[str, dict[str, object]] = {}
    refs: list[dict[str, object]] = []
    for law, body in bodies:
        rank = {name: place for place, name in enumerate(law.text.signals)}
        count: dict[str, int] = {}
        for row in sorted(body.to_pylist(), key=lambda r: (rank[r["signal"]], r["ref_table"] or "", r["ref_id"] or "")):
            key = finding_id(law, row["finding_key"])
            count[key] = count.get(key, 0) + 1
            amount, fund = row["amount"] or 0, row["fund_amount"] or 0
            one = finding.setdefault(
                key,
                {name: row[name] for name in ("person_id", "institution_id", "encounter_id", "occurred_at")}
                | {"finding_id": key, "amount": 0, "fund_amount": 0},
            )
            one["amount"] += amount  # type: ignore[operator]
            one["fund_amount"] += fund  # type: ignore[operator]
            refs.append(
                {"finding_id": key, "sequence": count[key], "law_id": law.id, "ref_table": row["ref_table"],
                 "ref_id": row["ref_id"], "amount": amount, "fund_amount": fund}
            )  # fmt: skip
    return pa.Table.from_pylist(list(finding.values()), _FINDING), pa.Table.from_pylist(refs, _REF)


_FINDING = pa.schema(
    [("finding_id", pa.string()), ("person_id", pa.string()), ("institution_id", pa.string()),
     ("encounter_id", pa.string()), ("occurred_at", pa.timestamp("us")), ("amount", pa.int64()),
     ("fund_amount", pa.int64())]
)  # fmt: skip
_REF = pa.schema(
    [("finding_id", pa.string()), ("sequence", pa.int64()), ("law_id", pa.string()), ("ref_table", pa.string()),
     ("ref_id", pa.string()), ("amount", pa.int64()), ("fund_amount", pa.int64())]
)  # fmt: skip


def _admitted(laws: Iterable[Law]) -> pa.Table:
    """What each law admits; a law that admits nothing stands with an empty kind, for its rank."""
    rows = [
        {"law_id": law.id, "kind": kind, "rank": _RANK.get(law.text.result or "lead", 3)}
        for law in laws if law.text.kind == "rule" for kind in (law.text.exemptions or [""])
    ]  # fmt: skip
    return pa.Table.from_pylist(rows, pa.schema([("law_id", pa.string()), ("kind", pa.string()), ("rank", pa.int64())]))
