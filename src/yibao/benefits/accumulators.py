"""Accumulators of a year as a table: what a counter keeps of a person between two bills.

A row is one figure of one person: ``inpatient.times``, ``chronic:M03900.cap_paid``, ``annual.paid``,
``critical_illness.seen``, ``account.balance``. Figures that are nought are left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from yibao.benefits.bills import Profiled, has, numbers
from yibao.benefits.quantities import UNLIMITED
from yibao.benefits.resolve import Profile
from yibao.benefits.state import State
from yibao.benefits.vocabulary import LAYERS, POTS, Cap, Policy
from yibao.benefits.words import condition
from yibao.engine.money import IntArray

SCHEMA = pa.schema(
    [
        ("person_id", pa.string()), ("year", pa.int64()), ("scheme", pa.string()), ("region_code", pa.string()),
        ("name", pa.string()), ("amount", pa.int64()),
    ]
)  # fmt: skip


@dataclass(frozen=True)
class Diseases:
    """The chronic diseases of persons that have a pot of their own: ``slots`` for each row, and which slot is which."""

    most: int
    slots: IntArray
    person: IntArray  # rank of first appearance of the person, for each pair of person and disease
    slot: IntArray
    code: list[str]


def diseases_of(
    table: pa.Table,
    rows: IntArray,
    profiles: Sequence[Profile],
    which: IntArray,
    begins: IntArray,
    opening: Accumulators | None,
) -> Diseases:
    """Number the diseases of each person that a policy counts apart, those that the accumulators bring in included."""
    none = np.zeros(len(rows), dtype=np.int64)
    apart = np.array([p.basic["ded_by_disease"] or p.basic["cap_by_disease"] for p in profiles], dtype=bool)
    brought = opening.diseases() if opening is not None else []
    empty = np.empty(0, dtype=np.int64)
    if not len(rows) or not (apart.any() or brought):
        return Diseases(0, none, empty, empty, [])
    person = np.repeat(np.arange(len(begins)), np.diff(begins, append=len(rows)))
    own = np.flatnonzero(apart[which])
    said = table["disease"].take(pa.array(rows[own])).to_pylist() if has(table, "disease") else [""] * len(own)
    ids = {name: n for n, name in enumerate(table["person_id"].take(pa.array(rows[begins])).to_pylist())}
    pairs = [(ids[name], code) for name, code in brought if name in ids]
    codes = sorted({code or "" for code in said} | {code for _, code in pairs})
    number = {code: n for n, code in enumerate(codes)}
    keys = person[own] * len(codes) + np.array([number[code or ""] for code in said], dtype=np.int64)
    known = np.array([p * len(codes) + number[code] for p, code in pairs], dtype=np.int64)
    every = np.unique(np.concatenate([keys, known]))
    owner = every // max(len(codes), 1)
    first = np.searchsorted(owner, owner, side="left")
    slot = np.arange(len(every)) - first
    none[own] = slot[np.searchsorted(every, keys)]
    return Diseases(int(slot.max(initial=-1)) + 1, none, owner, slot, [codes[k % len(codes)] for k in every.tolist()])


@dataclass(frozen=True)
class Accumulators:
    """A table of :data:`SCHEMA`."""

    table: pa.Table

    @classmethod
    def empty(cls) -> Accumulators:
        return cls(SCHEMA.empty_table())

    def diseases(self) -> list[tuple[str, str]]:
        """Persons and their chronic diseases that have figures of their own."""
        names = self.table.select(["person_id", "name"]).to_pylist() if self._any("chronic:") else []
        found = {(r["person_id"], r["name"].partition(":")[2].rpartition(".")[0]) for r in names if ":" in r["name"]}
        return sorted(found)

    def _any(self, prefix: str) -> bool:
        return bool(pc.any(pc.starts_with(self.table["name"], prefix)).as_py())

    def pots(self) -> list[int]:
        """The fixed pots that have figures."""
        heads = {name.partition(".")[0] for name in self.table["name"].unique().to_pylist()}
        return [POTS.index(head) for head in heads if head in POTS]

    def layers(self) -> list[str]:
        """The layers that have figures."""
        heads = {name.partition(".")[0] for name in self.table["name"].unique().to_pylist()}
        return [layer for layer in LAYERS if layer in heads]

    def load(self, state: State, persons: Sequence[str], by_rank: IntArray, diseases: Diseases) -> None:
        """Put the figures into the arrays. ``persons`` by rank; ``by_rank`` the number of each in the table."""
        rank_of = np.empty(len(by_rank), dtype=np.int64)
        rank_of[by_rank] = np.arange(len(by_rank))
        slots = {
            (int(rank_of[p]), code): int(s)
            for p, s, code in zip(diseases.person.tolist(), diseases.slot.tolist(), diseases.code, strict=True)
        }
        place = pc.fill_null(pc.index_in(self.table["person_id"], value_set=pa.array(persons, pa.string())), -1)
        place = place.combine_chunks().to_numpy(zero_copy_only=False)
        amount = self.table["amount"].combine_chunks().to_numpy(zero_copy_only=False)
        here = place >= 0
        for column, array in (("year", state.year), ("scheme", state.scheme), ("region_code", state.region)):
            values = (
                pc.fill_null(self.table[column].cast(pa.int64()), -1).combine_chunks().to_numpy(zero_copy_only=False)
            )
            array[place[here]] = values[here]
        for name in self.table["name"].unique().to_pylist():
            mine = here & pc.equal(self.table["name"], name).combine_chunks().to_numpy(zero_copy_only=False)
            head, _, field = name.rpartition(".")
            if ":" in head:
                code = head.partition(":")[2]
                for rank, value in zip(place[mine].tolist(), amount[mine].tolist(), strict=True):
                    row = int(np.asarray(state.pots.rows(len(POTS) + slots[rank, code])))
                    state.pot[field][row, rank] = value
            else:
                _array(state, head, field)[place[mine]] = amount[mine]

    def exceeded(self, table: pa.Table, persons: IntArray, profiled: Profiled) -> npt.NDArray[np.bool_]:
        """Rows of persons whose figures are above a limit of their first bill's policy, in the same year."""
        out = np.zeros(table.num_rows, dtype=bool)
        first = np.flatnonzero(np.diff(persons, prepend=-1))
        ids, years = table["person_id"].take(pa.array(first)).to_pylist(), numbers(table, "year")[first]
        known = set(self.table["person_id"].unique().to_pylist())
        figures: dict[tuple[str, int, str, str], dict[str, int]] = {}
        for row in self.table.to_pylist():
            key = (row["person_id"], row["year"], row["scheme"], row["region_code"])
            figures.setdefault(key, {})[row["name"]] = row["amount"]
        for row, name, year in zip(first.tolist(), ids, years.tolist(), strict=True):
            profile = profiled.profiles[int(profiled.which[row])]
            if name in known and isinstance(profile, Profile):
                key = (name, year, profile.policy.scheme, profile.policy.region)
                out[persons == persons[row]] |= _above(profile, figures.get(key, {}))
        return out

    @classmethod
    def of(cls, state: State, persons: Sequence[str], by_rank: IntArray, diseases: Diseases) -> Accumulators:
        """The figures of the arrays; parameters as of :meth:`load`."""
        ids = pa.array(persons, pa.string())
        rank_of = np.empty(len(by_rank), dtype=np.int64)
        rank_of[by_rank] = np.arange(len(by_rank))
        names: list[str] = []
        found: list[tuple[IntArray, IntArray]] = []
        for name, values in _named(state, diseases, rank_of):
            at = values.nonzero()[0]
            if len(at):
                names.append(name)
                found.append((at, values[at]))
        if not found:
            return cls(SCHEMA.empty_table())
        kind = np.repeat(np.arange(len(names)), [len(at) for at, _ in found])
        who = np.concatenate([at for at, _ in found])
        columns = [
            ids.take(pa.array(who)), pa.array(state.year[who]), pa.array(state.scheme[who]).cast(pa.string()),
            pa.array(state.region[who]).cast(pa.string()), pa.array(names, pa.string()).take(pa.array(kind)),
            pa.array(np.concatenate([values for _, values in found])),
        ]  # fmt: skip
        return cls(pa.table(columns, schema=SCHEMA).sort_by([("person_id", "ascending"), ("name", "ascending")]))

    def with_others(self, opening: Accumulators, persons: Sequence[str]) -> Accumulators:
        """These figures, and those of an earlier table for everybody who is not among ``persons``."""
        others = opening.table.filter(pc.invert(pc.is_in(opening.table["person_id"], pa.array(persons, pa.string()))))
        return Accumulators(pa.concat_tables([self.table, others]))


def _array(state: State, head: str, field: str) -> IntArray:
    """The array of a figure, one number for each person."""
    if head == "annual":
        return state.annual[field]
    if head in ("account", "family", "moves"):
        one: IntArray = getattr(state, head)
        return one
    if head in state.layer:
        return state.layer[head][field]
    return state.pot[field][int(np.asarray(state.pots.rows(POTS.index(head))))]


def _named(state: State, diseases: Diseases, rank_of: IntArray) -> Iterator[tuple[str, IntArray]]:
    """Every figure with its name, one number for each person."""
    for field, rows in state.pot.items():
        for row, pot in enumerate(state.pots.used):
            if pot < len(POTS):
                yield f"{POTS[pot]}.{field}", rows[row]
                continue
            mine = np.flatnonzero(diseases.slot == pot - len(POTS))
            for code in sorted({diseases.code[i] for i in mine.tolist()}):
                has = rank_of[diseases.person[[i for i in mine.tolist() if diseases.code[i] == code]]]
                values = np.zeros_like(rows[row])
                values[has] = rows[row][has]
                yield f"chronic:{code}.{field}", values
    for field, row_ in state.annual.items():
        yield f"annual.{field}", row_
    for layer, fields in state.layer.items():
        for field, values in fields.items():
            yield f"{layer}.{field}", values
    yield "account.balance", state.account
    yield "family.balance", state.family
    yield "moves.count", state.moves


def _above(profile: Profile, figures: dict[str, int]) -> bool:
    """Whether figures of the year are above every limit that the policy knows for them.

    Nothing is said of a person who has changed scheme or region in the year: what another policy paid may be above the
    limits of this one. Nor where a floor payment may lift the fund's payment above its limit.
    """
    policy = profile.policy
    if figures.get("moves.count") or any(b.floor is not None and not b.floor.within_cap for b in policy.benefits):
        return False
    limits = [("annual.paid", _largest(policy.annual_cap, policy))]
    if profile.benefit is not None and profile.benefit.cap is not None and not profile.basic["cap_by_disease"]:
        sharing = [b.cap for b in policy.benefits if (b.cap.pot if b.cap and b.cap.pot else b.pot) == _pot(profile)]
        limits.append((f"{_pot(profile)}.cap_paid", max(_largest(cap, policy) for cap in sharing)))
    for name in LAYERS:
        layer = getattr(policy.layers, name)
        if layer is not None and not any(f.no_cap for f in layer.favour):
            limits.append((f"{name}.paid", _most(layer.cap, policy)))
            limits.append((f"{name}.paid_outpatient", _most(layer.outpatient_cap, policy)))
    return any(figures.get(name, 0) > limit for name, limit in limits)


def _pot(profile: Profile) -> str:
    return POTS[profile.basic["cap_pot"]]


def _largest(cap: Cap | None, policy: Policy) -> int:
    if cap is None or cap.basis != "fund_payment" or cap.per != "year" or cap.by_disease:
        return UNLIMITED
    return _most(cap.amount, policy)


def _most(given: Any, policy: Policy) -> int:
    """The largest amount of a limit; unlimited where there is none, or a case may be missing."""
    if given is None:
        return UNLIMITED
    if not isinstance(given, list):
        return int(given.resolve(policy.figures))
    open_ended = condition(given[-1])[1] != ""
    return UNLIMITED if open_ended else max(case.value.resolve(policy.figures) for case in given)
