"""Two-way fixed effects: outcomes on a policy, units and years each with their own level."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

from yibao.equity.checks import Note, refusal
from yibao.equity.evaluation.tables import Columns, Estimate, Frame, Missing, frame, heard, library

#: With fewer clusters than this, cluster-robust errors are too small and a wild bootstrap is added.
FEW_CLUSTERS = 30

Effects = Literal["two-way", "unit", "none"]


class PanelFit(NamedTuple):
    """Coefficients by name; `errors` says the small-sample rule of standard errors; `clusters` their number.

    `wild_p` holds, for fewer than 30 clusters, the wild cluster bootstrap's p of each treatment, else it is empty.
    `r_squared_within` is after taking out the fixed effects.
    """

    estimates: dict[str, Estimate]
    errors: Note
    rows: int
    clusters: int
    r_squared_within: float | None
    wild_p: dict[str, float]
    notes: tuple[Note, ...]


def two_way_fixed_effects(
    data: Columns,
    outcome: str,
    treatment: str | Sequence[str],
    unit: str,
    year: str,
    *,
    controls: Sequence[str] = (),
    weights: str | None = None,
    cluster: str | None = None,
    effects: Effects = "two-way",
    missing: Missing = "refuse",
    wild_draws: int = 999,
    seed: int = 1,
) -> PanelFit:
    """y = β·D + γ·X + α(unit) + τ(year) + ε by pyfixest, errors clustered by unit (or `cluster`).

    The small-sample rule is pyfixest's, which is that of fixest and reghdfe: G/(G−1)·(N−1)/(N−K) with fixed effects
    nested in clusters not counted in K, and t with G − 1 degrees of freedom; linearmodels and plm use others, so their
    errors differ in the second digit while coefficients agree. With fewer than 30 clusters the wild cluster bootstrap
    (Rademacher, null imposed) is run as well. Units with one row drop out and are counted. With staggered adoption and
    effects that differ, β mixes comparisons with wrong signs: see `callaway_santanna` and `goodman_bacon`.
    Raises MethodError on gaps (unless `missing` is "drop") and where the treatment does not vary within units.
    """
    treatments = [treatment] if isinstance(treatment, str) else list(treatment)
    grouping = cluster or unit
    weighing = [weights] if weights else []
    read = frame(data, [outcome, *treatments, *controls, *weighing], [unit, year, grouping], missing)
    key, notes = read.key, list(read.notes)
    right = " + ".join(key[name] for name in [*treatments, *controls])
    fixed = {"two-way": f" | {key[unit]} + {key[year]}", "unit": f" | {key[unit]}", "none": ""}[effects]
    _clusters(read, grouping)
    with heard(notes):
        fit = _feols(f"{key[outcome]} ~ {right}{fixed}", read, key[grouping], key[weights] if weights else None)
    found = _estimates(fit, read, [*treatments, *controls]) if fit is not None else {}
    lost = [name for name in treatments if name not in found]
    if lost:
        said = ", ".join(lost)
        raise refusal(
            said,
            "does not vary once fixed effects and the other columns are taken out",
            "在剔除固定效应与其他变量后无变异",
            "leave a fixed effect out, or compare other units",
            "请减少固定效应或更换比较对象",
        )
    rows = int(fit._N)
    if rows < len(read.data):
        alone = len(read.data) - rows
        notes.append(Note("singletons", f"剔除 {alone} 行仅一期的单元", f"{alone} rows of units seen once dropped"))
    clusters = int(read.data[key[grouping]].nunique())
    wild: dict[str, float] = {}
    if clusters < FEW_CLUSTERS:
        wild = {} if weights else _wild(fit, read, treatments, key[grouping], wild_draws, seed)
        zh = "附野聚类自助法 p 值" if wild else "加权时没有野聚类自助法，标准误偏小"
        en = (
            "wild cluster bootstrap p beside"
            if wild
            else "with weights there is no wild bootstrap, errors are too small"
        )
        notes.append(Note("few_clusters", f"只有 {clusters} 个聚类：{zh}", f"{clusters} clusters only: {en}"))
    errors = Note(
        "errors",
        f"标准误：按 {grouping} 聚类（CRV1），pyfixest 小样本规则（嵌套的固定效应不计），t({clusters - 1})",
        f"errors: CRV1 by {grouping}, pyfixest's small-sample rule (nested effects not counted), t({clusters - 1})",
    )
    within = getattr(fit, "_r2_within", None)
    within = float(within) if within is not None and within == within else None
    return PanelFit(found, errors, rows, clusters, within, wild, tuple(notes))


def _feols(formula: str, read: Frame, cluster: str, weights: str | None) -> Any:
    """None where nothing of the right-hand side is left once fixed effects are taken out."""
    # The wild bootstrap is compiled for numbers: labels of clusters become codes.
    table = read.data.assign(**{cluster: library("pandas").factorize(read.data[cluster])[0]})
    try:
        return library("pyfixest").feols(formula, table, vcov={"CRV1": cluster}, weights=weights)
    except ValueError as problem:
        if "collinear" in str(problem):
            return None
        raise


def _clusters(read: Frame, grouping: str) -> None:
    count = int(read.data[read.key[grouping]].nunique())
    if count < 2:
        raise refusal(grouping, f"makes {count} cluster; errors need two", f"只有 {count} 个聚类，至少需要两个")


def _estimates(fit: Any, read: Frame, names: Sequence[str]) -> dict[str, Estimate]:
    table = fit.tidy()
    columns = ["Estimate", "Std. Error", "t value", "Pr(>|t|)", "2.5%", "97.5%"]
    return {
        name: Estimate(*(float(table.loc[read.key[name], column]) for column in columns))
        for name in names
        if read.key[name] in table.index
    }


def _wild(fit: Any, read: Frame, treatments: Sequence[str], cluster: str, draws: int, seed: int) -> dict[str, float]:
    library("wildboottest")
    found = {}
    for name in treatments:
        result = fit.wildboottest(reps=draws, cluster=cluster, param=read.key[name], seed=seed)
        found[name] = float(result["Pr(>|t|)"])
    return found
