"""The written rules of the settlement list, asked of the cases that are to be grouped.

They are the quality laws of the ledger on diagnoses, procedures, sex and age; here they are asked of a ledger, or of a
file of cases that is laid out as the tables of a ledger.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from yibao.casemix.cases import FEMALE, MALE, Cases, Codes
from yibao.engine import DuckEngine, Engine
from yibao.errors import YibaoError
from yibao.lawbook import Law, load_laws, run_law
from yibao.ledger.contracts import load_contracts

#: Rules on what grouping rests on: sex and age against codes, the principal diagnosis, doubles, matching procedures.
RULES = (
    "Q05", "Q06", "Q07", "Q08", "Q09", "Q10", "Q11", "Q12", "Q13", "Q14", "Q15", "Q16", "Q17", "Q18", "Q32",
)  # fmt: skip
#: When stays of a file without a time of discharge count as ended; the rules ask no more of it than an order of days.
SOME_DAY = np.datetime64("2020-01-01", "us")
_DAY = np.timedelta64(24 * 3600 * 10**6, "us")


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
    tables = dict(_tables(cases))
    with DuckEngine() as engine:
        for name in sorted({table for law in laws for table in law.tables}):
            engine.register(name, tables.get(name, load_contracts()[name].empty()))
        return list_issues(engine, laws, datetime.now())


def _tables(cases: Cases) -> Iterator[tuple[str, pa.Table]]:
    ids = cases.ids
    left = cases.discharged.to_numpy(zero_copy_only=False).astype("datetime64[us]")
    left = np.where(np.isnat(left), SOME_DAY, left)
    came = left - _whole(cases.numbers["los_days"], 0) * _DAY
    years, days = cases.numbers["age_years"], cases.numbers["age_days"]
    age = np.where(np.isnan(days), np.floor(years * 365.25), days)
    born = pa.array((came - _whole(age, 0) * _DAY).astype("datetime64[D]"), mask=np.isnan(age))
    sex = np.select([cases.sex == MALE, cases.sex == FEMALE], ["1", "2"], "0")
    yield "person", _laid("person", {"person_id": ids, "sex": pa.array(sex), "birth_date": born})
    yield "encounter", _laid("encounter", {
        "encounter_id": ids, "person_id": ids, "institution_id": cases.more["institution_id"].fill_null(""),
        "kind": pa.repeat("21", len(cases)), "admitted_at": pa.array(came), "discharged_at": pa.array(left),
        "discharge_way": cases.values["discharge_way"].cast(pa.string()),
    })  # fmt: skip
    yield "diagnosis", _laid("diagnosis", _code_rows(ids, cases.diagnoses))
    yield "procedure", _laid("procedure", _code_rows(ids, cases.procedures))
    weight = cases.numbers["birth_weight_g"]
    at = pa.array(np.flatnonzero(~np.isnan(weight)))
    yield "list_detail", _laid("list_detail", {
        "encounter_id": ids.take(at), "person_id": ids.take(at), "kind": pa.repeat("newborn", len(at)),
        "sequence": pa.repeat(1, len(at)), "value": pa.array((weight[at.to_numpy()] * 1000).astype(np.int64)),
    })  # fmt: skip


def _code_rows(ids: pa.Array, codes: Codes) -> dict[str, Any]:
    owner = ids.take(pa.array(codes.rows))
    return {
        "encounter_id": owner,
        "person_id": owner,
        "sequence": pa.array(codes.places + 1),
        "code": pa.array(codes.distinct, pa.string()).take(pa.array(codes.index)),
        "is_main": pa.array(codes.places == 0),
    }


def _laid(name: str, columns: Mapping[str, Any]) -> pa.Table:
    """A table of the contract with these columns; the others are null."""
    contract = load_contracts()[name]
    n = len(next(iter(columns.values())))
    arrays = {
        field.name: columns[field.name].cast(field.type) if field.name in columns else pa.nulls(n, field.type)
        for field in contract.arrow_schema()
    }
    return pa.table(arrays)


def _whole(numbers: Any, unknown: int) -> Any:
    return np.where(np.isnan(numbers), unknown, numbers).astype(np.int64)
