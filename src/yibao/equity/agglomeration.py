"""Agglomeration: a region's share of resources beside its shares of area and of population."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from yibao.equity.checks import Floats, above_zero, as_many_rows, non_negative
from yibao.equity.errors import MethodError


class AgglomerationDegree(NamedTuple):
    """`resource` HRAD and `population` PAD, `ratio` HRAD/PAD, `difference` HRAD − PAD; one number a region.

    1 is the mean of all regions; a ratio below 1 means fewer resources than the people who live there would have.
    """

    resource: Floats
    population: Floats
    ratio: Floats
    difference: Floats


def agglomeration_degree(resource: ArrayLike, population: ArrayLike, area: ArrayLike) -> AgglomerationDegree:
    """Health resource agglomeration degree: HRAD = (R_i/R)/(A_i/A), PAD = (P_i/P)/(A_i/A).

    `resource` amounts not below 0, `population` and `area` above 0, one a region. Areas weigh HRAD to a mean of 1; the
    ratio HRAD/PAD does not depend on area. Raises MethodError on missing, negative or all-zero numbers.

    >>> found = agglomeration_degree([30, 10], [50, 50], [1, 3])
    >>> found.resource.tolist(), found.population.tolist(), found.ratio.tolist()
    ([3.0, 0.3333333333333333], [2.0, 0.6666666666666666], [1.5, 0.5])
    """
    r, p, a = non_negative("resource", resource), above_zero("population", population), above_zero("area", area)
    as_many_rows(len(r), population=p, area=a)
    if not r.sum() > 0:
        raise MethodError("no region has any of the resource", zh="所有地区该资源均为零")
    share = a / a.sum()
    hrad, pad = r / r.sum() / share, p / p.sum() / share
    return AgglomerationDegree(hrad, pad, hrad / pad, hrad - pad)


def resource_density_index(resource: ArrayLike, population: ArrayLike, area: ArrayLike) -> Floats:
    """Health resource density index: √(resource per 1,000 people × resource per km²).

    `population` in persons, `area` in km². Errors as in :func:`agglomeration_degree`.

    >>> resource_density_index([4000], [1_000_000], [100]).round(6).tolist()
    [12.649111]
    """
    r, p, a = non_negative("resource", resource), above_zero("population", population), above_zero("area", area)
    as_many_rows(len(r), population=p, area=a)
    return np.sqrt(1000 * r / p * r / a)
