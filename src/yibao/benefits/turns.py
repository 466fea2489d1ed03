"""Where a person's insurance year, scheme or region changes between two bills.

With a new year every accumulator but the account's begins at nought. With a new scheme or region those begin at nought
that the policy of the new bill does not carry over.
"""

from __future__ import annotations

import numpy as np

from yibao.benefits.resolve import Profile
from yibao.benefits.state import State
from yibao.benefits.vocabulary import ALL_CARRIED
from yibao.engine.money import IntArray


class Turns:
    """The years, schemes and regions of a run's bills, wave by wave; ``opened``: accumulators were brought in."""

    def __init__(self, year: IntArray, which: IntArray, profiles: tuple[Profile, ...], *, opened: bool) -> None:
        self.year, self.which = year, which
        self.kinds = {
            "scheme": np.array([int(p.policy.scheme) for p in profiles]),
            "region": np.array([int(p.policy.region) for p in profiles]),
        }
        self.moves = opened or any(len(np.unique(codes)) > 1 for codes in self.kinds.values())
        self.several_years = opened or bool((year != year[0]).any())
        self.codes = {kind: codes[0] for kind, codes in self.kinds.items()}
        self.carry = {
            (kind, group): np.array([p.basic[f"carry_{kind}_{index}"] for p in profiles])
            for index, group in enumerate(ALL_CARRIED)
            for kind in self.kinds
        }

    def turn(self, cut: slice, state: State) -> None:
        """Before the bills of a wave are reckoned."""
        year, n = self.year[cut], cut.stop - cut.start
        if self.several_years:
            new = np.flatnonzero((state.year[:n] != year) & (state.year[:n] >= 0))
            if len(new):
                state.begin_year(new)
        state.year[:n] = year
        for kind, before in (("scheme", state.scheme), ("region", state.region)):
            if self.moves:
                self._move(kind, before, cut, state)
            else:
                before[:n] = self.codes[kind]

    def _move(self, kind: str, before: IntArray, cut: slice, state: State) -> None:
        which = self.which[cut]
        now = self.kinds[kind][which]
        moved = np.flatnonzero((before[: len(now)] != now) & (before[: len(now)] >= 0))
        before[: len(now)] = now
        state.moves[moved] += 1
        for group in ALL_CARRIED if len(moved) else ():
            fresh = moved[self.carry[kind, group][which[moved]] == 0]
            if len(fresh):
                state.restart(group, fresh)
