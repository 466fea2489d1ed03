"""Which groups of a pack can be reached: rules are asked about every combination of facts that could matter to them.

Facts are combined freely, also in ways that no case can have, so what is told to be out of reach is out of reach.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise, product
from typing import Any

import numpy as np
import pyarrow as pa

from yibao.casemix.cases import FEMALE, MALE
from yibao.casemix.codebook import BITS, VALID, Book, Side, make_book
from yibao.casemix.evaluate import Rules
from yibao.casemix.facts import Facts
from yibao.casemix.pack import conditions as c
from yibao.casemix.pack.model import Adrg, Pack

#: Beyond so many combinations nothing is told of a rule.
MOST = 20_000


@dataclass(frozen=True)
class OutOfReach:
    """A group that no case can get: ``by`` is the group that takes all its cases, empty where its rule cannot hold."""

    kind: str
    code: str
    by: str


def out_of_reach(pack: Pack) -> Iterator[OutOfReach]:
    """ADRGs and DRGs that no case can get."""
    asked = _Asked(Rules(pack, make_book(pack)))
    for mdc in pack.mdcs:
        before: list[Adrg] = []
        for adrg in (pack.adrgs[code] for code in mdc.adrgs):
            yield from asked.adrg(adrg, before)
            before.append(adrg)
    for adrg in pack.adrgs.values():
        yield from asked.splits(adrg)


class _Asked:
    def __init__(self, rules: Rules) -> None:
        self.rules, self.pack = rules, rules.pack

    def adrg(self, adrg: Adrg, before: Sequence[Adrg]) -> Iterator[OutOfReach]:
        if self._never([adrg.entry]):
            yield OutOfReach("adrg", adrg.code, "")
            return
        for other in before:
            if self._answers(other) and self._within(adrg.entry, [other.entry]):
                yield OutOfReach("adrg", adrg.code, other.code)
                return

    def splits(self, adrg: Adrg) -> Iterator[OutOfReach]:
        earlier: list[str] = []
        for code in adrg.drgs:
            when = self.pack.drgs[code].when
            if self._never([when]):
                yield OutOfReach("drg", code, "")
            elif earlier and self._within(when, [self.pack.drgs[one].when for one in earlier]):
                alone = [one for one in earlier if self._within(when, [self.pack.drgs[one].when])]
                yield OutOfReach("drg", code, alone[0] if alone else ", ".join(earlier))
            earlier.append(code)

    def _answers(self, adrg: Adrg) -> bool:
        """Whether the ADRG answers for every case that it takes."""
        if self.pack.modes.no_drg == "stop_at_adrg":
            return True
        return any(self.pack.drgs[code].when == c.OTHERWISE for code in adrg.drgs)

    def _never(self, conditions: Sequence[c.Condition]) -> bool:
        facts = every_fact(self.rules, conditions)
        return facts is not None and not any(self.rules.holds(one, facts).any() for one in conditions)

    def _within(self, inner: c.Condition, outer: Sequence[c.Condition]) -> bool:
        """Whether every case of ``inner`` is one of some ``outer``."""
        facts = every_fact(self.rules, [inner, *outer])
        if facts is None:
            return False
        taken = np.zeros(len(facts), np.bool_)
        for one in outer:
            taken |= self.rules.holds(one, facts)
        return bool((taken | ~self.rules.holds(inner, facts)).all())


def every_fact(rules: Rules, conditions: Iterable[c.Condition]) -> Facts | None:
    """Cases with every combination of the facts that the conditions ask; None where there would be too many."""
    asked = [one for condition in conditions for one in c.walk(condition)]
    lists = {role_list for condition in asked for role_list in c.lists_of(condition)}
    lists |= {("main" if one.main else "any_procedure", VALID) for one in asked if isinstance(one, c.ValidProcedure)}
    book = rules.book
    choices: dict[str, Sequence[Any]] = {
        "principal": _classes(book.diagnoses, [name for role, name in lists if role == "principal"]),
        "main": _classes(book.procedures, [name for role, name in lists if role == "main"]),
        "diagnoses": _words(book, book.diagnoses, [one for one in lists if one[0] in c.DIAGNOSES], asked),
        "procedures": _words(book, book.procedures, [one for one in lists if one[0] not in c.DIAGNOSES], ()),
        "mcc": (False, True) if any(isinstance(o, c.Complication) and o.level == "MCC" for o in asked) else (False,),
        "cc": (False, True) if any(isinstance(o, c.Complication) and o.level == "CC" for o in asked) else (False,),
        "operated": (False, True) if any(isinstance(one, c.Recorded) for one in asked) else (False,),
        "sex": (0, MALE, FEMALE) if any(isinstance(one, c.Sex) for one in asked) else (0,),
        **{f"number {name}": _values(asked, name) for name in c.NUMBERS},
        **{f"value {name}": _named(asked, name) for name in c.VALUES.values()},
    }
    size = int(np.prod([len(values) for values in choices.values()], dtype=np.float64))
    if not 0 < size <= MOST:
        return None
    columns = dict(zip(choices, zip(*product(*choices.values()), strict=True), strict=True))
    return Facts(
        principal=np.array(columns["principal"], np.int32),
        main=np.array(columns["main"], np.int32),
        diagnoses=np.array(columns["diagnoses"], np.uint64).T,
        procedures=np.array(columns["procedures"], np.uint64).T,
        mcc=np.array(columns["mcc"], np.bool_),
        cc=np.array(columns["cc"], np.bool_),
        operated=np.array(columns["operated"], np.bool_),
        sex=np.array(columns["sex"], np.int8),
        numbers={name: np.array(columns[f"number {name}"], np.float64) for name in c.NUMBERS},
        values={n: pa.array(columns[f"value {n}"], pa.string()).dictionary_encode() for n in c.VALUES.values()},
    )


def _classes(side: Side, names: Sequence[str]) -> list[int]:
    """One class of codes for every way in which the lists are told apart."""
    if not names:
        return [0]
    within = np.array([side.lists[name] for name in sorted(names)])
    _, chosen = np.unique(within, axis=1, return_index=True)
    found: list[int] = chosen.tolist()
    return found


def _words(
    book: Book, side: Side, lists: Sequence[tuple[c.Role, str]], asked: Iterable[c.Condition]
) -> list[tuple[int, ...]]:
    """Every way to set the bits that are asked; of a list without codes the bit is never set."""
    width, filled = len(side.anywhere), _filled(side)
    bits = [side.bit[one] for one in sorted(lists) if one in side.bit and side.bit[one] in filled]
    bits += [book.prefixes[one.prefix] for one in asked if isinstance(one, c.StartsWith)]
    found = []
    for chosen in product((False, True), repeat=min(len(set(bits)), 15)):
        words = [0] * width
        for bit, on in zip(sorted(set(bits)), chosen, strict=False):
            words[bit // BITS] |= on << bit % BITS
        found.append(tuple(words))
    return found


@lru_cache(maxsize=4)
def _filled(side: Side) -> frozenset[int]:
    """Bits that some code sets."""
    words = np.bitwise_or.reduce(side.anywhere | side.behind, axis=1).tolist()
    return frozenset(word * BITS + bit for word, value in enumerate(words) for bit in range(BITS) if value >> bit & 1)


def _values(asked: Sequence[c.Condition], number: str) -> list[float]:
    """A missing value, every bound, and a value between and beyond bounds."""
    bounds = {limit for one in asked if isinstance(one, c.Range) and one.number == number for _, limit in one.bounds}
    edges = sorted(bounds)
    between = [(low + high) / 2 for low, high in pairwise(edges)]
    beyond = [edges[0] - 1, edges[-1] + 1] if edges else []
    return [float("nan"), *edges, *between, *beyond]


def _named(asked: Sequence[c.Condition], attribute: str) -> list[str]:
    named = {v for one in asked if isinstance(one, c.OneOf) and one.attribute == attribute for v in one.values}
    return ["", *sorted(named)]
