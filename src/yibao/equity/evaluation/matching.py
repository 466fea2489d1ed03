"""Propensity scores: matching, weighting, kernels, balance, and matched difference-in-differences."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import numpy as np

from yibao.equity.checks import Bools, Floats, Note, refusal, yes_no
from yibao.equity.evaluation.panel import PanelFit, two_way_fixed_effects
from yibao.equity.evaluation.tables import Columns, Estimate, Missing, estimate, frame, heard, library

#: Distances that are held at once.
BLOCK = 4_000_000
#: Scores closer than this are tied.
TIE = 1e-12

Rule = Literal["nearest", "nearest_with_replacement", "kernel", "ipw"]


class Matching(NamedTuple):
    """The average effect on the treated, and what it was compared with.

    `weights` one a row: 1 for matched treated, for controls how much they stand for, 0 for rows left out.
    `balance` by covariate: standardised mean difference before and after, in pooled standard deviations of before.
    `off_support` counts treated rows whose score lies outside the controls', `dropped` those without a match.
    """

    att: Estimate
    rule: str
    errors: Note
    scores: Floats
    weights: Floats
    treated: int
    matched: int
    dropped: int
    off_support: int
    balance: dict[str, tuple[float, float]]
    notes: tuple[Note, ...]


def propensity_matching(
    data: Columns,
    outcome: str,
    treatment: str,
    covariates: Sequence[str],
    *,
    rule: Rule = "nearest_with_replacement",
    caliper: float | None = None,
    bandwidth: float = 0.06,
    draws: int = 200,
    seed: int = 1,
    missing: Missing = "refuse",
) -> Matching:
    """The effect on the treated by propensity score (logit, statsmodels).

    "nearest": one to one without replacement, treated in descending score; a tie goes to the row met first in an order
    drawn with `seed`. "nearest_with_replacement": ties are averaged, so the order of rows does not matter. `caliper` is
    a share of the standard deviation of scores (0.2 is usual); treated rows without a control inside are dropped.
    "kernel": Epanechnikov with `bandwidth`; treated rows with no control inside it are dropped. "ipw": controls weigh
    score/(1 − score). Errors: Abadie and Imbens's for matching, scores taken as known; the bootstrap over rows, scores
    estimated anew (`draws`, `seed`), for kernel and weighting. `treatment` is 0 or 1.
    Source: P. Rosenbaum and D. Rubin (1983), Biometrika 70:41; A. Abadie and G. Imbens (2006), Econometrica 74:235.
    """
    read = frame(data, [outcome, treatment, *covariates], (), missing)
    y, d = read.column(outcome), yes_no(treatment, read.column(treatment)) == 1
    x = np.column_stack([read.column(name) for name in covariates])
    if not d.any() or d.all():
        raise refusal(treatment, "is the same for all rows", "取值全部相同")
    notes = list(read.notes)
    scores = _scores(x, d, notes)
    width = caliper * float(scores.std(ddof=1)) if caliper is not None else None
    pairs = _paired(y, d, scores, rule, width, bandwidth, seed)
    if not pairs.matched.any():
        raise refusal(treatment, "no treated row has a match", "没有受处理行可匹配", "widen the caliper", "请放宽卡尺")
    att = _att(y[d], pairs)
    if rule in ("nearest", "nearest_with_replacement"):
        error = _abadie_imbens(y, d, scores, pairs, att)
        said = Note("errors", "标准误：Abadie–Imbens，得分视为已知", "errors: Abadie and Imbens, scores taken as known")
    else:
        error = _bootstrap(y, d, x, rule, bandwidth, draws, seed)
        said = Note(
            "errors", f"标准误：自助法 {draws} 次，种子 {seed}", f"errors: bootstrap, {draws} draws, seed {seed}"
        )
    low, high = scores[~d].min(), scores[~d].max()
    off = int(((scores[d] < low) | (scores[d] > high)).sum())
    dropped = int((~pairs.matched).sum())
    weights = np.zeros(len(y))
    weights[d], weights[~d] = pairs.matched, pairs.weights
    if dropped:
        notes.append(
            Note("unmatched", f"{dropped} 个受处理行无匹配，已剔除", f"{dropped} treated rows without a match dropped")
        )
    if off:
        notes.append(
            Note("off_support", f"{off} 个受处理行在共同支撑之外", f"{off} treated rows lie off the common support")
        )
    balance = {name: _difference(column, d, weights) for name, column in zip(covariates, x.T, strict=True)}
    return Matching(
        estimate(att, error), rule, said, scores, weights, int(d.sum()), int(pairs.matched.sum()), dropped, off,
        balance, tuple(notes),
    )  # fmt: skip


def matched_difference_in_differences(
    data: Columns,
    outcome: str,
    unit: str,
    year: str,
    first_treated: str,
    covariates: Sequence[str],
    base_year: int,
    *,
    rule: Rule = "nearest_with_replacement",
    caliper: float | None = 0.2,
    bandwidth: float = 0.06,
    controls: Sequence[str] = (),
    seed: int = 1,
) -> tuple[PanelFit, Matching]:
    """PSM-DID: units matched on `covariates` in `base_year`, then two-way fixed effects with the weights of matching.

    `first_treated` is the first year of treatment, 0 for never; `base_year` lies before every first year. Unmatched
    units leave the panel. The clustered errors take the weights as given: the notes say so. The matching's own effect
    (on the outcome of the base year) should be near zero.
    """
    read = frame(data, [outcome, year, first_treated, *covariates, *controls], [unit])
    key, table = read.key, read.data
    first = table[key[first_treated]].to_numpy()
    if np.any((first > 0) & (first <= base_year)):
        raise refusal("base_year", f"{base_year} is not before every treatment", f"{base_year} 不早于全部处理年份")
    base = table[table[key[year]] == base_year]
    if base.empty or base.duplicated(key[unit]).any():
        raise refusal("base_year", f"units do not stand once in {base_year}", f"{base_year} 年各单元不是恰好一行")
    pairs = {name: base[key[name]].to_numpy() for name in [outcome, *covariates]}
    pairs["treated"] = (base[key[first_treated]] > 0).to_numpy(dtype=np.float64)
    found = propensity_matching(
        pairs, outcome, "treated", covariates, rule=rule, caliper=caliper, bandwidth=bandwidth, seed=seed
    )
    weight = dict(zip(base[key[unit]], found.weights, strict=True))
    table = table.assign(weight=table[key[unit]].map(weight).fillna(0.0))
    table = table[table["weight"] > 0]
    started = (table[key[first_treated]] > 0) & (table[key[year]] >= table[key[first_treated]])
    panel: dict[str, Any] = {name: table[key[name]].to_numpy() for name in [outcome, year, unit, *controls]}
    panel["treated"], panel["matching weight"] = started.to_numpy(dtype=np.float64), table["weight"].to_numpy()
    fit = two_way_fixed_effects(panel, outcome, "treated", unit, year, controls=controls, weights="matching weight")
    note = Note("weights_given", "标准误将匹配权重视为给定", "standard errors take the weights of matching as given")
    return fit._replace(notes=(*fit.notes, note)), found


def _scores(x: Floats, d: Bools, notes: list[Note]) -> Floats:
    design = np.column_stack([np.ones(len(x)), x])
    if np.linalg.matrix_rank(design) < design.shape[1]:
        raise refusal("covariates", "are collinear or constant", "存在共线或常数变量")
    with heard(notes):
        fitted = library("statsmodels.api").Logit(d.astype(float), design).fit(disp=0, maxiter=200)
    scores = np.asarray(fitted.predict(design))
    if scores[d].min() > 1 - 1e-6 or scores[~d].max() < 1e-6:
        raise refusal(
            "covariates", "separate treated and controls completely: nobody is comparable", "完全分离，无可比对象"
        )
    return scores


class _Pairing(NamedTuple):
    """What controls stand for: a weight and a sum of squared shares each; by treated, the outcome beside it."""

    weights: Floats
    squares: Floats
    beside: Floats
    matched: Bools


def _paired(
    y: Floats, d: Bools, scores: Floats, rule: str, width: float | None, bandwidth: float, seed: int
) -> _Pairing:
    treated, controls = scores[d], scores[~d]
    outcomes = y[~d]
    if rule == "ipw":
        share = controls / (1 - controls)
        share = share / share.sum()
        beside = np.full(len(treated), float(share @ outcomes))
        return _Pairing(share * len(treated), share**2 * len(treated), beside, np.ones(len(treated), dtype=bool))
    if rule == "nearest":
        return _one_to_one(outcomes, treated, controls, width, seed)
    if rule == "nearest_with_replacement":
        return _nearest(outcomes, treated, controls, width)
    if rule == "kernel":
        return _kernel(outcomes, treated, controls, bandwidth)
    raise refusal("rule", f"is {rule!r}", f"为 {rule!r}，不是已知匹配方法")


def _nearest(outcomes: Floats, treated: Floats, controls: Floats, width: float | None) -> _Pairing:
    """All controls at the least distance share alike. Sorted, they are one run: sums over runs are differences."""
    order = np.argsort(controls, kind="stable")
    ranked = controls[order]
    place = np.searchsorted(ranked, treated)
    below = np.abs(treated - ranked[np.maximum(place - 1, 0)])
    least = np.minimum(below, np.abs(ranked[np.minimum(place, len(ranked) - 1)] - treated))
    matched: Bools = np.ones(len(treated), dtype=bool) if width is None else least <= width
    first = np.searchsorted(ranked, treated - least - TIE, side="left")[matched]
    last = np.searchsorted(ranked, treated + least + TIE, side="right")[matched]
    count = (last - first).astype(np.float64)
    beside = np.zeros(len(treated))
    running = np.concatenate([[0.0], np.cumsum(outcomes[order])])
    beside[matched] = (running[last] - running[first]) / count
    weights, squares = np.empty(len(controls)), np.empty(len(controls))
    for out, share in ((weights, 1 / count), (squares, 1 / count**2)):
        steps = np.bincount(first, share, len(ranked) + 1) - np.bincount(last, share, len(ranked) + 1)
        total = np.cumsum(steps)[:-1]
        out[order] = np.where(np.abs(total) < TIE, 0.0, total)
    return _Pairing(weights, squares, beside, matched)


def _kernel(outcomes: Floats, treated: Floats, controls: Floats, bandwidth: float) -> _Pairing:
    """Epanechnikov weights, a block of treated rows at a time."""
    weights, squares = np.zeros(len(controls)), np.zeros(len(controls))
    beside, matched = np.zeros(len(treated)), np.zeros(len(treated), dtype=bool)
    block = max(1, BLOCK // len(controls))
    for start in range(0, len(treated), block):
        rows = slice(start, start + block)
        share = np.maximum(1 - ((treated[rows, None] - controls[None, :]) / bandwidth) ** 2, 0.0)
        total = share.sum(axis=1, keepdims=True)
        share = np.divide(share, total, out=np.zeros_like(share), where=total > 0)
        weights, squares = weights + share.sum(axis=0), squares + (share**2).sum(axis=0)
        beside[rows], matched[rows] = share @ outcomes, total[:, 0] > 0
    return _Pairing(weights, squares, beside, matched)


def _one_to_one(outcomes: Floats, treated: Floats, controls: Floats, width: float | None, seed: int) -> _Pairing:
    """Greedy in descending score, each control once; fewer controls than treated leave the last without."""
    order = np.random.default_rng(seed).permutation(len(controls))
    left = controls[order].copy()
    weights = np.zeros(len(controls))
    beside, matched = np.zeros(len(treated)), np.zeros(len(treated), dtype=bool)
    for row in np.argsort(-treated, kind="stable"):
        gap = np.abs(left - treated[row])
        best = int(np.argmin(gap))
        if gap[best] <= (np.finfo(np.float64).max if width is None else width):
            beside[row], matched[row], weights[order[best]] = outcomes[order[best]], True, 1.0
            left[best] = np.inf
    return _Pairing(weights, weights, beside, matched)


def _att(treated: Floats, pairs: _Pairing) -> float:
    return float((treated - pairs.beside)[pairs.matched].mean())


def _abadie_imbens(y: Floats, d: Bools, scores: Floats, pairs: _Pairing, att: float) -> float:
    """The spread of matched differences, plus what comes from using a control more than once."""
    differences = (y[d] - pairs.beside)[pairs.matched]
    twice = pairs.weights**2 - pairs.squares
    added = float((twice * _nearby_variance(y[~d], scores[~d])).sum()) if np.any(twice > 1e-12) else 0.0
    return float(np.sqrt(((differences - att) ** 2).sum() + added)) / len(differences)


def _nearby_variance(y: Floats, scores: Floats) -> Floats:
    """σ² at each control: half the squared difference to the control whose score is next to it."""
    order = np.lexsort((y, scores))
    s, v = scores[order], y[order]
    left = np.concatenate([[np.inf], np.diff(s)])
    right = np.concatenate([np.diff(s), [np.inf]])
    place = np.arange(len(s))
    other = np.where(left < right, place - 1, np.minimum(place + 1, len(s) - 1))
    found = np.empty(len(y))
    found[order] = (v - v[other]) ** 2 / 2
    return found


def _bootstrap(y: Floats, d: Bools, x: Floats, rule: str, bandwidth: float, draws: int, seed: int) -> float:
    random = np.random.default_rng(seed)
    found: list[float] = []
    while len(found) < draws:
        rows = random.integers(0, len(y), len(y))
        if not d[rows].any() or d[rows].all():
            continue
        scores = _scores(x[rows], d[rows], [])
        pairs = _paired(y[rows], d[rows], scores, rule, None, bandwidth, seed)
        if pairs.matched.any():
            found.append(_att(y[rows][d[rows]], pairs))
    return float(np.std(found, ddof=1))


def _difference(x: Floats, d: Bools, weights: Floats) -> tuple[float, float]:
    spread = float(np.sqrt((x[d].var(ddof=1) + x[~d].var(ddof=1)) / 2))
    if spread == 0:
        return 0.0, 0.0
    after = np.average(x[d], weights=weights[d]) - np.average(x[~d], weights=weights[~d])
    return float((x[d].mean() - x[~d].mean()) / spread), float(after / spread)
