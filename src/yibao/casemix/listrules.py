"""The written rules of the settlement list, asked of the cases that are to be grouped.

They are the quality laws of the ledger on diagnoses, procedures, sex and age; here they are asked of a ledger, or of a
file of cases that is laid out as the tables of a ledger.
"""

from __future__ import annotations

from datetime import datetime
from importlib.resources import files
from pathlib import Path

import pyarrow as pa

from yibao.casemix.cases import Cases
from yibao.casemix.laid import ledger_tables
from yibao.engine import DuckEngine, Engine
from yibao.errors import YibaoError
from yibao.lawbook import Law, load_laws, run_law
from yibao.ledger.contracts import load_contracts

#: Rules on what grouping rests on: sex and age against codes, the main diagnosis, doubles, matching procedures.
RULES = (
    "Q05", "Q06", "Q07", "Q08", "Q09", "Q10", "Q11", "Q12", "Q13", "Q14", "Q15", "Q16", "Q17", "Q18", "Q32",
)  # fmt: skip


def list_rules() -> list[Law]:
    """The laws of :data:`RULES`, as shipped."""
    folder = Path(str(files("yibao.ledger") / "quality"))
    roots = [path for name in RULES for path in sorted(folder.glob(f"{name}_*"))]
    laws = load_laws(roots, load_contracts(), primitives=[folder / "primitives"]).laws
    return [laws[name] for name in RULES]


def list_issues(engine: Engine, laws: list[Law], as_of: datetime) -> pa.Table:
    """Rows of ``quality_issue`` over the tables in an engine. Raises :class:`YibaoError` when a law fails."""
    found = [load_contracts()["quality_issue"].empty()]
    for law in laws:
        outcome = run_law(engine, law, as_of)
        if outcome.status == "failed":
            raise YibaoError(outcome.message, where=law.id)
        found.append(outcome.tables["quality_issue"].select(found[0].schema.names).cast(found[0].schema))
    return pa.concat_tables(found)


def issues_of(cases: Cases) -> pa.Table:
    """The same for cases of a file; a case is its own person."""
    laws = list_rules()
    tables = ledger_tables(cases)
    with DuckEngine() as engine:
        for name in sorted({table for law in laws for table in law.tables}):
            engine.register(name, tables.get(name, load_contracts()[name].empty()))
        return list_issues(engine, laws, datetime.now())
