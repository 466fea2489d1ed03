"""Cases of a file laid out as the tables of a ledger, so that whatever reads a ledger can read them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from yibao.casemix.cases import FEMALE, MALE, Cases, Codes
from yibao.ledger.contracts import load_contracts

#: When stays without a time of discharge count as ended: rules on codes ask no more than an order of days.
SOME_DAY = np.datetime64("2020-01-01", "us")
_DAY = np.timedelta64(24 * 3600 * 10**6, "us")


def ledger_tables(cases: Cases) -> Mapping[str, pa.Table]:
    """Tables by name: person, encounter, diagnosis, procedure, list_detail, settlement. A case is its own person."""
    return dict(_tables(cases))


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
        "department": cases.values["department"].cast(pa.string()),
    })  # fmt: skip
    yield "diagnosis", _laid("diagnosis", _code_rows(ids, cases.diagnoses))
    yield "procedure", _laid("procedure", _code_rows(ids, cases.procedures))
    yield "settlement", _laid("settlement", {
        "settlement_id": ids, "encounter_id": ids, "person_id": ids, "total_amount": pa.array(cases.amount),
    })  # fmt: skip
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
