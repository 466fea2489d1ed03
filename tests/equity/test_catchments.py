"""Floating catchment areas: the four places and three sites, and what must be conserved."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from yibao.equity.access import (
    enhanced_catchment,
    gaussian_catchment,
    great_circle,
    three_step_catchment,
    two_step_catchment,
)
from yibao.equity.errors import MethodError

#: V11: people, supply, minutes between them, reach.
PEOPLE, SUPPLY, REACH = [1000, 2000, 1500, 800], [20, 35, 10], 30
MINUTES = [[5, 25, 40], [10, 15, 35], [30, 10, 12], [45, 28, 8]]
METHODS = (two_step_catchment, enhanced_catchment, gaussian_catchment, three_step_catchment)
EXPECTED = {
    two_step_catchment: (
        [0.011048218029350104, 0.011048218029350104, 0.015396044116306625, 0.010951599671862183],
        [0.0044444444444444444, 0.006603773584905661, 0.004347826086956522],
    ),
    enhanced_catchment: (
        [0.008370870870870871, 0.013315588315588316, 0.01580697080697081, 0.00785937035937036],
        [0.006006006006006006, 0.01074938574938575, 0.005494505494505495],
    ),
    gaussian_catchment: (
        [0.010109645411867759, 0.014506085891459703, 0.014110236403559146, 0.005891035249842647],
        [0.007434230969492714, 0.01153875868104954, 0.0051656103202292886],
    ),
    three_step_catchment: (
        [0.00898702882528507, 0.012637422850966936, 0.01568483032837366, 0.009013599975275717],
        [0.009763914179450706, 0.024798780731344606, 0.009796330982439294],
    ),
}


@pytest.mark.parametrize("method", METHODS)
def test_four_places_and_three_sites(method) -> None:
    access, ratio = EXPECTED[method]
    found = method(PEOPLE, SUPPLY, MINUTES, REACH)
    assert found.access == pytest.approx(access, rel=1e-12)
    assert found.ratio == pytest.approx(ratio, rel=1e-12)
    assert found.conserved == pytest.approx(65)


@given(arrays(np.float64, (4, 3), elements=st.floats(0, 60)), st.sampled_from(METHODS))
def test_supply_within_reach_is_conserved(minutes: np.ndarray, method) -> None:
    found = method(PEOPLE, SUPPLY, minutes, REACH)
    reached = np.delete(np.array(SUPPLY), list(found.unreached))
    assert found.conserved == pytest.approx(reached.sum())


def test_unreached_sites_and_places_without_are_listed() -> None:
    found = two_step_catchment([10, 20], [5, 7], [[1, 99], [99, 99]], 30)
    assert found.unreached == (1,) and found.without == (1,) and np.isnan(found.ratio[1])
    assert [note.code for note in found.notes] == ["unreached", "without"] and found.access.tolist() == [0.5, 0.0]


def test_zones_are_the_readers_choice() -> None:
    narrow = enhanced_catchment(PEOPLE, SUPPLY, MINUTES, 30, zones=[5, 30], weights=[1.0, 0.5])
    assert narrow.conserved == pytest.approx(65)
    for zones, weights in (([30, 10], [1, 0.5]), ([10, 20], [1, 0.5]), ([10, 30], [0.5, 1])):
        with pytest.raises(MethodError):
            enhanced_catchment(PEOPLE, SUPPLY, MINUTES, 30, zones=zones, weights=weights)


def test_refusals() -> None:
    for people, supply, minutes, reach in (
        ([-1, 1], [1], [[1], [1]], 30),
        ([1, 1], [1], [[1]], 30),
        ([1, 1], [1], [[1], [float("nan")]], 30),
        ([1, 1], [1], [[1], [1]], 0),
    ):
        with pytest.raises(MethodError):
            two_step_catchment(people, supply, minutes, reach)
    with pytest.raises(MethodError, match="to_latitude"):
        great_circle([0], [0], [99], [0])


def test_districts_and_providers_of_goettingen(real_data: Path) -> None:
    """420 districts and their general practices: the whole supply within reach is shared out, none twice."""
    with (real_data / "regions/goettingen_districts.csv").open(encoding="utf-8") as file:
        districts = list(csv.DictReader(file))
    with (real_data / "regions/goettingen_health_providers.csv").open(encoding="utf-8") as file:
        sites = [row for row in csv.DictReader(file) if row["type"] == "phys_gen"]
    people = [float(row["pop"]) for row in districts]
    places = [[float(row[k]) for row in districts] for k in ("lat", "lon")]
    kilometres = great_circle(*places, *([float(row[k]) for row in sites] for k in ("lat", "lon")))
    found = gaussian_catchment(people, np.ones(len(sites)), kilometres, 15)
    assert found.conserved == pytest.approx(len(sites) - len(found.unreached))
    assert found.access.max() < 1 and found.access.min() >= 0
