"""Accumulators of a year as a table: what a counter keeps of a person between two bills.

A row is one figure of one person: ``inpatient.times``, ``chronic:M03900.cap_paid``, ``annual.paid``,
``critical_illness.seen``, ``account.balance``. Figures that are nought are left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from yibao.benefits.bills import Profiled, numbers, whole
from yibao.benefits.diseases import Diseases
from yibao.benefits.limits import above, limits
from yibao.benefits.quantities import UNLIMITED
from yibao.benefits.resolve import Profile
from yibao.benefits.state import State
from yibao.benefits.vocabulary import LAYERS
from yibao.benefits.vocabulary_basic import POTS
from yibao.engine.money import IntArray

SCHEMA = pa.schema(
    [
        ("person_id", pa.string()), ("year", pa.int64()), ("scheme", pa.string()), ("region_code", pa.string()),
        ("name", pa.string()), ("amount", pa.int64()),
    ]
)  # fmt: skip

_CHRONIC = "chronic:"


def _disease(name: str) -> str:
    """The code in ``chronic:M03900.cap_paid``."""
    return name.removeprefix(_CHRONIC).rpartition(".")[0]


@dataclass(frozen=True)
class Accumulators:
    """A table of :data:`SCHEMA`."""

    table: pa.Table

    @classmethod
    def empty(cls) -> Accumulators:
        return cls(SCHEMA.empty_table())

    def diseases(self, persons: pa.Array) -> tuple[IntArray, list[str]]:
        """Places in ``persons`` and codes of the chronic diseases that have figures of their own, one for one."""
        chronic = self.table.filter(pc.starts_with(self.table["name"], _CHRONIC))
        if not chronic.num_rows:
            return np.empty(0, dtype=np.int64), []
        names = whole(chronic["name"]).dictionary_encode()
        codes = np.array([_disease(name) for name in names.dictionary.to_pylist()], dtype=object)
        place = pc.fill_null(pc.index_in(whole(chronic["person_id"]), value_set=persons), -1)
        place = place.to_numpy(zero_copy_only=False).astype(np.int64)
        here = place >= 0
        return place[here], codes[names.indices.to_numpy(zero_copy_only=False)[here]].tolist()

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
        found = pc.index_in(whole(self.table["person_id"]), value_set=pa.array(persons, pa.string()))
        place = pc.fill_null(found, -1).to_numpy(zero_copy_only=False)
        amount = whole(self.table["amount"]).to_numpy(zero_copy_only=False)
        here = place >= 0
        for column, array in (("year", state.year), ("scheme", state.scheme), ("region_code", state.region)):
            values = whole(pc.fill_null(self.table[column].cast(pa.int64()), -1)).to_numpy(zero_copy_only=False)
            array[place[here]] = values[here]
        names = whole(self.table["name"]).dictionary_encode()
        kind = names.indices.to_numpy(zero_copy_only=False)
        for number, name in enumerate(names.dictionary.to_pylist()):
            mine = here & (kind == number)
            head, _, field = name.rpartition(".")
            if name.startswith(_CHRONIC):
                which, slot = diseases.of(_disease(name), rank_of)
                at = which[np.isin(which, place[mine])]
                rows = state.pots.rows(len(POTS) + slot[np.isin(which, place[mine])])
                order = np.argsort(place[mine])
                state.pot[field][rows, at] = amount[mine][order][np.searchsorted(place[mine][order], at)]
            else:
                _array(state, head, field)[place[mine]] = amount[mine]

    def exceeded(self, table: pa.Table, persons: IntArray, profiled: Profiled) -> npt.NDArray[np.bool_]:
        """Rows of persons whose figures are above a limit of their first bill's policy, in the same year."""
        out = np.zeros(table.num_rows, dtype=bool)
        first = np.flatnonzero(np.diff(persons, prepend=-1))
        found = [profiled.profiles[n] for n in np.unique(profiled.which[first]).tolist()]
        near = self.table.filter(self._large([p for p in found if isinstance(p, Profile)]))
        if not near.num_rows:
            return out
        figures: dict[tuple[str, int, str, str], dict[str, int]] = {}
        suspects = near["person_id"].unique()
        for row in self.table.filter(pc.is_in(self.table["person_id"], suspects)).to_pylist():
            key = (row["person_id"], row["year"], row["scheme"], row["region_code"])
            figures.setdefault(key, {})[row["name"]] = row["amount"]
        ids = table["person_id"].take(pa.array(first))
        years = numbers(table, "year")
        for at in np.flatnonzero(whole(pc.is_in(ids, suspects)).to_numpy(zero_copy_only=False)).tolist():
            row = int(first[at])
            profile = profiled.profiles[int(profiled.which[row])]
            if isinstance(profile, Profile):
                key = (ids[at].as_py(), int(years[row]), profile.policy.scheme, profile.policy.region)
                out[persons == persons[row]] |= above(profile, figures.get(key, {}))
        return out

    def _large(self, profiles: Sequence[Profile]) -> pa.ChunkedArray:
        """Figures that are above some limit of some policy: only their persons are looked at one by one."""
        least: dict[str, int] = {}
        for profile in profiles:
            for name, limit in limits(profile):
                least[name] = min(limit, least.get(name, UNLIMITED))
        large = pa.chunked_array([np.zeros(self.table.num_rows, dtype=bool)])
        for name, limit in least.items():
            large = pc.or_(large, pc.and_(pc.equal(self.table["name"], name), pc.greater(self.table["amount"], limit)))
        return large

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
        table = pa.table(columns, schema=SCHEMA)
        return cls(table if len(ids) == 1 else table.sort_by([("person_id", "ascending"), ("name", "ascending")]))

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
            for code in diseases.values:
                which, slot = diseases.of(code, rank_of)
                has = which[slot == pot - len(POTS)]
                values = np.zeros_like(rows[row])
                values[has] = rows[row][has]
                yield f"{_CHRONIC}{code}.{field}", values
    for field, row_ in state.annual.items():
        yield f"annual.{field}", row_
    for layer, fields in state.layer.items():
        for field, values in fields.items():
            yield f"{layer}.{field}", values
    yield "account.balance", state.account
    yield "family.balance", state.family
    yield "moves.count", state.moves
