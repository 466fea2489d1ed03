"""Difficult and expensive: the plane, its cuts, its groups, and what stands for something else."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yibao.equity.errors import MethodError
from yibao.equity.hard_and_expensive import QUARTERS, Dimension, access_and_burden

REGIONS = ["north", "south", "east", "west"]


def test_four_regions_in_four_quarters() -> None:
    plane = access_and_burden(
        REGIONS,
        [Dimension("catchment access", [1, 1, 9, 9], "less"), Dimension("minutes waited", [60, 55, 5, 10])],
        [Dimension("out-of-pocket share", [0.2, 0.6, 0.15, 0.55]), Dimension("catastrophic", [0.05, 0.2, 0.04, 0.3])],
    )
    assert [place.quarter_zh for place in plane.places] == ["难而不贵", "又难又贵", "不难不贵", "贵而不难"]
    assert plane.places[0].lean < 0 < plane.places[3].lean
    assert max(plane.places, key=lambda place: place.hardship).region == "south"
    assert sum(plane.difficulty_weights.values()) == pytest.approx(1)
    assert "relative" in [note.code for note in plane.notes]


def test_groups_of_people_inside_regions() -> None:
    plane = access_and_burden(
        ["a", "a", "b", "b"], [Dimension("km", [1, 9, 2, 3])], [Dimension("share", [0.1, 0.5, 0.2, 0.3])],
        groups=["rich", "poor"] * 2, population=[3, 1, 2, 2],
    )  # fmt: skip
    assert plane.gaps["a"] == pytest.approx((1.0, 1.0)) and plane.gaps["b"] == pytest.approx((0.125, 0.25))


def test_targets_make_years_comparable() -> None:
    """With bounds and a fixed cut nothing depends on who else is in the table, and nothing is called relative."""
    access, share = Dimension("km", [2.0, 30.0], bounds=(0, 20)), Dimension("share", [0.1, 0.4], bounds=(0, 0.5))
    both = access_and_burden(["a", "b"], [access], [share], cut=(0.5, 0.5))
    alone = access_and_burden(["a"], [access._replace(values=[2.0])], [share._replace(values=[0.1])], cut=(0.5, 0.5))
    assert alone.places[0] == both.places[0] and both.places[1].difficulty == 1
    assert [note.code for note in both.notes] == ["clipped"]


def test_a_proxy_is_called_a_proxy() -> None:
    plane = access_and_burden(
        ["a", "b"], [Dimension("beds", [1, 2], "less", proxy=True)], [Dimension("share", [0.1, 0.3])]
    )
    assert plane.notes[0].en == "beds: proxy" and plane.notes[0].zh.endswith("代理指标")


def test_what_is_the_same_everywhere_adds_nothing() -> None:
    hard = [Dimension("km", [1, 2, 3]), Dimension("beds", [4, 4, 4], "less")]
    plane = access_and_burden(["a", "b", "c"], hard, [Dimension("share", [0.1, 0.2, 0.3])])
    assert plane.difficulty_weights == {"km": 1.0, "beds": 0.0} and "constant" in [note.code for note in plane.notes]
    weighted = access_and_burden(["a", "b", "c"], hard, [Dimension("share", [0.1, 0.2, 0.3])], weights="entropy")
    assert weighted.difficulty_weights["beds"] == 0


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=30))
def test_every_place_has_one_quarter(rows: list[tuple[float, float]]) -> None:
    hard, dear = np.array(rows).T
    plane = access_and_burden(range(len(rows)), [Dimension("h", hard)], [Dimension("b", dear)])
    for place in plane.places:
        assert (place.quarter, place.quarter_zh) in QUARTERS.values()
        assert 0 <= place.difficulty <= 1 and -1 <= place.lean <= 1 and 0 <= place.hardship <= 1


def test_refusals() -> None:
    share = [Dimension("share", [0.1, 0.2])]
    for regions, hard in (
        (["a", "a"], [Dimension("km", [1, 2])]),
        (["a", "b"], []),
        (["a", "b"], [Dimension("km", [1, float("nan")])]),
        (["a", "b"], [Dimension("km", [1, 2]), Dimension("km", [1, 2])]),
        (["a", "b"], [Dimension("km", [1, 2], bounds=(3, 3))]),
    ):
        with pytest.raises(MethodError):
            access_and_burden(regions, hard, share)
