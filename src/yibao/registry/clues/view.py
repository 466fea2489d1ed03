"""Looking at clues: lists within one's reach, one clue whole, the library of typical cases, the contract table."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
from sqlalchemy import Select, Table, func, select

from yibao.registry.clues.workflow import next_acts, take
from yibao.registry.rights.looks import keep
from yibao.registry.store import Answer, verb
from yibao.registry.tables.clues import (
    CLUE,
    CLUE_EVENT,
    CLUE_EVIDENCE,
    CLUE_FINDING,
    CLUE_MONEY,
    DECISION,
    EXEMPTION,
    RECOVERY,
    STATEMENT,
    TYPICAL_CASE,
)  # fmt: skip
from yibao.registry.tables.consents import LOOK
from yibao.registry.unit import Row, Unit

#: States that an institution does not see: what is found is not told before it is sent.
_UNSENT = ("S0", "S1", "S2", "S3", "S3a")


def clues(
    unit: Unit, *, state: str | None = None, institution_id: str | None = None, overdue: bool = False,
    limit: int | None = None,
) -> list[Row]:  # fmt: skip
    """The clues within the actor's reach, the next due first."""
    query = visible(unit)
    if state is not None:
        query = query.where(CLUE.c.state == state)
    if institution_id is not None:
        query = query.where(CLUE.c.institution_id == institution_id)
    if overdue:
        query = query.where(CLUE.c.due_on < unit.today)
    query = query.order_by(CLUE.c.due_on.is_(None), CLUE.c.due_on, CLUE.c.fund_amount.desc(), CLUE.c.clue_id)
    return unit.rows(query if limit is None else query.limit(limit))


def visible(unit: Unit) -> Select[Any]:
    """All clues that the actor may see. Institutions see their own, once sent."""
    reach = unit.reach("clue.read")
    query = select(CLUE).where(reach.where(CLUE))
    return query if reach.regions else query.where(CLUE.c.state.not_in(_UNSENT))


@verb("clue.read", "clue:{clue_id}")
def show(unit: Unit, clue_id: str) -> Answer:
    """A clue with all that belongs to it. That somebody looked is kept, as for all data of persons."""
    clue = take(unit, clue_id)
    seen = unit.connection.execute(visible(unit).where(CLUE.c.clue_id == clue_id)).first()
    if seen is None:
        from yibao.registry.articles import Refused

        raise Refused(
            "out_of_scope",
            "regulation_32",
            f"{clue_id} has not been sent to the institution",
            f"{clue_id} 尚未反馈机构",
            mend="it is shown once it is sent",
            mend_zh="反馈后方可查看",
        )
    parts = {
        "findings": (CLUE_FINDING, "finding_id"), "money": (CLUE_MONEY, "ref_id"), "history": (CLUE_EVENT, "sequence"),
        "evidence": (CLUE_EVIDENCE, "sequence"), "statements": (STATEMENT, "statement_id"),
        "decisions": (DECISION, "decision_no"), "recoveries": (RECOVERY, "recovery_id"),
    }  # fmt: skip
    found = {name: _of(unit, table, order, clue_id) for name, (table, order) in parts.items()}
    persons = [row["person_id"] for row in found["findings"] if row["person_id"]]
    if persons:
        count = select(func.count()).select_from(LOOK).where(LOOK.c.dataset_id == f"clue:{clue_id}")
        number = unit.connection.execute(count).scalar_one() + 1
        keep(unit, f"clue:{clue_id}/{number}", dataset_id=f"clue:{clue_id}", purpose_id="supervision",
             columns=["finding"], predicate=clue_id, rows=len(persons), persons=persons)  # fmt: skip
    return {**clue, **found, "next": next_acts(clue["state"])}


def cases(unit: Unit) -> list[Row]:
    """The library of typical cases, newest first."""
    return unit.rows(select(TYPICAL_CASE).order_by(TYPICAL_CASE.c.published_at.desc()))


def exemptions(unit: Unit, *, expired: bool = False) -> list[Row]:
    """Exemptions in force within reach, or also those that ended."""
    query = select(EXEMPTION).where(unit.reach("clue.read").where(EXEMPTION))
    if not expired:
        query = query.where(EXEMPTION.c.expires_on > unit.today, EXEMPTION.c.withdrawn_at.is_(None))
    return unit.rows(query.order_by(EXEMPTION.c.expires_on))


def clue_table(rows: list[Row], schema: pa.Schema) -> pa.Table:
    """Clues as the contract table ``clue``; sub-states are told by their state, ``S3c`` by ``S3``."""
    made = [
        {
            **{name: row[name] for name in schema.names if name in row},
            "law_id": row["law_ids"], "state": row["state"].rstrip("abc"),
            "opened_at": row["opened_at"].replace(microsecond=0),
        }
        for row in rows
    ]  # fmt: skip
    return pa.Table.from_pylist(made, schema=schema)


def _of(unit: Unit, table: Table, order: str, clue_id: str) -> list[dict[str, Any]]:
    return [dict(row) for row in unit.rows(select(table).where(table.c.clue_id == clue_id).order_by(table.c[order]))]
