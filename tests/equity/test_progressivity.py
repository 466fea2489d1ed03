"""Kakwani and redistribution: the twelve households, and the identities between the parts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from twelve_households import MEMBERS, OOP, PER_HEAD, PREPAID, SIZE

from yibao.equity.errors import MethodError
from yibao.equity.progressivity import kakwani, kakwani_of_sources, redistributive_effect

#: V08: expected (Kakwani, rate, redistributive effect, Reynolds-Smolensky, reranking) by kind of payment.
EXPECTED = {
    "out of pocket": (
        OOP, -0.07696672728793236, 0.14304932735426007, -0.017172546046387127, -0.012847925695892048,
        0.004324620350495079,
    ),
    "prepaid": (PREPAID, 0.11025124271785758, 0.07194506726457398, 0.008546943498225545, 0.008546943498225545, 0.0),
    "all": (
        OOP + PREPAID, -0.014316677880441497, 0.21499439461883407, -0.009801578767336672, -0.003920998108495832,
        0.005880580658840839,
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", EXPECTED)
def test_twelve_households(kind: str) -> None:
    paid, index, rate, effect, smolensky, reranking = EXPECTED[kind]
    assert kakwani(paid / SIZE, PER_HEAD, MEMBERS).kakwani == pytest.approx(index, rel=1e-9)
    found = redistributive_effect(paid / SIZE, PER_HEAD, MEMBERS)
    assert found.average_rate == pytest.approx(rate, rel=1e-9)
    assert found.effect == pytest.approx(effect, rel=1e-9)
    assert found.reynolds_smolensky == pytest.approx(smolensky, rel=1e-9)
    assert found.reranking == pytest.approx(reranking, abs=1e-12)
    assert found.reynolds_smolensky == pytest.approx(rate / (1 - rate) * index, rel=1e-9)


def test_sources_add_up() -> None:
    total, parts = kakwani_of_sources({"oop": OOP / SIZE, "prepaid": PREPAID / SIZE}, PER_HEAD, MEMBERS)
    assert total == pytest.approx(-0.014316677880441497, rel=1e-9)
    assert parts["oop"][0] == pytest.approx(0.6653630556641899, rel=1e-9)
    assert sum(share * index for share, index in parts.values()) == pytest.approx(total, rel=1e-9)


@given(
    st.lists(st.tuples(st.integers(1, 6), st.floats(0, 0.9), st.integers(1, 5)), min_size=2, max_size=25),
    st.sampled_from([None, 2.0]),
)
def test_the_three_effects_add_up_with_equals_or_bands(rows: list[tuple[int, float, int]], band: float | None) -> None:
    means = np.array([row[0] for row in rows], dtype=float)
    paid, weight = means * [row[1] for row in rows], [row[2] for row in rows]
    found = redistributive_effect(paid, means, weight, band=band)
    assert found.vertical - found.horizontal - found.reranking == pytest.approx(found.effect, abs=1e-9)
    assert found.horizontal >= -1e-12
    if band is None:
        assert found.reranking >= -1e-9
        assert found.vertical == pytest.approx(found.reynolds_smolensky, abs=1e-9)


def test_unequal_treatment_of_equals_is_horizontal() -> None:
    found = redistributive_effect([0, 1, 0, 2], [4, 4, 8, 8])
    assert found.horizontal > 0 and found.reranking == pytest.approx(0)


def test_refusals() -> None:
    for paid, means, said in (
        ([1, 1], [0, 2], "zero or negative"),
        ([0, 0], [1, 2], "payment"),
        ([2, 2], [1, 2], "all means"),
    ):
        with pytest.raises(MethodError, match=said):
            kakwani(paid, means) if said != "all means" else redistributive_effect(paid, means)
