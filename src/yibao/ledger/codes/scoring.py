"""How alike a local and a national code are: what the names say, and what the structure says for and against.

The text part is 1 for equal names, a little less for equal words, else a mean of three measures (weights
:data:`TEXT`). Structure adds or takes small parts (:data:`PARTS`). A contradiction (another strength, dosage form,
side, type, list, sex) halves the score, so that no contradicted candidate stands before one that is not. Scores are
parts per million.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from yibao.ledger.codes.distance import edit_distances
from yibao.ledger.codes.entries import Entries
from yibao.ledger.codes.grams import Grams, Ints, nearest, overlap, vectors

Flags = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]

#: Candidates found by rare pairs of characters, and how many of them are compared letter by letter.
CANDIDATES, COMPARED = 40, 12
#: Weights of the measures of text: cosine of the pairs, edit distance, letters in common in any order.
TEXT = {"cosine": 0.35, "edit": 0.25, "letters": 0.40}
#: What structure adds to a score or takes from it.
PARTS = {
    "same_code": 0.20,
    "same_subcategory": 0.06,
    "same_category": 0.03,
    "other_category": -0.05,
    "same_measure": 0.05,
    "no_measure": -0.03,
    "other_pack": -0.06,
    "other_numbers": -0.05,
    "other_charge_type": -0.06,
    "other_unit": -0.02,
    "price_far": -0.08,
    "same_price": 0.02,
}
#: Contradictions; each halves the score.
CONFLICTS = ("measure", "form", "opposed", "number", "list_type", "sex", "age", "price", "code_with_other_name")
#: A name that shares fewer of its letters than this with the name of its own code belongs to another code list.
OTHER_NAME = 0.35
_ICD10, _ICD9 = re.compile(r"[a-z]\d\d([.x]|$)"), re.compile(r"\d\d([.]|$)")
#: Names that are the same words in another spelling; only the same spelling reaches the million. Structure does not
#: make an unequal name perfect.
SAME_WORDS, NOT_EQUAL = 0.995, 0.99


@dataclass
class Compared:
    """Pairs (row of local, row of national) with their scores in parts per million and what they are made of."""

    local: Ints
    national: Ints
    score: Ints
    text: Floats
    equal: Flags
    distance: Ints
    by_alias: Flags
    parts: dict[str, Flags]
    conflicts: dict[str, Flags]
    price_ratio: Floats

    def take(self, which: Ints | Flags) -> Compared:
        return Compared(
            local=self.local[which],
            national=self.national[which],
            score=self.score[which],
            text=self.text[which],
            equal=self.equal[which],
            distance=self.distance[which],
            by_alias=self.by_alias[which],
            parts={name: flags[which] for name, flags in self.parts.items()},
            conflicts={name: flags[which] for name, flags in self.conflicts.items()},
            price_ratio=self.price_ratio[which],
        )


def compare(local: Entries, national: Entries, top: int) -> Compared:
    """The ``top`` candidates of each local code, best first; a gray code is none for a main diagnosis."""
    rows, columns, text, equal, distance, by_alias = _by_text(local, national)
    allowed = ~(national.flags("gray", False)[columns] & local.flags("main", True)[rows])
    rows, columns, text = rows[allowed], columns[allowed], text[allowed]
    equal, distance, by_alias = equal[allowed], distance[allowed], by_alias[allowed]
    ratio = _price_ratio(local, national, rows, columns)
    conflicts = _conflicts(local, national, rows, columns, text, ratio)
    parts = _parts(local, national, rows, columns, ratio)
    score = text.copy()
    for name, flags in parts.items():
        score += PARTS[name] * (flags & ~conflicts["code_with_other_name"] if name == "same_code" else flags)
    score = np.clip(score, 0, np.where(text == 1, 1.0, np.where(equal, SAME_WORDS, NOT_EQUAL)))
    score *= 0.5 ** np.sum([flags.astype(np.int64) for flags in conflicts.values()], axis=0)
    ppm = np.rint(score * 1_000_000).astype(np.int64)
    found = Compared(rows, columns, ppm, text, equal, distance, by_alias, parts, conflicts, ratio)
    order = np.lexsort((_order_of(national)[columns], -ppm, rows))
    found = found.take(order)
    return found.take(_place(found.local) < top)


def _by_text(local: Entries, national: Entries) -> tuple[Ints, Ints, Floats, Flags, Ints, Flags]:
    """Candidate pairs and how alike their names are; of a national code's names the closest counts."""
    own = np.arange(len(national))
    aliased = np.array([n for n, alias in enumerate(national.plain_alias) if alias is not None], np.int64)
    owner = np.concatenate([own, aliased])
    names = [plain.text for plain in national.plain]
    names += [alias.text for alias in national.plain_alias if alias is not None]
    mine = [plain.text for plain in local.plain]
    ours, theirs = vectors(mine, names)
    rows, docs = nearest(ours, theirs, CANDIDATES)
    by_code = _same_code(local, national)
    rows, docs = _distinct(np.concatenate([rows, by_code[0]]), np.concatenate([docs, by_code[1]]), len(names))
    cosine, contained = _alike(ours, theirs, rows, docs)
    # A short name within a long one has a small cosine; some of these are the right ones.
    rough = cosine + 0.5 * contained
    order = np.lexsort((docs, -rough, rows))
    keep = order[_place(rows[order]) < COMPARED]
    keep = np.union1d(keep, np.flatnonzero(np.isin(rows * len(names) + docs, by_code[0] * len(names) + by_code[1])))
    rows, docs, cosine, contained = rows[keep], docs[keep], cosine[keep], contained[keep]
    first, second = [mine[row] for row in rows], [names[doc] for doc in docs]
    distance = edit_distances(first, second)
    lengths = np.array([max(len(a), len(b), 1) for a, b in zip(first, second, strict=True)], np.int64)
    equal = np.array([a == b and a != "" for a, b in zip(first, second, strict=True)], bool)
    edit = np.clip(1 - distance / lengths, 0, 1)
    letters = np.array([_shared_letters(a, b) for a, b in zip(first, second, strict=True)], np.float64)
    measures = {"cosine": cosine, "edit": edit, "letters": letters}
    text = sum((TEXT[name] * measure for name, measure in measures.items()), np.zeros(len(rows)))
    text = np.where(equal, SAME_WORDS, np.minimum(text, NOT_EQUAL))
    text[_spelt_alike(local, national, rows, owner[docs])] = 1.0
    best = np.lexsort((docs, -text, owner[docs], rows))
    pair = rows[best] * len(national) + owner[docs][best]
    chosen = best[np.concatenate([[True], pair[1:] != pair[:-1]])] if len(best) else best
    by_alias = docs[chosen] >= len(national)
    return rows[chosen], owner[docs][chosen], text[chosen], equal[chosen], distance[chosen], by_alias


def _shared_letters(a: str, b: str) -> float:
    """Share of letters in common, in whatever order."""
    mine, theirs = set(a), set(b)
    return 2 * len(mine & theirs) / max(len(mine) + len(theirs), 1)


def _alike(ours: Grams, theirs: Grams, rows: Ints, docs: Ints) -> tuple[Floats, Floats]:
    """Cosine, and the share of the lighter name that the heavier holds."""
    shared = overlap(ours, theirs, rows, docs)
    a, b = np.maximum(ours.totals[rows], 1e-12), np.maximum(theirs.totals[docs], 1e-12)
    return np.minimum(shared / np.sqrt(a * b), 1), np.minimum(shared / np.minimum(a, b), 1)


def _spelt_alike(local: Entries, national: Entries, rows: Ints, columns: Ints) -> Flags:
    """Names that are equal but for width, case and space."""
    return np.asarray((local.spelling[rows] == national.spelling[columns]) & (local.spelling[rows] != ""), bool)


def _same_code(local: Entries, national: Entries) -> tuple[Ints, Ints]:
    """Pairs whose codes are the same but for case and space."""
    order = np.argsort(national.codes, kind="stable")
    codes = national.codes[order]
    at = np.searchsorted(codes, local.codes)
    at = np.minimum(at, max(len(codes) - 1, 0))
    rows = np.flatnonzero(codes[at] == local.codes) if len(codes) else np.empty(0, np.int64)
    return rows, order[at[rows]] if len(codes) else rows


def _distinct(rows: Ints, docs: Ints, width: int) -> tuple[Ints, Ints]:
    pairs = np.unique(rows * width + docs)
    return pairs // width, pairs % width


def _place(rows: Ints) -> Ints:
    """The place of each entry within its run of equal numbers."""
    if not len(rows):
        return rows
    starts = np.concatenate([[True], rows[1:] != rows[:-1]])
    return np.arange(len(rows)) - np.maximum.accumulate(np.where(starts, np.arange(len(rows)), 0))


def _order_of(national: Entries) -> Ints:
    """Place of each code in code order: equal scores follow it."""
    order = np.argsort(national.codes, kind="stable")
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    return place


def _price_ratio(local: Entries, national: Entries, rows: Ints, columns: Ints) -> Floats:
    """Local price over national price; NaN when one is not known."""
    mine, theirs = local.numbers("price")[rows], national.numbers("price")[columns]
    known = (mine > 0) & (theirs > 0)
    return np.where(known, mine / np.where(known, theirs, 1), np.nan)


def _conflicts(
    local: Entries, national: Entries, rows: Ints, columns: Ints, text: Floats, ratio: Floats
) -> dict[str, Flags]:
    ours, theirs = local.plain, national.plain
    pairs = list(zip(rows.tolist(), columns.tolist(), strict=True))
    measure = [_disjoint(dict(ours[a].strengths), dict(theirs[b].strengths)) for a, b in pairs]
    form = [ours[a].form is not None and theirs[b].form not in (None, ours[a].form) for a, b in pairs]
    number = [bool(ours[a].numbers and theirs[b].numbers and not ours[a].numbers & theirs[b].numbers) for a, b in pairs]
    opposed = [_disjoint_words(ours[a].opposed, theirs[b].opposed) for a, b in pairs]
    sex, male, female = national.words("sex")[columns], local.numbers("male")[rows], local.numbers("female")[rows]
    # A few uses by the other sex are errors of registration; many are another meaning.
    others = np.where(sex == "1", female, np.where(sex == "2", male, 0))
    sex_conflict = others * 5 > np.maximum(male + female, 0)
    young, old = local.numbers("age_from")[rows], local.numbers("age_to")[rows]
    youngest, oldest = national.numbers("age_from")[columns], national.numbers("age_to")[columns]
    age = (young >= 0) & (((oldest >= 0) & (young >= oldest)) | ((youngest >= 0) & (old < youngest)))
    return {
        "measure": np.array(measure, bool),
        "form": np.array(form, bool),
        "opposed": np.array(opposed, bool),
        "number": np.array(number, bool),
        "list_type": _differ(local.words("list_type")[rows], national.words("list_type")[columns]),
        "sex": sex_conflict & (others > 0),
        "age": age,
        "price": (ratio > 20) | (ratio < 0.05),
        "code_with_other_name": (local.codes[rows] == national.codes[columns])
        & (text < OTHER_NAME)
        & (local.words("name")[rows] != ""),
    }


def _parts(local: Entries, national: Entries, rows: Ints, columns: Ints, ratio: Floats) -> dict[str, Flags]:
    ours, theirs = local.plain, national.plain
    mine, yours = local.codes[rows], national.codes[columns]
    same = mine == yours
    shaped = _shaped(local)[rows]
    subcategory = shaped & (_cut(mine, 0, 5) == _cut(yours, 0, 5)) & ~same
    category = shaped & (_cut(mine, 0, 3) == _cut(yours, 0, 3)) & ~same & ~subcategory
    pairs = list(zip(rows.tolist(), columns.tolist(), strict=True))
    both = np.array([_agree(dict(ours[a].strengths), dict(theirs[b].strengths)) for a, b in pairs], bool)
    lacks = np.array([bool(theirs[b].strengths) and not ours[a].strengths for a, b in pairs], bool)
    packs = [ours[a].pack is not None and theirs[b].pack not in (None, ours[a].pack) for a, b in pairs]
    # A national name may be more exact than a local one, but must not lack a number that the local one gives.
    numbers = np.array([not ours[a].numbers <= theirs[b].numbers for a, b in pairs], bool)
    return {
        "same_code": same,
        "same_subcategory": subcategory,
        "same_category": category,
        "other_category": shaped & ~same & ~subcategory & ~category,
        "same_measure": both,
        "no_measure": lacks,
        "other_pack": np.array(packs, bool),
        "other_numbers": numbers,
        "other_charge_type": _differ(local.words("charge_type")[rows], national.words("charge_type")[columns]),
        "other_unit": _differ(local.words("unit")[rows], national.words("unit")[columns]),
        "price_far": (ratio > 3) | (ratio < 1 / 3),
        "same_price": (ratio > 0.98) & (ratio < 1.02),
    }


def _differ(mine: npt.NDArray[np.object_], theirs: npt.NDArray[np.object_]) -> Flags:
    """Both known and not the same."""
    return np.asarray((mine != theirs) & (mine != "") & (theirs != ""), bool)


def _disjoint(mine: dict[str, int], theirs: dict[str, int]) -> bool:
    """A dimension that both give, with other amounts."""
    return any(mine[dimension] != theirs[dimension] for dimension in mine.keys() & theirs.keys())


def _agree(mine: dict[str, int], theirs: dict[str, int]) -> bool:
    """Some dimension that both give, and none with other amounts."""
    shared = mine.keys() & theirs.keys()
    return bool(shared) and all(mine[dimension] == theirs[dimension] for dimension in shared)


def _disjoint_words(mine: frozenset[tuple[int, str]], theirs: frozenset[tuple[int, str]]) -> bool:
    """A group of opposed words of which both have some, and none in common."""
    groups = {group for group, _ in mine} & {group for group, _ in theirs}
    shared = {group for group, _ in mine & theirs}
    return bool(groups - shared)


def _shaped(local: Entries) -> Flags:
    """Local codes in the form of the national list, so that their first characters name a category."""
    pattern = {"diagnosis": _ICD10, "procedure": _ICD9}.get(local.kind)
    return np.array([pattern is not None and pattern.match(code) is not None for code in local.codes], bool)


def _cut(codes: npt.NDArray[np.str_], start: int, stop: int) -> npt.NDArray[np.str_]:
    """Characters ``start`` to ``stop`` of every code."""
    width = max(codes.dtype.itemsize // 4, stop)
    letters = codes.astype(f"<U{width}").view("<U1").reshape(len(codes), width)
    return np.ascontiguousarray(letters[:, start:stop]).view(f"<U{stop - start}").ravel()
