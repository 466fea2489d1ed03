"""The 88 official rule classes (2025 edition of the national supervision rules): numbers, codes and names."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from yibao.engine.yaml import read_yaml


@dataclass(frozen=True)
class OfficialClass:
    """One class: its number of the 2025 list, tier, name, code of framework 1.0 (None when new) and usual primitive."""

    number: int
    tier: str
    name: str
    code: str | None
    primitive: str
    result: str  # violation | suspect, when a rule does not say otherwise

    @property
    def new(self) -> bool:
        """New in 2025: framework 1.0 has no code for it."""
        return self.code is None


@cache
def official_classes() -> tuple[OfficialClass, ...]:
    """All classes in the order of their numbers."""
    path = files("yibao.supervision") / "official_classes.yaml"
    doc = read_yaml(path.read_text(encoding="utf-8"), "official_classes.yaml")
    return tuple(
        OfficialClass(int(number), tier, name, code or None, primitive, "violation" if result == "M" else "suspect")
        for number, tier, name, code, primitive, result in doc["classes"]
    )


@cache
def class_named(name: str) -> OfficialClass | None:
    """The class of that name, however it is spaced."""
    plain = "".join(name.split())
    return next((one for one in official_classes() if one.name == plain), None)
