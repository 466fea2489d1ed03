"""Signals in a series of months: what chance gives is none, one far point and a long run are."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yibao.measures import signal
from yibao.measures.process import FEWEST_POINTS, RUN


def test_a_far_point_does_not_hide_itself_and_gaps_keep_their_places() -> None:
    found = signal([10, 11, None, 10, 11, 10, 11, 10, 11, 10, 11, 10, 11, 40])
    assert found is not None and (found.at, found.side, found.beyond) == (13, 1, True)
    low = signal([10, 11, 10, 11, 10, 11, 10, 11, 10, 11, 10, -40])
    assert low is not None and low.side == -1


def test_eight_on_one_side_are_a_run_from_their_first_month_on() -> None:
    series = [10.0, 12.0, 9.5, 11.5, 10.2, 11.8, 9.9, 10.4, *[14.0, 13.2, 14.3, 13.1, 14.1, 13.3, 14.2, 13.4]]
    found = signal(series)
    assert found is not None and not found.beyond and (found.since, found.at) == (8, 15)


@pytest.mark.parametrize("series", [[1.0] * 24, [None] * 24, [1.0, 9.0] * 5, []])
def test_nothing_is_said_of_the_constant_the_unknown_and_the_short(series: list[float | None]) -> None:
    assert signal(series) is None


def test_chance_alone_seldom_gives_a_signal() -> None:
    rng = np.random.default_rng(7)
    seen = sum(signal(rng.normal(100, 10, 24).tolist()) is not None for _ in range(400))
    assert seen / 400 < 0.25  # some: 24 points against limits that 24 points gave


@given(st.lists(st.floats(-1e6, 1e6), max_size=40), st.floats(-1e3, 1e3))
def test_a_signal_lies_in_the_series_and_only_in_long_ones(series: list[float], shift: float) -> None:
    found = signal(series)
    if len(series) < FEWEST_POINTS:
        assert found is None
    if found is not None:
        assert 0 <= found.since <= found.at < len(series)
        assert found.beyond or found.at - found.since >= RUN - 1
        away = series[found.at] - float(np.median(series))
        assert away * found.side > 0
