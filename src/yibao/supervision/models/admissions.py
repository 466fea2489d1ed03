"""Stays that look like check-ups: far more of the bill went to examinations than the patient lets expect.

The share of examinations is regressed on disease, days, age and sex; nobody's stays take part in what is expected of
them. A share above the 95 % interval makes a lead, and three things say how strong it is: examinations that the disease
does not call for, a set that the institution does whatever the disease, and a stay shorter than the disease takes.
These are the ingredients of the national platform's model of check-up stays; the law C04 holds the written rule.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from yibao.engine import DuckEngine
from yibao.measures import median_absolute_deviation, observed_expected
from yibao.measures.poisson import Floats
from yibao.measures.ranking import Bools
from yibao.measures.robust import NORMAL_MAD

Places = NDArray[np.int64]

#: Half the width of the interval, in standard deviations of the residuals.
INTERVAL = 1.96
#: A share of examinations below this is no check-up, whatever was expected.
LEAST_SHARE = 0.5
#: Stays and institutions from which a regression says anything; parts of the institutions, each expected of the others.
LEAST_STAYS, LEAST_INSTITUTIONS, FOLDS = 100, 3, 5
#: The disease's own mean counts as much as the mean of all diseases when it has so many stays.
PRIOR_STAYS = 10
#: Excess deviations at which the residual alone is worth 63 % of its weight, and the weights of the four ingredients.
SCALE, RESIDUAL, OTHERS = 2.0, 0.4, 0.2

_BOUND = {
    # Symptoms, growths of uncertain nature, observation for a suspected disease: admitted to find out.
    "unclear": "^(R[0-9]|D3[7-9]|D4[0-8]|Z03)",
    "called_off": "^Z53",
    "operated_within": 3,
    "child_years": 14,
    "fewest": 20,
    "rare": 0.05,
}


@dataclass(frozen=True)
class CheckUp:
    """A stay above the interval. Shares lie in [0, 1], ``unlike`` is money in minor units, ``z`` are deviations.

    ``routine`` is how much oftener the institution does these examinations in other diseases than others do;
    ``longer`` the share of the disease's stays elsewhere that lasted longer.
    """

    id: str
    institution_id: str
    p: float
    share: float
    expected: float
    z: float
    unlike: int
    unlike_share: float
    routine: float
    longer: float
    days: int


@dataclass(frozen=True)
class CheckUpPlace:
    """An institution with more such stays than its number of stays lets expect, by the lower end of the interval."""

    id: str
    p: float
    seen: int
    expected: float
    stays: int


def check_up_stays(engine: DuckEngine) -> tuple[list[CheckUp], list[CheckUpPlace]]:
    """Stays and institutions, the strongest first, over the table ``seen`` of ``engine``; none of too few stays."""
    sql = (files(__package__) / "admissions.sql").read_text(encoding="utf-8")
    table = engine.execute(sql, _BOUND)
    names, place = np.unique(np.array(table["institution_id"].to_pylist(), dtype=object), return_inverse=True)
    if table.num_rows < LEAST_STAYS or len(names) < LEAST_INSTITUTIONS:
        return [], []
    share = _column(table, "exam") / _column(table, "cost")
    # Shares on the scale on which their noise does not depend on them.
    level = np.arcsin(np.sqrt(np.clip(share, 0, 1)))
    expected, spread = _expected(level, table, place)
    z = np.where(spread > 0, (level - expected) / np.where(spread > 0, spread, 1.0), 0.0)
    above = (z > INTERVAL) & (share >= LEAST_SHARE)
    return _stays(table, share, np.sin(expected) ** 2, z, above), _places(names.tolist(), place, above)


def _expected(level: Floats, table: pa.Table, place: Places) -> tuple[Floats, Floats]:
    """What the stays of other institutions let expect, by least squares, and how far those stray from it."""
    _, disease = np.unique(np.array(table["category"].to_pylist(), dtype=object), return_inverse=True)
    age = _column(table, "age") / 100
    patient = [np.ones_like(level), np.log(_column(table, "days")), age, age**2, _column(table, "female")]
    fold = place % FOLDS
    expected, spread = np.zeros_like(level), np.zeros_like(level)
    for part in np.unique(fold):
        own = fold == part
        size = disease.max() + 1
        n, total = (np.bincount(disease[~own], weights, size) for weights in (None, level[~own]))
        usual = (total + PRIOR_STAYS * level[~own].mean()) / (n + PRIOR_STAYS)
        design = np.column_stack([usual[disease], *patient])
        weights, *_ = np.linalg.lstsq(design[~own], level[~own], rcond=None)
        expected[own] = np.clip(design[own] @ weights, 0, np.pi / 2)
        spread[own] = median_absolute_deviation(level[~own] - design[~own] @ weights) / NORMAL_MAD
    return expected, spread


def _stays(table: pa.Table, share: Floats, expected: Floats, z: Floats, above: Bools) -> list[CheckUp]:
    exam, unlike = _column(table, "exam"), _column(table, "unlike")
    unlike_share = np.clip(unlike / np.maximum(exam, 1), 0, 1)
    routine, longer = np.clip(_column(table, "routine"), 0, 1), _column(table, "longer")
    residual = 1 - np.exp(-(np.maximum(z, INTERVAL) - INTERVAL) / SCALE)
    p = residual * (RESIDUAL + OTHERS * (unlike_share + routine + longer))
    ids, places = (table[name].to_pylist() for name in ("encounter_id", "institution_id"))
    days = _column(table, "days")
    found = [
        CheckUp(
            ids[i], places[i], float(p[i]), float(share[i]), float(expected[i]), float(z[i]), int(unlike[i]),
            float(unlike_share[i]), float(routine[i]), float(longer[i]), int(days[i]),
        )
        for i in np.flatnonzero(above)
    ]  # fmt: skip
    return sorted(found, key=lambda stay: (-stay.p, stay.id))


def _places(names: list[str], place: Places, above: Bools) -> list[CheckUpPlace]:
    seen, stays = np.bincount(place, above), np.bincount(place)
    expected = stays * above.mean()
    lower = observed_expected(seen, expected).lower
    found = [
        CheckUpPlace(name, float(1 - 1 / lower[i]), int(seen[i]), float(expected[i]), int(stays[i]))
        for i, name in enumerate(names)
        if np.isfinite(lower[i]) and lower[i] > 1
    ]
    return sorted(found, key=lambda one: (-one.p, one.id))


def _column(table: pa.Table, name: str) -> Floats:
    return table[name].cast(pa.float64()).to_numpy(zero_copy_only=False)
