"""What a ledger does not know of a draft order: no law can fire on what is not there, so silence is no clearance."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from yibao.ledger import Ledger
from yibao.supervision.draft import Draft


def unknown(ledger: Ledger, draft: Draft, as_of: datetime | None = None) -> list[dict[str, str]]:
    """Remarks in zh and en, in the order of the draft; empty when person, institution and every item are known."""

    def there(table: str, column: str, values: Sequence[str]) -> set[str]:
        return set(ledger.rows(table, column, values, as_of)[column].to_pylist())

    codes = [order.item_code for order in draft.orders]
    return remarks(
        draft, person=bool(there("person", "person_id", [draft.person_id])),
        institution=bool(there("institution", "institution_id", [draft.institution_id])),
        items=there("catalogue_item", "item_code", codes),
    )  # fmt: skip


def remarks(draft: Draft, *, person: bool, institution: bool, items: Collection[str]) -> list[dict[str, str]]:
    """The remarks of :func:`unknown`, for one who knows whether person, institution and items are there."""
    said = []
    if not person:
        said.append(
            {
                "zh": f"账本中没有人员 {draft.person_id}：没有既往记录可供核对",
                "en": f"the ledger does not know the person {draft.person_id}: no history to check against",
            }
        )
    if not institution:
        said.append(
            {
                "zh": f"账本中没有机构 {draft.institution_id}",
                "en": f"the ledger does not know the institution {draft.institution_id}",
            }
        )
    codes = list(dict.fromkeys(order.item_code for order in draft.orders))
    said += [
        {
            "zh": f"目录中没有项目 {code}：未能核对这条医嘱",
            "en": f"the item {code} is in no catalogue: its order could not be checked",
        }
        for code in codes
        if code not in items
    ]
    return said
