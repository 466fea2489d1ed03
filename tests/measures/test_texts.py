"""Pairs of texts that are nearly the same: found by hashes, judged by what they share."""

from __future__ import annotations

import random

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yibao.measures import linked, similar_texts
from yibao.measures.texts import SHINGLE


def found(
    texts: list[str], least_bp: int = 9000, block: list[int] | None = None, owner: list[int] | None = None
) -> dict[tuple[int, int], int]:
    """By pair of positions the likeness."""
    n = len(texts)
    pairs = similar_texts(
        pa.array(texts, pa.string()), np.array(block or [0] * n), np.array(owner or list(range(n))), least_bp
    )
    return dict(
        zip(zip(pairs.one.tolist(), pairs.other.tolist(), strict=True), pairs.likeness_bp.tolist(), strict=True)
    )


def runs(text: str) -> set[str]:
    return {text[i : i + SHINGLE] for i in range(len(text) - SHINGLE + 1)}


def likeness(one: str, other: str) -> int:
    return len(runs(one) & runs(other)) * 10_000 // len(runs(one) | runs(other))


def story(seed: int, length: int = 300) -> str:
    return "".join(random.Random(seed).choices("病人因腰痛入院查体正常予理疗好转出血压高咳嗽发热三天", k=length))


def test_a_worked_example() -> None:
    # abcde bcdef cdefg defgh | bcdef cdefg defgh efghi: three of five
    assert found(["abcdefgh", "bcdefghi"], 6000) == {(0, 1): 6000}
    assert found(["abcdefgh", "bcdefghi"], 6001) == {}


def test_spaces_stops_and_capitals_are_no_matter() -> None:
    assert found(["The patient, aged 40, was well.", "the PATIENT aged  40 was well"]) == {(0, 1): 10_000}


@pytest.mark.parametrize("changed", [1, 3, 6])
def test_the_likeness_is_exact(changed: int) -> None:
    one = story(1)
    other = "".join("XYZWVU"[i // 40] if i % 40 == 7 and i // 40 < changed else letter for i, letter in enumerate(one))
    assert found([one, other], 5000) == {(0, 1): likeness(one, other)}


def test_ones_own_copies_and_other_blocks_are_not_paired() -> None:
    assert found([story(1)] * 2, owner=[7, 7]) == {}
    assert found([story(1)] * 2, block=[0, 1]) == {}
    # The owner's second copy leaves the pair with somebody else's.
    assert len(found([story(1)] * 3, owner=[7, 7, 8])) == 1


@pytest.mark.parametrize("texts", [[], ["", ""], ["abcd", "abcd"], ["，。", "，。"]])
def test_texts_without_a_shingle_resemble_nothing(texts: list[str]) -> None:
    assert found(texts, 0) == {}


@pytest.mark.parametrize("at_once", [10_000, 64])
def test_copies_among_many_are_held_together(at_once: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """However few texts are held in memory at once."""
    monkeypatch.setattr("yibao.measures.texts._TEXTS_AT_ONCE", at_once)
    texts = [story(seed) for seed in range(200)] + [story(7) + str(i) for i in range(30)]
    pairs = similar_texts(pa.array(texts), np.zeros(230, dtype=np.int64), np.arange(230), 9000)
    group = linked(pairs.one, pairs.other, 230)
    assert set(np.flatnonzero(group == group[7]).tolist()) == {7, *range(200, 230)}
    assert len(np.unique(group)) == 200


@settings(max_examples=30, deadline=None)
@given(st.lists(st.text("abc一二", min_size=SHINGLE, max_size=40), min_size=2, max_size=12))
def test_what_is_found_is_as_alike_as_it_says(texts: list[str]) -> None:
    for (one, other), bp in found(texts, 5000).items():
        assert one < other
        assert bp == likeness(texts[one], texts[other]) >= 5000
    same = {(i, j) for i in range(len(texts)) for j in range(i) if runs(texts[i]) == runs(texts[j])}
    pairs = found(texts, 5000)
    group = (
        linked(np.array([a for a, _ in pairs]), np.array([b for _, b in pairs]), len(texts))
        if pairs
        else range(len(texts))
    )
    assert all(group[i] == group[j] for i, j in same)
