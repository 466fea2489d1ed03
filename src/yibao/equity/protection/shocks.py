"""Health shocks and what households spend on: does an illness crowd out food and schooling, and for whom?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from yibao.equity.checks import Floats, Note, non_negative, refusal
from yibao.equity.evaluation.panel import two_way_fixed_effects
from yibao.equity.evaluation.tables import Columns, Estimate, Frame, Missing, frame, heard, library


class ShockShares(NamedTuple):
    """What one unit of shock (a log point of unexpected medical spending) does to each budget share.

    `shock` one a row of the input (NaN in rows dropped for gaps). `effects` by category, in shares of the budget; over
    categories that make up the whole budget they add up to zero, `adding_up` is their sum. `by_cell` the same within
    each income group × insurance, and `expected_r_squared` how much of medical spending was foreseeable.
    """

    shock: Floats
    effects: dict[str, Estimate]
    by_cell: dict[str, dict[str, Estimate]]
    adding_up: float
    expected_r_squared: float
    errors: Note
    notes: tuple[Note, ...]


def health_shock_shares(
    data: Columns,
    spending: Sequence[str],
    medical: str,
    unit: str,
    year: str,
    *,
    characteristics: Sequence[str] = (),
    controls: Sequence[str] = (),
    income_group: str | None = None,
    insurance: str | None = None,
    quadratic: bool = True,
    missing: Missing = "refuse",
) -> ShockShares:
    """Budget shares on health shocks, household and year effects, by income and insurance.

    `spending` are the columns that make up the budget (≥ 0, `medical` among them), one row a household and year. The
    shock is the residual of ln(1 + medical) on `characteristics` with household and year effects: the random part, the
    foreseeable being taken out. Then share = β·shock + γ₁·ln x + γ₂·(ln x)² + controls + effects, x the budget: the
    Engel curve of AIDS, with the square that of QUAIDS; prices are held by the year effects, so no price elasticities
    follow. Errors are clustered by household and take the shock as data. `income_group` and `insurance` are labels;
    each cell then has its own β in one model.
    Source: the budget-share equations of A. Deaton and J. Muellbauer (1980), Am. Economic Review 70:312, and J. Banks,
    R. Blundell and A. Lewbel (1997), Review of Economics and Statistics 79:527; shocks after Qiu and Zhang (2024),
    Frontiers in Public Health 12:1431833.
    """
    if medical not in spending or len(spending) < 2:
        raise refusal(
            "spending", f"names the parts of the budget, {medical} among them", f"应列出预算各项并包含 {medical}"
        )
    labels = [name for name in (income_group, insurance) if name]
    read = frame(data, [*spending, year, *characteristics, *controls], [unit, *labels], missing)
    parts = {name: non_negative(name, read.column(name)) for name in spending}
    budget = np.sum(list(parts.values()), axis=0)
    if np.any(budget <= 0):
        raise refusal("spending", f"{int((budget <= 0).sum())} households spend nothing", "存在总支出为零的家庭")
    notes = list(read.notes)
    residual, expected = _random_part(read, np.log1p(parts[medical]), characteristics, unit, year, notes)
    table: dict[str, np.ndarray] = {
        **{name: read.column(name) for name in [year, *controls]},
        **{name: read.data[read.key[name]].to_numpy() for name in [unit]},
        "shock": residual,
        "ln budget": np.log(budget) - np.log(budget).mean(),
    }
    engel = ["ln budget"]
    if quadratic:
        table["ln budget squared"] = table["ln budget"] ** 2
        engel.append("ln budget squared")
    cells = _cells(read, labels)
    effects: dict[str, Estimate] = {}
    by_cell: dict[str, dict[str, Estimate]] = {}
    for name, amount in parts.items():
        table["share"] = amount / budget
        fit = two_way_fixed_effects(table, "share", "shock", unit, year, controls=[*engel, *controls], wild_draws=199)
        effects[name], errors = fit.estimates["shock"], fit.errors
        if cells:
            by_cell[name] = _by_cell(table, cells, unit, year, [*engel, *controls])
    zh = "冲击取自医疗支出残差，医疗份额的反应部分为机械关系"
    notes.append(
        Note("mechanical", zh, "the shock is part of medical spending: part of its own share's response is mechanical")
    )
    shock = np.full(len(read.rows), np.nan)
    shock[read.rows] = residual
    total = float(sum(one.value for one in effects.values()))
    return ShockShares(shock, effects, by_cell, total, expected, errors, tuple(notes))


def _random_part(
    read: Frame, spent: Floats, characteristics: Sequence[str], unit: str, year: str, notes: list[Note]
) -> tuple[Floats, float]:
    right = " + ".join(read.key[name] for name in characteristics) or "1"
    data = read.data.assign(spent=spent)
    with heard(notes):
        fit = library("pyfixest").feols(
            f"spent ~ {right} | {read.key[unit]} + {read.key[year]}", data, vcov="iid", fixef_rm="none"
        )
    residual = np.asarray(fit.resid(), dtype=np.float64)
    spread = float(((spent - spent.mean()) ** 2).sum())
    if spread == 0 or np.allclose(residual, 0):
        raise refusal("medical", "has no random part left", "医疗支出没有随机部分", "look at the panel", "请检查面板")
    return residual, 1 - float(residual @ residual) / spread


def _cells(read: Frame, labels: Sequence[str]) -> dict[str, np.ndarray]:
    if not labels:
        return {}
    names = read.data[read.key[labels[0]]].astype(str)
    for label in labels[1:]:
        names = names + " × " + read.data[read.key[label]].astype(str)
    return {name: (names == name).to_numpy() for name in sorted(names.unique())}


def _by_cell(
    table: dict[str, np.ndarray], cells: dict[str, np.ndarray], unit: str, year: str, controls: Sequence[str]
) -> dict[str, Estimate]:
    terms = {f"shock in {name}": table["shock"] * rows for name, rows in cells.items()}
    levels = {f"level of {name}": rows.astype(np.float64) for name, rows in list(cells.items())[1:]}
    moving = {name: column for name, column in levels.items() if _moves(column, table[unit])}
    fit = two_way_fixed_effects(
        {**table, **terms, **moving}, "share", list(terms), unit, year, controls=[*controls, *moving], wild_draws=199
    )
    return {name: fit.estimates[f"shock in {name}"] for name in cells}


def _moves(column: Floats, units: np.ndarray) -> bool:
    """Whether some household changes its cell; where none does, household effects hold the level already."""
    _, code = np.unique(units, return_inverse=True)
    mean = np.bincount(code, weights=column) / np.bincount(code)
    return bool(np.any((mean > 0) & (mean < 1)))
