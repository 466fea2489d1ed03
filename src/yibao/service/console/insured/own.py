"""Whose pages these are: the caller's own person, and the record of his own look."""

from __future__ import annotations

from collections.abc import Mapping

from yibao.registry.scopes import Place
from yibao.service.access.scope import Caller
from yibao.service.access.trail import look
from yibao.service.problems import Problem
from yibao.service.state import Service

#: The purpose of looks at one's own pages; they are not shown among those of others.
OWN = "own_pages"


def own_person(caller: Caller) -> str:
    """The person that the caller is. Raises :class:`Problem` 403 for somebody who is none."""
    mine = [g["scope"] for g in caller.grants if g["role"] == "insured" and g["scope_kind"] == "person"]
    if not mine:
        raise Problem(
            403,
            "no_person",
            "your account is not an insured person's",
            "您的账号不是参保人账号",
            mend="sign in with your own account",
            mend_zh="请用参保人本人账号登录",
        )
    caller.over(Place(person=mine[0]))
    return str(mine[0])


def seen(service: Service, caller: Caller, person_id: str, rows: Mapping[str, int]) -> None:
    """The person looked at his own data."""
    look(service.registry, caller, "insured", OWN, rows, [person_id])
