"""Texts that are nearly the same, among many: MinHash finds the few pairs worth a look, their shingles judge them.

A text is the set of its runs of five characters without spaces and punctuation (its shingles); the likeness of two is
what both have of what either has. Sources: A. Broder, On the resemblance and containment of documents (1997); bands as
in Leskovec, Rajaraman and Ullman, Mining of Massive Datasets, section 3.4. The hash functions are fixed, so that the
same texts give the same pairs everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from scipy.sparse import coo_matrix, csr_matrix
from scipy.sparse.csgraph import connected_components

Ints = npt.NDArray[np.int64]
Hashes = npt.NDArray[np.uint64]

SHINGLE = 5
#: Two texts meet when they agree in all six values of one of twelve bands: of pairs with nine tenths in common one in
#: ten thousand is missed, of pairs with half in common one in six is looked at in vain.
BANDS, VALUES = 12, 6
#: Texts whose shingles are held at once, and pairs that are compared at once.
_TEXTS_AT_ONCE, _PAIRS_AT_ONCE = 10_000, 20_000
_NOTHING: Hashes = np.zeros((0, BANDS, VALUES), dtype=np.uint64)


@dataclass(frozen=True)
class SimilarTexts:
    """Pairs of texts by position, the first before the other, and their likeness in basis points."""

    one: Ints
    other: Ints
    likeness_bp: Ints


def similar_texts(texts: pa.Array, block: Ints, owner: Ints, least_bp: int) -> SimilarTexts:
    """Pairs of texts of one ``block`` and two owners that are alike by ``least_bp`` basis points or more.

    Not all of them: of many texts that are alike each is paired with some other, so that the pairs hold them together
    (see :func:`linked`). Texts shorter than a shingle resemble nothing.
    """
    parts = [_signed(texts, first) for first in range(0, len(texts), _TEXTS_AT_ONCE)]
    signature = np.concatenate([_NOTHING, *(part for part, _ in parts)])
    signed = np.concatenate([np.zeros(0, dtype=np.int64), *(members for _, members in parts)])
    one, other = _candidates(signature, signed, block, owner)
    likeness = _likeness(texts, one, other)
    alike = likeness >= least_bp
    return SimilarTexts(one[alike], other[alike], likeness[alike])


def linked(one: Ints, other: Ints, n: int) -> Ints:
    """By member 0..n-1 the number of the group that pairs hold together; who is in no pair is a group of one."""
    links = coo_matrix((np.ones(len(one)), (one, other)), shape=(n, n))
    labels: Ints = connected_components(links, directed=False)[1].astype(np.int64)
    return labels


def _mixed(values: Hashes, seed: int) -> Hashes:
    """Values that look random, different ones for each seed (the finaliser of SplitMix64)."""
    mixed = values + np.uint64((0x9E3779B97F4A7C15 * (seed + 1)) % 2**64)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(mixed ^ (mixed >> np.uint64(31)), dtype=np.uint64)


def _shingles(texts: pa.Array) -> tuple[Ints, Hashes]:
    """The distinct shingles of each text: position of the text (ascending) and hash, side by side."""
    plain = pc.utf8_lower(pc.replace_substring_regex(texts.fill_null(""), r"[\s\p{P}]+", ""))
    letters = np.frombuffer("".join(plain.to_pylist()).encode("utf-32-le"), dtype="<u4").astype(np.uint64)
    text = np.repeat(np.arange(len(texts)), pc.utf8_length(plain).to_numpy(zero_copy_only=False))
    n = max(len(letters) - SHINGLE + 1, 0)
    rolled = np.zeros(n, dtype=np.uint64)
    for place in range(SHINGLE):
        rolled = _mixed(rolled ^ letters[place : place + n], place)
    within = text[:n] == text[SHINGLE - 1 : SHINGLE - 1 + n]
    text, rolled = text[:n][within], rolled[within]
    order = np.lexsort((rolled, text))
    text, rolled = text[order], rolled[order]
    first = np.ones(len(text), dtype=bool)
    first[1:] = (text[1:] != text[:-1]) | (rolled[1:] != rolled[:-1])
    return text[first], rolled[first]


def _signed(texts: pa.Array, first: int) -> tuple[Hashes, Ints]:
    """From position ``first`` on, of each text that has shingles the least of each hash function, ``[text, BANDS,
    VALUES]``, and its position."""
    text, shingle = _shingles(texts.slice(first, _TEXTS_AT_ONCE))
    starts = np.flatnonzero(np.diff(text, prepend=-1))
    least = np.zeros((BANDS * VALUES, len(starts)), dtype=np.uint64)
    if len(starts):
        for k in range(len(least)):
            least[k] = np.minimum.reduceat(_mixed(shingle, 100 + k), starts)
    return least.T.reshape(len(starts), BANDS, VALUES), text[starts] + first


def _candidates(signature: Hashes, text: Ints, block: Ints, owner: Ints) -> tuple[Ints, Ints]:
    """Pairs that meet in a band: each text with the first of those that agree and with the one before it."""
    found = [np.zeros((0, 2), dtype=np.int64)]
    for band in range(BANDS):
        key = np.zeros(len(text), dtype=np.uint64)
        for value in range(VALUES):
            key = _mixed(key ^ signature[:, band, value], value)
        order = np.lexsort((text, owner[text], key, block[text]))
        member, key = text[order], key[order]
        same = np.zeros(len(member), dtype=bool)
        same[1:] = (key[1:] == key[:-1]) & (block[member[1:]] == block[member[:-1]])
        # An owner's further texts stand behind the first: copies of one's own are no matter.
        keep = ~(same & np.concatenate([[False], owner[member[1:]] == owner[member[:-1]]]))
        member, bucket = member[keep], np.cumsum(~same)[keep]
        head = np.flatnonzero(np.diff(bucket, prepend=-1))
        leader = member[np.repeat(head, np.diff(np.append(head, len(member))))]
        follows = np.flatnonzero(np.diff(bucket, prepend=-1) == 0)
        found += [np.column_stack([leader[follows], member[follows]])]
        found += [np.column_stack([member[follows - 1], member[follows]])]
    pairs = np.sort(np.concatenate(found), axis=1)
    pairs = np.unique(pairs[pairs[:, 0] != pairs[:, 1]], axis=0)
    return pairs[:, 0], pairs[:, 1]


def _likeness(texts: pa.Array, one: Ints, other: Ints) -> Ints:
    """Of each pair what both have of what either has, in basis points, rounded down."""
    wanted = np.unique(np.concatenate([one, other]))
    row, shingle = _shingles(texts.take(pa.array(wanted)))
    column = np.unique(shingle, return_inverse=True)[1]
    shape = (len(wanted), int(column.max(initial=-1)) + 1)
    holds = csr_matrix((np.ones(len(row), dtype=np.int64), (row, column)), shape=shape)
    size = np.bincount(row, minlength=len(wanted))
    a, b = np.searchsorted(wanted, one), np.searchsorted(wanted, other)
    parts = [
        np.asarray(holds[a[at : at + _PAIRS_AT_ONCE]].multiply(holds[b[at : at + _PAIRS_AT_ONCE]]).sum(axis=1)).ravel()
        for at in range(0, len(a), _PAIRS_AT_ONCE)
    ]
    both = np.concatenate([np.zeros(0, dtype=np.int64), *parts]).astype(np.int64)
    return np.asarray(both * 10_000 // (size[a] + size[b] - both), dtype=np.int64)
