"""One kernel for a bill and for a billion: a state machine over each person's bills in settlement order.

Rows of a person stand together in the declared order. Everybody's k-th bill is reckoned at once, then the k+1-th, so
that whatever a bill needs of those before it (n-th deductibles, limits used up, changes of scheme, category or region)
is exact.

A bill that is reversed later is reckoned at its place and leaves no trace; its reversal returns what it got.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pyarrow as pa

from yibao.benefits.accumulators import Accumulators
from yibao.benefits.basic import Bills, pay_basic
from yibao.benefits.bills import ProfileCache, numbers, whole
from yibao.benefits.checks import Found, problems
from yibao.benefits.diseases import diseases_of
from yibao.benefits.layers import Left, pay_layer
from yibao.benefits.parameters import Tables, Value
from yibao.benefits.resolve import Profile
from yibao.benefits.state import Pots, State
from yibao.benefits.turns import Turns
from yibao.benefits.vocabulary import LAYERS
from yibao.benefits.vocabulary_basic import POTS
from yibao.benefits.waves import Waves, plan
from yibao.engine.money import IntArray

#: Amounts that the kernel gives for each bill, in fen; ``times`` counts the uses of the deductible in the year.
AMOUNTS = (
    "times", "deductible", "above_cap", "basic", *LAYERS, "fund", "hospital", "person", "account", "family", "cash",
    "account_balance", "family_balance",
)  # fmt: skip
SPLIT = ("total_amount", "eligible_amount", "first_share_amount", "over_limit_amount", "not_covered_amount")
EXTRA = (
    "special_drug_amount", "hospital_amount", "own_rate_amount", "own_rate_pay", "account_credit", "family_credit",
)  # fmt: skip


@dataclass
class Reckoned:
    """What the kernel gave for the rows of a table, in their order.

    ``amounts`` by the names of :data:`AMOUNTS`; ``trace`` holds what the steps of a settlement need, where it was asked
    for; ``reasons`` says for each row why it was set aside (None: it was settled).
    """

    table: pa.Table
    which: IntArray
    profiles: tuple[Profile, ...]
    reasons: pa.Array | None
    amounts: dict[str, IntArray]
    trace: dict[str, IntArray]
    run: _Run | None

    @property
    def rows(self) -> IntArray:
        """The rows that were reckoned: settled, and no reversals."""
        return self.run.rows if self.run else np.empty(0, dtype=np.int64)


def reckon(
    table: pa.Table, cache: ProfileCache, opening: Accumulators | None = None, *, trace: bool = False
) -> Reckoned:
    """Settle bills whose rows of one person stand together, in order (:data:`yibao.benefits.bills.BILLS`)."""
    profiled = cache.of(table)
    found = problems(table, profiled, opening)
    settled = np.flatnonzero(found.clear)
    rows = settled[~found.reversal[settled]]
    wanted = np.unique(profiled.which[rows])
    number = np.zeros(len(profiled.profiles), dtype=np.int64)
    number[wanted] = np.arange(len(wanted))
    profiles = tuple(p for i in wanted if isinstance(p := profiled.profiles[i], Profile))
    which = number[profiled.which]
    which[found.reversals] = which[found.originals]
    run = _Run(table, rows, which[rows], profiles, cache.tables(profiles), found, opening) if len(rows) else None
    amounts, traced = run.work(trace) if run else ({}, {})
    full = {name: _spread(table.num_rows, rows, amounts.get(name)) for name in (*AMOUNTS,)}
    for name in full:
        if name != "times":
            full[name][found.reversals] = -full[name][found.originals]
    spread = {name: _spread(table.num_rows, rows, values) for name, values in traced.items()}
    return Reckoned(table, which, profiles, found.reasons, full, spread, run)


def _spread(length: int, rows: IntArray, values: IntArray | None) -> IntArray:
    if values is not None and len(rows) == length:
        return values
    out = np.zeros(length, dtype=np.int64)
    if values is not None:
        out[rows] = values
    return out


class _Run:
    """The waves of one call."""

    def __init__(
        self,
        table: pa.Table,
        rows: IntArray,
        which: IntArray,
        profiles: tuple[Profile, ...],
        tables: Tables,
        found: Found,
        opening: Accumulators | None,
    ) -> None:
        self.table, self.rows, self.profiles, self.opening = table, rows, profiles, opening
        self.whole = len(rows) == table.num_rows
        person = found.persons if self.whole else found.persons[rows]
        begins = np.flatnonzero(np.diff(person, prepend=-1))
        self.waves: Waves = plan(begins, len(rows))
        self.which = which[self.waves.rows]
        brought = opening.diseases(self._ids(begins)) if opening is not None else (np.empty(0, dtype=np.int64), [])
        diseases = diseases_of(table, rows, profiles, which, begins, brought)
        self.diseases, self.slots = diseases, diseases.slots[self.waves.rows]
        self.tables = tables
        self.state = self._state()
        self.live = None if found.live is None else found.live[rows][self.waves.rows]
        self.money = {name: self.column(name) for name in SPLIT}
        self.extra = {name: self._optional(name) for name in EXTRA}
        self.accounts = opening is not None or any(self.extra[name] is not None for name in EXTRA[-2:])
        self.turns = Turns(self.column("year"), self.which, profiles, opened=opening is not None)

    def _state(self) -> State:
        used = {p.basic[name] for p in self.profiles for name in ("ded_pot", "axis_pot", "cap_pot")}
        layers = set(self.tables.layers)
        if self.opening is not None:
            used.update(self.opening.pots())
            layers.update(self.opening.layers())
        own = range(len(POTS), len(POTS) + self.diseases.most)
        state = State(self.waves.persons, Pots([*used, *own]), [name for name in LAYERS if name in layers])
        if self.opening is not None:
            self.opening.load(state, self.person_ids(), self.waves.by_rank, self.diseases)
        return state

    def column(self, name: str) -> IntArray:
        """A column of numbers, wave by wave."""
        values = numbers(self.table, name)
        return (values if self.whole else values[self.rows])[self.waves.rows]

    def _optional(self, name: str) -> IntArray | None:
        """A column that most tables leave out or fill with noughts."""
        if name not in self.table.column_names or self.table[name].null_count == self.table.num_rows:
            return None
        column = self.column(name)
        return column if column.any() else None

    def person_ids(self) -> list[str]:
        """Persons by rank."""
        found: list[str] = self._ids(self.waves.first_rows).to_pylist()
        return found

    def _ids(self, places: IntArray) -> pa.Array:
        return whole(self.table["person_id"].take(pa.array(self.rows[places])).cast(pa.string()))

    def work(self, trace: bool) -> tuple[dict[str, IntArray], dict[str, IntArray]]:
        """All waves; amounts and trace in the order of the rows."""
        n, layers = len(self.rows), self.tables.layers
        out = {name: np.zeros(n, dtype=np.int64) for name in AMOUNTS if name not in LAYERS or name in layers}
        names = [f"basic.{x}" for x in ("start", "within", "by_rates")] if trace else []
        names += [f"{layer}.{x}" for layer in layers for x in ("seen", "base", "by_rates")] if trace else []
        traced = {name: np.zeros(n, dtype=np.int64) for name in names}
        starts = self.waves.starts.tolist()
        for low, high in pairwise(starts):
            cut = slice(low, high)
            dead = np.empty(0, dtype=np.int64) if self.live is None else np.flatnonzero(~self.live[cut])
            before = self.state.remember(dead) if len(dead) else []
            self._credit(cut)
            self._wave(cut, out, traced)
            if len(dead):
                self.state.put_back(dead, before)
                self._credit(cut, dead)
        back = self.waves.places
        return {k: v[back] for k, v in out.items()}, {k: v[back] for k, v in traced.items()}

    def _credit(self, cut: slice, only: IntArray | None = None) -> None:
        """What has come into the accounts since the bill before; it stays when the bill is reversed."""
        for name, balance in (("account_credit", self.state.account), ("family_credit", self.state.family)):
            credit = self.extra[name]
            if credit is not None and only is None:
                balance[: cut.stop - cut.start] += credit[cut]
            elif credit is not None and only is not None:
                balance[only] += credit[cut][only]

    def _wave(self, cut: slice, out: dict[str, IntArray], traced: dict[str, IntArray]) -> None:
        self.turns.turn(cut, self.state)
        total, eligible, *outside = (column[cut] for column in self.money.values())
        own = (self._part("own_rate_amount", cut), self._part("own_rate_pay", cut))
        bills = Bills(self.which[cut], total, eligible, self.slots[cut], *own)
        basic = pay_basic(bills, self.tables, self.state)
        left = Left.after(basic, eligible, outside, self._part("special_drug_amount", cut))
        fund = basic.paid
        for name in self.tables.layers:
            paid = pay_layer(name, left, bills, self.tables, self.state)
            out[name][cut], fund = paid.paid, fund + paid.paid
            if traced:
                traced[f"{name}.seen"][cut], traced[f"{name}.base"][cut] = paid.seen, paid.base
                traced[f"{name}.by_rates"][cut] = paid.by_rates
        if traced:
            traced["basic.start"][cut], traced["basic.within"][cut] = basic.start, basic.within
            traced["basic.by_rates"][cut] = basic.by_rates
        out["times"][cut], out["deductible"][cut], out["above_cap"][cut] = basic.times, basic.deductible, basic.above
        out["basic"][cut], out["fund"][cut] = basic.paid, fund
        hospital = np.minimum(self._part("hospital_amount", cut), total - fund)
        person = total - fund - hospital
        out["hospital"][cut], out["person"][cut] = hospital, person
        if self.accounts:
            self._account(bills, left, person, cut, out)
        out["cash"][cut] = person - out["account"][cut]

    def _part(self, name: str, cut: slice) -> Value:
        column = self.extra[name]
        return 0 if column is None else column[cut]

    def _account(self, bills: Bills, left: Left, person: IntArray, cut: slice, out: dict[str, IntArray]) -> None:
        """The personal account pays what it may of the person's share, then a relative's."""
        n, at, state = len(bills), self.tables.basic.at(bills.which), self.state
        payable = left.burden * at["account_in_range"]
        for part in ("first_share", "over_limit", "not_covered"):
            payable = payable + getattr(left, part) * at[f"account_{part}"]
        payable = np.minimum(payable, person)
        own = np.minimum(payable, state.account[:n])
        family = np.minimum(payable - own, state.family[:n]) * at["account_family"]
        state.account[:n] -= own
        state.family[:n] -= family
        out["account"][cut], out["family"][cut] = own + family, family
        out["account_balance"][cut], out["family_balance"][cut] = state.account[:n], state.family[:n]

    def closing(self) -> Accumulators:
        """The accumulators after the last bill of everybody here."""
        return Accumulators.of(self.state, self.person_ids(), self.waves.by_rank, self.diseases)
