"""Roles: what each may do, and the kinds of scope in which it may do it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from yibao.registry.articles import facts


@dataclass(frozen=True)
class Role:
    """A role with its names, the kinds of scope that a grant of it may have, and its permissions."""

    name: str
    zh: str
    en: str
    scopes: tuple[str, ...]
    may: tuple[str, ...]

    def allows(self, permission: str) -> bool:
        return permission in self.may or f"{permission.partition('.')[0]}.*" in self.may


@cache
def roles() -> dict[str, Role]:
    said = facts("roles.yaml")
    return {
        str(name): Role(str(name), r["zh"], r["en"], tuple(map(str, r["scopes"])), tuple(map(str, r["may"])))
        for name, r in said.items()
    }
