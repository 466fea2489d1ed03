"""The step that makes composite indices of systems: scale, weights, scores, with every decision printed."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from pydantic import Field

from yibao.equity.checks import Floats
from yibao.equity.composite import composite_index, game_weights
from yibao.equity.context import StepParams, Study
from yibao.equity.errors import StudyError
from yibao.equity.indicators import Said
from yibao.equity.panel import Variable
from yibao.equity.results import StepResult, Words
from yibao.equity.scaling import Direction
from yibao.equity.steps.common import both, num
from yibao.equity.steps.composite_show import (
    Panelled,
    score_figures,
    score_table,
    score_words,
    system_name,
    weight_table,
)
from yibao.measures import ahp_weights, combined_weights, critic_weights, entropy_of


class CompositeParams(StepParams):
    """Systems (id -> indicators), or those of the study's indicator system; how they are weighed.

    `weights` entropy, critic, equal, ahp, or both (ahp_entropy_multiplicative, _linear, _game); `ahp` is the
    matrix of comparisons over all indicators in order. `directions` and `titles` (of systems) where the study has no
    indicator system.
    """

    systems: dict[str, list[str]] | None = None
    weights: Literal[
        "entropy", "critic", "equal", "ahp", "ahp_entropy_multiplicative", "ahp_entropy_linear", "ahp_entropy_game"
    ] = "entropy"
    ahp: list[list[float]] | None = None
    share: float = 0.5
    directions: dict[str, Literal["positive", "negative"] | tuple[float, float]] = Field(default_factory=dict)
    scale: Literal["pooled", "yearly"] = "pooled"
    separate: bool = True
    shift: float = 0.0
    floor: float = 0.0
    titles: dict[str, Said] = Field(default_factory=dict)


def composite(study: Study, params: CompositeParams) -> StepResult:
    """Composite indices of systems over region-years; every weight, entropy and convention is printed."""
    panel = study.the_panel()
    systems = params.systems or _systems(study)
    names = tuple(name for members in systems.values() for name in members)
    of = tuple(system for system, members in systems.items() for _ in members)
    raw = np.stack([study.matrix(name) for name in names], axis=2).reshape(-1, len(names))
    ways = [_direction(study, params, name) for name in names]
    year_of = np.tile(panel.years, len(panel.regions))
    within = year_of if params.scale == "yearly" else None
    given, notes = _weights(params, raw, ways, within, names)
    index = composite_index(
        raw,
        ways,
        systems=of,
        weights=given,
        separate=params.separate and isinstance(given, str),
        shift=params.shift,
        floor=params.floor,
        within=within,
    )
    held = Panelled(index, names, of, (len(panel.regions), len(panel.years)))
    labels = {key: params.titles[key].words if key in params.titles else system_name(study, key) for key in systems}
    variables = [
        (Variable(f"_{key}", *labels[key]), held.matrix(index.scores[:, k])) for k, key in enumerate(index.systems)
    ]
    if len(systems) > 1:
        variables.append((Variable("_total", "综合指数", "composite index"), held.matrix(index.total)))
    tables = [weight_table(study, held, _range_without_one(params, raw, ways, within)), score_table(panel, variables)]
    notes += _conventions(params, held)
    return StepResult(
        tables, score_figures(panel, variables), score_words(panel, held, variables), notes, variables, {"": held}
    )


def _systems(study: Study) -> dict[str, list[str]]:
    if study.system is None:
        raise StudyError(
            "a composite index needs `systems`, or `indicators` of the study",
            zh="综合指数需要写明 systems 或 indicators",
        )
    return {key: list(system.indicators) for key, system in study.system.text.systems.items()}


def _direction(study: Study, params: CompositeParams, name: str) -> Direction:
    if name in params.directions:
        return params.directions[name]
    if study.system is not None and name in study.system.indicators:
        return study.system.direction(name)
    return "positive"


def _weights(
    params: CompositeParams, raw: Floats, ways: list[Direction], within: Any, names: tuple[str, ...]
) -> tuple[Any, list[Words]]:
    """The method's name, or weights given and combined; with what is to be said of them."""
    if not params.weights.startswith("ahp"):
        return params.weights, []
    if params.ahp is None or len(params.ahp) != len(names):
        raise StudyError(
            f"AHP needs a matrix of comparisons of {len(names)} indicators under `ahp`",
            zh=f"层次分析法需要 {len(names)} 阶判断矩阵（ahp）",
        )
    judged = ahp_weights(params.ahp)
    notes = [
        both(
            "层次分析法：λmax = {l}，CI = {ci}，CR = {cr}，{ok}",
            "AHP: λmax = {l}, CI = {ci}, CR = {cr}, {ok}",
            l=num(judged.lambda_max, 4),
            ci=num(judged.consistency_index, 4),
            cr=num(judged.consistency_ratio, 4),
            ok=("通过一致性检验（CR < 0.1）", "consistent (CR below 0.1)")
            if judged.consistency_ratio < 0.1
            else ("未通过一致性检验（CR ≥ 0.1）", "not consistent (CR 0.1 or more)"),
        )
    ]
    if params.weights == "ahp":
        return judged.weights, notes
    data = composite_index(raw, ways, within=within, shift=params.shift, floor=params.floor).weights
    if params.weights == "ahp_entropy_game":
        weights, clipped = game_weights([judged.weights, data], "clip")
        if clipped:
            notes.append(
                ("博弈论组合系数出现负值，已置零", "a negative share of the game-theoretic combination was set to zero")
            )
        return weights, notes
    rule = "linear" if params.weights.endswith("linear") else "multiplicative"
    return combined_weights(judged.weights, data, rule, params.share), notes  # type: ignore[arg-type]


def _range_without_one(params: CompositeParams, raw: Floats, ways: list[Direction], within: Any) -> Floats | None:
    """Lowest and highest weight of each indicator when one region-year is left out; entropy and CRITIC only.

    One outlier may carry an entropy weight; this says by how much. Extremes of the range are left out first, for only
    they move the scale, then every row moves the shares a little.
    """
    if params.weights not in ("entropy", "critic") or len(raw) > 2000:
        return None
    z = composite_index(raw, ways, weights="equal", within=within, floor=params.floor).standard
    rows = np.unique(np.concatenate([z.argmax(axis=0), z.argmin(axis=0)]))
    weigh = (lambda x: entropy_of(x, params.shift).weights) if params.weights == "entropy" else critic_weights
    kept = []
    for row in rows:
        rest = np.delete(raw, row, axis=0)
        labels = np.delete(within, row) if within is not None else None
        kept.append(weigh(composite_index(rest, ways, weights="equal", within=labels, floor=params.floor).standard))
    return np.array([np.min(kept, axis=0), np.max(kept, axis=0)])


def _conventions(params: CompositeParams, held: Panelled) -> list[Words]:
    said: list[Words] = [
        ("极值取自全部地区和年份，年份间可比", "extremes are those of all regions and years: years are comparable")
        if params.scale == "pooled"
        else ("极值逐年取，年份间不可比", "extremes are those of each year: years are not comparable"),
        ("熵值中 0·ln 0 = 0，未平移", "entropy with 0·ln 0 = 0, no shift")
        if params.shift == 0
        else (
            f"熵值计算前平移 δ = {params.shift:g}，得分用未平移值",
            f"entropy on values shifted by δ = {params.shift:g}; scores on values not shifted",
        ),
    ]
    if params.floor:
        said.append(
            (
                f"标准化值压缩到 [{params.floor:g}, 1]，避免乘积为零",
                f"standardised values lie in [{params.floor:g}, 1], so that no product is zero",
            )
        )
    constant = [held.names[j] for j in held.index.constant]
    if constant:
        said.append(
            (
                f"常数指标没有信息，权重为 0：{'、'.join(constant)}",
                f"constant indicators carry no information and weigh 0: {', '.join(constant)}",
            )
        )
    if len(held.index.systems) > 1:
        said.append(
            ("各系统内单独赋权，系统等权", "weights within each system; systems weigh the same")
            if params.separate
            else (
                "全部指标一次赋权，系统权重为其指标权重之和",
                "weights over all indicators; a system weighs what its indicators do",
            )
        )
    return said
