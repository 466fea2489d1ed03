"""Live settlement: what counters remember of a person, moved by one settlement after another, and back.

How a bill is settled is not the registry's matter: a settling function is given to it. What it sees is held until its
answer is written, so that parallel settlements of one person come one after another.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from yibao.registry.articles import Refused
from yibao.registry.audit import compact
from yibao.registry.store import Answer, verb
from yibao.registry.tables.accounts import ACCOUNT, TRANSACTION
from yibao.registry.unit import Row, Unit

#: ``[year, scheme, region_code, name, amount]``: a row of the contract table ``benefit_accumulator`` less its person.
Figure = Sequence[Any]
#: ``(figures before) -> (result, figures after)``. It is pure: the same figures always give the same answer.
Settler = Callable[[Sequence[Figure]], tuple[Mapping[str, Any], Sequence[Figure]]]


@verb("account.settle", "person:{person_id}", unsaid=("settler",))
def settle(
    unit: Unit, person_id: str, settlement_id: str, settler: Settler, region_code: str | None = None,
    institution_id: str | None = None,
) -> Answer:  # fmt: skip
    """Settle one bill of a person after all that went before, and remember what came of it.

    Raises :class:`Refused`: ``settled_before`` for a settlement that is there already (a retry of the same request is
    answered, not refused), and whatever the settling function raises, which then changed nothing.
    """
    unit.allow(unit.place_of(institution_id, region_code, person_id))
    account = _held(unit, person_id)
    known = select(TRANSACTION.c.transaction_id).where(
        TRANSACTION.c.settlement_id == settlement_id, TRANSACTION.c.kind == "settlement"
    )
    if unit.connection.execute(known).first() is not None:
        raise Refused(
            "settled_before", "social_insurance_30", f"the settlement {settlement_id} is settled already",
            f"结算 {settlement_id} 已结算", mend="retry with the same request key, or give a number of its own",
            mend_zh="重试请用相同的请求编号；新账单请用新编号",
        )  # fmt: skip
    before = json.loads(account["figures"])
    result, after = settler(before)
    return _move(unit, account, "settlement", settlement_id, after, result, None)


@verb("account.reverse", "person:{person_id}")
def reverse(
    unit: Unit, person_id: str, settlement_id: str, region_code: str | None = None, institution_id: str | None = None
) -> Answer:
    """Take a settlement back: the last of the person that still stands, since later ones were reckoned on it.

    Raises :class:`Refused`: ``unknown``, ``reversed_before``, ``not_the_last`` (which names what must go first).
    """
    unit.allow(unit.place_of(institution_id, region_code, person_id))
    account = _held(unit, person_id)
    mine = unit.rows(select(TRANSACTION).where(TRANSACTION.c.person_id == person_id).order_by(TRANSACTION.c.sequence))
    row = next((t for t in mine if t["settlement_id"] == settlement_id and t["kind"] == "settlement"), None)
    if row is None:
        raise Refused(
            "unknown",
            "social_insurance_30",
            f"{person_id} has no settlement {settlement_id}",
            f"{person_id} 没有结算 {settlement_id}",
            mend="check the number",
            mend_zh="请核对编号",
        )
    if row["reversed_by"] is not None:
        raise Refused("reversed_before", "social_insurance_30", f"{settlement_id} is reversed already",
                      f"{settlement_id} 已冲销", mend="nothing is left to do", mend_zh="无需再办理")  # fmt: skip
    later = [t["settlement_id"] for t in mine if _stands(t) and t["sequence"] > row["sequence"]]
    if later:
        first = ", ".join(reversed(later))
        raise Refused(
            "not_the_last", "social_insurance_30", f"later settlements were reckoned on {settlement_id}: {first}",
            f"其后的结算以 {settlement_id} 为基础：{first}", mend=f"reverse first, in this order: {first}",
            mend_zh=f"请先依次冲销：{first}",
        )  # fmt: skip
    answer = _move(unit, account, "reversal", settlement_id, json.loads(row["before_figures"]), {}, row)
    unit.update(TRANSACTION, row, reversed_by=answer["transaction_id"])
    return answer


def figures_of(unit: Unit, person_id: str) -> list[Figure]:
    """The figures of a person as they stand; [] of one who has none."""
    found = unit.connection.execute(select(ACCOUNT.c.figures).where(ACCOUNT.c.person_id == person_id)).scalar()
    figures: list[Figure] = [] if found is None else json.loads(found)
    return figures


def history(unit: Unit, person_id: str) -> list[Row]:
    """All movements of a person's account, first to last."""
    mine = select(TRANSACTION).where(TRANSACTION.c.person_id == person_id).order_by(TRANSACTION.c.sequence)
    return unit.rows(mine)


def _stands(transaction: Row) -> bool:
    return transaction["kind"] == "settlement" and transaction["reversed_by"] is None


def _held(unit: Unit, person_id: str) -> Row:
    """The account of a person, made if it is not there, and held until the unit ends."""
    account = unit.find(ACCOUNT, person_id=person_id)
    if account is None:
        # Two first settlements at once: one makes the row, the other waits here and then finds it.
        new = (postgresql if unit.connection.dialect.name == "postgresql" else sqlite).insert(ACCOUNT)
        empty = {"person_id": person_id, "transactions": 0, "figures": "[]", "version": 0}
        unit.connection.execute(new.values(empty).on_conflict_do_nothing())
        account = unit.find(ACCOUNT, person_id=person_id)
    assert account is not None
    return account


def _move(
    unit: Unit, account: Row, kind: str, settlement_id: str, after: Sequence[Figure], result: Mapping[str, Any],
    reverses: Row | None,
) -> Answer:  # fmt: skip
    figures = compact(sorted(list(figure) for figure in after))
    sequence = account["transactions"] + 1
    transaction_id = f"{account['person_id']}/{sequence}"
    unit.insert_last(
        TRANSACTION, transaction_id=transaction_id, person_id=account["person_id"], sequence=sequence, kind=kind,
        settlement_id=settlement_id, reverses=None if reverses is None else reverses["transaction_id"],
        acted_at=unit.at, before_figures=account["figures"], after_figures=figures, result=compact(dict(result)),
    )  # fmt: skip
    unit.update_last(ACCOUNT, account, transactions=sequence, figures=figures)
    return {
        "transaction_id": transaction_id, "settlement_id": settlement_id, "kind": kind, "sequence": sequence,
        "result": json.loads(compact(dict(result))),
    }  # fmt: skip


def check_accounts(unit: Unit) -> list[str]:
    """What in the accounts contradicts itself: each movement must begin where the one before ended. [] is sound."""
    wrong: list[str] = []
    left: dict[str, tuple[int, str]] = {}
    rows = unit.rows(select(TRANSACTION).order_by(TRANSACTION.c.person_id, TRANSACTION.c.sequence))
    for row in rows:
        sequence, figures = left.get(row["person_id"], (0, "[]"))
        if row["sequence"] != sequence + 1 or row["before_figures"] != figures:
            wrong.append(f"{row['transaction_id']} does not begin where the one before ended")
        left[row["person_id"]] = (row["sequence"], row["after_figures"])
    return wrong + [
        f"the account of {account['person_id']} is not where its movements ended"
        for account in unit.rows(select(ACCOUNT))
        if left.get(account["person_id"], (0, "[]")) != (account["transactions"], account["figures"])
    ]
