"""Why a case is in its group, for a coder: the path taken, what the next better-paid groups lack, what was excluded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from yibao.casemix.cases import Cases
from yibao.casemix.codebook import CC, MCC
from yibao.casemix.evaluate import GROUPED
from yibao.casemix.facts import Facts
from yibao.casemix.grouper import Decided, Grouper
from yibao.casemix.pack import conditions as c
from yibao.casemix.pack.model import Adrg, Mdc


@dataclass(frozen=True)
class Step:
    """One rule that was tried: ``kind`` is mdc, ambiguous, adrg or drg; ``lacks`` its first failing condition."""

    kind: str
    code: str
    held: bool
    condition: c.Condition
    lacks: c.Condition | None = None


@dataclass(frozen=True)
class Complication:
    """An other diagnosis that could count: level, table, the tables that the principal excludes, whether it counts."""

    code: str
    level: str
    table: str | None
    principal_tables: tuple[str, ...]
    counts: bool


@dataclass(frozen=True)
class Neighbour:
    """A group that the case is close to: how many conditions are missing, and the first of them (None: not reached).

    ``weight_ppm`` is its weight where weights are known.
    """

    adrg: str
    group: str
    missing: int
    lacks: c.Condition | None
    weight_ppm: int | None


@dataclass(frozen=True)
class Explanation:
    """What is known of one case; ``row`` is its row of ``case_group``, ``facts`` None when it was held back."""

    case: Cases
    row: dict[str, Any]
    facts: Facts | None
    steps: tuple[Step, ...]
    complications: tuple[Complication, ...]
    neighbours: tuple[Neighbour, ...]


def explain(grouper: Grouper, case: Cases) -> Explanation:
    """Explain one case (a :class:`Cases` of length 1)."""
    decided = grouper.decide(case)
    row = grouper.table(decided).to_pylist()[0]
    if not len(decided.rows):
        return Explanation(decided.cases, row, None, (), (), ())
    told = _Teller(grouper, decided)
    return Explanation(
        decided.cases, row, decided.facts, tuple(told.path()), tuple(told.complications()), tuple(told.neighbours(row))
    )


class _Teller:
    def __init__(self, grouper: Grouper, decided: Decided) -> None:
        self.rules, self.pack, self.weights = grouper.rules, grouper.pack, grouper.weights
        self.book, self.decided, self.facts = grouper.book, decided, decided.facts

    def holds(self, condition: c.Condition) -> bool:
        return bool(self.rules.holds(condition, self.facts)[0])

    # --- the path --------------------------------------------------------------------------------------------------

    def path(self) -> Iterator[Step]:
        """Every rule in the order in which it was tried, to the one that answered."""
        answered = int(self.decided.answer.mdc[0])
        for place, mdc in enumerate(self.pack.mdcs):
            held = self.holds(mdc.entry)
            yield self._step("mdc", mdc.code, mdc.entry)
            if held:
                yield from self._inside(mdc, place == answered)
            if place == answered:
                return

    def _inside(self, mdc: Mdc, answered: bool) -> Iterator[Step]:
        here = int(self.decided.answer.adrg[0]) if answered else -1
        tested = mdc.ambiguous.before_adrg if mdc.ambiguous else None
        for code in mdc.adrgs:
            if mdc.ambiguous and tested == code:
                yield self._step("ambiguous", mdc.ambiguous.result, mdc.ambiguous.condition)
                if answered and here < 0:
                    return
            adrg = self.pack.adrgs[code]
            yield self._step("adrg", code, adrg.entry)
            if self.holds(adrg.entry):
                yield from self._splits(adrg)
            if here >= 0 and self.rules.adrg_place[code] == here:
                return
        if mdc.ambiguous and tested is None:
            yield self._step("ambiguous", mdc.ambiguous.result, mdc.ambiguous.condition)

    def _splits(self, adrg: Adrg) -> Iterator[Step]:
        for code in adrg.drgs:
            step = self._step("drg", code, self.pack.drgs[code].when)
            yield step
            if step.held:
                return

    def _step(self, kind: str, code: str, condition: c.Condition) -> Step:
        held = self.holds(condition)
        return Step(kind, code, held, condition, None if held else self.first_missing(condition))

    # --- what is missing -------------------------------------------------------------------------------------------

    def first_missing(self, condition: c.Condition) -> c.Condition | None:
        """The first condition that fails, of alternatives in the one that is closest; None where nothing fails."""
        if self.holds(condition):
            return None
        match condition:
            case c.All(parts):
                return next(found for part in parts if (found := self.first_missing(part)))
            case c.Any_(parts) if parts:
                return self.first_missing(min(parts, key=self.missing))
            case _:
                return condition

    def missing(self, condition: c.Condition) -> int:
        """How many conditions would have to change."""
        if self.holds(condition):
            return 0
        match condition:
            case c.All(parts):
                return sum(map(self.missing, parts))
            case c.Any_(parts) if parts:
                return min(map(self.missing, parts))
            case _:
                return 1

    # --- complications ---------------------------------------------------------------------------------------------

    def complications(self) -> Iterator[Complication]:
        """Every other diagnosis with a level, in the order of the list."""
        codes = self.decided.cases.diagnoses.of(0)
        if not codes:
            return
        first, *others = self.book.diagnoses.numbers(codes).tolist()
        kind = int(self.book.exclusion[first])
        for code, number in zip(codes[1:], others, strict=True):
            level, table = int(self.book.level[number]), int(self.book.table[number])
            if level:
                named = self.book.tables[table] if table < len(self.book.tables) else None
                counts = not self.book.excludes[table, kind]
                yield Complication(code, {MCC: "MCC", CC: "CC"}[level], named, self.book.excluded[kind], counts)

    # --- neighbours ------------------------------------------------------------------------------------------------

    def neighbours(self, row: dict[str, Any]) -> Iterator[Neighbour]:
        """The next better-paid group of the same ADRG, and the closest better-paid one of other ADRGs of the MDC.

        Without weights a group that is tried before the case's own counts as better paid, as packs order them.
        """
        if self.decided.answer.status[0] != GROUPED:
            yield from self._nearest()
            return
        mdc = self.pack.mdcs[int(self.decided.answer.mdc[0])]
        own = row["base_group"]
        siblings = [n for n in self._groups(own, mdc) if self._better(n, row)]
        yield from sorted(siblings, key=lambda n: (n.weight_ppm or 0, -self.rules.drg_place[n.group]))[:1]
        others = [n for code in mdc.adrgs if code != own for n in self._groups(code, mdc) if self._better(n, row)]
        yield from sorted(others, key=lambda n: (n.missing, n.weight_ppm or 0))[:1]

    def _nearest(self) -> Iterator[Neighbour]:
        """For a case without a group: the closest groups of the MDC that found it ambiguous, or of those it enters.

        An MDC that asks of procedures alone (organ transplants and the like) says nothing about where a case belongs.
        """
        answered = int(self.decided.answer.mdc[0])
        asking = [mdc for mdc in self.pack.mdcs if any(role == "principal" for role, _ in c.lists_of(mdc.entry))]
        near = sorted(asking, key=lambda mdc: self.missing(mdc.entry))[:1]
        entered = [mdc for mdc in asking if self.holds(mdc.entry)] or near
        chosen = [self.pack.mdcs[answered]] if answered >= 0 else entered
        found = [n for mdc in chosen for code in mdc.adrgs for n in self._groups(code, mdc)]
        yield from sorted(found, key=lambda n: n.missing)[:2]

    def _groups(self, code: str, mdc: Mdc) -> Iterator[Neighbour]:
        adrg = self.pack.adrgs[code]
        for group in adrg.drgs:
            needed = c.All((mdc.entry, adrg.entry, self.pack.drgs[group].when))
            weight = self.weights.weight(group) if self.weights else None
            yield Neighbour(code, group, self.missing(needed), self.first_missing(needed), weight)

    def _better(self, one: Neighbour, row: dict[str, Any]) -> bool:
        if one.group == row["group_code"]:
            return False
        if self.weights is None:
            order = self.rules.drg_place
            own = order.get(row["group_code"])
            return own is None or (one.adrg != row["base_group"] and one.missing > 0) or order[one.group] < own
        return one.weight_ppm is not None and one.weight_ppm > (row["weight_ppm"] or 0)
