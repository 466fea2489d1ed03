"""The institution behind a caller of the hospital's or the pharmacy's pages: its place, its row, its name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from yibao.service.access.scope import Caller
from yibao.service.problems import Problem
from yibao.service.state import Service


@dataclass(frozen=True)
class Own:
    """The caller's institution, whose scope was asked for."""

    institution_id: str
    row: Mapping[str, Any]

    def name(self, lang: str) -> str:
        return str((self.row["name"] if lang == "zh" else self.row["name_en"]) or self.row["name"])

    @property
    def level(self) -> str:
        return str(self.row["level"])


def own_institution(caller: Caller, service: Service, role: str) -> Own:
    """The institution of the caller's grant. Raises :class:`Problem` 403 for a role without one, or out of scope."""
    held = sorted(g["scope"] for g in caller.grants if g["role"] == role and g["scope_kind"] == "institution")
    if not held:
        raise Problem(
            403, "no_institution", f"{caller.actor_id} has no institution", f"{caller.actor_id} 没有所属机构",
            mend="an administrator grants one", mend_zh="请由管理员授予机构范围",
        )  # fmt: skip
    caller.over(service.place_of(held[0]))
    return Own(held[0], service.institution(held[0]))
