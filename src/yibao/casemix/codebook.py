"""A pack's code lists as integers: what every diagnosis or procedure code means to the rules, looked up by its number.

Two codes that no list tells apart are one *class*; a list asked of the main diagnosis or the first procedure is a
row of booleans over classes. A list asked of any code, or of any but the first, is one bit of a word; a case has the
bit when one of its codes has. So a case becomes a handful of integers, however many codes it carries.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from yibao.casemix.pack.conditions import Role, StartsWith, ValidProcedure, lists_of, walk
from yibao.casemix.pack.model import Pack

Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int32]
Words = npt.NDArray[np.uint64]

#: The name under which the valid procedures are a list like any other.
VALID = "(valid procedures)"
#: Levels of a complication as numbers: none, CC, MCC.
CC, MCC = 1, 2
BITS = 64


@dataclass(frozen=True, eq=False)
class Side:
    """Diagnoses or procedures: every code that the pack knows, by number; the last number is every other code.

    ``classes`` are those of the first code, ``lists`` their membership by list; ``anywhere`` and ``behind`` are words
    of bits that a code brings wherever it stands, or only when it is not the first; ``bit`` is where a list stands.
    """

    number: Mapping[str, int]
    classes: Ints
    lists: Mapping[str, Bools]
    anywhere: Words
    behind: Words
    bit: Mapping[tuple[Role, str], int]

    def numbers(self, codes: Iterable[str]) -> Ints:
        """Numbers of codes; one that the pack does not know has the last."""
        unknown = len(self.number)
        return np.fromiter((self.number.get(code, unknown) for code in codes), np.int32)


@dataclass(frozen=True)
class Book:
    """Both sides of a pack, and what the diagnoses are as complications: level, table, and the same as principal.

    Tables are numbers from 0, the last is none. ``exclusion`` is the class of a main diagnosis: what it excludes
    are the tables that are true in its column of ``excludes``; those of a class are in ``excluded``. ``prefixes`` are
    texts that a diagnosis may start with, with their bits.
    """

    diagnoses: Side
    procedures: Side
    level: npt.NDArray[np.int8]
    table: Ints
    tables: Sequence[str]
    exclusion: Ints
    excludes: Bools
    excluded: Sequence[tuple[str, ...]]
    prefixes: Mapping[str, int]


def make_book(pack: Pack) -> Book:
    """The code book of a pack. A list without codes is empty; nothing is in it."""
    conditions = [condition for _, _, condition in pack.rules()]
    asked = {one for condition in conditions for one in lists_of(condition)}
    valid = {one.main for condition in conditions for one in walk(condition) if isinstance(one, ValidProcedure)}
    asked |= {("main" if main else "any_procedure", VALID) for main in valid}
    prefixes = sorted({one.prefix for c in conditions for one in walk(c) if isinstance(one, StartsWith)})
    lists = {**pack.lists, VALID: list(pack.valid_procedures)}
    numbers = sorted({*pack.complications, *pack.exclusions})
    diagnoses = _side(lists, asked, ("principal", "any_diagnosis", "other_diagnosis"), numbers, len(prefixes))
    procedures = _side(lists, asked, ("main", "any_procedure", "other_procedure"), (), 0)
    known, size = diagnoses.number, len(diagnoses.number) + 1
    tables = sorted({t for _, t in pack.complications.values() if t} | {t for s in pack.exclusions.values() for t in s})
    place = {table: i for i, table in enumerate(tables)}
    level, table = np.zeros(size, np.int8), np.full(size, len(tables), np.int32)
    excluded = [(), *sorted(set(pack.exclusions.values()))]
    kind = {some: i for i, some in enumerate(excluded)}
    exclusion, excludes = np.zeros(size, np.int32), np.zeros((len(tables) + 1, len(excluded)), np.bool_)
    for code, (said, named) in pack.complications.items():
        level[known[code]] = MCC if said == "MCC" else CC
        table[known[code]] = place[named] if named else len(tables)
    for code, some in pack.exclusions.items():
        exclusion[known[code]] = kind[some]
    for number, some in enumerate(excluded):
        excludes[[place[one] for one in some], number] = True
    starts = {prefix: len(diagnoses.bit) + i for i, prefix in enumerate(prefixes)}
    return Book(diagnoses, procedures, level, table, tables, exclusion, excludes, excluded, starts)


def _side(
    lists: Mapping[str, Sequence[str]],
    asked: Iterable[tuple[Role, str]],
    roles: tuple[Role, Role, Role],
    also: Iterable[str],
    more_bits: int,
) -> Side:
    """``roles`` are those of the first code, of any, and of any but the first; ``more_bits`` are left free."""
    first, anywhere, behind = roles
    own = sorted((role, name) for role, name in asked if role in roles)
    codes = sorted({code for _, name in own for code in lists.get(name, ())} | set(also))
    number = {code: i for i, code in enumerate(codes)}
    members = {name: np.array([number[code] for code in lists.get(name, ())], np.int64) for _, name in own}
    of_first = sorted({name for role, name in own if role == first})
    of_bits = [one for one in own if one[0] != first]
    classes, by_list = _classes(len(codes), of_first, members)
    bit = {one: i for i, one in enumerate(of_bits)}
    width = max(1, -(-(len(bit) + more_bits) // BITS))
    words = {role: np.zeros((width, len(codes) + 1), np.uint64) for role in (anywhere, behind)}
    for (role, name), at in bit.items():
        words[role][at // BITS, members[name]] |= np.uint64(1 << at % BITS)
    return Side(number, classes, by_list, words[anywhere], words[behind], bit)


def _classes(
    size: int, names: Sequence[str], members: Mapping[str, npt.NDArray[np.int64]]
) -> tuple[Ints, Mapping[str, Bools]]:
    within = np.zeros((len(names), size + 1), np.bool_)
    for row, name in enumerate(names):
        within[row, members[name]] = True
    packed = np.ascontiguousarray(np.packbits(within, axis=0).T)
    if not names:
        return np.zeros(size + 1, np.int32), {}
    _, chosen, classes = np.unique(
        packed.view(np.dtype((np.void, packed.shape[1]))).ravel(), return_index=True, return_inverse=True
    )
    by_class = np.ascontiguousarray(within[:, chosen])
    return classes.astype(np.int32).ravel(), dict(zip(names, by_class, strict=True))
