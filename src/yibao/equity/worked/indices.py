"""Indices, weights, ranks, coupling, obstacles, Dagum, convergence and density."""

from __future__ import annotations

from typing import Any

import numpy as np

from yibao.equity.autocorrelation import local_moran, moran
from yibao.equity.composite import composite_index, game_weights
from yibao.equity.convergence import beta_convergence, sigma_convergence
from yibao.equity.coupling import coupling_coordination
from yibao.equity.decomposition import Dagum, dagum
from yibao.equity.density import kernel_density
from yibao.equity.markov import markov_classes, transitions
from yibao.equity.obstacle import obstacle_degree
from yibao.equity.ranking import rank_sum_ratio, topsis
from yibao.equity.worked import Given, example, examples, unnamed
from yibao.measures import ahp_weights, combined_weights


def _ways(count: int, negative: list[int]) -> list[Any]:
    return ["negative" if j in negative else "positive" for j in range(count)]


@example("V01")
def _index_of_six_regions(given: Any) -> Given:
    x, ways, less = given["X"], _ways(4, given["neg"]), [j in given["neg"] for j in range(4)]
    found = composite_index(x, ways)
    yield "composite_index", {
        "Z": found.standard, "e": found.entropy, "d": 1 - np.asarray(found.entropy), "w": found.weights,
        "score": found.total,
    }  # fmt: skip
    yield "composite_index(shift=1e-4)", {"w_shift1e4": composite_index(x, ways, shift=1e-4).weights}
    yield "composite_index(weights='critic')", {"critic_w": composite_index(x, ways, weights="critic").weights}
    yield "topsis", {"topsis_vec": topsis(x, less, found.weights)}
    yield "topsis(scale='range')", {"topsis_minmax": topsis(x, less, found.weights, scale="range")}


@example("V02")
def _panel(given: Any) -> Given:
    raw, ways = np.array([row[2:] for row in given["rows"]], dtype=float), _ways(3, given["neg"])
    years = [row[1] for row in given["rows"]]
    pooled = composite_index(raw, ways, shift=given["shift"])
    yield "composite_index", {"Z": pooled.standard, "w_pooled": pooled.weights, "score_pooled": pooled.total}
    yearly = [
        composite_index(raw[[y == year for y in years]], ways, shift=given["shift"]).weights
        for year in sorted(set(years))
    ]
    yield "composite_index", {"w_yearly": yearly}


@example("V03")
def _judgement(given: Any) -> Given:
    judged = ahp_weights(given["A"])
    yield "ahp_weights", {
        "w": judged.weights, "lambda": judged.lambda_max, "CI": judged.consistency_index,
        "CR": judged.consistency_ratio,
    }  # fmt: skip
    yield "ahp_weights(geometric)", {"w_geo": ahp_weights(given["A"], "geometric").weights}
    yield "ahp_weights(column_mean)", {"w_colmean": ahp_weights(given["A"], "column_mean").weights}
    data = examples()["V01"]["expected"]["w"]
    yield "game_weights", {"game": game_weights([judged.weights, data])[0]}
    yield "combined_weights", {"mult": combined_weights(judged.weights, data)}
    yield "combined_weights(linear)", {"lin": combined_weights(judged.weights, data, "linear")}


@example("V04")
def _rank_sums(given: Any) -> Given:
    less = [j in given["neg"] for j in range(3)]
    found = rank_sum_ratio(given["X"], less)
    yield "rank_sum_ratio", {
        "R": found.ranks, "RSR": found.ratio, "v": found.values, "f": found.counts, "p": found.cumulative,
        "probit": found.probit, "a": found.intercept, "b": found.slope, "r2": found.r_squared, "F": found.f,
        "fit": np.unique(found.fitted), "cut3": found.intercept + found.slope * np.array([4, 6]),
    }  # fmt: skip
    yield "rank_sum_ratio(whole_ranks=False)", {"RSR_nonint": rank_sum_ratio(given["X"], less, whole_ranks=False).ratio}


@example("V05")
def _coupling(given: Any) -> Given:
    for k in ("2", "3"):
        plain = coupling_coordination(given[f"U{k}"])
        revised = coupling_coordination(given[f"U{k}"], form="revised")
        yield "coupling_coordination", {f"C{k}": plain.coupling, f"D{k}": plain.coordination}
        yield "coupling_coordination(revised)", {f"C{k}r": revised.coupling, f"D{k}r": revised.coordination}
    yield "coupling_coordination", {"T2": coupling_coordination(given["U2"]).development}


@example("wang2021", relative=0, absolute=4e-4)
def _published_coupling(given: Any) -> Given:
    """Table 8 of Wang et al. (2021), printed to four decimals, from scores of four decimals."""
    yield "coupling_coordination", {"C": coupling_coordination(given).coupling}
    yield "coupling_coordination(revised)", {"C_rev": coupling_coordination(given, form="revised").coupling}


@example("V06")
def _obstacles(given: Any) -> Given:
    found = obstacle_degree(given["Z"], given["w"], given["groups"])
    yield "obstacle_degree", {"O": found.indicators, "U": found.systems}


def _parts(found: Dagum) -> dict[str, Any]:
    return {
        "G": found.total, "Gw": found.within, "Gnb": found.between, "Gt": found.overlap, "GG": found.pairs,
        "DD": found.distance, "p": found.population, "s": found.share,
    }  # fmt: skip


@example("V07")
def _dagum(given: Any) -> Given:
    yield "dagum", {"unw": _parts(dagum(given["y"], given["g"]))}
    yield "dagum(weights)", {"w": _parts(dagum(given["y"], given["g"], given["w"]))}


@example("V07b")
@example("V07c")
def _dagum_of_six(given: Any) -> Given:
    yield "dagum", _parts(dagum(given["y"], given["g"]))


@example("V09", relative=1e-7)
def _convergence(given: Any) -> Given:
    y = np.array(given["Y"])
    beta = beta_convergence(y)
    yield "beta_convergence", {
        "beta_coef": beta.coefficient, "beta_p": beta.p, "lambda": beta.speed, "halflife": beta.half_life,
    }  # fmt: skip
    yield "kernel_density", {"kde_at_05": kernel_density(y[:, -1], [0.5]).density[0]}


@example("V09")
def _six_regions_over_years(given: Any) -> Given:
    y, w = np.array(given["Y"]), unnamed(given["W"])
    yield "sigma_convergence", {"sigma_cv": sigma_convergence(y).dispersion}
    yield "sigma_convergence(cv_sample)", {"sigma_cv_sample": sigma_convergence(y, "cv_sample").dispersion}
    yield "sigma_convergence(sd_log)", {"sigma_sdlog": sigma_convergence(y, "sd_log").dispersion}
    yield "kernel_density", {"bw_nrd0": kernel_density(y[:, -1], [0.5]).bandwidth}
    found = moran(y[:, -1], w)
    yield "moran", {
        "moran": found.i, "EI": found.expected, "var_norm": found.variance_normal, "z_norm": found.z_normal,
        "var_rand": found.variance_randomised, "z_rand": found.z_randomised,
    }  # fmt: skip
    yield "local_moran", {"local": local_moran(y[:, -1], w).i}
    classes, cuts = markov_classes(y, 4)
    chain = transitions(classes)
    yield "markov_classes", {"cuts": cuts}
    yield "transitions", {"N": chain.counts, "P": chain.rates}
