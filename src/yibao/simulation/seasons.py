"""What moves the year's series: seasons, epidemics, a price cut and a payment reform, each with its date."""

from __future__ import annotations

import numpy as np

from yibao.simulation.draws import choose
from yibao.simulation.frame import YEAR_FIRST, YEAR_LAST, Array, day

#: Weights by month of all care, and of what the winter brings.
_MONTHS = np.array([1.0, 0.88, 1.05, 1.02, 1.02, 1.0, 1.0, 0.98, 1.0, 0.97, 1.03, 1.05])
_WINTER = np.array([1.5, 1.15, 1.1, 0.95, 0.85, 0.8, 0.75, 0.7, 0.85, 1.0, 1.2, 1.45])
_MONTH_DAYS = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])

#: Waves of influenza: peak, width in days, height over the season.
EPIDEMICS = [(day("2025-01-08"), 11.0, 1.6), (day("2025-12-06"), 12.0, 2.2)]
#: Procured drugs and materials get cheaper on this day, to so many basis points of their price.
PRICE_CUT, CUT_TO = day("2025-04-01"), 5_500
CUT_ITEMS = (
    "ceftriaxone", "pantoprazole", "edaravone", "clopidogrel", "tiotropium", "enoxaparin", "meropenem", "bone_plate",
)  # fmt: skip
#: Hospitals of the first city are paid by case group from this day: stays get shorter and leaner.
PAYMENT_REFORM, REFORM_CITY = day("2025-07-01"), 0
REFORM_NIGHTS, REFORM_INTENSITY = 0.93, 0.94
#: Illnesses that follow the winter and its epidemics.
AIRWAYS = (
    "cold", "cold_child", "bronchitis", "bronchitis_child", "pneumonia", "pneumonia_child", "bronchiolitis",
    "pharyngitis", "tonsillitis", "copd", "asthma",
)  # fmt: skip


def draw_days(rng: np.random.Generator, n: int, *, airways: bool = False) -> Array:
    """Days of the year by season; half of the weekend's visits move to the Monday after."""
    weights = np.repeat(_WINTER if airways else _MONTHS, _MONTH_DAYS).astype(np.float64)
    if airways:
        days = np.arange(YEAR_FIRST, YEAR_LAST + 1)
        for peak, width, height in EPIDEMICS:
            weights += height * np.exp(-0.5 * ((days - peak) / width) ** 2)
    drawn = YEAR_FIRST + choose(rng, weights, n)
    weekday = (drawn + 3) % 7
    moved: Array = np.where(
        (weekday >= 5) & (rng.random(n) < 0.5) & (drawn < YEAR_LAST - 2), drawn + 7 - weekday, drawn
    )
    return moved


def with_season(rng: np.random.Generator, days: Array, airways: Array) -> Array:
    """``days`` with those of airway illnesses drawn again from their own season."""
    seasonal = days.copy()
    seasonal[airways] = draw_days(rng, int(airways.sum()), airways=True)
    return seasonal
