"""The decision list: which MDC, ADRG and DRG cases fall into, all cases of a step at once.

Order: MDCs as the pack orders them; inside one its ADRGs, the ambiguous test where the pack puts it; inside an ADRG its
DRGs. What no rule of a step takes goes on as the pack's modes say. The same functions decide one case and a million.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from yibao.casemix.codebook import BITS, VALID, Book, Bools, Side
from yibao.casemix.facts import Facts
from yibao.casemix.pack import conditions as c
from yibao.casemix.pack.model import Adrg, Mdc, Pack

#: Statuses and reasons of an answer, by number.
GROUPED, AMBIGUOUS, UNGROUPABLE = 0, 1, 2
PLAIN, RETRIED, STOPPED_AT_ADRG, NO_MDC, NO_ADRG, NO_DRG = 0, 1, 2, 3, 4, 5

Small = npt.NDArray[np.int16]


@dataclass(frozen=True)
class Answer:
    """What became of n cases: places in the pack's ``mdcs``, ``adrgs`` and ``drgs`` (-1: none), and how it came.

    ``entry`` and ``when`` say which alternative of the ADRG's entry and the DRG's condition held first; ``alone`` which
    procedure was looked at alone (-1: all).
    """

    status: npt.NDArray[np.int8]
    reason: npt.NDArray[np.int8]
    mdc: Small
    adrg: Small
    drg: Small
    entry: Small
    when: Small
    alone: Small

    @classmethod
    def none(cls, n: int) -> Answer:
        """No answer yet."""

        def empty() -> Small:
            return np.full(n, -1, np.int16)

        status, reason = np.full(n, UNGROUPABLE, np.int8), np.full(n, NO_MDC, np.int8)
        return cls(status, reason, empty(), empty(), empty(), empty(), empty(), empty())

    def take(self, rows: npt.NDArray[np.int64]) -> Answer:
        """The answers of some cases."""
        return Answer(*(getattr(self, one.name)[rows] for one in fields(self)))

    def put(self, rows: npt.NDArray[np.int64], other: Answer) -> None:
        """Replace the answers of some cases."""
        for one in fields(self):
            getattr(self, one.name)[rows] = getattr(other, one.name)

    def copy(self) -> Answer:
        """Answers of their own."""
        return Answer(*(getattr(self, one.name).copy() for one in fields(self)))


class Rules:
    """The rules of a pack with its code book, ready to decide."""

    def __init__(self, pack: Pack, book: Book) -> None:
        self.pack, self.book = pack, book
        self.adrg_place = {code: i for i, code in enumerate(pack.adrgs)}
        self.drg_place = {code: i for i, code in enumerate(pack.drgs)}

    def decide(self, facts: Facts) -> Answer:
        """The answer for every case."""
        answer, open_ = Answer.none(len(facts)), np.ones(len(facts), np.bool_)
        for place, mdc in enumerate(self.pack.mdcs):
            rows = np.flatnonzero(self.holds(mdc.entry, facts) & open_)
            if not len(rows):
                continue
            answer.reason[rows] = np.maximum(answer.reason[rows], NO_ADRG)
            inside = _Inside(self, facts.take(rows), rows, place, answer)
            inside.try_all(mdc)
            open_[rows[~inside.open]] = False
            if not open_.any():
                break
        return answer

    def holds(self, condition: c.Condition, facts: Facts) -> Bools:
        """For every case whether the condition holds."""
        found: Bools = _HOLDS[type(condition)](self, condition, facts)
        return found

    def alternative(self, condition: c.Condition, facts: Facts) -> Small:
        """Which alternative of the condition holds first (0 where there are none to choose from); -1 where it fails."""
        parts = condition.parts if isinstance(condition, c.Any_) else ()
        if len(parts) < 2:
            return np.where(self.holds(condition, facts), 0, -1).astype(np.int16)
        found = np.full(len(facts), -1, np.int16)
        for place in range(len(parts) - 1, -1, -1):
            found[self.holds(parts[place], facts)] = place
        return found


class _Inside:
    """The cases inside one MDC, until each has its answer or the MDC has none for it."""

    def __init__(self, rules: Rules, facts: Facts, rows: npt.NDArray[np.int64], mdc: int, answer: Answer) -> None:
        self.rules, self.facts, self.rows, self.place, self.answer = rules, facts, rows, mdc, answer
        self.open = np.ones(len(rows), np.bool_)

    def try_all(self, mdc: Mdc) -> None:
        tested = mdc.ambiguous.before_adrg if mdc.ambiguous else None
        for code in mdc.adrgs:
            if mdc.ambiguous and tested == code:
                self._ambiguous(mdc.ambiguous.condition)
            self._adrg(self.rules.pack.adrgs[code])
            if not self.open.any():
                return
        if mdc.ambiguous and tested is None:
            self._ambiguous(mdc.ambiguous.condition)

    def _ambiguous(self, condition: c.Condition) -> None:
        hit = self.rules.holds(condition, self.facts) & self.open
        rows = self.rows[hit]
        self.answer.status[rows], self.answer.reason[rows] = AMBIGUOUS, PLAIN
        self.answer.mdc[rows] = self.place
        self.open[hit] = False

    def _adrg(self, adrg: Adrg) -> None:
        hit = np.flatnonzero(self.rules.holds(adrg.entry, self.facts) & self.open)
        if not len(hit):
            return
        facts = self.facts.take(hit)
        entry = self.rules.alternative(adrg.entry, facts)
        when, drg = self._drg(adrg, facts)
        answered = drg >= 0
        self.answer.reason[self.rows[hit[~answered]]] = NO_DRG
        if self.rules.pack.modes.no_drg == "stop_at_adrg":
            answered = np.ones(len(hit), np.bool_)
        taken = hit[answered]
        rows, answer = self.rows[taken], self.answer
        answer.status[rows] = GROUPED
        answer.reason[rows] = np.where(drg[answered] >= 0, PLAIN, STOPPED_AT_ADRG)
        answer.mdc[rows], answer.adrg[rows] = self.place, self.rules.adrg_place[adrg.code]
        answer.drg[rows], answer.entry[rows], answer.when[rows] = drg[answered], entry[answered], when[answered]
        self.open[taken] = False

    def _drg(self, adrg: Adrg, facts: Facts) -> tuple[Small, Small]:
        """For cases of the ADRG the alternative of the first DRG that takes them, and that DRG; -1 where none."""
        when, drg = np.full(len(facts), -1, np.int16), np.full(len(facts), -1, np.int16)
        for code in adrg.drgs:
            found = self.rules.alternative(self.rules.pack.drgs[code].when, facts)
            taken = (found >= 0) & (drg < 0)
            when[taken], drg[taken] = found[taken], self.rules.drg_place[code]
        return when, drg


def _all(rules: Rules, said: c.All, facts: Facts) -> Bools:
    if not said.parts:
        return np.ones(len(facts), np.bool_)
    found = rules.holds(said.parts[0], facts)
    for part in said.parts[1:]:
        if not found.any():
            break
        found = found & rules.holds(part, facts)
    return found


def _any(rules: Rules, said: c.Any_, facts: Facts) -> Bools:
    found = np.zeros(len(facts), np.bool_)
    for part in said.parts:
        found |= rules.holds(part, facts)
    return found


def _in_list(rules: Rules, said: c.InList, facts: Facts) -> Bools:
    side = rules.book.diagnoses if said.role in c.DIAGNOSES else rules.book.procedures
    if said.role == "principal":
        return side.lists[said.list][facts.principal]
    if said.role == "main":
        return side.lists[said.list][facts.main]
    words = facts.diagnoses if said.role in c.DIAGNOSES else facts.procedures
    return _bit(words, side.bit[said.role, said.list])


def _bit(words: npt.NDArray[np.uint64], bit: int) -> Bools:
    return (words[bit // BITS] & np.uint64(1 << bit % BITS)) != 0


def _listed(side: Side, words: npt.NDArray[np.uint64], role: c.Role, name: str) -> Bools:
    return _bit(words, side.bit[role, name])


def _combination(rules: Rules, said: c.Combination, facts: Facts) -> Bools:
    found = np.ones(len(facts), np.bool_)
    for name in said.lists:
        found &= _listed(rules.book.procedures, facts.procedures, "any_procedure", name)
    return found


def _valid(rules: Rules, said: c.ValidProcedure, facts: Facts) -> Bools:
    role: c.Role = "main" if said.main else "any_procedure"
    return _in_list(rules, c.InList(role, VALID), facts) == said.value


def _range(_: Rules, said: c.Range, facts: Facts) -> Bools:
    value = facts.numbers[said.number]
    found = ~np.isnan(value)
    for bound, limit in said.bounds:
        found &= _COMPARE[bound](value, limit)
    return found


def _one_of(_: Rules, said: c.OneOf, facts: Facts) -> Bools:
    coded = facts.values[said.attribute]
    within = np.array([value in said.values for value in coded.dictionary.to_pylist()], np.bool_)
    found: Bools = within[coded.indices.to_numpy(zero_copy_only=False)] if len(within) else np.zeros(len(facts), bool)
    return found


def _regions(rules: Rules, said: c.Regions, facts: Facts) -> Bools:
    count = np.zeros(len(facts), np.int16)
    for _, name in said.regions:
        count += _listed(rules.book.diagnoses, facts.diagnoses, "any_diagnosis", name)
    return count >= said.count


_COMPARE: Mapping[str, Callable[[Any, float], Any]] = {
    "min": np.greater_equal,
    "max": np.less_equal,
    "above": np.greater,
    "below": np.less,
    "eq": np.equal,
}

_HOLDS: Mapping[type, Callable[[Rules, Any, Facts], Bools]] = {
    c.All: _all,
    c.Any_: _any,
    c.Not: lambda rules, said, facts: ~rules.holds(said.part, facts),
    c.Always: lambda _, said, facts: np.full(len(facts), said.value, np.bool_),
    c.InList: _in_list,
    c.StartsWith: lambda rules, said, facts: _bit(facts.diagnoses, rules.book.prefixes[said.prefix]),
    c.Combination: _combination,
    c.ValidProcedure: _valid,
    c.Recorded: lambda _, said, facts: facts.operated == said.value,
    c.Sex: lambda _, said, facts: facts.sex == said.value,
    c.Range: _range,
    c.OneOf: _one_of,
    c.Complication: lambda _, said, facts: (facts.mcc if said.level == "MCC" else facts.cc) == said.value,
    c.Regions: _regions,
}
