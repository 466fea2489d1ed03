"""Weights, scores, and how good they are: reliability, validity, discrimination, sensitivity."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from yibao.measures import combined_weights, entropy_of
from yibao.registry.assessment.tree import Floats, Tree, points

#: A score above this is near the cap.
NEAR_CAP = 95.0


@dataclass(frozen=True)
class Assessed:
    """Points by institution and indicator, weights by indicator, and scores 0 to 100."""

    points: Floats
    weights: Floats
    judged: Floats
    entropy: Floats
    scores: Floats
    consistency_ratio: float


def assess(tree: Tree, values: NDArray[np.float64], weights: Floats | None = None) -> Assessed:
    """Score institutions. ``values`` has shape (institutions, indicators), NaN where there is none.

    Weights join judgement (AHP) and data (entropy of the points) by the tree's rule, none below its floor; with
    ``weights`` given (a repeated scoring) they are those. A veto caps the score.
    """
    found = np.column_stack([points(one, values[:, n]) for n, one in enumerate(tree.indicators)])
    judged, ahp = tree.judged()
    # One institution alone says nothing about which indicators tell institutions apart.
    entropy = entropy_of(found).weights if len(found) > 1 else judged
    if weights is None:
        weights = _joined(tree, judged, entropy)
    scores = found @ weights
    vetoed = np.any([(found[:, n] == 0) & (one.type == "veto") for n, one in enumerate(tree.indicators)], axis=0)
    scores = np.where(vetoed, np.minimum(scores, float(tree.said["veto_cap"]["value"])), scores)
    return Assessed(found, weights, judged, entropy, scores, ahp.consistency_ratio)


def _joined(tree: Tree, judged: Floats, entropy: Floats) -> Floats:
    rule = tree.said["combination"]
    joined = combined_weights(judged, entropy, rule["rule"], int(rule["ahp_share_pct"]) / 100)
    # An indicator at which everybody is full has no entropy; the floor keeps it from weighing nothing.
    floored = np.maximum(joined, int(rule["floor_ppm"]) / 1e6)
    return floored / floored.sum()


def quality(tree: Tree, first: Assessed, *, repeated: NDArray[np.float64] | None, penalties: Floats) -> dict[str, Any]:
    """How good the scores are, beside those of the published study.

    ``repeated``: values of a second scoring; its rows that have any give the reliability (ICC and Pearson's r).
    ``penalties``: money by institution, for the validity (Spearman's rho). Figures are None where data are too few.
    """
    scores = first.scores
    said: dict[str, Any] = {
        "institutions": len(scores), "mean": _r(scores.mean()), "median": _r(float(np.median(scores))),
        "iqr": _r(float(np.subtract(*np.percentile(scores, [75, 25])))),
        "share_near_cap": _r(float((scores >= NEAR_CAP).mean())),
        "indicators_all_full": [i.id for n, i in enumerate(tree.indicators) if (first.points[:, n] == 100).all()],
        "consistency_ratio": _r(first.consistency_ratio),
        **_reliability(tree, first, repeated), **_validity(scores, penalties), **_sensitivity(first),
    }  # fmt: skip
    said["top_compressed"] = said["share_near_cap"] > 0.5
    said["published"] = tree.said["published"]
    return said


def icc(first: Floats, second: Floats) -> float:
    """Agreement of two scorings of the same objects: ICC(2,1), two-way random, single, absolute agreement.

    Source: P. E. Shrout and J. L. Fleiss, Psychological Bulletin 86 (1979) 420-428.
    """
    table = np.column_stack([first, second])
    n, k = table.shape
    rows, columns, whole = table.mean(axis=1), table.mean(axis=0), table.mean()
    between = k * ((rows - whole) ** 2).sum() / (n - 1)
    raters = n * ((columns - whole) ** 2).sum() / (k - 1)
    error = ((table - rows[:, None] - columns[None, :] + whole) ** 2).sum() / ((n - 1) * (k - 1))
    below = between + (k - 1) * error + k * (raters - error) / n
    return float((between - error) / below) if below > 0 else 1.0


def _reliability(tree: Tree, first: Assessed, repeated: NDArray[np.float64] | None) -> dict[str, Any]:
    none = {"repeated": 0, "icc": None, "test_retest_r": None}
    if repeated is None:
        return none
    again = ~np.isnan(repeated).all(axis=1)
    if again.sum() < 3:
        return none | {"repeated": int(again.sum())}
    # The second scoring is of the same institutions, by the same weights; what it did not look at again stands.
    second = assess(tree, repeated, first.weights).scores[again]
    before = first.scores[again]
    r = float(np.corrcoef(before, second)[0, 1]) if before.std() > 0 and second.std() > 0 else None
    return {"repeated": int(again.sum()), "icc": _r(icc(before, second)), "test_retest_r": _r(r)}


def _validity(scores: Floats, penalties: Floats) -> dict[str, Any]:
    from scipy.stats import spearmanr

    if len(scores) < 3 or np.ptp(penalties) == 0 or np.ptp(scores) == 0:
        return {"validity_rho": None, "validity_p": None}
    found = spearmanr(scores, penalties)
    return {"validity_rho": _r(float(found.statistic)), "validity_p": _r(float(found.pvalue))}


def _sensitivity(first: Assessed) -> dict[str, Any]:
    """The largest change of place when any one weight is a fifth more or less."""
    base = _places(first.points @ first.weights)
    largest = 0
    for n in range(len(first.weights)):
        for factor in (0.8, 1.2):
            changed = first.weights.copy()
            changed[n] *= factor
            largest = max(largest, int(np.abs(_places(first.points @ (changed / changed.sum())) - base).max()))
    return {"largest_change_of_place": largest}


def _places(scores: Floats) -> NDArray[np.int64]:
    order = np.argsort(-scores, kind="stable")
    places = np.empty(len(scores), dtype=np.int64)
    places[order] = np.arange(1, len(scores) + 1)
    return places


def _r(value: float | None) -> float | None:
    return None if value is None else round(float(value), 4)
