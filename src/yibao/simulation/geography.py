"""The province: its cities and counties, and who travels where for care."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from yibao.simulation.frame import Array, ints

PROVINCE = "990000"


@dataclass(frozen=True)
class County:
    """A county with its share of the province's people; ``city`` is the pooling region it belongs to."""

    code: int
    name: str
    name_en: str
    city: int
    share: float
    latitude_e6: int
    longitude_e6: int


#: Pooling regions (统筹区): code, name, English name, latitude and longitude of the centre in millionths of a degree.
CITIES = [
    (990100, "云州市", "Yunzhou", 31_245_100, 118_362_400),
    (990200, "临海市", "Linhai", 30_912_600, 119_604_300),
    (990300, "西山市", "Xishan", 32_018_700, 116_951_200),
]
COUNTY = [
    County(990102, "东湖区", "Donghu District", 0, 0.25, 31_256_000, 118_340_000),
    County(990103, "南门区", "Nanmen District", 0, 0.21, 31_226_000, 118_380_000),
    County(990104, "清河县", "Qinghe County", 0, 0.14, 31_340_500, 118_511_000),
    County(990202, "港城区", "Gangcheng District", 1, 0.14, 30_910_000, 119_610_000),
    County(990203, "滨海县", "Binhai County", 1, 0.11, 30_780_000, 119_850_000),
    County(990302, "城关区", "Chengguan District", 2, 0.09, 32_020_000, 116_950_000),
    County(990303, "山阳县", "Shanyang County", 2, 0.06, 32_210_000, 116_700_000),
]
COUNTIES = ints([county.code for county in COUNTY])
#: Counties in the country, the others are town districts.
_RURAL = ints([990104, 990203, 990303])
COUNTY_SHARE = np.array([county.share for county in COUNTY])
_CITY_OF_COUNTY = ints([county.city for county in COUNTY])


def _flows(leave: list[list[float]], travel: list[list[float]]) -> Array:
    """``[scheme][secondary, tertiary][home][there]``: where people go who ``leave``, as each likes to travel."""
    away = np.array(travel)[:, :, None, None] * np.array(leave)
    stays: Array = away + np.eye(len(leave)) * (1 - away.sum(axis=3))[..., None]
    return stays


#: Share of hospital visits by scheme, level, city of residence and city of the hospital, before what a city lacks.
VISIT_FLOWS = _flows(
    [[0.0, 0.004, 0.002], [0.030, 0.0, 0.002], [0.050, 0.002, 0.0]],
    [[0.70, 0.70], [1.0, 1.0]],
)
#: The same of hospital stays: for what is serious people travel, residents hardly for anything else.
STAY_FLOWS = _flows(
    [[0.0, 0.035, 0.020], [0.19, 0.0, 0.02], [0.30, 0.03, 0.0]],
    [[0.63, 0.717], [0.69, 1.60]],
)


def county_row(code: Array) -> Array:
    """Position of each county code in :data:`COUNTY`."""
    return np.searchsorted(COUNTIES, code)


def rural(code: Array) -> Array:
    """Is each county in the country?"""
    return np.isin(code, _RURAL)


def city_of(code: Array) -> Array:
    """Position in :data:`CITIES` of each county code."""
    return _CITY_OF_COUNTY[county_row(code)]


def pool_code(code: Array) -> Array:
    """Code of the pooling region of each county code."""
    return ints([city[0] for city in CITIES])[city_of(code)]
