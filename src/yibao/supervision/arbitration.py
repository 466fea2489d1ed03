"""After every law: exemptions are applied once, and no charge is counted twice.

A law says which kinds of exemption it admits (``exemptions`` in rule.yaml). An exemption holds because somebody
approved it (table ``exemption``) or because the ledger shows it (``detected_exemptions.yaml``). It covers pieces of
evidence; a finding is exempted when all of its money is covered. What remains is counted charge by charge, so that two
laws on one line never count its money twice: the graver law counts first, the others what they say beyond it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import cache
from importlib.resources import files

import pyarrow as pa

from yibao.engine import DuckEngine
from yibao.engine.sql import sql_text
from yibao.engine.yaml import read_yaml
from yibao.lawbook import Law
from yibao.ledger import Ledger

#: What is read of the ledger to place a piece of evidence.
READS = {
    "charge_line": {
        "line_id", "person_id", "institution_id", "encounter_id", "settlement_id", "item_code", "charged_at",
    },
    "settlement": {
        "settlement_id", "person_id", "institution_id", "encounter_id", "settled_at", "total_amount", "fund_amount",
        "account_amount", "family_account_amount",
    },
    "encounter": {
        "encounter_id", "person_id", "institution_id", "kind", "admitted_at", "main_diagnosis", "readmission_planned",
    },
    "exemption": {
        "exemption_id", "kind", "law_id", "person_id", "institution_id", "encounter_id", "item_code", "begin_at",
        "end_at", "expires_on",
    },
    "encounter_bill": {"encounter_id", "fund_amount", "family_account_amount"},
}  # fmt: skip
_RANK = {"violation": 1, "suspect": 2, "lead": 3}

_COUNTED = """
    select r.finding_id, r.sequence, r.law_id, r.ref_table, r.ref_id, r.amount, r.fund_amount,
        greatest(r.said - coalesce(i.amount, 0), 0) - greatest(r.said_before - coalesce(i.amount, 0), 0)
            as counted_amount,
        greatest(r.said_fund - coalesce(i.fund, 0), 0) - greatest(r.said_fund_before - coalesce(i.fund, 0), 0)
            as counted_fund_amount,
        r.ground as exempted_by
    from running as r
    left join inside as i on i.ref_table = r.ref_table and i.ref_id = r.ref_id
    order by r.finding_id, r.sequence"""

# A finding is exempted when every piece that was looked at is covered.
_FINDINGS = """
    select f.* replace (coalesce(c.ground, cast(null as varchar)) as exempted_by)
    from finding as f
    left join (
        select p.finding_id, min(x.ground) as ground
        from placed as p
        left join exempted as x on x.finding_id = p.finding_id and x.sequence = p.sequence
        group by p.finding_id
        having count(*) = count(x.ground)
    ) as c on c.finding_id = f.finding_id
    order by f.finding_id"""


@cache
def detected_kinds() -> dict[str, str]:
    """Kinds of exemption that the ledger shows by itself, and the condition of each."""
    path = files("yibao.supervision") / "detected_exemptions.yaml"
    return {str(kind): str(sql) for kind, sql in read_yaml(path.read_text(encoding="utf-8"), path.name).items()}


def arbitrate(
    ledger: Ledger, laws: Iterable[Law], finding: pa.Table, finding_ref: pa.Table, as_of: datetime | None = None
) -> tuple[pa.Table, pa.Table]:
    """The findings with ``exempted_by``, and how much of each charge each of them counts (``money_attribution``).

    Both tables have the columns of their contracts without the ledger's own; rows sorted by finding. Counted amounts of
    one line never exceed the largest amount that a law says of it, those of an encounter never its bill.
    """
    with DuckEngine() as engine:
        ledger.attach(engine, as_of, only=READS)
        engine.register("finding", finding)
        engine.register("finding_ref", finding_ref)
        engine.register("law_exemption", _admitted(laws))
        for statement in _script().split(";\n"):
            if statement.strip():
                engine.connection.execute(statement)
        return engine.execute(_FINDINGS), engine.execute(_COUNTED)


def _script() -> str:
    text = (files("yibao.supervision") / "arbitration.sql").read_text(encoding="utf-8")
    conditions = [f"(a.kind = {sql_text(kind)} and {sql})" for kind, sql in detected_kinds().items()]
    return text.replace("{detected}", "\n        or ".join(conditions))


def _admitted(laws: Iterable[Law]) -> pa.Table:
    """What each law admits; a law that admits nothing stands with an empty kind, for its rank."""
    rows = [
        (law.id, kind, _RANK.get(law.text.result or "lead", 3))
        for law in laws if law.text.kind == "rule" for kind in (law.text.exemptions or [""])
    ]  # fmt: skip
    ids, kinds, ranks = zip(*rows, strict=True) if rows else ((), (), ())
    return pa.table(
        {
            "law_id": pa.array(ids, pa.string()),
            "kind": pa.array(kinds, pa.string()),
            "rank": pa.array(ranks, pa.int64()),
        }
    )
