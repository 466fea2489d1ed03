"""Which hospital people go to from where they live, and which doctor sees them there."""

from __future__ import annotations

import numpy as np

from yibao.simulation.draws import choose, sample
from yibao.simulation.frame import Array
from yibao.simulation.geography import CITIES
from yibao.simulation.providers import Providers

#: Hospitals of the other level count so much: for those who want a secondary, for those who want a tertiary one.
_OTHER_LEVEL = (0.07, 0.35)


def hospital_for(
    providers: Providers,
    department: Array,
    rank: Array,
    city: Array,
    resident: Array,
    flows: Array,
    rng: np.random.Generator,
    severity: Array | None = None,
) -> Array:
    """A secondary (rank < 2) or tertiary hospital that has the department, by the flows from the patient's ``city``.

    ``resident`` (0, 1) is the scheme by which people travel; ``flows`` as in :mod:`yibao.simulation.geography`. Those
    who travel are drawn evenly by ``severity``, where it is given.
    """
    chosen = np.zeros(len(department), dtype=np.int64)
    chance = np.zeros(len(department))
    groups: list[tuple[Array, int, Array]] = []
    share = np.where(providers.kind == 1, 1.0, 0.0)
    # Women and children prefer the hospital made for them.
    share[providers.index["maternity"]] = 3.0
    key = ((department * 2 + resident) * 2 + (rank >= 2)) * len(CITIES) + city
    order = np.argsort(key, kind="stable")
    edges = np.append(np.flatnonzero(np.diff(key[order], prepend=-1)), len(order))
    for begin, end in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        rest, home = divmod(int(key[order[begin]]), len(CITIES))
        rest, tertiary = divmod(rest, 2)
        d, scheme = divmod(rest, 2)
        weight = share * providers.has[:, d] * flows[scheme, tertiary, home, providers.city]
        weight = weight * np.where((providers.level == 3) == (tertiary == 1), 1.0, _OTHER_LEVEL[tertiary])
        if weight.any():
            rows = order[begin:end]
            leave, stay = weight[providers.city != home].sum(), weight[providers.city == home].sum()
            chance[rows] = leave / (leave + stay)
            groups.append((rows, home, weight))
    travels = chance == 1
    travels[sample(rng, chance, resident, severity)] = True
    for rows, home, weight in groups:
        for away in (False, True):
            some = rows[travels[rows] == away]
            if len(some):
                chosen[some] = choose(rng, weight * ((providers.city != home) == away), len(some))
    return chosen


def doctor_for(providers: Providers, institution: Array, department: Array, rng: np.random.Generator) -> Array:
    count = providers.doctor_count[institution, department]
    return providers.doctor_first[institution, department] + (rng.random(len(institution)) * count).astype(np.int64)
