"""One bill under every policy of its scheme, side by side: what the same care costs elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from yibao.benefits.bill import settle_bill
from yibao.benefits.bill_file import BillError, BillFile
from yibao.benefits.booked import standing_in
from yibao.benefits.load import PolicyBook
from yibao.benefits.vocabulary import Policy


@dataclass(frozen=True)
class Sided:
    """A policy with its row of ``settlement_result`` for the bill, or why it cannot settle it."""

    policy: Policy
    result: Mapping[str, Any] | None
    refusal: BillError | None
    own: bool
    """Whether this is the policy that the bill names, or falls under."""


def side_by_side(file: BillFile, book: PolicyBook, catalogue: pa.Table | None = None) -> list[Sided]:
    """The bill under the newest version of every policy of its scheme, as if each held on its day.

    The bill's own policy comes first, then whole policies, then those of some layers only; the least burden first.
    Accumulators that an earlier settlement gave belong to another policy and are left out; earlier bills count.
    Raises :class:`~yibao.benefits.load.PolicyError` where the bill's own policy is unknown.
    """
    own = _own(file, book)
    scheme = own.scheme if own else str(file.scheme)
    newest = {w.policy.id: book.get(w.policy.id) for w in book.written if w.policy.scheme == scheme}
    chosen = {policy.id: policy for policy in newest.values()} | ({own.id: own} if own else {})
    sides = [_one(file, book, policy, catalogue, own) for policy in chosen.values()]
    return sorted(sides, key=_order)


def _own(file: BillFile, book: PolicyBook) -> Policy | None:
    if file.policy is not None:
        return book.get(file.policy)
    found = book.candidates(str(file.insured_region), str(file.scheme), file.bill.settled_at)
    return found[0] if len(found) == 1 else None


def _one(file: BillFile, book: PolicyBook, policy: Policy, catalogue: pa.Table | None, own: Policy | None) -> Sided:
    there = file.model_copy(update={"policy": policy.key, "accumulators": {}})
    mine = own is not None and policy.key == own.key
    try:
        settled = settle_bill(there, standing_in(book, [book.find(policy.key)]), catalogue=catalogue, explain=False)
    except BillError as error:
        return Sided(policy, None, error, mine)
    return Sided(policy, settled.result, None, mine)


def _order(side: Sided) -> tuple[bool, bool, bool, int, str]:
    burden = side.result["person_amount"] if side.result else 0
    return (not side.own, side.result is None, side.policy.extent == "partial", burden, side.policy.id)
