"""What the books paid less what was due: by layer and cause, to the fen.

The difference of a layer is taken apart by settling anew under other facts:

    paid - due = (paid - due on the books' parts) + (due on the books' parts - due on the parts of the lines)

The second bracket is the catalogue's. The first is put down to a fact that the books left out (the place of care, a
hardship status, retirement) where settling without that fact gives the books' payment to the fen in every layer; else
to what the figures of the bill show: nothing paid, nothing due, another deductible, a limit, another rate.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from yibao.benefits.booked import LAYER_COLUMNS, sql
from yibao.benefits.load import PolicyBook
from yibao.benefits.settle import settle
from yibao.engine import DuckEngine

#: Cause -> the facts that the books may have left out, with the value they then took.
IGNORED: Mapping[str, Mapping[str, str]] = {
    "place_ignored": {"place": "local", "area": "local"},
    "status_ignored": {"status": "none"},
    "retired_ignored": {"person_class": "in_service"},
}
_RETIRED = ("retired", "retired_cadre")


def differences(engine: DuckEngine, bills: pa.Table, on_books: pa.Table, due: pa.Table, book: PolicyBook) -> pa.Table:
    """Rows of ``settlement_difference`` for every settlement that was reckoned.

    ``bills`` are bound bills with the parts of the books, ``on_books`` their results, ``due`` the results on the parts
    of the lines (the same table where the ledger has no lines).
    """
    engine.register("bill", bills)
    engine.register("on_books", on_books)
    engine.register("due", due)
    engine.register("hypothesis", _hypotheses(engine, bills, book))
    layered = "\nunion all\n".join(
        f"select j.*, '{layer}' as layer, {rank} as turn, booked_{layer} as paid, plain.{column} as plain,"
        f" whole.{column} as owed from joined j join on_books plain on plain.settlement_id = j.settlement_id"
        " join due whole on whole.settlement_id = j.settlement_id"
        for rank, (layer, (_, column)) in enumerate(LAYER_COLUMNS.items())
    )
    return engine.execute(sql("differences").replace("/* layers */", layered))


def _hypotheses(engine: DuckEngine, bills: pa.Table, book: PolicyBook) -> pa.Table:
    """Settlement -> the first cause under which the books are right to the fen."""
    wrong = engine.execute(
        f"select distinct b.person_id from bill b join on_books d using (settlement_id) where {_ANY}"
    )
    near = bills.filter(pc.is_in(bills["person_id"], wrong["person_id"].combine_chunks()))
    found = []
    for cause, facts in IGNORED.items():
        changed = _without(near, facts)
        if changed is None:
            continue
        engine.register("tried", settle(changed, book, keep=False).results)
        same = " and ".join(f"b.{booked} = t.{column}" for booked, column in LAYER_COLUMNS.values())
        found.append(
            engine.execute(
                f"select b.settlement_id, '{cause}' as cause from bill b join tried t using (settlement_id)"
                f" join on_books d using (settlement_id) where {same} and ({_ANY})"
            )
        )
    if not found:
        return pa.table({"settlement_id": pa.array([], pa.string()), "cause": pa.array([], pa.string())})
    return pa.concat_tables(found)


_ANY = " or ".join(f"b.{booked} <> d.{column}" for booked, column in LAYER_COLUMNS.values())


def _without(bills: pa.Table, facts: Mapping[str, str]) -> pa.Table | None:
    """The bills with facts left out; None where that changes none of them."""
    name = next(iter(facts))
    concerned = (
        pc.is_in(bills[name], pa.array(_RETIRED)) if name == "person_class" else pc.not_equal(bills[name], facts[name])
    )
    if not np.asarray(concerned).any():
        return None
    for column, value in facts.items():
        values = pc.if_else(concerned, value, bills[column])
        bills = bills.set_column(bills.column_names.index(column), column, values)
    return bills
