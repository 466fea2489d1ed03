"""Repeated cross-validation grouped by unit, and the figures of one score with their intervals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from yibao.measures import Interval, best_cut, bootstrap, f1, precision_at, weighted_pr_auc, weighted_roc_auc
from yibao.measures.poisson import Floats
from yibao.measures.ranking import Bools
from yibao.supervision.models.ranker import Ranker, folds

#: The first of a list that an inspection team can visit, beside the number of positives.
HEADS = (50, 100)

Step = Callable[[int, int], None]


@dataclass(frozen=True)
class Unseen:
    """Scores of units that were not seen in training: shape (repeats, units), with the fold of each unit."""

    scores: Floats
    fold: Floats


@dataclass(frozen=True)
class Figures:
    """One score judged: areas with intervals, the head of the list, F1, and the gain over the baseline."""

    method: str
    roc_auc: Interval
    pr_auc: Interval
    precision: tuple[tuple[int, float], ...]
    f1: float
    brier: float | None
    roc_gain: Interval | None
    pr_gain: Interval | None


def cross_validated(
    features: Floats,
    label: Bools,
    *,
    repeats: int,
    count: int = 5,
    seed: int = 1,
    step: Step | None = None,
    groups: Sequence[str] | None = None,
) -> Unseen:
    """Every unit scored ``repeats`` times by rankers that never saw it (nor its group, if any are given).

    Nothing is resampled, nothing tuned on it.
    """
    scores, fold = np.zeros((repeats, label.size)), np.zeros((repeats, label.size))
    for again in range(repeats):
        for number, (train, test) in enumerate(folds(label, count, seed + again, groups)):
            own = None if groups is None else [groups[i] for i in train]
            ranker = Ranker(seed + again).fit(features[train], label[train], own)
            scores[again, test], fold[again, test] = ranker.probability(features[test]), number
            if step:
                step(again * count + number + 1, repeats * count)
    return Unseen(scores, fold)


def figures(
    method: str,
    label: Bools,
    scores: Floats,
    *,
    baseline: Floats | None = None,
    fold: Floats | None = None,
    probabilities: bool = False,
    draws: int = 400,
) -> Figures:
    """All figures of one method. ``scores`` has shape (repeats, units) or (units,).

    F1 uses for each fold the threshold that was best on the other folds (``fold``), or, for a score without training,
    folds drawn for this purpose: a threshold chosen on the units that it judges would flatter.
    """
    repeats = np.atleast_2d(scores)
    parts = np.broadcast_to(_drawn_folds(label), repeats.shape) if fold is None else fold
    heads = sorted({h for h in (*HEADS, int(label.sum())) if h <= label.size})
    gains = [
        None if baseline is None else bootstrap(label, repeats, of, draws=draws, less=baseline)
        for of in (weighted_roc_auc, weighted_pr_auc)
    ]
    return Figures(
        method,
        bootstrap(label, repeats, weighted_roc_auc, draws=draws),
        bootstrap(label, repeats, weighted_pr_auc, draws=draws),
        tuple((k, float(np.mean([precision_at(label, s, k) for s in repeats]))) for k in heads),
        float(np.mean([_crossed_f1(label, s, p) for s, p in zip(repeats, parts, strict=True)])),
        float(np.mean((repeats - label) ** 2)) if probabilities else None,
        *gains,
    )


def calibration(label: Bools, scores: Floats, bins: int = 10) -> list[tuple[float, float, int]]:
    """Mean predicted and observed share, and number of units, in ``bins`` groups of equal size by prediction."""
    mean = np.atleast_2d(scores).mean(axis=0)
    parts = np.array_split(np.argsort(mean, kind="stable"), bins)
    return [(float(mean[p].mean()), float(label[p].mean()), int(p.size)) for p in parts if p.size]


def precision_recall(label: Bools, score: Floats, points: Sequence[float]) -> list[tuple[float, float]]:
    """Precision at the given recalls (in (0, 1]), for a curve."""
    order = np.argsort(-score, kind="stable")
    hits = np.cumsum(label[order])
    at = np.searchsorted(hits, np.ceil(np.asarray(points) * label.sum()))
    return [(float(p), float(hits[i] / (i + 1))) for p, i in zip(points, at, strict=True)]


def _crossed_f1(label: Bools, score: Floats, fold: Floats) -> float:
    chosen = np.zeros(label.size, dtype=bool)
    for number in np.unique(fold):
        here = fold == number
        chosen[here] = score[here] >= best_cut(label[~here], score[~here])
    return f1(label, chosen)


def _drawn_folds(label: Bools) -> Floats:
    fold = np.zeros(label.size)
    for number, (_, test) in enumerate(folds(label, 5, 1)):
        fold[test] = number
    return fold
