"""Grouping a ledger on any engine: one portable statement for the facts, one kernel that decides.

The kernel gets the rows of :file:`ledger_cases.sql`, those of a stay together: the stay first, then its diagnoses and
procedures in order.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from importlib.resources import files
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from yibao.casemix.cases import Cases, encode
from yibao.casemix.checks import Remarks
from yibao.casemix.grouper import Grouper
from yibao.engine import Engine, Kernel
from yibao.ledger.contracts import load_contracts

#: Tables that the statement reads.
READS: Collection[str] = (
    "code_in_force", "diagnosis", "encounter", "institution", "list_detail", "person", "procedure", "settlement",
)  # fmt: skip

_DAY = np.timedelta64(1, "D")


def grouping_kernel(grouper: Grouper) -> Kernel:
    """The kernel of a pack: rows of the statement in, rows of ``case_group`` out."""

    def run(table: pa.Table, params: Mapping[str, Any]) -> pa.Table:  # noqa: ARG001 - the form of every kernel
        return grouper.group(cases_of(table))

    schema = load_contracts()["case_group"].arrow_schema()
    return Kernel("case_group", ("encounter_id",), ("part", "rank"), run, schema)


def statement() -> str:
    """The facts of all stays as portable SQL."""
    return (files("yibao.casemix") / "ledger_cases.sql").read_text(encoding="utf-8")


def group_ledger(engine: Engine, grouper: Grouper, edition: str = "") -> pa.Table:
    """Rows of ``case_group`` for every stay of the ledger that is attached to an engine.

    Codes with a confirmed map to ``edition`` (in the ledger's ``code_map``) are mapped first; empty: none is.
    """
    return engine.apply(grouping_kernel(grouper), statement(), {"edition": edition})


def cases_of(table: pa.Table) -> Cases:
    """Cases from rows of the statement, sorted by stay, part and rank."""
    table = table.combine_chunks()
    part = table["part"].combine_chunks().dictionary_encode()
    names = part.dictionary.to_pylist()
    letter = np.array(names)[part.indices.to_numpy()] if names else np.empty(0, "U1")
    heads = np.flatnonzero(letter == "c")
    stay = table.take(pa.array(heads))
    return encode(
        pa.table(
            {
                "case_id": stay["encounter_id"],
                "sex": stay["sex"],
                **_ages(stay),
                "los_days": _days(stay["admitted_at"], stay["discharged_at"]),
                "birth_weight_g": pa.array(_floats(stay["weight_milli"]) / 1000),
                "icu_hours": pa.array(_floats(stay["icu_seconds"]) / 3600),
                "discharge_way": stay["discharge_way"],
                "department": stay["department"],
                "diagnoses": _lists(table["code"], letter, heads, "d"),
                "procedures": _lists(table["code"], letter, heads, "p"),
                "person_id": stay["person_id"],
                "institution_id": stay["institution_id"],
                "institution_level": stay["institution_level"],
                "amount": stay["amount"],
                "discharged_at": stay["discharged_at"],
                "several_main": pa.array(_floats(stay["mains"]) > 1),
                "remarks": _mapped(table, heads),
            }
        )
    )


def _lists(
    codes: pa.ChunkedArray, letter: npt.NDArray[np.str_], heads: npt.NDArray[np.int64], part: str
) -> pa.ListArray:
    at = np.flatnonzero(letter == part)
    offsets = np.append(np.searchsorted(at, heads), len(at))
    texts = codes.take(pa.array(at)).combine_chunks().cast(pa.string())
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), texts)


def _mapped(table: pa.Table, heads: npt.NDArray[np.int64]) -> pa.Array:
    """Remarks on the codes of each stay that the ledger's code map rewrote."""
    remarks = Remarks(len(heads))
    at = pc.indices_nonzero(pc.not_equal(table["code"], table["written"]).fill_null(False))
    case = np.searchsorted(heads, at.to_numpy(), side="right") - 1
    remarks.say("code_mapped", case, table["written"].take(at).combine_chunks())
    return remarks.texts()


def _ages(stay: pa.Table) -> dict[str, pa.Array]:
    """Age on the day of admission: completed years by the calendar, and days."""
    born = stay["birth_date"].to_numpy().astype("datetime64[D]")
    admitted = stay["admitted_at"].to_numpy().astype("datetime64[D]")
    unknown = np.isnat(born) | np.isnat(admitted)
    born, admitted = np.where(unknown, admitted, born), np.where(unknown, born, admitted)
    days = (admitted - born) / _DAY
    years = admitted.astype("datetime64[Y]").astype(np.int64) - born.astype("datetime64[Y]").astype(np.int64)
    years = years - (_in_year(admitted) < _in_year(born))
    return {
        "age_days": pa.array(np.where(unknown, np.nan, days), from_pandas=True),
        "age_years": pa.array(np.where(unknown, np.nan, years), from_pandas=True),
    }


def _in_year(day: npt.NDArray[np.datetime64]) -> npt.NDArray[np.int64]:
    """Month and day as one number that grows through the year."""
    month = day.astype("datetime64[M]")
    of_month = (day - month.astype("datetime64[D]")) / _DAY
    number = (month - day.astype("datetime64[Y]").astype("datetime64[M]")).astype(np.int64)
    known = ~np.isnat(day)
    return np.where(known, number * 100 + np.where(known, of_month, 0).astype(np.int64), 0)


def _days(begin: pa.ChunkedArray, end: pa.ChunkedArray) -> pa.Array:
    """Nights between two days; 0 on the same day."""
    days = end.to_numpy().astype("datetime64[D]") - begin.to_numpy().astype("datetime64[D]")
    return pa.array(np.where(np.isnat(days), np.nan, days / _DAY), from_pandas=True)


def _floats(column: pa.ChunkedArray) -> npt.NDArray[np.float64]:
    return column.cast(pa.float64()).fill_null(np.nan).to_numpy()
