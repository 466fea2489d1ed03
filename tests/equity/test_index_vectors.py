"""Worked examples of indices, coupling, obstacles, Dagum, convergence and density: from input to printed number."""

from __future__ import annotations

import numpy as np
import pytest

from yibao.equity import (
    ahp_weights,
    beta_convergence,
    composite_index,
    coupling_coordination,
    dagum,
    game_weights,
    kernel_density,
    obstacle_degree,
    rank_sum_ratio,
    sigma_convergence,
    standardise,
    topsis,
)

TIGHT = 1e-9


def ways(count: int, negative: list[int]) -> list[str]:
    return ["negative" if j in negative else "positive" for j in range(count)]


def close(found, expected, rel: float = TIGHT) -> None:
    np.testing.assert_allclose(np.asarray(found, dtype=float), np.asarray(expected, dtype=float), rtol=rel, atol=1e-12)


def test_v01_composite_index(vectors) -> None:
    given, expected = vectors["V01"]["input"], vectors["V01"]["expected"]
    found = composite_index(given["X"], ways(4, given["neg"]))
    close(found.standard, expected["Z"])
    close(found.entropy, expected["e"])
    close(found.weights, expected["w"])
    close(found.total, expected["score"])
    shifted = composite_index(given["X"], ways(4, given["neg"]), shift=1e-4)
    close(shifted.weights, expected["w_shift1e4"])
    close(composite_index(given["X"], ways(4, given["neg"]), weights="critic").weights, expected["critic_w"])


def test_v01_topsis_by_both_scales(vectors) -> None:
    given, expected = vectors["V01"]["input"], vectors["V01"]["expected"]
    less = [j in given["neg"] for j in range(4)]
    close(topsis(given["X"], less, expected["w"]), expected["topsis_vec"])
    close(topsis(given["X"], less, expected["w"], scale="range"), expected["topsis_minmax"])


def test_v02_pooled_and_yearly_panel(vectors) -> None:
    given, expected = vectors["V02"]["input"], vectors["V02"]["expected"]
    raw = np.array([row[2:] for row in given["rows"]], dtype=float)
    years = [row[1] for row in given["rows"]]
    pooled = composite_index(raw, ways(3, given["neg"]), shift=given["shift"])
    close(pooled.standard, expected["Z"])
    close(pooled.weights, expected["w_pooled"])
    close(pooled.total, expected["score_pooled"])
    for place, year in enumerate(sorted(set(years))):
        rows = raw[[y == year for y in years]]
        close(composite_index(rows, ways(3, given["neg"]), shift=given["shift"]).weights, expected["w_yearly"][place])
    within = standardise(raw, ways(3, given["neg"]), within=years)
    assert all(within.values[[y == year for y in years]].max() == 1 for year in set(years))


def test_v03_combination_by_game_theory(vectors) -> None:
    judged = ahp_weights(vectors["V03"]["input"]["A"]).weights
    weights, clipped = game_weights([judged, vectors["V01"]["expected"]["w"]])
    close(weights, vectors["V03"]["expected"]["game"])
    assert clipped, "a share below zero is said"


def test_v04_rank_sum_ratios_of_ten_regions(vectors) -> None:
    given, expected = vectors["V04"]["input"], vectors["V04"]["expected"]
    less = [j in given["neg"] for j in range(3)]
    found = rank_sum_ratio(given["X"], less)
    close(found.ranks, expected["R"])
    close(found.ratio, expected["RSR"])
    close(found.values, expected["v"], 1e-9)
    assert found.counts.tolist() == expected["f"]
    close(found.cumulative, expected["p"])
    close(found.probit, expected["probit"])
    close([found.intercept, found.slope, found.r_squared, found.f], [expected[k] for k in ("a", "b", "r2", "F")])
    close(np.unique(found.fitted), expected["fit"])
    cuts = found.intercept + found.slope * np.array([4, 6])
    close(cuts, expected["cut3"])
    assert [given["names"][i] for i in np.flatnonzero(found.grade == 3)] == ["C", "H"]
    assert [given["names"][i] for i in np.flatnonzero(found.grade == 1)] == ["J"]
    close(rank_sum_ratio(given["X"], less, whole_ranks=False).ratio, expected["RSR_nonint"])


@pytest.mark.parametrize(("form", "c", "d"), [("classical", "C", "D"), ("revised", "C{k}r", "D{k}r")])
@pytest.mark.parametrize("k", [2, 3])
def test_v05_coupling(vectors, form: str, c: str, d: str, k: int) -> None:
    given, expected = vectors["V05"]["input"], vectors["V05"]["expected"]
    found = coupling_coordination(given[f"U{k}"], form=form)
    close(found.coupling, expected[c.format(k=k) if "{" in c else f"{c}{k}"])
    close(found.coordination, expected[d.format(k=k) if "{" in d else f"{d}{k}"])


def test_wang_2021_table_8_is_reproduced_by_both_forms(vectors) -> None:
    """Published to four decimals; the scores were solved from them, to four decimals too."""
    given, expected = vectors["wang2021"]["input"], vectors["wang2021"]["expected"]
    assert coupling_coordination(given).coupling == pytest.approx(expected["C"], abs=4e-4)
    assert coupling_coordination(given, form="revised").coupling == pytest.approx(expected["C_rev"], abs=4e-4)


def test_v06_obstacle_degrees(vectors) -> None:
    given, expected = vectors["V06"]["input"], vectors["V06"]["expected"]
    found = obstacle_degree(given["Z"], given["w"], given["groups"])
    close(found.indicators, expected["O"])
    close(found.systems, expected["U"])
    assert found.names == ("S1", "S2")


def _same_dagum(found, expected) -> None:
    close([found.total, found.within, found.between], [expected[k] for k in ("G", "Gw", "Gnb")])
    assert found.overlap == pytest.approx(expected["Gt"], abs=1e-12)
    assert list(found.names) == expected["L"]
    close(found.pairs, expected["GG"])
    close(found.distance, expected["DD"])
    close(found.population, expected["p"])
    close(found.share, expected["s"])


def test_v07_dagum(vectors) -> None:
    given, expected = vectors["V07"]["input"], vectors["V07"]["expected"]
    _same_dagum(dagum(given["y"], given["g"]), expected["unw"])
    _same_dagum(dagum(given["y"], given["g"], given["w"]), expected["w"])


@pytest.mark.parametrize("name", ["V07b", "V07c"])
def test_v07_of_six_values(vectors, name: str) -> None:
    given = vectors[name]["input"]
    _same_dagum(dagum(given["y"], given["g"]), vectors[name]["expected"])


def test_v09_convergence_and_density(vectors) -> None:
    y, expected = np.array(vectors["V09"]["input"]["Y"]), vectors["V09"]["expected"]
    beta = beta_convergence(y)
    close([beta.coefficient, beta.p, beta.speed, beta.half_life],
          [expected["beta_coef"], expected["beta_p"], expected["lambda"], expected["halflife"]], 1e-7)  # fmt: skip
    close(sigma_convergence(y).dispersion, expected["sigma_cv"])
    close(sigma_convergence(y, "cv_sample").dispersion, expected["sigma_cv_sample"])
    close(sigma_convergence(y, "sd_log").dispersion, expected["sigma_sdlog"])
    found = kernel_density(y[:, -1], [0.5])
    close(found.bandwidth, expected["bw_nrd0"])
    close(found.density, [expected["kde_at_05"]], 1e-7)
