"""The table of bills that the kernel settles, and how its columns become numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from yibao.benefits.conditions import Facts, walk
from yibao.benefits.parameters import Tables
from yibao.benefits.resolve import NoRule, Profile, profile
from yibao.benefits.vocabulary import Policy
from yibao.engine.money import IntArray

_TEXTS = (
    "settlement_id",
    "person_id",
    "policy",
    "kind",
    "level",
    "person_class",
    "status",
    "place",
    "area",
    "disease",
    "covers",
)
MONEY = (
    "total_amount", "not_covered_amount", "over_limit_amount", "first_share_amount", "eligible_amount",
    "special_drug_amount", "hospital_amount", "account_credit", "family_credit", "own_rate_amount", "own_rate_pay",
)  # fmt: skip

#: What a table of bills may hold. Required: settlement_id, person_id, policy, ordered_at, year, kind and the five
#: amounts from total_amount to eligible_amount (fen); the others have the defaults of :data:`DEFAULTS`.
#: ``policy`` is ``ID@version``; ``covers`` names supplements separated by blanks (and
#: :data:`~yibao.benefits.conditions.ACCOUNT_ONLY`); ``reverses`` the original of a
#: reversal; ``status_from`` is the first day of the hardship status and ``care_ended`` the last day of care;
#: ``account_credit`` is what has come into the account since the bill before; ``own_rate_amount`` is the eligible
#: expense of items with a rate of their own and ``own_rate_pay`` what that pays; ``reason`` holds a row aside.
BILLS = pa.schema(
    [(name, pa.string()) for name in _TEXTS]
    + [("ordered_at", pa.timestamp("us")), ("year", pa.int64()), ("age", pa.int64())]
    + [(name, pa.int64()) for name in MONEY]
    + [("reverses", pa.string()), ("status_from", pa.date32()), ("care_ended", pa.date32()), ("reason", pa.string())]
)
REQUIRED = ("settlement_id", "person_id", "policy", "ordered_at", "year", "kind", *MONEY[:5])
#: What a column holds that is not given, or is null.
DEFAULTS: Mapping[str, str | int | None] = {
    "level": "", "person_class": "", "status": "none", "place": "local", "area": "local", "disease": "", "covers": "",
    "age": -1, "special_drug_amount": 0, "hospital_amount": 0, "account_credit": 0, "family_credit": 0,
    "own_rate_amount": 0, "own_rate_pay": 0, "reverses": None, "status_from": None, "care_ended": None, "reason": None,
}  # fmt: skip
_FACTS = ("policy", "kind", "level", "person_class", "status", "place", "area", "disease", "covers")
#: Tables of parameters that are kept; each is small.
_TABLES_KEPT = 256
#: Above this many combinations of facts a table over all of them is no longer kept.
_DENSE = 4_000_000


def has(table: pa.Table, name: str) -> bool:
    """Whether a table has a column; quicker than a look through its names."""
    return bool(table.schema.get_field_index(name) >= 0)


def whole(column: pa.ChunkedArray) -> pa.Array:
    """A column as one array; a table of one bill has one chunk already."""
    return column.chunk(0) if column.num_chunks == 1 else pa.concat_arrays(column.chunks or [pa.array([], column.type)])


def numbers(table: pa.Table, name: str) -> IntArray:
    """A column of whole numbers; missing or null is its default."""
    if not has(table, name):
        return np.full(table.num_rows, DEFAULTS.get(name, 0), dtype=np.int64)
    column = whole(table[name])
    if column.null_count:
        column = pc.fill_null(column, DEFAULTS.get(name, 0))
    found: IntArray = column.to_numpy(zero_copy_only=False).astype(np.int64, copy=False)
    return found


@dataclass
class Profiled:
    """For each bill the number of its profile; a profile that no rule fits is the message instead."""

    which: IntArray
    profiles: list[Profile | str]


class ProfileCache:
    """Profiles by facts; one run, or one long-lived counter, reads each once."""

    def __init__(self, policies: Mapping[str, Policy]) -> None:
        self.policies = policies
        self._known: dict[tuple[str, Facts], Profile | str] = {}
        self._tables: dict[tuple[int, ...], Tables] = {}

    def get(self, key: str, facts: Facts) -> Profile | str:
        """The profile, or why there is none."""
        found = self._known.get((key, facts))
        if found is None:
            policy = self.policies.get(key)
            if policy is None:
                found = "no_policy"
            else:
                try:
                    found = profile(policy, facts)
                except NoRule:
                    found = "no_rule"
            self._known[key, facts] = found
        return found

    def tables(self, profiles: tuple[Profile, ...]) -> Tables:
        """The parameters of profiles of this cache as columns; a counter meets the same ones again and again."""
        key = tuple(map(id, profiles))
        found = self._tables.get(key)
        if found is None:
            if len(self._tables) >= _TABLES_KEPT:
                self._tables.clear()
            found = self._tables[key] = Tables(profiles)
        return found

    def of(self, table: pa.Table) -> Profiled:
        """The profiles of a table of bills."""
        codes: list[IntArray | None] = []
        values: list[list[str]] = []
        for name in _FACTS:
            code, found = _encoded(table, name)
            codes.append(code)
            values.append(found)
        breaks = self._age_breaks
        if breaks and has(table, "age"):
            codes.append(np.searchsorted(breaks, numbers(table, "age"), side="right"))
            values.append(["-1", *map(str, breaks)])
        which, combinations = _combined(codes, [len(v) for v in values], table.num_rows)
        profiles = []
        for parts in combinations:
            said = [value[part] for value, part in zip(values, parts, strict=True)]
            key, *rest = said[: len(_FACTS)]
            covers = frozenset(rest.pop().split())
            kind, level, person_class, status, place, area, disease = rest
            age = int(said[len(_FACTS)]) if len(said) > len(_FACTS) else -1
            profiles.append(
                self.get(key or "", Facts(kind, level, person_class, status, place, area, age, disease, covers))
            )
        return Profiled(which, profiles)

    @cached_property
    def _age_breaks(self) -> list[int]:
        """Ages at which some condition of some policy begins or ends to hold."""
        found: set[int] = set()
        for policy in self.policies.values():
            found |= {v for keys, v in walk(policy) if keys[-1] in ("age_from", "age_below") and v is not None}
        return sorted({0, *found}) if found else []


def _encoded(table: pa.Table, name: str) -> tuple[IntArray | None, list[str]]:
    """Codes and values of a column of texts; no codes where all rows hold the same."""
    default = DEFAULTS.get(name, "") or ""
    if not has(table, name):
        return None, [str(default)]
    column = table[name]
    if table.num_rows == 1:
        return None, [column[0].as_py() or str(default)]
    if column.null_count:
        column = pc.fill_null(column, default)
    if pa.types.is_dictionary(column.type):
        encoded = column.unify_dictionaries().combine_chunks()
    else:
        encoded = pc.dictionary_encode(column.combine_chunks())
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.chunk(0) if encoded.num_chunks else pa.array([], pa.string()).dictionary_encode()
    values = encoded.dictionary.to_pylist()
    if len(values) <= 1:
        return None, values or [str(default)]
    return encoded.indices.to_numpy(zero_copy_only=False), values


def _combined(
    codes: Sequence[IntArray | None], sizes: Sequence[int], rows: int
) -> tuple[IntArray, list[tuple[int, ...]]]:
    """One number per row for its combination of codes, and the combinations in the order of the numbers."""
    if not rows:
        return np.empty(0, dtype=np.int64), []
    together, product = np.zeros(rows, dtype=np.int64), 1
    for code, size in zip(codes, sizes, strict=True):
        if code is not None and size > 1:
            together = together * size + code
            product *= size
    if product <= _DENSE:
        present = np.zeros(product, dtype=bool)
        present[together] = True
        found = np.flatnonzero(present)
        number = np.cumsum(present) - 1
        which = number[together]
    else:
        found, which = np.unique(together, return_inverse=True)
    combinations = []
    for value in found.tolist():
        parts = []
        for size in reversed(sizes):
            value, part = divmod(value, size)
            parts.append(part)
        combinations.append(tuple(reversed(parts)))
    return which, combinations
