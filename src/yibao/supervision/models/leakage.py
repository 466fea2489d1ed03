"""Checks that a good figure was earned: what would show when the label had leaked into the features or the split."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from yibao.measures import ranking
from yibao.measures.poisson import Floats
from yibao.measures.ranking import Bools
from yibao.supervision.models.ranker import Ranker, folds

#: With shuffled labels nothing can be learnt: an area beyond ½ ± this shows that something else tells the label.
CHANCE = 0.06
#: How far the area of the identifier alone may lie from one half.
IDENTITY = 0.2
#: A single feature that ranks better than this is the label under another name, or nearly.
TOO_GOOD = 0.97


@dataclass(frozen=True)
class Check:
    """One check: what it looks at, what it found, and whether that is as it should be."""

    id: str
    zh: str
    en: str
    value: str
    passed: bool


def leakage_checks(
    ids: tuple[str, ...],
    label: Bools,
    features: Floats,
    names: tuple[str, ...],
    dropped: tuple[str, ...],
    seed: int = 1,
    groups: tuple[str, ...] | None = None,
) -> list[Check]:
    """All checks, in the order in which a reader asks. ``groups`` names the provider of each row, if ``ids`` do not.

    Rows of one provider may well be alike, and providers differ: equal twins and the identifier are asked about only
    where each row is a provider.
    """
    checks = [_once(groups or ids, label, seed), _dropped(dropped), _single(label, features, names)]
    if groups is None:
        checks += [_identity(ids, label), _twins(features, label)]
    return [*checks, _shuffled(label, features, seed, groups)]


def _once(ids: tuple[str, ...], label: Bools, seed: int) -> Check:
    cut = folds(label, 5, seed, ids)
    both = sum(len({ids[i] for i in train} & {ids[i] for i in test}) for train, test in cut)
    return Check(
        "grouped", "同时出现在训练和检验中的机构数", "providers in training and test at once", str(both), both == 0
    )


def _dropped(dropped: tuple[str, ...]) -> Check:
    return Check(
        "label_columns", "因与标签相同或为文字而弃用的列", "columns refused because they say the label or are text",
        ", ".join(dropped) or "0", True,
    )  # fmt: skip


def _single(label: Bools, features: Floats, names: tuple[str, ...]) -> Check:
    areas = [ranking(label, np.nan_to_num(column, nan=float(np.nanmedian(column)))).roc_auc for column in features.T]
    best = [max(a, 1 - a) for a in areas]
    top = int(np.argmax(best))
    return Check(
        "single_feature", "单个特征最高 ROC-AUC", "greatest ROC-AUC of one feature", f"{names[top]} {best[top]:.3f}",
        best[top] < TOO_GOOD,
    )  # fmt: skip


def _identity(ids: tuple[str, ...], label: Bools) -> Check:
    """The number in an identifier may follow the label where a file was put together class by class."""
    order = np.array([int("".join(c for c in unit if c.isdigit()) or 0) for unit in ids], dtype=np.float64)
    area = ranking(label, order).roc_auc
    return Check(
        "identifier", "仅按机构编号排序的 ROC-AUC（不作特征）", "ROC-AUC of the identifier alone (never a feature)",
        f"{area:.3f}", abs(area - 0.5) < IDENTITY,
    )  # fmt: skip


def _twins(features: Floats, label: Bools) -> Check:
    """Units with all features equal are one unit twice: over-sampled data show many."""
    _, place, size = np.unique(np.nan_to_num(features, nan=-1.0), axis=0, return_inverse=True, return_counts=True)
    share = float((size[place] > 1).mean())
    positives = int((size[place][label] > 1).sum())
    return Check(
        "copies", "特征完全相同的机构比例（其中阳性数）", "share of providers with equal twins (positives among them)",
        f"{share:.2%} ({positives})", positives == 0,
    )  # fmt: skip


def _shuffled(label: Bools, features: Floats, seed: int, groups: tuple[str, ...] | None) -> Check:
    chance = np.random.default_rng(seed)
    mixed = chance.permutation(label)
    unseen = np.zeros(label.size)
    for train, test in folds(mixed, 3, seed, groups):
        unseen[test] = Ranker(seed).fit(features[train], mixed[train]).probability(features[test])
    area = ranking(mixed, unseen).roc_auc
    # The standard error of an area without skill; few units wander farther from one half.
    spread = 3 * float(np.sqrt((mixed.size + 1) / (12 * mixed.sum() * (~mixed).sum())))
    return Check(
        "shuffled", "打乱标签后的 ROC-AUC", "ROC-AUC with shuffled labels", f"{area:.3f}",
        abs(area - 0.5) < max(CHANCE, spread),
    )  # fmt: skip
