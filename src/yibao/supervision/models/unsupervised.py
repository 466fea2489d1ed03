"""Ranking providers without any label: money first, behaviour second.

Where nobody has decided a case yet, what is worth a visit is money at stake times unusualness. The score is a weighted
mean of normal scores (ranks on the normal scale): total reimbursement, and the mean of five aspects of behaviour — the
longest episode, days above what the case group takes, visits per person, repeated diagnoses, cost above what the case
group costs. Averages of few claims are pulled to the middle.
"""

from __future__ import annotations

import numpy as np

from yibao.measures.poisson import Floats
from yibao.supervision.models.providers import Providers

#: Money counts twice behaviour.
MONEY_WEIGHT = 2 / 3
#: An average of this many claims is trusted half.
HALF_TRUSTED = 5
#: Aspect -> column, and whether it is an average over the provider's claims.
ASPECTS = {
    "longest_episode": ("MaxClaimDuration", False),
    "days_above_expected": ("days_above_expected", True),
    "visits_per_person": ("ClaimsPerBeneficiary", False),
    "repeated_diagnoses": ("repeated_diagnoses", True),
    "cost_above_expected": ("paid_above_expected", True),
}


def unlabelled_score(providers: Providers, money_weight: float = MONEY_WEIGHT) -> Floats:
    """One score for each provider, on the normal scale; no label is read. Aspects without a column are left out."""
    known = {**providers.claims, **providers.shared}
    stays = np.nan_to_num(providers.claims.get("stays", np.zeros(len(providers.ids))))
    aspects = []
    for column, average in ASPECTS.values():
        if column not in known:
            continue
        values = known[column]
        middle = float(np.nanmean(values))
        filled = np.where(np.isfinite(values), values, middle)
        trust = stays / (stays + HALF_TRUSTED) if average else 1.0
        aspects.append(normal_score(middle + trust * (filled - middle)))
    money = normal_score(providers.baseline)
    if not aspects:
        return money
    return money_weight * money + (1 - money_weight) * np.mean(aspects, axis=0)


def normal_score(values: Floats) -> Floats:
    """Ranks (ties share theirs) put on the scale of a standard normal variable."""
    from scipy.special import ndtri
    from scipy.stats import rankdata

    return np.asarray(ndtri((rankdata(values) - 0.5) / values.size))
