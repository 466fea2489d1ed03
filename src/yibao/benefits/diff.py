"""What changed between two laws, in words: every value is named by where it stands in the law, and compared."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from yibao.benefits.conditions import Case, When
from yibao.benefits.quantities import Amount, show_rate
from yibao.benefits.vocabulary_basic import Band, Benefit
from yibao.benefits.words import KEYS, Pair, condition, value_words

#: Where a value stands: keys and, in lists, what tells the entries apart.
Place = tuple[Pair, ...]
#: Keys that hold rates, as parts per million.
_RATES = {
    "rate", "nth", "points", "share_times", "threshold_times", "first_share", "long_term", "referral", "emergency",
    "unfiled",
}  # fmt: skip


@dataclass(frozen=True)
class Difference:
    """One value that differs; None where one of the laws says nothing."""

    place: Place
    before: Pair | None
    after: Pair | None

    def said(self, lang: str) -> str:
        """The difference as a line."""
        at = 0 if lang == "zh" else 1
        place = (" · " if at else "·").join(words[at] for words in self.place if words[at])
        if self.before is None and self.after is not None:
            return f"{place}：新增 {self.after[at]}" if at == 0 else f"{place}: now says {self.after[at]}"
        if self.after is None and self.before is not None:
            return (
                f"{place}：取消（原为 {self.before[at]}）" if at == 0 else f"{place}: no longer says {self.before[at]}"
            )
        assert self.before is not None and self.after is not None
        return (
            f"{place}：{self.before[at]} → {self.after[at]}"
            if at == 0
            else f"{place}: {self.before[at]} → {self.after[at]}"
        )


def differences(before: BaseModel, after: BaseModel) -> list[Difference]:
    """What differs, in the order of the new law; what only the old one says comes last. Free text is left out."""
    old, new = (dict(_values(law.model_copy(update={"about": None}), ())) for law in (before, after))
    out = [Difference(place, old.get(place), value) for place, value in new.items() if old.get(place) != value]
    return out + [Difference(place, value, None) for place, value in old.items() if place not in new]


def _values(node: Any, place: Place, key: str = "") -> Iterator[tuple[Place, Pair]]:
    if isinstance(node, BaseModel):
        for name in type(node).model_fields:
            if not (isinstance(node, When) and name in When.model_fields):
                inner = key if isinstance(node, Case) and name == "value" else name
                yield from _values(getattr(node, name), _at(place, node, name), inner)
    elif isinstance(node, dict):
        for name, value in node.items():
            yield from _values(value, (*place, KEYS.get(name, (name, name))), name)
    elif isinstance(node, list):
        yield from _list(node, place, key)
    elif node is not None:
        yield place, _words(node, key)


def _at(place: Place, node: BaseModel, name: str) -> Place:
    """The value of a case stands where its condition says; other keys stand below their words."""
    return place if isinstance(node, Case) and name == "value" else (*place, KEYS.get(name, (name, name)))


def _list(node: list[Any], place: Place, key: str) -> Iterator[tuple[Place, Pair]]:
    if node and all(isinstance(item, When) and not isinstance(item, Case) and type(item) is When for item in node):
        said = [condition(item) for item in node]
        yield place, ("；或 ".join(zh for zh, _ in said), "; or ".join(en for _, en in said))
    elif node and isinstance(node[0], BaseModel):
        for number, item in enumerate(node, start=1):
            yield from _values(item, (*place, _entry(item, number)), key)
    elif node:
        said = [_words(item, key) for item in node]
        yield place, ("、".join(zh for zh, _ in said), ", ".join(en for _, en in said))


def _entry(item: BaseModel, number: int) -> Pair:
    """What tells an entry of a list apart."""
    if isinstance(item, Benefit):
        return item.title.zh, item.title.en
    if isinstance(item, When):
        zh, en = condition(item)
        return (zh or "其余", en or "all others")
    if isinstance(item, Band):
        return f"第 {number} 段", f"band {number}"
    return f"第 {number} 项", f"entry {number}"


def _words(value: Any, key: str) -> Pair:
    if key in _RATES and isinstance(value, int) and not isinstance(value, (bool, Amount)):
        return show_rate(value), show_rate(value)
    return value_words(value)
