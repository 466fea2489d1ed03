"""`yibao evaluate`: every method beside the one-feature baseline, on a stated denominator.

Over a folder of labelled providers, or over a ledger whose findings people have decided.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from yibao.errors import UsageError
from yibao.ledger import Ledger
from yibao.measures.poisson import Floats
from yibao.measures.ranking import Bools
from yibao.supervision.models.clues import LEAST, decisions
from yibao.supervision.models.leakage import Check, leakage_checks
from yibao.supervision.models.providers import BASELINE, Providers, design, read_providers
from yibao.supervision.models.ranker import Ranker
from yibao.supervision.models.risk import assess
from yibao.supervision.models.unsupervised import unlabelled_score
from yibao.supervision.models.validation import Figures, calibration, cross_validated, figures, precision_recall

Progress = Callable[[str, float, float], None]
RECALLS = tuple(round(i / 20, 2) for i in range(1, 21))
#: Other weights of an aspect in the score without labels, so that a reader sees how little the choice matters.
OTHER_WEIGHTS = (0.3, 0.9)


@dataclass(frozen=True)
class Stratum:
    """Figures within a part of the providers: those with an inpatient claim, and those without."""

    name: str
    units: int
    positives: int
    figures: tuple[Figures, ...]


@dataclass(frozen=True)
class Evaluation:
    """What came out: the denominator, figures per method, strata, checks, and curves for the page.

    ``of`` is ``providers`` or ``findings``; ``left_out`` of these were not judged (undecided findings), or are known by
    aggregates only (providers without an inpatient claim).
    """

    of: str
    units: int
    positives: int
    left_out: int
    repeats: int
    folds: int
    baseline: str
    methods: tuple[Figures, ...]
    strata: tuple[Stratum, ...]
    checks: tuple[Check, ...]
    calibration: tuple[tuple[float, float, int], ...]
    curves: dict[str, list[tuple[float, float]]]


def evaluate_providers(
    folder: Path, *, repeats: int = 5, count: int = 5, seed: int = 1, progress: Progress | None = None
) -> Evaluation:
    """Judge the ranker (shared features; with features of the claims) and the score without labels."""
    providers = read_providers(folder)
    label = providers.label
    if min(label.sum(), (~label).sum()) < 3 * count:
        raise UsageError(
            f"too few providers of one kind for {count} folds", where=str(folder),
            mend="give fewer --folds or more data",
            zh=f"其中一类机构太少，分不成 {count} 折", mend_zh="请减少 --folds 或增加数据",
        )  # fmt: skip
    sets = {"ranker_shared": dict(providers.shared)}
    if providers.claims:
        sets["ranker_claims"] = {**providers.shared, **{f"claims.{k}": v for k, v in providers.claims.items()}}
    base = providers.baseline
    methods = [figures("baseline", label, base)]
    scored: dict[str, Floats] = {"baseline": base}
    for name, features in sets.items():
        unseen = cross_validated(
            design(features), label, repeats=repeats, count=count, seed=seed, step=_step(progress, name)
        )
        methods.append(figures(name, label, unseen.scores, baseline=base, fold=unseen.fold, probabilities=True))
        scored[name] = unseen.scores
    scored["unlabelled"] = unlabelled_score(providers)
    methods.append(figures("unlabelled", label, scored["unlabelled"], baseline=base))
    methods += [
        figures(f"unlabelled_{round(w * 100)}", label, unlabelled_score(providers, w), baseline=base)
        for w in OTHER_WEIGHTS
    ]
    best = list(sets)[-1]
    checked = leakage_checks(
        providers.ids, label, design(sets[best]), tuple(sets[best]), providers.dropped, seed
    )  # fmt: skip
    return Evaluation(
        "providers", len(providers.ids), int(label.sum()), int((~providers.with_claims).sum()), repeats, count,
        BASELINE,
        tuple(methods), _strata(providers, scored), tuple(checked), tuple(calibration(label, scored[best])),
        {name: precision_recall(label, np.atleast_2d(s).mean(axis=0), RECALLS) for name, s in scored.items()},
    )  # fmt: skip


def evaluate_findings(
    ledger: Ledger,
    run: Path | None,
    *,
    repeats: int = 5,
    count: int = 5,
    seed: int = 1,
    progress: Progress | None = None,
) -> Evaluation:
    """Judge the ranker on findings that people decided, never trained on an institution that it is asked about."""
    if run is None:
        raise UsageError(
            "the ledger was not run yet", where=str(ledger.path), mend="yibao run LEDGER",
            zh="账本尚未运行", mend_zh="yibao run 账本",
        )  # fmt: skip
    told = decisions(ledger).num_rows
    if told < 2 * LEAST:
        raise _too_few(ledger, told)
    found = assess(ledger, run=run).findings
    if found is None or not found.enough:
        raise _too_few(ledger, told if found is None else int(found.decided.sum()))
    known = np.flatnonzero(found.decided)
    label, features = found.upheld[known], found.features[known]
    groups = tuple(found.institutions[i] for i in known)
    base = np.log1p(np.maximum(found.amount[known], 0))
    folds_ = min(count, len(set(groups)), int(label.sum()), int((~label).sum()))
    unseen = cross_validated(
        features, label, repeats=repeats, count=folds_, seed=seed, step=_step(progress, "ranker"), groups=groups
    )
    checks = leakage_checks(
        tuple(found.ids[i] for i in known), label, features, found.names, (), seed, groups
    )  # fmt: skip
    scored = {"baseline_amount": base, "ranker_findings": unseen.scores}
    return Evaluation(
        "findings", known.size, int(label.sum()), len(found.ids) - known.size, repeats, folds_, "amount",
        (figures("baseline_amount", label, base),
         figures("ranker_findings", label, unseen.scores, baseline=base, fold=unseen.fold, probabilities=True)),
        _later(features, label, base, found.when[known], seed),
        tuple(checks), tuple(calibration(label, unseen.scores, min(10, known.size // 5))),
        {name: precision_recall(label, np.atleast_2d(s).mean(axis=0), RECALLS) for name, s in scored.items()},
    )  # fmt: skip


def _later(features: Floats, label: Bools, base: Floats, when: Floats, seed: int) -> tuple[Stratum, ...]:
    """The last third of the decisions by time, judged by a ranker that knows the earlier ones only."""
    cut = np.quantile(when, 2 / 3)
    early, late = when <= cut, when > cut
    if min(label[early].sum(), (~label[early]).sum(), label[late].sum(), (~label[late]).sum()) < LEAST // 3:
        return ()
    ahead = Ranker(seed).fit(features[early], label[early]).probability(features[late])
    of = (
        figures("baseline_amount", label[late], base[late], draws=200),
        figures("ranker_findings", label[late], ahead, baseline=base[late], probabilities=True, draws=200),
    )
    return (Stratum("later", int(late.sum()), int(label[late].sum()), of),)


def _too_few(ledger: Ledger, told: int) -> UsageError:
    return UsageError(
        f"{told} findings are decided: too few to judge a ranker", where=str(ledger.path),
        mend=f"{LEAST} upheld and {LEAST} false alarms at three institutions are the least; take in clue_decision",
        zh=f"已认定的命中只有 {told} 条，不足以评估",
        mend_zh=f"至少须有属实和误报各 {LEAST} 条、涉及三家机构；请入库 clue_decision",
    )  # fmt: skip


def _strata(providers: Providers, scored: dict[str, Floats]) -> tuple[Stratum, ...]:
    """The same scores within providers with and without an inpatient claim; parts with few positives are left out."""
    out = []
    for name, inside in (("with_claims", providers.with_claims), ("without_claims", ~providers.with_claims)):
        label: Bools = providers.label[inside]
        if label.sum() < 10 or label.all():
            continue
        base = scored["baseline"][inside]
        of = [
            figures(m, label, np.atleast_2d(s)[:, inside], baseline=None if m == "baseline" else base, draws=200)
            for m, s in scored.items()
        ]
        out.append(Stratum(name, int(inside.sum()), int(label.sum()), tuple(of)))
    return tuple(out)


def _step(progress: Progress | None, name: str) -> Callable[[int, int], None] | None:
    return None if progress is None else lambda done, total: progress(name, done, total)


#: How methods are called.
METHODS: dict[str, tuple[str, str]] = {
    "baseline": ("单特征基线：报销总额的对数", "one-feature baseline: log of total reimbursement"),
    "ranker_shared": ("有监督排序：共享特征", "supervised ranker: shared features"),
    "ranker_claims": (
        "有监督排序：共享特征加报销单特征",
        "supervised ranker: shared features and those of the claims",
    ),
    "baseline_amount": ("单特征基线：涉及金额的对数", "one-feature baseline: log of the amount at stake"),
    "ranker_findings": ("有监督排序：已决疑点", "supervised ranker: decided findings"),
    "unlabelled": ("无标签评分：金额 × 异常可能", "score without labels: money × chance"),
    **{
        f"unlabelled_{round(w * 100)}": (f"无标签评分：每方面权重 {w}", f"score without labels: {w} for each aspect")
        for w in OTHER_WEIGHTS
    },
}
