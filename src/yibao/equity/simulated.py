"""A simulated panel of an indicator system, for trying methods where no public panel exists; labelled so everywhere."""

from __future__ import annotations

import zlib

import numpy as np

from yibao.equity.checks import Floats
from yibao.equity.indicators import Indicator, IndicatorSystem
from yibao.equity.panel import Panel, Variable
from yibao.equity.regions import provinces

LABEL = ("模拟数据，不是任何地区的真实数值", "simulated data: no region's real figures")
#: Where a zone starts and how fast it grows a year, on the scale of a standard deviation between provinces.
_ZONES = {"East": (0.8, 0.055), "Central": (-0.2, 0.075), "West": (-0.6, 0.085), "Northeast": (0.1, 0.035)}


def simulate_panel(system: IndicatorSystem, from_year: int, years: int, seed: int) -> Panel:
    """31 provinces × years for every indicator of a system; equal seeds give equal panels.

    A province has one level a system (its zone's, and its own), moved by its zone's growth; an indicator follows the
    level with a loading of its own plus noise that lasts from year to year. Percentages stay within 0 to 100.
    """
    regions = provinces()
    shape = (len(regions), years)
    start, pace = (np.array([_ZONES[r.zones["zone4"]][k] for r in regions]) for k in (0, 1))
    values: dict[str, Floats] = {}
    variables: dict[str, Variable] = {}
    for key, text in system.text.systems.items():
        random = np.random.default_rng([seed, zlib.crc32(key.encode())])
        own = random.normal(0, 0.5, len(regions))
        level = (start + own)[:, None] + pace[:, None] * np.arange(years)
        for name, indicator in text.indicators.items():
            stream = np.random.default_rng([seed, zlib.crc32(name.encode())])
            values[name] = _indicator(indicator, level, shape, stream)
            variables[name] = Variable(name, indicator.zh, indicator.en, indicator.unit, f"{LABEL[1]}, seed {seed}")
    return Panel(regions, tuple(range(from_year, from_year + years)), variables, values, notes=(LABEL,))


def _indicator(indicator: Indicator, level: Floats, shape: tuple[int, int], random: np.random.Generator) -> Floats:
    lasting = random.normal(0, 0.6, (shape[0], 1))
    noise = np.cumsum(random.normal(0, 0.06, shape), axis=1)
    sign = -1 if indicator.direction == "negative" else 1
    latent = sign * random.uniform(0.4, 1.0) * level + lasting + noise
    if indicator.unit == "%":
        return np.round(100 / (1 + np.exp(-(random.uniform(-0.8, 0.8) + 0.5 * latent))), 2)
    return np.round(random.uniform(2, 80) * np.exp(0.35 * latent), 3)
