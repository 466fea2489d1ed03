"""After every law: exemptions are applied (:mod:`yibao.lawbook.exemptions`), and no charge is counted twice.

What exemptions leave is counted charge by charge, so that two laws on one line never count its money twice: the graver
law counts first, the others what they say beyond it.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib.resources import files

import pyarrow as pa

from yibao.engine import DuckEngine
from yibao.lawbook import Law
from yibao.lawbook.exemptions import exempted

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

_FINDINGS = """
    select f.* replace (coalesce(c.ground, cast(null as varchar)) as exempted_by)
    from finding as f
    left join covered as c on c.finding_id = f.finding_id
    order by f.finding_id"""


def arbitrate(
    engine: DuckEngine, laws: Iterable[Law], finding: pa.Table, finding_ref: pa.Table
) -> tuple[pa.Table, pa.Table]:
    """The findings with ``exempted_by``, and how much of each charge each of them counts (``money_attribution``).

    The engine holds what placing evidence reads (``exemptions.READS``). Both tables have the columns of their contracts
    without the ledger's own; rows sorted by finding. Counted amounts of one line never exceed the largest amount that a
    law says of it, those of an encounter never its bill.
    """
    grounds = exempted(engine, laws, finding, finding_ref)
    columns = {"finding_id": list(grounds), "ground": list(grounds.values())}
    engine.register("covered", pa.table({name: pa.array(rows, pa.string()) for name, rows in columns.items()}))
    for statement in (files("yibao.supervision") / "arbitration.sql").read_text(encoding="utf-8").split(";\n"):
        if statement.strip():
            engine.run(statement)
    return engine.execute(_FINDINGS), engine.execute(_COUNTED)
