"""Effect modification: is an exposure's effect on the odds, and on the risk, the same with and without a modifier?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.special import expit
from scipy.stats import chi2

from yibao.equity.checks import Floats, Note, yes_no
from yibao.equity.evaluation.choice import OddsRatio, fit_logit, normal_quantile
from yibao.equity.evaluation.tables import Columns, Estimate, Missing, estimate, frame

#: The four cells: exposure, modifier.
CELLS = ("00", "10", "01", "11")


class Modification(NamedTuple):
    """Effects of exposure A across modifier B, as Knol and VanderWeele (2012) ask them to be reported.

    `by_stratum` odds ratios of A where B is 0 and 1; `against_neither` odds ratios of each cell (A, B) against "00".
    Multiplicative: `ratio_of_ratios` with its likelihood-ratio test. Additive, from odds ratios: `reri` = OR11 − OR10 −
    OR01 + 1, `attributable_proportion` = RERI/OR11, `synergy` = (OR11 − 1)/((OR10 − 1) + (OR01 − 1)), None where it
    has no meaning. `risks` are standardised over all rows by cell; `risk_ratios` and `risk_differences` of A by stratum
    from them, because odds ratios are not risk ratios where the outcome is common. `average_effect` is the risk
    difference of A with everybody's own B.
    """

    by_stratum: dict[str, OddsRatio]
    against_neither: dict[str, OddsRatio]
    counts: dict[str, tuple[int, int]]
    ratio_of_ratios: OddsRatio
    likelihood_ratio: float
    p: float
    reri: Estimate
    attributable_proportion: Estimate
    synergy: OddsRatio | None
    risks: dict[str, float]
    risk_ratios: dict[str, float]
    risk_differences: dict[str, float]
    average_effect: float
    area_under_curve: float
    coefficients: dict[str, Estimate]
    notes: tuple[Note, ...]


def effect_modification(
    data: Columns,
    outcome: str,
    exposure: str,
    modifier: str,
    covariates: Sequence[str] = (),
    *,
    level: float = 0.95,
    missing: Missing = "refuse",
) -> Modification:
    """Logistic regression of a 0/1 outcome on A, B, A×B and covariates, all of its readings with their covariance.

    `exposure` and `modifier` are 0 or 1. Errors of RERI, AP and S by the delta method (S on the log scale). `counts` by
    cell are (with, without the outcome). Where outcomes are separated Firth's likelihood is used, noted, and the
    likelihood ratio is of unpenalised likelihoods at its estimates.
    Source: M. J. Knol and T. J. VanderWeele (2012), Int. J. Epidemiology 41:514; D. W. Hosmer and S. Lemeshow (1992),
    Epidemiology 3:452.
    """
    read = frame(data, [outcome, exposure, modifier, *covariates], (), missing)
    y = yes_no(outcome, read.column(outcome))
    a, b = yes_no(exposure, read.column(exposure)), yes_no(modifier, read.column(modifier))
    own = [read.column(name) for name in covariates]
    both = f"{exposure} × {modifier}"
    names = ["constant", exposure, modifier, both, *covariates]
    x = np.column_stack([np.ones(len(y)), a, b, a * b, *own])
    notes = list(read.notes)
    fit = fit_logit(y, x, names, "classical", notes)
    without = fit_logit(y, np.delete(x, 3, axis=1), [name for name in names if name != both], "classical", [])
    beta = np.array([fit.estimates[name].value for name in names])
    z = normal_quantile(level)

    def ratio(*places: int) -> OddsRatio:
        pick = np.isin(np.arange(len(beta)), places).astype(np.float64)
        middle, width = float(pick @ beta), z * float(np.sqrt(pick @ fit.covariance @ pick))
        return OddsRatio(*np.exp([middle, middle - width, middle + width]).tolist())

    odds = {"10": ratio(1), "01": ratio(2), "11": ratio(1, 2, 3)}
    inner = fit.covariance[1:4, 1:4]
    reri, proportion, synergy = _additive(odds["10"].value, odds["01"].value, odds["11"].value, inner, level, notes)
    risks = _risks(x, beta)
    statistic = 2 * (fit.log_likelihood - without.log_likelihood)
    strata = {"0": ("10", "00"), "1": ("11", "01")}
    return Modification(
        {"0": ratio(1), "1": ratio(1, 3)},
        odds,
        _counts(y, a, b),
        ratio(3),
        statistic,
        float(chi2.sf(max(statistic, 0.0), 1)),
        reri,
        proportion,
        synergy,
        risks,
        {stratum: risks[one] / risks[zero] for stratum, (one, zero) in strata.items()},
        {stratum: risks[one] - risks[zero] for stratum, (one, zero) in strata.items()},
        _average_effect(x, beta),
        fit.area_under_curve,
        fit.estimates,
        tuple(notes),
    )


def _additive(
    or10: float, or01: float, or11: float, covariance: Floats, level: float, notes: list[Note]
) -> tuple[Estimate, Estimate, OddsRatio | None]:
    """RERI, AP and S; gradients by the coefficients of A, B and A×B."""
    reri = or11 - or10 - or01 + 1
    slope = np.array([or11 - or10, or11 - or01, or11])
    share = np.array(
        [-or10 / or11 - (1 - or10 - or01) / or11, -or01 / or11 - (1 - or10 - or01) / or11, -(1 - or10 - or01) / or11]
    )
    first = estimate(reri, _error(slope, covariance), level)
    second = estimate(reri / or11, _error(share, covariance), level)
    apart = or10 + or01 - 2
    if apart <= 0 or or11 <= 1:
        notes.append(
            Note(
                "no_synergy",
                "单独效应之和不大于零，协同指数 S 无定义",
                "no synergy index: effects alone add up to none",
            )
        )
        return first, second, None
    s = (or11 - 1) / apart
    log_slope = np.array([or11 / (or11 - 1) - or10 / apart, or11 / (or11 - 1) - or01 / apart, or11 / (or11 - 1)])
    width = normal_quantile(level) * _error(log_slope, covariance)
    return first, second, OddsRatio(s, s * float(np.exp(-width)), s * float(np.exp(width)))


def _error(slope: Floats, covariance: Floats) -> float:
    return float(np.sqrt(slope @ covariance @ slope))


def _risks(x: Floats, beta: Floats) -> dict[str, float]:
    """The mean risk had everybody been in the cell."""
    found = {}
    for cell in CELLS:
        a, b = float(cell[0]), float(cell[1])
        moved = x.copy()
        moved[:, 1], moved[:, 2], moved[:, 3] = a, b, a * b
        found[cell] = float(expit(moved @ beta).mean())
    return found


def _average_effect(x: Floats, beta: Floats) -> float:
    """The mean change of risk by A, everybody keeping their own B and covariates."""
    risks = []
    for a in (1.0, 0.0):
        moved = x.copy()
        moved[:, 1], moved[:, 3] = a, a * x[:, 2]
        risks.append(float(expit(moved @ beta).mean()))
    return risks[0] - risks[1]


def _counts(y: Floats, a: Floats, b: Floats) -> dict[str, tuple[int, int]]:
    inside = {cell: (a == float(cell[0])) & (b == float(cell[1])) for cell in CELLS}
    return {cell: (int((y[rows] == 1).sum()), int((y[rows] == 0).sum())) for cell, rows in inside.items()}
